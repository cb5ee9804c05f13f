"""CBOR (RFC 8949) as Smithy's rpcv2Cbor uses it: what SDKs other than boto3 speak with CloudWatch.

Times are tag 1; they come in as epoch seconds, and go out where a value is wrapped in `CborTimestamp`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import cbor2

EPOCH: Final = 1  # the tag of a time
DEPTH: Final = 64


class CborError(ValueError):
    """The bytes are not CBOR; the message says where."""


@dataclass(frozen=True)
class CborTimestamp:
    """A time in epoch seconds, to be written with its tag."""

    at: float


def dumps(value: Any) -> bytes:
    """JSON-like values, bytes and timestamps as CBOR."""
    return cbor2.dumps(value, default=_write_timestamp)


def loads(data: bytes) -> Any:
    """The one value that the bytes hold; CborError."""
    body = BytesIO(data)
    try:
        value = cbor2.load(body, semantic_decoders={EPOCH: _epoch}, str_errors="replace", max_depth=DEPTH)
    except cbor2.CBORError as problem:
        raise CborError(str(problem)) from problem
    if body.tell() != len(data):
        raise CborError(f"{len(data) - body.tell()} bytes follow the value")
    return value


def _write_timestamp(encoder: cbor2.CBOREncoder, value: object) -> None:
    if not isinstance(value, CborTimestamp):
        raise TypeError(f"{type(value).__name__} has no form in CBOR here")
    encoder.encode(cbor2.CBORTag(EPOCH, float(value.at)))


def _epoch(value: object, immutable: bool) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a time that is no number")
    return value
