"""The binary form of a streamed answer: `application/vnd.amazon.eventstream`.

A message is: its length, the length of its headers, a CRC32 of these two, headers, payload, and a CRC32 of all of it.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any, Final

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
TEXT: Final = 7  # the type of a header whose value is a string


def event(kind: str, payload: dict[str, Any]) -> bytes:
    return message({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, payload)


def exception(kind: str, text: str) -> bytes:
    """An error that comes after the answer has begun; `kind` as the model's member is called, in lower camel case."""
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, {"message": text})


def message(headers: dict[str, str], payload: dict[str, Any]) -> bytes:
    head = b"".join(_header(name, value) for name, value in headers.items())
    body = json.dumps(payload, ensure_ascii=False).encode()
    lengths = struct.pack("!II", 12 + len(head) + len(body) + 4, len(head))
    whole = lengths + struct.pack("!I", zlib.crc32(lengths)) + head + body
    return whole + struct.pack("!I", zlib.crc32(whole))


def corrupt(whole: bytes) -> bytes:
    """The message with one bit of its payload turned over, so that its checksum is wrong."""
    return whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:]


def _header(name: str, value: str) -> bytes:
    raw, text = name.encode(), value.encode()
    return struct.pack("!B", len(raw)) + raw + struct.pack("!BH", TEXT, len(text)) + text
