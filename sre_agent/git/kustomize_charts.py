"""The releases that kustomizations make of charts (`helmCharts`). Pure.

What the kustomization, or one that builds on it, does to the objects afterwards is not worked out: then it is unclear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sre_agent.git.kustomizations import Kustomizations, Layer
from sre_agent.git.releases import Release, release
from sre_agent.git.sources import Files, joined, mapping, sequence
from sre_agent.git.values_layers import ValuesLayer

_AFTERWARDS: Final = (
    *("patches", "patchesStrategicMerge", "patchesJson6902", "images", "replicas", "namePrefix", "nameSuffix"),
    *("transformers", "replacements", "components", "vars"),
)


def kustomize_charts(files: Files, kustomizations: Kustomizations, charts: set[str]) -> Iterator[Release]:
    of_appliers = {layer.folder: layer for layer in kustomizations.roots if layer.applier}
    roots = {layer.folder for layer in kustomizations.roots}
    for layer in kustomizations.layers:
        for number, entry in enumerate(layer.items("helmCharts")):
            unclear = "" if layer.folder in roots else "another kustomization builds on it."
            outer = of_appliers.get(layer.folder)
            if any(one.content.get(key) for one in (layer, outer) if one is not None for key in _AFTERWARDS):
                unclear = "it changes what the chart makes."
            yield _release(files, layer, number, entry, charts, unclear)


def _release(
    files: Files, layer: Layer, number: int, entry: Mapping[str, Any], charts: set[str], unclear: str
) -> Release:
    home = str(mapping(layer.content.get("helmGlobals")).get("chartHome") or "charts")
    chart = joined(joined(layer.folder, home), str(entry.get("name", "")))
    name = str(entry.get("releaseName") or entry.get("name", ""))
    namespace = str(layer.content.get("namespace") or entry.get("namespace") or "")
    if entry.get("repo") or chart not in charts:
        why = f"{layer.file.path} takes the chart from elsewhere, so how it uses values is not known."
        return Release(name, namespace, None, (), layer.file.path, why)
    if str(entry.get("valuesMerge") or "override") != "override":
        unclear = unclear or "it merges values in another order."
    names = [entry.get("valuesFile"), *sequence(entry.get("additionalValuesFiles"))]
    paths = [joined(layer.folder, str(item)) for item in names if item]
    more = []
    if entry.get("valuesInline"):
        at = ("helmCharts", str(number), "valuesInline")
        more.append(ValuesLayer(layer.file, 0, at, mapping(entry["valuesInline"])))
    why = f"{layer.file.path} is not followed: {unclear}" if unclear else ""
    return release(files, name, namespace, chart, layer.file.path, paths=paths, more=more, unclear=why)
