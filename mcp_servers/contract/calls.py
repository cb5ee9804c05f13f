"""One way to write a call down, so that a permit, a ledger key and a log line mean the same call."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

INCIDENT: Final = "sre-agent/incident"  # in the `_meta` of a call: for which incident it is made
NOT_DONE: Final = "x-call-not-done"  # header of an answer of 503: the server ends and did nothing; another copy may


def canonical(tool: str, arguments: dict[str, Any]) -> bytes:
    """The call as UTF-8 JSON with sorted keys and no spaces.

    An argument that is None or an empty string is as good as absent: tools take such defaults to mean "not given", and
    whoever leaves them out makes the same call.
    """
    nonempty = {name: value for name, value in arguments.items() if value is not None and value != ""}
    return json.dumps([tool, nonempty], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(tool: str, arguments: dict[str, Any]) -> str:
    """SHA-256 of the canonical call, in hex."""
    return hashlib.sha256(canonical(tool, arguments)).hexdigest()


def is_writable(arguments: dict[str, Any]) -> bool:
    """Whether they can be written down for a permit: finite numbers, and texts that are Unicode."""
    try:
        json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:  # UnicodeEncodeError is one
        return False
    return True
