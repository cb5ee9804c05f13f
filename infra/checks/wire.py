"""The few shapes of protocol buffers that Terraform's plugin protocol needs: numbers, bytes, and messages in messages.

Terraform speaks gRPC with its providers. A dozen small messages do not justify a compiler for its interface file.
"""

from __future__ import annotations

from collections.abc import Iterator


def field(number: int, value: bytes | str | int | bool) -> bytes:
    """One field: numbers and booleans as varints, text and messages with their length before them."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(int(value))
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Each field of a message as (number, value)."""
    position = 0
    while position < len(message):
        key, position = _read_varint(message, position)
        value, position = _read_varint(message, position)
        if key & 7 == 2:
            yield key >> 3, message[position : position + value]
            position += value
        elif key & 7 == 0:
            yield key >> 3, value
        else:
            raise ValueError(f"wire type {key & 7} is not used by the plugin protocol")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
