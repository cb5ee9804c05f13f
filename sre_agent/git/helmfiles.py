"""The releases of helmfiles. Pure: a helmfile is a template, and what depends on its environment is unclear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sre_agent.git.releases import Release, release
from sre_agent.git.sources import Files, SourceFile, joined, mapping, sequence
from sre_agent.git.values_layers import UnreadValuesError, ValuesLayer, single_values
from sre_agent.git.yaml_text import NotEditableError, documents

_COMPUTING: Final = (
    *("inherit", "valuesTemplate", "setTemplate", "secrets", "strategicMergePatches", "jsonPatches", "transformers"),
    *("hooks", "dependencies", "condition", "postRenderer"),
)


def is_helmfile(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    is_one = name.startswith("helmfile.") or folder.rpartition("/")[2] == "helmfile.d"
    return is_one and name.endswith((".yaml", ".yml", ".gotmpl"))


def helmfile_releases(files: Files, charts: set[str]) -> Iterator[Release]:
    for file in files.by_path.values():
        if not is_helmfile(file.path):
            continue
        try:
            contents = documents(file.text)
        except NotEditableError:
            continue  # a template as a whole: what it names is no release of its own
        for document, content in enumerate(contents):
            whole = mapping(content)
            for number, item in enumerate(sequence(whole.get("releases"))):
                at = ("releases", str(number))
                yield _release(files, charts, file, document, at, mapping(item), whole)


def _release(
    files: Files,
    charts: set[str],
    file: SourceFile,
    document: int,
    at: tuple[str, ...],
    entry: Mapping[str, Any],
    whole: Mapping[str, Any],
) -> Release:
    chart = joined(file.folder, str(entry.get("chart", "")))
    name, namespace = str(entry.get("name", "")), str(entry.get("namespace") or "")
    if chart not in charts:
        why = f"{file.path} takes the chart from elsewhere, so how it uses values is not known."
        return Release(name, namespace, None, (), file.path, why)
    unclear = "its helmfile is filled in by the environment." if "{{" in str(entry) else ""
    if any(key in entry for key in _COMPUTING) or whole.get("bases"):
        unclear = "its helmfile computes values."
    paths: list[str] = []
    more: list[ValuesLayer] = []
    for number, item in enumerate(sequence(entry.get("values"))):
        if isinstance(item, Mapping):
            more.append(ValuesLayer(file, document, (*at, "values", str(number)), item))
        elif more:
            unclear = unclear or "its helmfile lays files over values in place."
        else:
            paths.append(joined(file.folder, str(item)))
    try:
        more += [single_values(file, document, (*at, "set"), entry["set"], "")] if entry.get("set") else []
    except UnreadValuesError as problem:
        unclear = unclear or str(problem)
    if unclear:
        unclear = f"{file.path} is not followed: {unclear}"
        return release(files, name, namespace, chart, file.path, unclear=unclear)
    return release(files, name, namespace, chart, file.path, paths=paths, more=more)
