"""Which patch of a kustomization's layer sets a field of an object. Pure.

In the order in which kustomize applies them: strategic merges, `patches`, JSON patches of the older form. What a patch
does to more than the field itself, or to what its target selects by labels, is not worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from mcp_servers.contract.field_changes import FieldChange, Path, entry_name, place_in, value_at
from sre_agent.git.kustomizations import KustomizedObject, Layer
from sre_agent.git.sources import FieldSource, Files, SourceFile, joined
from sre_agent.git.yaml_text import NotEditableError, documents, with_field

_LITERAL: Final = re.compile(r"[A-Za-z0-9.-]*")
_OLD_FORM: Final = "patchesJson6902"

Edit = Callable[[str, Any], str]


class UndecidedError(Exception):
    """A layer may set the field, and whether it does is not worked out here."""


def edit_at(document: int, path: Sequence[str]) -> Edit:
    def edit(text: str, value: Any) -> str:
        return with_field(text, document, path, value)

    return edit


@dataclass(frozen=True)
class KustomizePatch:
    """One document of a patch that is for an object: of a file of its own, or of a text in the layer (`at`). `is_sure`
    is false where its target selects by more than plain names."""

    file: SourceFile
    document: int
    content: Any
    layer: Layer
    at: Path = ()
    is_sure: bool = True

    def source(self, title: str, value: Any, path: Sequence[str]) -> FieldSource:
        """The place of a value in it."""
        edit = edit_at(self.document, path)
        if not self.at:
            return FieldSource(self.file, title, value, edit)
        inline = partial(_edit_inline, self.file.text, self.layer.document, self.at, edit)
        return FieldSource(self.layer.file, f"patches, {title}", value, inline)


def patches(files: Files, layer: Layer, one: KustomizedObject) -> Iterator[KustomizePatch]:
    """Those of a layer that are for an object, or may be, in the order in which they work. Raises UndecidedError."""
    for text in layer.texts("patchesStrategicMerge"):
        if "\n" in text:
            raise UndecidedError(f"{layer.file.path} has a patch in place, in the older form.")
        yield from _in_file(files, layer, text, one, is_aimed=False)
    for key in ("patches", _OLD_FORM):
        for number, entry in enumerate(layer.items(key)):
            aims = _aims_at(entry.get("target"), one)
            if aims is False:
                continue
            is_aimed = "target" in entry
            if isinstance(entry.get("path"), str):
                every = _in_file(files, layer, entry["path"], one, is_aimed=is_aimed)
            else:
                inline = SourceFile(layer.file.path, str(entry.get("patch") or ""))
                every = _in_text(inline, layer, (*layer.at, key, str(number), "patch"), one, is_aimed=is_aimed)
            yield from (replace(patch, is_sure=aims is True) for patch in every)


def _in_file(
    files: Files, layer: Layer, name: str, one: KustomizedObject, *, is_aimed: bool
) -> Iterator[KustomizePatch]:
    file = files.get(joined(layer.folder, name))
    if file is None:
        raise UndecidedError(f"the patch {name} of {layer.file.path} is not in the repository.")
    yield from _in_text(file, layer, (), one, is_aimed=is_aimed)


def _in_text(
    file: SourceFile, layer: Layer, at: Path, one: KustomizedObject, *, is_aimed: bool
) -> Iterator[KustomizePatch]:
    try:
        contents = documents(file.text)
    except NotEditableError as problem:
        raise UndecidedError(f"a patch of {layer.file.path} is not valid YAML.") from problem
    for number, content in enumerate(contents):
        if isinstance(content, list) or (isinstance(content, Mapping) and (is_aimed or _is_of(content, one))):
            yield KustomizePatch(file, number, content, layer, at)


def patch_sources(files: Files, layer: Layer, one: KustomizedObject, change: FieldChange) -> Iterator[FieldSource]:
    """Where patches of a layer set the field, the one that comes last at the end. Raises UndecidedError."""
    for patch in patches(files, layer, one):
        for source in _of_patch(patch, one, change):
            if not patch.is_sure:
                raise UndecidedError(f"a patch of {layer.file.path} sets {change.title} of what its target selects.")
            yield source


def _of_patch(patch: KustomizePatch, one: KustomizedObject, change: FieldChange) -> Iterator[FieldSource]:
    if isinstance(patch.content, list):
        yield from _operations(patch, one, change)
        return
    _refuse_directives(patch, change)
    value = value_at(patch.content, change.path)
    if value is not None:
        yield patch.source(change.title, value, change.path)


def _refuse_directives(patch: KustomizePatch, change: FieldChange) -> None:
    """A patch that replaces or deletes something on the way to the field decides about it too."""
    for depth in range(len(change.path)):
        at = value_at(patch.content, change.path[:depth])
        items = at if isinstance(at, list) else [at]
        if any(isinstance(item, Mapping) and any(str(key).startswith("$") for key in item) for item in items):
            raise UndecidedError(f"a patch in {patch.file.path} replaces or deletes what holds {change.title}.")


def _operations(patch: KustomizePatch, one: KustomizedObject, change: FieldChange) -> Iterator[FieldSource]:
    """The operations of a JSON patch that set the field."""
    pointer = _pointer(one.manifest.content, change.path)
    for number, operation in enumerate(patch.content):
        if not isinstance(operation, Mapping) or operation.get("op") == "test" or not pointer:
            continue
        path = str(operation.get("path"))
        if operation.get("op") in ("add", "replace") and path == pointer:
            yield patch.source(change.title, operation.get("value"), (str(number), "value"))
        elif path == pointer or pointer.startswith(f"{path}/"):
            raise UndecidedError(f"an operation in {patch.file.path} changes what holds {change.title}.")


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


def _edit_inline(inner: str, document: int, path: Sequence[str], edit: Edit, text: str, value: Any) -> str:
    return with_field(text, document, path, edit(inner, value))
