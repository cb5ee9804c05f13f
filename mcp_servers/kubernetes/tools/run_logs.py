"""The log of one run of a container as it was read, and how an answer shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.tools import log_pages


@dataclass(frozen=True)
class ContainerRunLog:
    request: LogRequest
    lines: list[tuple[datetime | None, str]]
    as_of: datetime | None
    coverage: Coverage


def by_pod(logs: Sequence[ContainerRunLog]) -> list[tuple[Obj, list[tuple[datetime | None, str]]]]:
    """All lines of each pod once: a run that was read twice, as present and as previous, counts once."""
    by_name: dict[str, tuple[Obj, Counter[tuple[datetime | None, str]]]] = {}
    for log in logs:
        _, lines = by_name.setdefault(o.name(log.request.pod), (log.request.pod, Counter()))
        lines |= Counter(log.lines)  # a line that stands several times in one run was said several times
    return [(pod, list(lines.elements())) for pod, lines in by_name.values()]


def section(log: ContainerRunLog, contains: str) -> log_pages.LogSection:
    head = f"### {log.request.short}"
    if log.as_of is None:
        return log_pages.LogSection(head, [log.coverage.detail])
    if not log.lines:
        return log_pages.LogSection(head, ["no lines" + (f" with {contains!r}" if contains else "")])
    return log_pages.LogSection(head, [_line_text(at, line) for at, line in log.lines])


def _line_text(at: datetime | None, line: str) -> str:
    text = untrusted(excerpt(line, log_pages.LINE))
    return f"{at:%H:%M:%S} {text}" if at else text


def plain(log: ContainerRunLog) -> dict[str, Any]:
    pod, container, previous = o.name(log.request.pod), log.request.container, log.request.previous
    return {"pod": pod, "container": container, "previous": previous, "lines": len(log.lines)}
