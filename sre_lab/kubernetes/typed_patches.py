"""What server-side apply says of a configuration that does not fit its kind: it types every field before it merges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sre_lab.kubernetes import go_types
from sre_lab.kubernetes.go_text import go_map
from sre_lab.kubernetes.go_types import INT_OR_STRING, OPAQUE, QUANTITY, TIMES
from sre_lab.kubernetes.patches import merge_key
from sre_lab.kubernetes.protobuf import MessageField
from sre_lab.kubernetes.scalars import go_kind

Obj = dict[str, Any]
_KEYLESS = 'associative list with keys has an element that omits key field "{}" (and doesn\'t have default value)'
_NUMBERS, _TEXTS = ("i", "d"), ("s", "y", *TIMES)


def problems(config: Obj, struct: str, kind: str) -> list[str]:
    """Each field that the struct does not have and each value of another type, with its path."""
    return list(_struct(config, struct, kind, ""))


def _struct(value: Any, struct: str, kind: str, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: expected map, got {_untyped_text(value)}"
        return
    fields = go_types.fields(struct)
    for key, inner in sorted(value.items()):
        if key not in fields:
            yield f"{path}.{key}: field not declared in schema"
        elif inner is not None:
            yield from _field(inner, fields[key], kind, f"{path}.{key}")


def _field(value: Any, part: MessageField, kind: str, path: str) -> Iterator[str]:
    if part.mark == "*":
        if not isinstance(value, list):
            yield f"{path}: expected list, got {_untyped_text(value)}"
            return
        key = merge_key(kind, part.name, value) if value else None
        for number, item in enumerate(value):
            if key and item.get(key) is None:
                yield f"{path}: element {number}: {_KEYLESS.format(key)}"
                continue
            step = f"[{key}={json.dumps(item[key])}]" if key else f"[{number}]"
            yield from _one(item, part, kind, path + step)
    elif part.mark == "@":
        if not isinstance(value, dict):
            yield f"{path}: expected map, got {_untyped_text(value)}"
            return
        for key, item in sorted(value.items()):
            yield from _one(item, part, kind, f"{path}.{key}")
    else:
        yield from _one(value, part, kind, path)


def _one(value: Any, part: MessageField, kind: str, path: str) -> Iterator[str]:
    if value is None or part.type in OPAQUE or part.type in (QUANTITY, INT_OR_STRING):
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if part.type in _TEXTS:
        if not isinstance(value, str):
            yield f"{path}: expected string, got &value.valueUnstructured{{Value:{_go(value)}}}"
    elif part.type in _NUMBERS:
        if not number:
            yield f"{path}: expected numeric (int or float), got {_type(value)}"
    elif part.type == "b":
        if not isinstance(value, bool):
            yield f"{path}: expected boolean, got {_untyped_text(value)}"
    else:
        yield from _struct(value, part.type, kind, path)


def _untyped_text(value: Any) -> str:
    """As the schema library prints a value that it holds without a type."""
    return f"&{{{go_map(value)}}}"


def _go(value: Any) -> str:
    """`%#v` of a decoded value."""
    if isinstance(value, dict):
        return "map[string]interface {}{" + ", ".join(f"{json.dumps(k)}:{_go(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(_go(v) for v in value) + "}"
    return json.dumps(value)


def _type(value: Any) -> str:
    """`%T` of a decoded value."""
    type_names = {"map": "map[string]interface {}", "slice": "[]interface {}"}
    return type_names.get(go_kind(value), go_kind(value))
