"""What metrics of a service say of its load: how many requests against before, and whether its CPU is used up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import number
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.level_facts import rounded
from mcp_servers.signals.series.levels import Level, Point

REQUESTS: Final = frozenset(
    {"RequestCount", "RequestCountPerTarget", "Requests", "Invocations", "NewConnectionCount", "NewFlowCount"}
)
TIMES: Final = 2.0  # what it was, from which more requests are a surge
CPU: Final = frozenset(
    {"pod_cpu_utilization_over_pod_limit", "container_cpu_utilization_over_container_limit", "CPUUtilization"}
)
FULL: Final = 90.0  # per cent of the limit
RECENT: Final = 3  # points that tell how it is now


def observe(subject: Subject, levels: Iterable[tuple[str, list[Point], Level]]) -> list[Observation]:
    """One fact on its requests and one on its CPU, where the metrics are there. `levels`: metric, points, level."""
    by_topic: dict[str, Observation] = {}
    for metric, points, level in levels:
        if not points:
            continue
        if metric in REQUESTS:
            by_topic.setdefault("requests", _requests(subject, metric, level))
        elif metric in CPU:
            by_topic.setdefault("cpu", _cpu(subject, metric, points))
    return list(by_topic.values())


def _requests(subject: Subject, metric: str, level: Level) -> Observation:
    before, now = level.before, level.now
    attributes: dict[str, Any] = {"metric": metric, "before": rounded(before), "now": rounded(now)}
    if level.kind != "changed" or before <= 0 or now < TIMES * before:
        return Observation(code="traffic.not_surged", subject=subject, attributes=attributes)
    since = datetime.fromtimestamp(level.onset, UTC)
    attributes |= {"factor": round(now / before, 1), "since": rfc3339(since)}
    text = f"{metric} {number(before)}, then {number(now)} from {rfc3339(since)}"
    return Observation(code="traffic.surged", subject=subject, at=since, attributes=attributes, excerpt=text)


def _cpu(subject: Subject, metric: str, points: list[Point]) -> Observation:
    values = [value for _, value in points]
    now = median(values[-RECENT:])
    share, before = round(now), round(median(values[: max(1, len(values) // 3)]))
    text = f"{metric} {before} %, then {share} %"
    if now < FULL:
        return Observation(code="cpu.has_room", subject=subject, attributes={"share": share}, excerpt=text)
    first = points[-1][0]
    for at, value in reversed(points):
        if value < FULL:
            break
        first = at
    return Observation(
        code="cpu.at_limit",
        subject=subject,
        at=datetime.fromtimestamp(first, UTC),
        attributes={"share": share, "before": before},
        excerpt=text,
    )
