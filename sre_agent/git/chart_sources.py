"""Which values file of a release declares a field of one of its objects. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from mcp_servers.contract.field_changes import FieldChange, Path, value_at
from sre_agent.git.kustomizations import CHART_FILE
from sre_agent.git.releases import Release, chart_file
from sre_agent.git.sources import Declaration, FieldSource, Files, NotLocated, ObjectName, joined
from sre_agent.git.templates import Template
from sre_agent.git.values import to_change
from sre_agent.git.values_layers import ValuesLayer

Places = Collection[tuple[str, Path | None]]  # of values: where they stand, and in which part; None for any


def chart_declarations(files: Files, every: Sequence[Release], target: ObjectName) -> list[Declaration]:
    """The releases whose chart has a template for the object. Where the object names its release, only that."""
    result = []
    for one in every:
        if target.release and target.release != one.name and not one.is_alone:
            continue
        if one.namespace not in ("", target.namespace):
            continue
        if one.chart is None:
            if _may_make(one, target):
                result.append(_unclear(one, one.declared_in))
        elif nodes := _templates_of(files, one, one.chart, target):
            source = partial(_field_source, files, one, nodes, _places_of_others(one, every))
            clear = Declaration(one.declared_in, one.namespace, source, one.chart, not one.is_alone, one.applier)
            result.append(_unclear(one, one.chart) if one.unclear else clear)
    return result


def chart_files(files: Files) -> set[str]:
    """The paths of all files that lie in a chart; of one that is the repository itself, of its templates."""
    folders = [file.folder or "templates" for file in files.with_name(CHART_FILE)]
    return {file.path for folder in folders for file in files.in_folder(folder)}


def _may_make(one: Release, target: ObjectName) -> bool:
    """Whether a release of a chart that is not here could be the object's, as charts call their objects."""
    if one.within:
        return any(part and part in target.name for part in (one.within[-1], *_own_names(one)))
    return target.release == one.name or target.name == one.name or target.name.startswith(f"{one.name}-")


def _unclear(one: Release, folder: str) -> Declaration:
    def source(change: FieldChange) -> FieldSource | NotLocated:
        return NotLocated(one.unclear, (one.declared_in,))

    return Declaration(one.declared_in, one.namespace, source, folder, True, one.applier)


def _places_of_others(one: Release, every: Sequence[Release]) -> Places:
    """Where other releases have their values, and other charts within the same one."""
    places: set[tuple[str, Path | None]] = set()
    for other in every:
        if other.key != one.key:
            places |= {(layer.place, None) for layer in other.layers}
        elif other.within != one.within:
            places |= {(layer.place, layer.within) for layer in other.layers}
    return places


def _templates_of(files: Files, one: Release, chart: str, target: ObjectName) -> list[tuple[Template, Any]]:
    """The documents of the chart that may be the object; where several may, those whose name says most of it."""
    matches: list[tuple[int, Template, Any]] = []
    for file in files.in_folder(joined(chart, "templates")):
        if target.kind not in file.text:
            continue
        template = Template(file.text)
        for root in template.documents(target.kind):
            pattern = template.name_pattern(root)
            if re.fullmatch(pattern, target.name) and (pattern != ".*" or _calls(files, one, chart, target.name)):
                matches.append((len(pattern.replace(".*", "")), template, root))
    most = max((length for length, _, _ in matches), default=0)
    return [(template, root) for length, template, root in matches if length == most]


def _calls(files: Files, one: Release, chart: str, name: str) -> bool:
    """Whether a name that a helper makes could be of this release: charts make it of the release's name, their own, or
    values that stand in for these."""
    made_of = [one.name, str(chart_file(files, chart).get("name") or ""), *one.within, *_own_names(one)]
    return any(part and part in name for part in made_of)


def _own_names(one: Release) -> list[str]:
    return [str(one.values.get(key) or "") for key in ("fullnameOverride", "nameOverride")]


def _field_source(
    files: Files, release: Release, nodes: Sequence[tuple[Template, Any]], others: Places, change: FieldChange
) -> FieldSource | NotLocated:
    if len(nodes) > 1:
        return NotLocated(f"several templates of the chart {release.chart} make an object of this kind.")
    template, root = nodes[0]
    field = template.field(root, change.path)
    if field is None:
        return NotLocated(f"the template in {release.chart} does not show where {change.title} comes from.")
    new_value = to_change(
        field, change.before, change.after, release.values, chart_file(files, release.chart or "")
    )  # fmt: skip
    if new_value is None:
        return NotLocated(f"the template in {release.chart} computes {change.title} from more than one value.")
    return _of_values(release, new_value, others, change)


def _of_values(
    release: Release, new_value: tuple[Path, Any], others: Places, change: FieldChange
) -> FieldSource | NotLocated:
    """The strongest layer that sets the value, where it is this release's own; else one of its own that is stronger
    still."""
    path, value = new_value
    setting = [n for n, layer in enumerate(release.layers) if value_at(layer.values, path) is not None]
    strongest = setting[-1] if setting else -1
    own = [n for n, layer in enumerate(release.layers) if _is_own(layer, others) and n >= strongest]
    if not own:
        return NotLocated(f"several releases share the values of {release.chart}.", (release.declared_in,))
    at = strongest if strongest in own else own[-1]
    layer = release.layers[at]

    def edit(text: str, _: Any) -> str:
        return layer.with_value(text, path, value)

    return FieldSource(layer.file, layer.title(path), change.before, edit, declares=at in setting)


def _is_own(layer: ValuesLayer, others: Places) -> bool:
    return not layer.is_copy and (layer.place, None) not in others and (layer.place, layer.within) not in others
