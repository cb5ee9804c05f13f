"""Protobuf bodies read as the JSON that they stand for: Go clients send typed objects in no other form.

Answers stay JSON, which those clients accept. The field numbers are data beside this module.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from sre_lab.clock import rfc3339
from sre_lab.kubernetes.statuses import bad_request

Obj = dict[str, Any]
MAGIC = b"k8s\x00"
_SCALARS = "sybid"
_ZERO = ("", 0, False)


@dataclass(frozen=True)
class MessageField:
    """One field of a message; `mark` and `type` as the table explains them, `type` with its package."""

    name: str
    mark: str
    type: str


def decode(body: bytes) -> Obj:
    """The object in a protobuf body as JSON, kind and apiVersion included; ApiStatusError 400 if it is malformed."""
    if not body.startswith(MAGIC):
        raise bad_request("the object provided is unrecognized: it does not start with the protobuf magic number")
    try:
        envelope = dict(_fields(body[len(MAGIC) :]))
        types = dict(_fields(envelope[1]))
        version, kind = types.get(1, b"").decode(), types.get(2, b"").decode()
        message = message_of(version, kind)
        if message is None:
            raise bad_request(f'no kind "{kind}" is registered for version "{version}" in the lab\'s protobuf messages')
        content: Obj = _read(envelope.get(2, b""), message)
        return {"apiVersion": version, "kind": kind} | content
    except (IndexError, KeyError, ValueError, AttributeError, struct.error):
        raise bad_request("the object provided is unrecognized: its protobuf encoding is broken") from None


def message_of(version: str, kind: str) -> str | None:
    """The message of a kind in an apiVersion; None where the table has none."""
    group, _, number = version.rpartition("/")
    package = f"{group.split('.')[0] or 'core'}.{number}"
    return next((m for m in (f"{package}.{kind}", f"meta.v1.{kind}") if m in messages()), None)


@cache
def messages() -> dict[str, dict[int, MessageField]]:
    """The table of all messages: message -> field number -> field."""
    text = (resources.files("sre_lab.kubernetes") / "protobuf_messages.txt").read_text(encoding="utf-8")
    messages: dict[str, dict[int, MessageField]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        message, *columns = line.split(" ")
        package = message.rpartition(".")[0]
        messages[message] = {}
        for column in filter(None, columns):
            number, name, type_ = column.split(":")
            mark = type_[0] if type_[0] in "*@^?" else ""
            type_ = type_[len(mark) :]
            messages[message][int(number)] = MessageField(
                name, mark, package + type_ if type_.startswith(".") else type_
            )
    return messages


def _read(data: bytes, message: str) -> Any:
    special = _SPECIAL.get(message)
    if special is not None:
        return special(dict(_fields(data)))
    fields: Obj = {}
    for number, raw in _fields(data):
        field = messages()[message].get(number)
        if field is None:
            continue
        if field.mark == "@":
            key, value = _entry(raw, field.type)
            fields.setdefault(field.name, {})[key] = value
        elif field.mark == "*":
            fields.setdefault(field.name, []).append(_value(raw, field.type))
        elif field.mark == "^":
            fields |= _read(raw, field.type)
        else:
            value = _value(raw, field.type)
            if field.mark == "?" or value not in _ZERO:
                fields[field.name] = value
    return fields


def _entry(raw: bytes, type_: str) -> tuple[str, Any]:
    parts = dict(_fields(raw))
    return parts.get(1, b"").decode(), _value(parts.get(2, b""), type_)


def _value(raw: Any, type_: str) -> Any:
    if type_ not in _SCALARS:
        return _read(raw, type_)
    if type_ == "s":
        return raw.decode()
    if type_ == "y":
        return base64.b64encode(raw).decode()
    if type_ == "b":
        return bool(raw)
    if type_ == "d":
        return struct.unpack("<d", raw)[0]
    return raw - 2**64 if raw >= 2**63 else raw


def _time(parts: dict[int, Any], *, micro: bool = False) -> str | None:
    return rfc3339(parts[1] + parts.get(2, 0) / 1e9, micro=micro) if parts else None


def _raw(parts: dict[int, Any]) -> Any:
    return json.loads(parts[1]) if parts.get(1) else None


_SPECIAL: dict[str, Callable[[dict[int, Any]], Any]] = {
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": lambda parts: _time(parts, micro=True),
    "resource.Quantity": lambda parts: parts.get(1, b"0").decode(),
    "intstr.IntOrString": lambda parts: parts.get(3, b"").decode() if parts.get(1) else parts.get(2, 0),
    "runtime.RawExtension": _raw,
    "authorization.v1.ExtraValue": lambda parts: [parts[1].decode()] if 1 in parts else [],
    "certificates.v1.ExtraValue": lambda parts: [parts[1].decode()] if 1 in parts else [],
}


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """(number, value) in order: an int for varints, bytes for everything else."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        wire = tag & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield tag >> 3, value
            continue
        length = {1: 8, 5: 4}.get(wire, 0)
        if wire == 2:
            length, place = _varint(data, place)
        if place + length > len(data) or wire not in (1, 2, 5):
            raise IndexError(place)
        yield tag >> 3, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
