"""CBOR (RFC 8949) as Smithy's rpcv2Cbor uses it: what SDKs other than boto3 speak with CloudWatch.

Times are tag 1; they come in as epoch seconds, and go out where a value is wrapped in `CborTimestamp`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

EPOCH = 1  # the tag of a time
BREAK = 0xFF
DEPTH = 64
FLOATS = {25: ">e", 26: ">f", 27: ">d"}
CONSTANTS = {20: False, 21: True, 22: None, 23: None}


class CborError(ValueError):
    """The bytes are not CBOR; the message says where."""


@dataclass(frozen=True)
class CborTimestamp:
    """A time in epoch seconds, to be written with its tag."""

    at: float


def dumps(value: Any) -> bytes:
    """JSON-like values, bytes and Moments as CBOR."""
    if isinstance(value, CborTimestamp):
        return _head(6, EPOCH) + dumps(float(value.at))
    if isinstance(value, bool) or value is None:
        return bytes([0xF6 if value is None else 0xF5 if value else 0xF4])
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        encoded = value.encode()
        return _head(3, len(encoded)) + encoded
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(dumps(str(k)) + dumps(v) for k, v in value.items())
    return _head(4, len(value)) + b"".join(dumps(item) for item in value)


def loads(data: bytes) -> Any:
    """The one value that the bytes hold; CborError."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise CborError(f"{len(data) - reader.at} bytes follow the value")
    return value


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, form, limit in ((24, ">B", 2**8), (25, ">H", 2**16), (26, ">I", 2**32), (27, ">Q", 2**64)):
        if number < limit:
            return bytes([major << 5 | code]) + struct.pack(form, number)
    raise CborError(f"{number} does not fit into 64 bits")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def value(self, depth: int) -> Any:
        if depth > DEPTH:
            raise CborError(f"nested deeper than {DEPTH} at byte {self.at}")
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        if major == 7:
            return self._simple(info)
        number = None if info == 31 else self._number(info)
        if major in (0, 1):
            if number is None:
                raise CborError(f"a number without an end at byte {self.at}")
            return number if major == 0 else -1 - number
        if major == 6:
            return self._tagged(number, depth)
        if major in (2, 3):
            return self._string(major, number, depth)
        if major == 4:
            return [self.value(depth + 1) for _ in self._items(number)]
        return {str(self.value(depth + 1)): self.value(depth + 1) for _ in self._items(number)}

    def _tagged(self, tag: int | None, depth: int) -> Any:
        value = self.value(depth + 1)
        if tag == EPOCH and (not isinstance(value, int | float) or not math.isfinite(value)):
            raise CborError(f"a time that is no number before byte {self.at}")
        return value

    def _simple(self, info: int) -> Any:
        if info in CONSTANTS:
            return CONSTANTS[info]
        if info in FLOATS:
            form = FLOATS[info]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        raise CborError(f"an unknown simple value {info} before byte {self.at}")

    def _string(self, major: int, length: int | None, depth: int) -> Any:
        if length is None:  # chunks up to a break
            parts = [self.value(depth + 1) for _ in self._items(None)]
            if not all(isinstance(part, bytes if major == 2 else str) for part in parts):
                raise CborError(f"a string of other pieces before byte {self.at}")
            return b"".join(parts) if major == 2 else "".join(parts)
        taken = self._take(length)
        return taken if major == 2 else taken.decode("utf-8", "replace")

    def _items(self, number: int | None) -> Any:
        """One turn for each item: `number` of them, or as many as there are before a break."""
        turn = 0
        while number is None or turn < number:
            if number is None and self._data[self.at : self.at + 1] == bytes([BREAK]):
                self.at += 1
                return
            turn += 1
            yield turn

    def _number(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise CborError(f"an unknown length {info} before byte {self.at}")
        return int.from_bytes(self._take(2 ** (info - 24)), "big")

    def _take(self, count: int) -> bytes:
        taken = self._data[self.at : self.at + count]
        if len(taken) != count:
            raise CborError(f"the value ends at byte {self.at}, {count} more were expected")
        self.at += count
        return taken
