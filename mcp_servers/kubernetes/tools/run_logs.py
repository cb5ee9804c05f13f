"""The log of one run of a container as it was read, and how an answer shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Coverage, Observation, Subject
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.observations.record import WELL
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest, keepers
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.tools import log_pages
from mcp_servers.signals.logs.signs import signs

UNREADY: Final = "unready_container"


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


def signs_of_pod(pod: Obj, logs: Sequence[ContainerRunLog], subject: Subject) -> list[Observation]:
    """The signs in the lines of a pod. Those of a container for which alone it is not ready bear the name of that one:
    they matter even where they are few."""
    own = [log for log in logs if o.name(log.request.pod) == o.name(pod)]
    apart = keepers(pod)
    sign_list: list[Observation] = []
    for name in (*apart, ""):
        part = [log for log in own if (log.request.container if log.request.container in apart else "") == name]
        for _, lines in by_pod(part):
            sign_list += [_of_container(sign, name) for sign in signs(lines, subject)] if lines else []
    return [sign for sign in sign_list if OBSERVATIONS[sign.code].polarity != WELL] or sign_list[:1]


def _of_container(sign: Observation, name: str) -> Observation:
    if not name or UNREADY not in OBSERVATIONS[sign.code].attributes:
        return sign
    return sign.model_copy(update={"attributes": {**sign.attributes, UNREADY: name}})


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
