"""Which values file of a release declares a field of one of its objects. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mcp_servers.contract.field_changes import FieldChange, Path, value_at
from sre_agent.git.releases import CHART_FILE, Release, releases
from sre_agent.git.sources import Declaration, FieldSource, Files, NotLocated, ObjectName, joined
from sre_agent.git.templates import Template
from sre_agent.git.values import to_change
from sre_agent.git.yaml_text import NotEditableError, documents, with_field


def chart_declarations(files: Files, target: ObjectName) -> list[Declaration]:
    """The releases whose chart has a template for the object. Where the object names its release, only that."""
    every = releases(files)
    result = []
    for release in every:
        if target.release and target.release != release.name and not _is_chart_alone(release):
            continue
        if release.namespace in ("", target.namespace) and (nodes := _templates_of(files, release, target)):
            others = {layer.place for other in every if other is not release for layer in other.layers}
            source = partial(_field_source, files, release, nodes, others)
            result.append(Declaration(release.declared_in, release.namespace, source))
    return result


def chart_files(files: Files) -> set[str]:
    """The paths of all files that lie in a chart."""
    folders = [file.folder for file in files.with_name(CHART_FILE)]
    return {file.path for folder in folders for file in files.in_folder(folder)}


def _is_chart_alone(release: Release) -> bool:
    return release.declared_in == release.chart


def _templates_of(files: Files, release: Release, target: ObjectName) -> list[tuple[Template, Any]]:
    """The documents of the chart that may be the object; where several may, those whose name says most of it."""
    matches: list[tuple[int, Template, Any]] = []
    for file in files.in_folder(joined(release.chart, "templates")):
        if target.kind not in file.text:
            continue
        template = Template(file.text)
        for root in template.documents(target.kind):
            pattern = template.name_pattern(root)
            if re.fullmatch(pattern, target.name):
                matches.append((len(pattern.replace(".*", "")), template, root))
    most = max((length for length, _, _ in matches), default=0)
    return [(template, root) for length, template, root in matches if length == most]


def _field_source(
    files: Files, release: Release, nodes: Sequence[tuple[Template, Any]], others: set[str], change: FieldChange
) -> FieldSource | NotLocated:
    if len(nodes) > 1:
        return NotLocated(f"several templates of the chart {release.chart} make an object of this kind.")
    template, root = nodes[0]
    field = template.field(root, change.path)
    if field is None:
        return NotLocated(f"the template in {release.chart} does not show where {change.title} comes from.")
    new_value = to_change(field, change.before, change.after, release.values, _chart(files, release))
    if new_value is None:
        return NotLocated(f"the template in {release.chart} computes {change.title} from more than one value.")
    return _of_values(release, new_value, others, change)


def _of_values(
    release: Release, new_value: tuple[Path, Any], others: set[str], change: FieldChange
) -> FieldSource | NotLocated:
    """The strongest layer that sets the value; one that no other release has (`others` are their layers) where it is
    shared."""
    path, value = new_value
    setting = [layer for layer in release.layers if value_at(layer.values, path) is not None]
    own = [layer for layer in release.layers if layer.place not in others]
    if not own:
        return NotLocated(f"several releases share the values of {release.chart}.")
    layer = setting[-1] if setting and setting[-1] in own else own[-1]
    full = (*layer.at, *path)

    def edit(text: str, _: Any) -> str:
        return with_field(text, layer.document, full, value)

    place = ".".join(full)
    return FieldSource(layer.file, place, change.before, edit, declares=layer in setting)


def _chart(files: Files, release: Release) -> Mapping[str, Any]:
    file = files.get(joined(release.chart, CHART_FILE))
    try:
        content = documents(file.text)[0] if file is not None else {}
    except (NotEditableError, IndexError):
        return {}
    return content if isinstance(content, Mapping) else {}
