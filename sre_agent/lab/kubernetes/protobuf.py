"""Protobuf bodies of access reviews: kubectl sends `auth can-i` and `auth whoami` in no other form.

Other kinds are refused (see `bodies`); what is needed here is the envelope and three small messages. Field numbers are
those of Kubernetes' published .proto files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sre_agent.lab.kubernetes.statuses import bad_request

Obj = dict[str, Any]
MAGIC = b"k8s\x00"
Message = dict[int, Any]  # field number -> name of a string, or (name, Message) of a message inside

_RESOURCE: Message = {
    1: "namespace",
    2: "verb",
    3: "group",
    4: "version",
    5: "resource",
    6: "subresource",
    7: "name",
}
_MESSAGES: dict[str, Message] = {
    "SelfSubjectAccessReview": {
        2: ("spec", {1: ("resourceAttributes", _RESOURCE), 2: ("nonResourceAttributes", {1: "path", 2: "verb"})})
    },
    "SelfSubjectRulesReview": {2: ("spec", {1: "namespace"})},
    "SelfSubjectReview": {},
}


def decode(body: bytes) -> Obj:
    """The review in a protobuf body as JSON; ApiError 400 when it is broken."""
    if not body.startswith(MAGIC):
        raise bad_request("the object provided is unrecognized: it does not start with the protobuf magic number")
    try:
        envelope = dict(_fields(body[len(MAGIC) :]))
        types = _read(envelope[1], {1: "apiVersion", 2: "kind"})
        return types | _read(envelope.get(2, b""), _MESSAGES.get(types.get("kind", ""), {}))
    except (IndexError, KeyError, UnicodeDecodeError):
        raise bad_request("the object provided is unrecognized: its protobuf encoding is broken") from None


def _read(data: bytes, message: Message) -> Obj:
    found: Obj = {}
    for number, value in _fields(data):
        known = message.get(number)
        if isinstance(known, tuple):
            found[known[0]] = _read(value, known[1])
        elif known and value:
            found[known] = value.decode()
    return found


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        wire = tag & 7
        if wire == 0:
            _, place = _varint(data, place)
        elif wire == 2:
            length, place = _varint(data, place)
            if place + length > len(data):
                raise IndexError(place)
            yield tag >> 3, data[place : place + length]
            place += length
        else:
            place += 8 if wire == 1 else 4


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
