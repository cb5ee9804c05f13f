"""Objects that stand in a repository as they are applied: plain YAML, one document an object. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.contract.field_changes import FieldChange, value_at
from sre_agent.git.sources import Declaration, FieldSource, Files, NotLocated, ObjectName, SourceFile, mapping
from sre_agent.git.yaml_text import NotEditableError, documents, with_field

_RENDERED: Final = re.compile(r"(?m)^# Source: (\S+/templates/\S+)$")  # as Helm writes it over each document
_CHART_LABEL: Final = "helm.sh/chart"


@dataclass(frozen=True)
class Manifest:
    """One document of a file that is an object."""

    file: SourceFile
    document: int
    content: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.content.get("kind", ""))

    @property
    def name(self) -> str:
        return str(self._metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        return str(self._metadata.get("namespace") or "")

    @property
    def labels(self) -> Mapping[str, Any]:
        return mapping(self._metadata.get("labels"))

    @property
    def _metadata(self) -> Mapping[str, Any]:
        return mapping(self.content.get("metadata"))

    def field_source(self, change: FieldChange) -> FieldSource:
        """Where a field stands in this document, or would."""

        def edit(text: str, value: Any) -> str:
            return with_field(text, self.document, change.path, value)

        value = value_at(self.content, change.path)
        return FieldSource(self.file, change.title, value, edit, declares=value is not None)


def manifests(file: SourceFile) -> Iterator[Manifest]:
    """The objects of a file; none where it is no YAML, as a chart's template."""
    try:
        contents = documents(file.text)
    except NotEditableError:
        return
    for number, content in enumerate(contents):
        if isinstance(content, Mapping) and content.get("kind") and isinstance(content.get("metadata"), Mapping):
            yield Manifest(file, number, content)


def rendered_by(manifest: Manifest) -> str:
    """Why a manifest is not the place for a change: a chart was rendered into it. Empty where nothing says so."""
    match = _RENDERED.search(manifest.file.text)
    chart = match[1] if match else str(manifest.labels.get(_CHART_LABEL) or "")
    return f"{manifest.file.path} was rendered from the chart's {chart}: change the chart's values." if chart else ""


def plain_declarations(files: Files, used: set[str], target: ObjectName) -> list[Declaration]:
    """The manifests of an object in files that no kustomization and no chart builds on (`used`)."""
    result = []
    for file in files.by_path.values():
        if file.path in used or (target.kind not in file.text or target.name not in file.text):
            continue
        for manifest in manifests(file):
            if (manifest.kind, manifest.name) != (target.kind, target.name):
                continue
            if manifest.namespace in ("", target.namespace):
                result.append(Declaration(file.path, manifest.namespace, _source_of(manifest), file.folder))
    return result


def _source_of(manifest: Manifest) -> Any:
    def source(change: FieldChange) -> FieldSource | NotLocated:
        by = rendered_by(manifest)
        return NotLocated(by, (manifest.file.path,)) if by else manifest.field_source(change)

    return source
