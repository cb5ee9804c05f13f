"""Whether a program has a part of the work: a consumer of a topic or stream says which partitions or shards it was
assigned, and one that was assigned none waits, however many replicas there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.logs.lines import message

_ASSIGNS: Final = re.compile(r"\bassign(?:ed|ment|ments|ing)?\b", re.I)
_PARTS: Final = re.compile(r"\b(?:partition|shard)s?\b", re.I)
_TAKES_AWAY: Final = re.compile(r"revok|\blost\b|unassign|fail|error|cannot|unable", re.I)
_NONE: Final = re.compile(
    r"\[\s{0,4}\]|\{\s{0,4}\}|\b(?:no|0|zero) (?:\w{1,20} ){0,2}(?:partition|shard)s?\b"
    r"|\b(?:partition|shard)s?(?: assigned)?\s{0,4}[:=]\s{0,4}(?:none|0|null)?\s{0,4}$",
    re.I,
)
_CLIENT: Final = re.compile(r"^.{0,160}?\[[^\]]{1,200}\](?=:? )")  # as `[Consumer clientId=a, groupId=b] `
_SOME: Final = re.compile(r"[\[{]\s{0,4}[\w\"']")


def unassigned(lines: Iterable[tuple[datetime | None, str]], subject: Subject) -> Iterator[Observation]:
    """That the last word on its assignment was that it has none."""
    last: tuple[datetime | None, str] | None = None
    for at, line in lines:
        if (has := _has_a_part(line)) is not None:
            last = None if has else (at, line)
    if last is not None:
        at, line = last
        attributes = {"count": 1} | ({"last": rfc3339(at)} if at is not None else {})
        yield Observation(code="log.unassigned", subject=subject, at=at, attributes=attributes, excerpt=excerpt(line))


def _has_a_part(line: str) -> bool | None:
    """None for a line that does not tell, or that tells of several members."""
    if not _ASSIGNS.search(line) or not _PARTS.search(line) or _TAKES_AWAY.search(line):
        return None
    text = _CLIENT.sub("", message(line))
    has_none = _NONE.search(text) is not None
    return None if has_none and _SOME.search(text) else not has_none
