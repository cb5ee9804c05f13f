"""The Applications that an ApplicationSet of Argo CD makes, as far as Git alone says it. Pure.

Lists, and folders and files of the repository, are filled into the template as Argo CD does it: a mark is replaced by a
parameter. Which clusters there are, and what other generators give, is not in Git; functions of templates are not run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, Final

from sre_agent.git.sources import Files, mapping, sequence
from sre_agent.git.yaml_text import NotEditableError, documents

OPEN: Final = re.compile(r"(\{\{[^{}]*\}\})")
_PARAMETER: Final = re.compile(r"\{\{-?\s*\.?([\w.-]+(?:\[\d+\])?)\s*-?\}\}")
MOST: Final = 500  # Applications of one set

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class ApplicationOfSet:
    """The name and spec of an Application; `unclear` says why it is not known what it is."""

    name: str
    spec: Mapping[str, Any]
    unclear: str = ""


class _UnknownError(Exception):
    """What a generator gives does not stand in Git."""


def applications_of(files: Files, content: Mapping[str, Any]) -> Iterator[ApplicationOfSet]:
    """One for each set of parameters; the template itself, unclear, where these are not known."""
    spec = mapping(content.get("spec"))
    template = mapping(spec.get("template"))
    name, whole = str(mapping(template.get("metadata")).get("name") or ""), mapping(template.get("spec"))
    try:
        if spec.get("templatePatch"):
            raise _UnknownError("a patch of its template changes it.")
        every = [
            one for generator in sequence(spec.get("generators")) for one in _parameters(files, mapping(generator))
        ]
    except _UnknownError as problem:
        yield ApplicationOfSet(name, whole, str(problem))
        return
    for parameters in every[:MOST]:
        yield ApplicationOfSet(str(_with(name, parameters)), mapping(_with(whole, parameters)))
    if len(every) > MOST:
        yield ApplicationOfSet(name, whole, f"it makes more than {MOST} Applications.")


def _parameters(files: Files, generator: Mapping[str, Any]) -> list[Parameters]:
    kinds = [key for key in generator if key not in ("selector", "values")]
    inner = mapping(generator.get(kinds[0])) if len(kinds) == 1 else {}
    is_open = kinds != ["matrix"] and OPEN.search(str(inner)) is not None
    if is_open or "selector" in generator or inner.get("template") or inner.get("values"):
        raise _UnknownError("its generator selects or adds what is not followed.")
    if kinds == ["list"] and "elementsYaml" not in inner:
        return [dict(_flat("", mapping(element))) for element in sequence(inner.get("elements"))]
    if kinds == ["git"] and not inner.get("pathParamPrefix"):
        return list(_of_git(files, inner))
    if kinds == ["matrix"]:
        parts = [_parameters(files, mapping(one)) for one in sequence(inner.get("generators"))]
        return [{key: value for part in parts_of for key, value in part.items()} for parts_of in product(*parts)]
    raise _UnknownError(f"what its generator {', '.join(map(str, kinds))} gives is not in Git.")


def _of_git(files: Files, generator: Mapping[str, Any]) -> Iterator[Parameters]:
    folders = {"/".join(path.split("/")[:n]) for path in files.by_path for n in range(1, path.count("/") + 1)}
    for path in sorted(_matching(folders, generator.get("directories"))):
        yield dict(_of_path(path))
    for path in sorted(_matching(set(files.by_path), generator.get("files"))):
        for content in _contents(files.by_path[path].text):
            yield {**dict(_of_path(path.rpartition("/")[0])), **dict(_flat("", content))}


def _matching(paths: set[str], items: Any) -> set[str]:
    entries = [mapping(item) for item in sequence(items)]
    if any("**" in str(entry.get("path")) and entry.get("exclude") for entry in entries):
        raise _UnknownError("the folders that it leaves out are not followed.")
    hits = {path for path in paths for entry in entries if not entry.get("exclude") and _matches(path, entry)}
    return {path for path in hits if not any(_matches(path, entry) for entry in entries if entry.get("exclude"))}


def _matches(path: str, entry: Mapping[str, Any]) -> bool:
    """A `*` stands for a part of one folder's name, `**` for any folders."""
    parts, pattern = path.split("/"), str(entry.get("path") or "").split("/")
    if "**" in pattern:
        return fnmatchcase(path, "/".join(pattern).replace("**/", "*"))
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def _contents(text: str) -> list[Mapping[str, Any]]:
    try:
        contents = documents(text)
    except NotEditableError as problem:
        raise _UnknownError("a file that its generator reads is not valid.") from problem
    return [mapping(item) for content in contents for item in (content if isinstance(content, list) else [content])]


def _of_path(path: str) -> Iterator[tuple[str, str]]:
    parts = path.split("/")
    basename = parts[-1]
    for key in ("path", "path.path"):
        yield key, path
    yield "path.basename", basename
    yield "path.basenameNormalized", re.sub(r"[^a-z0-9.-]", "-", basename.lower())
    for n, part in enumerate(parts):
        yield f"path[{n}]", part
        yield f"path.segments[{n}]", part


def _flat(prefix: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{key}.", value)
        elif isinstance(value, str | int | float):
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value)


def _with(value: Any, parameters: Parameters) -> Any:
    """A template with its parameters filled in; a mark that none fills stays as it is."""
    if isinstance(value, Mapping):
        return {key: _with(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_with(item, parameters) for item in value]
    return _PARAMETER.sub(lambda match: parameters.get(match[1], match[0]), value) if isinstance(value, str) else value
