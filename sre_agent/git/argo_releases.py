"""The releases that Argo CD's Applications declare: files, then text, object and parameters, each over the one before.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sre_agent.git.appliers import Applier
from sre_agent.git.releases import Release, release
from sre_agent.git.sources import Files, joined, mapping, sequence
from sre_agent.git.values_layers import UnreadValuesError, ValuesLayer, single_values, text_layer


def argo_releases(files: Files, appliers: Sequence[Applier], charts: set[str]) -> Iterator[Release]:
    for one in appliers:
        if one.tool != "argo" or (one.folder not in charts and "chart" not in one.settings):
            continue
        helm = mapping(one.settings.get("helm"))
        name = str(helm.get("releaseName") or one.name)
        if not one.is_here or one.folder not in charts:
            why = f"{one.file.path} takes the chart from elsewhere, so how it uses values is not known."
            yield Release(name, one.namespace, None, (), one.file.path, one.unclear or why, applier=one.name)
            continue
        unclear = one.unclear
        paths: list[str] = []
        more: list[ValuesLayer] = []
        try:
            paths += _paths(files, one, helm)
            more += _own_layers(one, helm)
        except UnreadValuesError as problem:
            unclear = unclear or str(problem)
        yield release(
            files, name, one.namespace, one.folder, one.file.path,
            paths=paths, more=more, unclear=unclear, applier=one.name,
        )  # fmt: skip


def _paths(files: Files, one: Applier, helm: Mapping[str, Any]) -> Iterator[str]:
    references = {str(source["ref"]) for source in one.sources if source.get("ref")}
    addresses = {str(source.get("repoURL")) for source in one.sources}
    for item in sequence(helm.get("valueFiles")):
        name = str(item)
        if "://" in name or "*" in name or "{{" in name:
            raise UnreadValuesError(f"its values {name} are not followed.")
        if name.startswith("$"):
            reference, _, rest = name[1:].partition("/")
            if reference not in references or len(addresses) > 1:
                raise UnreadValuesError(f"its values {name} are of another repository than its chart.")
            path = joined("", rest)
        else:
            path = joined("" if name.startswith("/") else one.folder, name)
        if helm.get("ignoreMissingValueFiles") and files.get(path) is None:
            continue
        yield path


def _own_layers(one: Applier, helm: Mapping[str, Any]) -> Iterator[ValuesLayer]:
    at = (*one.at, "helm")
    if helm.get("fileParameters"):
        raise UnreadValuesError(f"{one.file.path} sets values to files, which is not followed.")
    if isinstance(helm.get("values"), str) and not helm.get("valuesObject"):
        yield text_layer(one.file, one.document, (*at, "values"), helm["values"])
    if helm.get("valuesObject"):
        yield ValuesLayer(one.file, one.document, (*at, "valuesObject"), mapping(helm["valuesObject"]))
    if helm.get("parameters"):
        yield single_values(one.file, one.document, (*at, "parameters"), helm["parameters"], "forceString")
