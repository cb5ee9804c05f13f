"""Which file of a kustomization declares a field: an overlay's images, replicas or patch, or the manifest below. Pure.

A manifest on which several overlays build is not changed for one of them: the overlay gets the entry that is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import yaml

from mcp_servers.contract.field_changes import FieldChange, Path, entry_name, value_at
from sre_agent.git.images import ImageName
from sre_agent.git.kustomizations import Kustomizations, KustomizedObject, Layer
from sre_agent.git.kustomize_patches import UndecidedError, edit_at, patch_sources
from sre_agent.git.manifests import rendered_by
from sre_agent.git.sources import Declaration, FieldSource, Files, NotLocated, ObjectName, sequence
from sre_agent.git.yaml_text import documents, with_field, with_item

REPLICAS: Final = ("spec", "replicas")
COMPUTING: Final = ("transformers", "replacements", "vars")  # keys of a layer that may set any field


def kustomized_declarations(files: Files, kustomizations: Kustomizations, target: ObjectName) -> list[Declaration]:
    """The roots that build an object of this kind, name and namespace."""
    result = []
    for one in kustomizations.objects:
        if one.manifest.kind != target.kind or one.names[-1] != target.name:
            continue
        if one.namespace in ("", target.namespace):
            source = partial(_field_source, files, one, kustomizations)
            root, applier = one.root, one.root.applier
            name, by = (root.file.path, applier.name) if applier else (root.folder, "")
            result.append(Declaration(name, one.namespace, source, root.folder, applier is not None, by))
    return result


def _field_source(
    files: Files, one: KustomizedObject, kustomizations: Kustomizations, change: FieldChange
) -> FieldSource | NotLocated:
    try:
        return _declared_by(files, one, kustomizations, change)
    except UndecidedError as problem:
        return NotLocated(str(problem), (one.root.file.path,))


def _declared_by(
    files: Files, one: KustomizedObject, kustomizations: Kustomizations, change: FieldChange
) -> FieldSource:
    manifest_source = one.manifest.field_source(change)
    for layer in one.layers:
        if keys := [key for key in COMPUTING if layer.content.get(key)]:
            raise UndecidedError(f"{layer.file.path} computes fields ({', '.join(keys)}).")
    for number in range(len(one.layers) - 1, -1, -1):
        layer = one.layers[number]
        of_layer = _of_layer(files, layer, one, number, change, manifest_source.value)
        if of_layer is not None:
            if not kustomizations.is_shared(layer.key):
                return of_layer
            return _in_overlay(one, change, of_layer.value, kustomizations, above=number)
    if kustomizations.is_shared(one.manifest.file.path):
        return _in_overlay(one, change, manifest_source.value, kustomizations, above=-1)
    if by := rendered_by(one.manifest):
        raise UndecidedError(by)
    return manifest_source


def _of_layer(
    files: Files, layer: Layer, one: KustomizedObject, number: int, change: FieldChange, below: Any
) -> FieldSource | None:
    """Where this layer sets the field, the transformation that comes last first."""
    if _is_image(change) and (source := _image_source(layer, change, below)) is not None:
        return source
    if change.path == REPLICAS:
        for item in layer.items("replicas"):
            if item.get("name") in one.names[: number + 2]:
                path = (*layer.at, "replicas", f"[{item['name']}]", "count")
                return FieldSource(layer.file, "replicas", item.get("count"), edit_at(layer.document, path))
    patches = list(patch_sources(files, layer, one, change))
    return patches[-1] if patches else None


def _is_image(change: FieldChange) -> bool:
    return change.path[-1:] == ("image",) and isinstance(change.after, str)


def _image_source(layer: Layer, change: FieldChange, below: Any) -> FieldSource | None:
    """The entry of `images` that names the image of the container, by what comes from below or by what it makes."""
    names = {ImageName.of(str(text)).name for text in (below, change.before) if text}
    for number, text in enumerate(sequence(layer.content.get("images"))):
        if isinstance(text, str) and (source := _image_in_a_text(layer, number, text, names)) is not None:
            return source
    for item in layer.items("images"):
        entry = str(item.get("name", ""))
        if entry not in names and item.get("newName") not in names:
            continue
        image = ImageName.of(str(below or change.before))
        digest = str(item.get("digest") or "")
        value = ImageName(
            str(item.get("newName") or image.name), "" if digest else str(item.get("newTag") or image.tag), digest
        )
        edit = partial(_set_image, layer.document, layer.at, entry)
        return FieldSource(layer.file, f"images[{entry}]", str(value), edit)
    return None


def _image_in_a_text(layer: Layer, number: int, text: str, names: set[str]) -> FieldSource | None:
    """Argo CD's short form of an entry: `IMAGE`, or `NAME=IMAGE`."""
    name, equals, image = text.rpartition("=")
    entry = name or ImageName.of(image).name
    if entry not in names and ImageName.of(image).name not in names:
        return None

    def edit(whole: str, value: Any) -> str:
        return with_field(whole, layer.document, (*layer.at, "images", str(number)), f"{name}{equals}{value}")

    return FieldSource(layer.file, f"images[{entry}]", image, edit)


def _set_image(document: int, at: Path, entry: str, text: str, value: Any) -> str:
    path = (*at, "images", f"[{entry}]")
    image, item = ImageName.of(str(value)), value_at(documents(text)[document], path) or {}
    for key, new in (("newName", image.name), ("newTag", image.tag), ("digest", image.digest)):
        if key == "newName" and new == item.get("newName", entry):
            continue
        if new or key in item:
            text = with_field(text, document, (*path, key), new or None)
    return text


def _in_overlay(
    one: KustomizedObject, change: FieldChange, value: Any, kustomizations: Kustomizations, *, above: int
) -> FieldSource:
    """The overlay's own entry for a field that it shares with others until now. It has to stand above the layer that
    sets it, which has the number `above`. Raises UndecidedError where every such kustomization is shared."""
    outer, name = one.layers[above + 1 :], one.names[0]
    overlay = next((layer for layer in reversed(outer) if layer.applier is None), None)
    if overlay is None or kustomizations.is_shared(overlay.key):
        raise UndecidedError(f"{one.manifest.file.path} is applied more than once: one change would be for all.")
    if _is_image(change) and value:
        edit: Any = partial(_set_image, 0, (), ImageName.of(str(value)).name)
        return FieldSource(overlay.file, "images", value, edit, declares=False)
    if change.path == REPLICAS:
        edit = edit_at(0, ("replicas", f"[{name}]", "count"))
        return FieldSource(overlay.file, "replicas", value, edit, declares=False)
    return FieldSource(overlay.file, "patches", value, partial(_add_patch, one, change), declares=False)


def _add_patch(one: KustomizedObject, change: FieldChange, text: str, value: Any) -> str:
    content: Any = value
    for step in reversed(change.path):
        content = [{"name": entry_name(step), **content}] if entry_name(step) else {step: content}
    manifest = one.manifest
    patch: Mapping[str, Any] = {
        "apiVersion": manifest.content.get("apiVersion"),
        "kind": manifest.kind,
        "metadata": {"name": manifest.name},
        **content,
    }
    return with_item(text, 0, "patches", {"patch": yaml.safe_dump(patch, sort_keys=False)})
