"""Which releases of which charts a repository declares, and the values that each is given, layer by layer. Pure.

Flux' HelmReleases, Argo CD's Applications and helmfiles say which chart with which values. A chart whose folder has no
values but its own is its own release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.field_changes import Path
from sre_agent.git.manifests import manifests
from sre_agent.git.sources import Files, SourceFile, joined
from sre_agent.git.yaml_text import NotEditableError, documents

CHART_FILE: Final = "Chart.yaml"
VALUES_FILE: Final = "values.yaml"
HELMFILES: Final = ("helmfile.yaml", "helmfile.yml")


@dataclass(frozen=True)
class ValuesLayer:
    """Values in a file: the whole of a document, or what stands at a path of it."""

    file: SourceFile
    document: int
    at: Path
    values: Mapping[str, Any]

    @property
    def place(self) -> str:
        return f"{self.file.path}#{self.document}"


@dataclass(frozen=True)
class Release:
    """A chart with its values, the strongest layer last. `namespace` is empty where nothing says it."""

    name: str
    namespace: str
    chart: str
    layers: tuple[ValuesLayer, ...]
    declared_in: str

    @property
    def values(self) -> Mapping[str, Any]:
        merged: Mapping[str, Any] = {}
        for layer in self.layers:
            merged = _merge(merged, layer.values)
        return merged


def releases(files: Files) -> list[Release]:
    """All that are declared, and charts that nobody names as releases of their own."""
    charts = {file.folder for file in files.with_name(CHART_FILE)}
    result = [*_flux(files, charts), *_argo(files, charts), *_helmfiles(files, charts)]
    charts_of_releases = {release.chart for release in result}
    for chart in sorted(charts - charts_of_releases):
        inner = any(chart.startswith(f"{other}/charts/") for other in charts)
        values = [file for file in files.in_folder(chart) if file.path.rpartition("/")[2].startswith("values")]
        if not inner and len(values) == 1:
            name = chart.rpartition("/")[2]
            result.append(Release(name, "", chart, _layers(files, chart, []), chart))
    return result


def _flux(files: Files, charts: set[str]) -> Iterator[Release]:
    for file in files.by_path.values():
        if "HelmRelease" not in file.text:
            continue
        for manifest in manifests(file):
            spec = _mapping(manifest.content.get("spec"))
            chart = joined("", str(_mapping(_mapping(spec.get("chart")).get("spec")).get("chart", "")))
            if manifest.kind != "HelmRelease" or chart not in charts:
                continue
            names = [str(name) for name in _mapping(_mapping(spec.get("chart")).get("spec")).get("valuesFiles") or []]
            own = ValuesLayer(file, manifest.document, ("spec", "values"), _mapping(spec.get("values")))
            layers = (*_layers(files, chart, [joined("", name) for name in names]), own)
            namespace = str(spec.get("targetNamespace") or manifest.namespace)
            name = str(spec.get("releaseName") or manifest.name)
            yield Release(name, namespace, chart, layers, file.path)


def _argo(files: Files, charts: set[str]) -> Iterator[Release]:
    for file in files.by_path.values():
        if "Application" not in file.text:
            continue
        for manifest in manifests(file):
            spec = _mapping(manifest.content.get("spec"))
            source = _mapping(spec.get("source"))
            chart, helm = joined("", str(source.get("path", ""))), _mapping(source.get("helm"))
            if manifest.kind != "Application" or chart not in charts or helm.get("values"):
                continue
            layers = _layers(files, chart, [joined(chart, str(name)) for name in helm.get("valueFiles") or []])
            if helm.get("valuesObject"):
                at = ("spec", "source", "helm", "valuesObject")
                layers = (*layers, ValuesLayer(file, manifest.document, at, _mapping(helm["valuesObject"])))
            if helm.get("parameters"):
                continue  # single values as texts, over all files: not followed
            namespace = str(_mapping(spec.get("destination")).get("namespace") or "")
            yield Release(str(helm.get("releaseName") or manifest.name), namespace, chart, layers, file.path)


def _helmfiles(files: Files, charts: set[str]) -> Iterator[Release]:
    for file in files.with_name(*HELMFILES):
        try:
            contents = documents(file.text)
        except NotEditableError:
            continue  # a helmfile may be a template
        for content in contents:
            for item in _mapping(content).get("releases") or []:
                entry = _mapping(item)
                chart = joined(file.folder, str(entry.get("chart", "")))
                names = entry.get("values") or []
                if chart in charts and all(isinstance(name, str) for name in names):
                    layers = _layers(files, chart, [joined(file.folder, name) for name in names])
                    name = str(entry.get("name", ""))
                    yield Release(name, str(entry.get("namespace") or ""), chart, layers, file.path)


def _layers(files: Files, chart: str, paths: list[str]) -> tuple[ValuesLayer, ...]:
    """The chart's own values, then those of the files, as far as they are there and are one mapping."""
    layers = []
    for path in dict.fromkeys([joined(chart, VALUES_FILE), *paths]):
        file = files.get(path)
        if file is None:
            continue
        try:
            contents = documents(file.text)
        except NotEditableError:
            continue
        layers.append(ValuesLayer(file, 0, (), _mapping(contents[0] if contents else None)))
    return tuple(layers)


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Mapping[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = _merge(_mapping(old), _mapping(value)) if both else value
    return result


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
