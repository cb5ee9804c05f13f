"""What a notice says, in words that every channel can show.

Text from outside must not mention people, become a link or be read as markup. Each channel escapes what its own syntax
knows; what many of them act upon without any syntax is taken apart here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from typing import Final

from mcp_servers.contract.visible import one_line
from mcp_servers.redaction import redacted
from sre_agent.domain.notice import IncidentNotice

LONGEST: Final = 600  # characters of one text from outside
TITLE: Final = 200
GAP: Final = "\u200b"  # a space without width: what is read stays the same
_ACTED_UPON: Final = re.compile(r"(?<=[@<])|(?<=:)(?=//)|(?<=\])(?=\()|(?<=www)(?=\.)", re.IGNORECASE)
STATES: Final = {
    "waiting": "Waiting for approval",
    "decided": "Decided",
    "remediated": "Remediated",
    "escalated": "Escalated",
    "answered": "Answered",
    "test": "Test of the notifications",
    "checks": "Checks of sre-agent itself",
}
Escape = Callable[[str], str]


def inert(text: str) -> str:
    """One line without secrets in which no mention, link or tag is left."""
    return _ACTED_UPON.sub(GAP, redacted(one_line(text)))


def headline(notice: IncidentNotice, escape: Escape = inert) -> str:
    """State, severity and title."""
    return f"{STATES[notice.state]} [{notice.severity}] {escape(_short(notice.title, TITLE))}"


def details(notice: IncidentNotice, escape: Escape = inert) -> list[tuple[str, str]]:
    """(label, text) of all that is known, in the order in which it is read; commands are not among them."""
    reason = f" ({notice.reason.replace('_', ' ')})" if notice.reason else ""
    for_whom = f"level {notice.level}, {notice.role}" if notice.role else ""
    until = f"{notice.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if notice.until else ""
    rows = [
        ("Report" if notice.state == "checks" else "Incident", f"{notice.incident}{reason}"),
        ("Cluster", inert(notice.cluster)),
        ("Account", inert(notice.account)),
        ("For", for_whom),
        ("Cause", escape(_short(notice.statement, LONGEST))),
        ("Action", escape(_short(notice.action, LONGEST))),
        ("Blast radius", escape(_short(notice.blast_radius, LONGEST))),
        ("Rehearsal", escape(_short(notice.rehearsal, LONGEST))),
        ("Expires", until),
    ]
    return [(label, text) for label, text in rows if text]


def text(notice: IncidentNotice, escape: Escape = inert) -> str:
    """All of it below the headline, for channels that know lines alone."""
    lines = [f"{label}: {detail}" for label, detail in details(notice, escape)]
    return "\n".join([*lines, *notice.commands])


def _short(value: str, most: int) -> str:
    return value if len(value) <= most else f"{value[: most - 1]}…"
