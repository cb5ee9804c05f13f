"""Which file of a kustomization declares a field: an overlay's images, replicas or patch, or the manifest below. Pure.

A manifest on which several overlays build is not changed for one of them: the overlay gets the entry that is its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import yaml

from mcp_servers.contract.field_changes import FieldChange, entry_name, place_in, value_at
from sre_agent.git.images import ImageName
from sre_agent.git.kustomizations import Kustomizations, KustomizedObject, Layer
from sre_agent.git.manifests import manifests
from sre_agent.git.sources import Declaration, FieldSource, Files, NotLocated, ObjectName, SourceFile, joined
from sre_agent.git.yaml_text import NotEditableError, documents, with_field, with_item

REPLICAS: Final = ("spec", "replicas")
COMPUTING: Final = ("transformers", "replacements", "vars")  # keys of a layer that may set any field
_LITERAL: Final = re.compile(r"[A-Za-z0-9.-]*")


class _UndecidedError(Exception):
    """A layer may set the field, and whether it does is not worked out here."""


def kustomized_declarations(files: Files, kustomizations: Kustomizations, target: ObjectName) -> list[Declaration]:
    """The roots that build an object of this kind, name and namespace."""
    result = []
    for root in kustomizations.roots():
        for one in kustomizations.objects(root):
            if one.manifest.kind != target.kind or one.names[-1] != target.name:
                continue
            if one.namespace in ("", target.namespace):
                source = partial(_field_source, files, one, kustomizations)
                result.append(Declaration(root.folder, one.namespace, source))
    return result


def _field_source(
    files: Files, one: KustomizedObject, kustomizations: Kustomizations, change: FieldChange
) -> FieldSource | NotLocated:
    try:
        return _declared_by(files, one, kustomizations, change)
    except _UndecidedError as problem:
        return NotLocated(str(problem), (one.root.file.path,))


def _declared_by(
    files: Files, one: KustomizedObject, kustomizations: Kustomizations, change: FieldChange
) -> FieldSource:
    manifest_source = one.manifest.field_source(change)
    for layer in one.layers:
        if keys := [key for key in COMPUTING if layer.content.get(key)]:
            raise _UndecidedError(f"{layer.file.path} computes fields ({', '.join(keys)}).")
    for number in range(len(one.layers) - 1, -1, -1):
        layer = one.layers[number]
        of_layer = _of_layer(files, layer, one, number, change, manifest_source.value)
        if of_layer is not None:
            is_others_too = kustomizations.is_shared(layer.file.path)
            return _in_overlay(one, change, of_layer.value) if is_others_too else of_layer
    is_others_too = kustomizations.is_shared(one.manifest.file.path)
    return _in_overlay(one, change, manifest_source.value) if is_others_too else manifest_source


def _of_layer(
    files: Files, layer: Layer, one: KustomizedObject, number: int, change: FieldChange, below: Any
) -> FieldSource | None:
    """Where this layer sets the field, the transformation that comes last first."""
    if _is_image(change) and (source := _image_source(layer, change, below)) is not None:
        return source
    if change.path == REPLICAS:
        for item in layer.items("replicas"):
            if item.get("name") in one.names[: number + 2]:
                path = ("replicas", f"[{item['name']}]", "count")
                return FieldSource(layer.file, "replicas", item.get("count"), _edit_at(0, path))
    patches = list(_patch_sources(files, layer, one, change))
    return patches[-1] if patches else None


def _is_image(change: FieldChange) -> bool:
    return change.path[-1:] == ("image",) and isinstance(change.after, str)


def _image_source(layer: Layer, change: FieldChange, below: Any) -> FieldSource | None:
    """The entry of `images` that names the image of the container, by what comes from below or by what it makes."""
    names = {ImageName.of(str(text)).name for text in (below, change.before) if text}
    for item in layer.items("images"):
        entry = str(item.get("name", ""))
        if entry not in names and item.get("newName") not in names:
            continue
        image = ImageName.of(str(below or change.before))
        digest = str(item.get("digest") or "")
        value = ImageName(
            str(item.get("newName") or image.name), "" if digest else str(item.get("newTag") or image.tag), digest
        )
        return FieldSource(layer.file, f"images[{entry}]", str(value), partial(_set_image, entry))
    return None


def _set_image(entry: str, text: str, value: Any) -> str:
    image, item = ImageName.of(str(value)), value_at(documents(text)[0], ("images", f"[{entry}]")) or {}
    for key, new in (("newName", image.name), ("newTag", image.tag), ("digest", image.digest)):
        if key == "newName" and new == item.get("newName", entry):
            continue
        if new or key in item:
            text = with_field(text, 0, ("images", f"[{entry}]", key), new or None)
    return text


def _patch_sources(files: Files, layer: Layer, one: KustomizedObject, change: FieldChange) -> Iterator[FieldSource]:
    for text in layer.texts("patchesStrategicMerge"):
        if (file := files.get(joined(layer.folder, text))) is not None:
            yield from _strategic(file, one, change)
    for number, patch in enumerate(layer.items("patches")):
        aims = _aims_at(patch.get("target"), one)
        if aims is False:
            continue
        if isinstance(patch.get("path"), str) and (file := files.get(joined(layer.folder, patch["path"]))) is not None:
            sources = _of_patch_text(file, file.text, one, change, is_aimed="target" in patch)
            yield from _if_decided(aims, layer, sources)
        elif isinstance(patch.get("patch"), str):
            inline = SourceFile(layer.file.path, patch["patch"])
            sources = _of_patch_text(inline, patch["patch"], one, change, is_aimed="target" in patch)
            for source in _if_decided(aims, layer, sources):
                edit = partial(_edit_inline, ("patches", str(number), "patch"), source)
                yield FieldSource(layer.file, f"patches, {source.place}", source.value, edit)


def _if_decided(aims: bool | None, layer: Layer, sources: Iterator[FieldSource]) -> Iterator[FieldSource]:
    """The sources of a patch that is known to be for the object. _UndecidedError where it sets the field of something
    that its target does not name plainly."""
    for source in sources:
        if aims is None:
            raise _UndecidedError(f"a patch of {layer.file.path} sets {source.place} of what its target selects.")
        yield source


def _of_patch_text(
    file: SourceFile, text: str, one: KustomizedObject, change: FieldChange, *, is_aimed: bool
) -> Iterator[FieldSource]:
    try:
        contents = documents(text)
    except NotEditableError:
        return
    for number, content in enumerate(contents):
        if isinstance(content, list):
            yield from _operations(file, number, content, one, change)
        elif isinstance(content, Mapping) and (is_aimed or _is_of(content, one)):
            value = value_at(content, change.path)
            if value is not None:
                yield FieldSource(file, change.title, value, _edit_at(number, change.path))


def _strategic(file: SourceFile, one: KustomizedObject, change: FieldChange) -> Iterator[FieldSource]:
    for manifest in manifests(file):
        if manifest.kind == one.manifest.kind and manifest.name in one.names:
            source = manifest.field_source(change)
            if source.declares:
                yield source


def _operations(
    file: SourceFile, document: int, operations: Sequence[Any], one: KustomizedObject, change: FieldChange
) -> Iterator[FieldSource]:
    """The operations of a JSON patch that set the field."""
    pointer = _pointer(one.manifest.content, change.path)
    for number, operation in enumerate(operations):
        if not isinstance(operation, Mapping) or operation.get("op") not in ("add", "replace"):
            continue
        if pointer and operation.get("path") == pointer:
            path = (str(number), "value")
            yield FieldSource(file, change.title, operation.get("value"), _edit_at(document, path))


def _pointer(content: Any, path: Sequence[str]) -> str:
    """The path as a JSON pointer into the manifest; empty where it leads through an entry that it lacks."""
    parts: list[str] = []
    for step in path:
        if entry_name(step):
            at = place_in(content, step) if isinstance(content, list) else None
            if at is None:
                return ""
            parts.append(str(at))
            content = content[at]
        else:
            parts.append(step.replace("~", "~0").replace("/", "~1"))
            content = content.get(step) if isinstance(content, Mapping) else None
    return "/" + "/".join(parts)


def _aims_at(target: Any, one: KustomizedObject) -> bool | None:
    """Whether a patch's target fits; one without a target says in its own text whom it is for. None for a target of
    labels, annotations or other than plain names: what these select is not worked out here, and no expression of a
    repository is run."""
    if not isinstance(target, Mapping):
        return True
    kind, name = str(target.get("kind") or ""), str(target.get("name") or "")
    if (_LITERAL.fullmatch(kind) and kind not in ("", one.manifest.kind)) or (
        _LITERAL.fullmatch(name) and name not in ("", ".*", *one.names)
    ):
        return False
    fields = {"kind", "name", "group", "version", "namespace"}
    is_plain = not set(target) - fields and all(_LITERAL.fullmatch(text) or text == ".*" for text in (kind, name))
    return True if is_plain else None


def _is_of(content: Mapping[str, Any], one: KustomizedObject) -> bool:
    metadata = content.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return content.get("kind") == one.manifest.kind and name in one.names


def _edit_at(document: int, path: Sequence[str]) -> Any:
    def edit(text: str, value: Any) -> str:
        return with_field(text, document, path, value)

    return edit


def _edit_inline(path: Sequence[str], source: FieldSource, text: str, value: Any) -> str:
    return with_field(text, 0, path, source.edit(source.file.text, value))


def _in_overlay(one: KustomizedObject, change: FieldChange, value: Any) -> FieldSource:
    """The overlay's own entry for a field that it shares with others until now."""
    root, name = one.root.file, one.names[0]
    if _is_image(change) and value:
        edit: Any = partial(_set_image, ImageName.of(str(value)).name)
        return FieldSource(root, "images", value, edit, declares=False)
    if change.path == REPLICAS:
        return FieldSource(root, "replicas", value, _edit_at(0, ("replicas", f"[{name}]", "count")), declares=False)
    return FieldSource(root, "patches", value, partial(_add_patch, one, change), declares=False)


def _add_patch(one: KustomizedObject, change: FieldChange, text: str, value: Any) -> str:
    content: Any = value
    for step in reversed(change.path):
        content = [{"name": entry_name(step), **content}] if entry_name(step) else {step: content}
    manifest = one.manifest
    patch = {
        "apiVersion": manifest.content.get("apiVersion"),
        "kind": manifest.kind,
        "metadata": {"name": manifest.name},
        **content,
    }
    return with_item(text, 0, "patches", {"patch": yaml.safe_dump(patch, sort_keys=False)})
