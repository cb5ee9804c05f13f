"""A release of a chart with its values, and the charts within its chart. Pure.

One that cannot be followed to its end is a release too, an unclear one: it may make the object, and then no other file
is taken for the right one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mcp_servers.contract.field_changes import Path
from sre_agent.git.kustomizations import CHART_FILE
from sre_agent.git.sources import Files, joined, mapping, sequence
from sre_agent.git.values_layers import UnreadValuesError, ValuesLayer, file_layers
from sre_agent.git.yaml_text import NotEditableError, documents

DEPTH: Final = 4  # charts within charts


@dataclass(frozen=True)
class Release:
    """A chart with its values, the strongest layer last. `namespace` is empty where nothing says it, `chart` is None
    where it is not in the repository. `unclear` says why its values are not known; `is_alone` that nobody but the chart
    itself declares it. `within` leads to a chart in the chart. `applier` is the name of the Application or
    HelmRelease."""

    name: str
    namespace: str
    chart: str | None
    layers: tuple[ValuesLayer, ...]
    declared_in: str
    unclear: str = ""
    is_alone: bool = False
    within: Path = ()
    applier: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it has in common with the charts within it."""
        return self.declared_in, self.namespace, self.name

    @property
    def values(self) -> Mapping[str, Any]:
        merged: Mapping[str, Any] = {}
        for layer in self.layers:
            merged = merge(merged, layer.values)
        return merged


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values over others as Helm lays them: mappings are merged, everything else is replaced."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = merge(mapping(old), mapping(value)) if both else value
    return result


def release(
    files: Files,
    name: str,
    namespace: str,
    chart: str,
    declared_in: str,
    *,
    paths: Sequence[str] = (),
    more: Sequence[ValuesLayer] = (),
    unclear: str = "",
    applier: str = "",
) -> Release:
    """One whose values come from files, then from where it is declared; unclear where a file is not there."""
    layers, problem = _layers(files, chart, paths)
    return Release(name, namespace, chart, (*layers, *more), declared_in, unclear or problem, applier=applier)


def _layers(files: Files, chart: str | None, paths: Sequence[str]) -> tuple[list[ValuesLayer], str]:
    """Those of a chart and of files as far as they can be read, and why not all of them."""
    layers: list[ValuesLayer] = []
    if chart is None:
        return layers, ""
    try:
        for layer in file_layers(files, chart, paths):
            layers.append(layer)
    except UnreadValuesError as problem:
        return layers, str(problem)
    return layers, ""


def chart_file(files: Files, chart: str) -> Mapping[str, Any]:
    file = files.get(joined(chart, CHART_FILE))
    try:
        contents = documents(file.text) if file is not None else []
    except NotEditableError:
        return {}
    return mapping(contents[0] if contents else None)


@dataclass(frozen=True)
class InnerChart:
    """A chart within a chart: its folder (None where it is not in the repository), the name under which the outer
    values have its own, and what makes them unclear. With `is_copy` it was fetched from elsewhere: a change of it would
    be lost."""

    folder: str | None
    name: str
    unclear: str = ""
    is_copy: bool = False


def with_inner_charts(files: Files, one: Release) -> Iterator[Release]:
    """A release, and as further ones the charts within its chart, whose values stand under their names."""
    yield one
    if one.chart is None or len(one.within) >= DEPTH:
        return
    for inner in inner_charts(files, one.chart):
        defaults, problem = _layers(files, inner.folder, ())
        layers = [replace(layer, is_copy=inner.is_copy) for layer in defaults]
        layers += [layer.part(inner.name) for layer in one.layers]
        below = replace(
            one, chart=inner.folder, layers=tuple(layers), within=(*one.within, inner.name),
            unclear=one.unclear or inner.unclear or problem,
        )  # fmt: skip
        yield from with_inner_charts(files, below)


def inner_charts(files: Files, chart: str) -> Iterator[InnerChart]:
    """Those in its folder `charts`, and those of folders that its dependencies name."""
    prefix = joined(chart, "charts")
    inside = {file.folder for file in files.with_name(CHART_FILE) if file.folder.rpartition("/")[0] == prefix}
    for item in map(mapping, sequence(chart_file(files, chart).get("dependencies"))):
        address, name = str(item.get("repository") or ""), str(item.get("name"))
        is_local = address.startswith("file://")
        folder = joined(chart, address.removeprefix("file://")) if is_local else joined(prefix, name)
        alias = str(item.get("alias") or name)
        if files.get(joined(folder, CHART_FILE)) is None:
            why = (
                f"{chart} takes the chart {name} from elsewhere, so how it uses the values under {alias} is not known."
            )
            yield InnerChart(None, alias, why)
            continue
        inside.discard(folder)
        unclear = f"{chart} imports values of {name}." if item.get("import-values") else ""
        yield InnerChart(folder, alias, unclear, bool(address) and not is_local)
    for folder in sorted(inside):
        yield InnerChart(folder, str(chart_file(files, folder).get("name") or folder.rpartition("/")[2]))
