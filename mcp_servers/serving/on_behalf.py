"""For which incident a call is made, so that whatever is asked with an assumed role carries its name in CloudTrail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from mcp_servers.contract.calls import INCIDENT

_NAME: Final = re.compile(r"[A-Za-z0-9=,.@_-]{1,48}")  # what STS takes in a session's name, as a part of it
_incident: ContextVar[str] = ContextVar("on_behalf", default="")


@contextmanager
def of_call(meta: Mapping[str, Any] | None) -> Iterator[None]:
    """Within, the incident that a call's `_meta` names; none where it names nothing that could be one."""
    name = (meta or {}).get(INCIDENT, "")
    token = _incident.set(name if isinstance(name, str) and _NAME.fullmatch(name) else "")
    try:
        yield
    finally:
        _incident.reset(token)


def incident() -> str:
    """On any thread of the call; empty where nobody said."""
    return _incident.get()
