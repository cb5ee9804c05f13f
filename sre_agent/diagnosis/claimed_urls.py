"""The URL that an alarm complains of, where an Ingress that takes no such path would bring about what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sre_agent.domain.claim import AlarmClaim

_URL: Final = re.compile(r"\bhttps?://[\w.-]+(?::\d+)?/[^\s\"'<>,;)]*")
_STATUS: Final = re.compile(r"(?<![\w./:])([1-5]\d\d)(?![\w.%])")
UNROUTED: Final = "404"  # what controllers answer by themselves
FELT: Final = ("availability", "errors", "health")


def unrouted_url(claims: Iterable[AlarmClaim]) -> str:
    """The first URL with a path in what is said; empty without one, and where another status than 404 is said."""
    for claim in claims:
        match = _URL.search(claim.statement) if claim.quantity in FELT else None
        others = set(_STATUS.findall(claim.statement)) - {UNROUTED}
        if match is not None and not others:
            return match[0].rstrip(".!?")
    return ""
