"""Where a long answer goes on: a word that a client gives back as it is, written and read in one way."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from mcp_servers.serving.errors import TeachingError


def encode(**place: Any) -> str:
    """The cursor for a place; values are what JSON can hold."""
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).rstrip(b"=").decode()


def read(cursor: str, *names: str) -> dict[str, Any]:
    """The place of a cursor that has exactly these names. Raises TeachingError `bad_request`."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as problem:
        raise _foreign(cursor) from problem
    if not isinstance(place, dict) or set(place) != set(names):
        raise _foreign(cursor)
    return place


def offset(cursor: str) -> int:
    """The number of items that were told already; zero for no cursor."""
    place = read(cursor, "offset")["offset"] if cursor else 0
    if not isinstance(place, int) or place < 0:
        raise _foreign(cursor)
    return place


def _foreign(cursor: str) -> TeachingError:
    to_do = "Pass the cursor exactly as the same tool returned it, or leave it out to start over."
    return TeachingError("bad_request", f"cursor={cursor!r}"[:100], "does not belong to this tool.", to_do)
