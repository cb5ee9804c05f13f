"""JSON as the lab's APIs answer it: lists of thousands of objects, in a tenth of the time that `json` takes."""

from __future__ import annotations

import json
from typing import Any

import orjson


def encode(body: Any) -> bytes:
    """JSON. Keys that are no text, halves of surrogate pairs and numbers beyond 64 bits, as a client may send them,
    take the slower way."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body, separators=(",", ":")).encode()
