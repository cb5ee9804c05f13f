"""What a resource's counters say of its work: requests come and are served, or a failure of them is over. Pure.

One rule for every kind: `WORK` names its counters. Silence shows nothing, and neither does work of long ago.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import number
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.level_facts import rounded
from mcp_servers.signals.series.levels import Level, Point, level

RECENT: Final = 3  # periods with work that tell how it is now, at least
PATIENCE: Final = 300.0  # seconds that may pass after the last work, at least
GAPS: Final = 3.0  # times the usual pause between two periods with work
LITTLE: Final = 1.0  # per cent of the requests: as few failures as this are no trouble while they do not rise
LOAD_MOVES: Final = 2.0  # times what it was, from which another load is news
TIME_MOVES: Final = 1.5  # the same of how long the work takes
TIMES: Final = ("duration", "latency", "time")
Series = Callable[[str], Sequence[Point]]


@dataclass(frozen=True)
class WorkCounters:
    """`demand`: the counters of what it is asked to do, of which the first with data counts. `failures`: of what fails
    or is refused. `other`: what else says how it does; a small move of these is no event."""

    demand: tuple[str, ...]
    failures: tuple[str, ...]
    other: tuple[str, ...] = ()


WORK: Final[dict[str, WorkCounters]] = {
    "Function": WorkCounters(demand=("Invocations",), failures=("Errors", "Throttles"), other=("Duration",)),
    "LoadBalancer": WorkCounters(
        demand=("RequestCount", "NewFlowCount", "NewConnectionCount"),
        failures=(
            "HTTPCode_ELB_5XX_Count",
            "HTTPCode_Target_5XX_Count",
            "HTTPCode_Backend_5XX",
            "TargetConnectionErrorCount",
            "TargetTLSNegotiationErrorCount",
            "BackendConnectionErrors",
            "RejectedConnectionCount",
            "RejectedFlowCount",
            "PortAllocationErrorCount",
            "SpilloverCount",
        ),
        other=("TargetResponseTime", "Latency", "RequestCountPerTarget", "ActiveConnectionCount", "ActiveFlowCount",
              "HTTPCode_Target_2XX_Count", "HTTPCode_Backend_2XX", "ProcessedBytes", "ConsumedLCUs"),
    ),
    "NatGateway": WorkCounters(
        demand=("ConnectionEstablishedCount",),
        failures=("ErrorPortAllocation", "PacketsDropCount"),
        other=("ActiveConnectionCount", "ConnectionAttemptCount"),
    ),
}  # fmt: skip


def work_observations(subject: Subject, series_of: Series, until: float, period: int) -> list[Observation]:
    """That its requests are served; nothing where none came of late, or where more fail than a few as always.

    `series_of` gives a counter on its whole grid, empty without any data; `until` is up to when there can be data.
    """
    work = WORK[subject.kind]
    metric = next((one for one in work.demand if series_of(one)), "")
    counts = dict(series_of(metric)) if metric else {}
    counters = [series_of(one) for one in work.failures]
    failed: dict[float, float] = {}
    for at, value in (point for points in counters for point in points):
        failed[at] = failed.get(at, 0.0) + value
    busy = sorted(at for at in counts if counts[at] > 0)
    if not busy or _is_silent([at + period for at in busy], until) or not _is_well(counts, failed, counters, busy):
        return []
    count, wrong = sum(counts.values()), sum(failed.values())
    last = rfc3339(busy[-1] + period)
    attributes: dict[str, Any] = {"metric": metric, "count": round(count), "failed": round(wrong)}
    late = sum(value for at, value in failed.items() if at >= busy[-RECENT:][0])
    attributes |= {"late": round(late), "share": round(100 * wrong / count, 2), "last": last}
    read = ", ".join(one for one, points in zip(work.failures, counters, strict=True) if points)
    failures = f"{round(wrong)} of them counted by {read}" if read else "no failure has been counted"
    text = f"{metric} {number(count)} since {rfc3339(min(counts))}, {failures}; the last until {last}"
    return [Observation(code="requests.served", subject=subject, attributes=attributes, excerpt=text)]


def _is_silent(times: Sequence[float], until: float) -> bool:
    """Whether work has stopped coming: nothing for far longer than between two periods with work."""
    pauses = [after - before for before, after in pairwise(times)]
    return until - times[-1] > max(PATIENCE, GAPS * median(pauses or [0.0]))


def _is_well(
    counts: dict[float, float], failed: dict[float, float], counters: Sequence[Sequence[Point]], busy: Sequence[float]
) -> bool:
    """Nothing has failed for longer than it used to go well in between; or little fails, and no more than ever."""
    hits = sorted(at for at, value in failed.items() if value > 0)
    clean = sum(at > hits[-1] for at in busy) if hits else len(busy)
    between = [sum(one < at <= other for at in busy) for one, other in pairwise(hits)]
    if not hits or clean >= max(RECENT, GAPS * median(between or [0])):
        return True
    share = 100 * sum(failed.values()) / sum(counts.values())
    return share <= LITTLE and all(level(points).kind == "steady" for points in counters)


def over(kind: str, metric: str, points: Sequence[Point], level: Level, period: int) -> Level:
    """Of a counter of failures that are no more, whatever came before the window: back to normal, which is none."""
    work = WORK.get(kind)
    hits = [at for at, value in points if value]
    if work is None or metric not in work.failures or level.kind != "changed" or not hits:
        return level
    if any(value for _, value in points[-RECENT:]):
        return level
    peak = max(value for _, value in points)
    return Level("back_to_normal", peak=peak, onset=hits[0], recovered=hits[-1] + period)


def moves_little(kind: str, metric: str, level: Level) -> bool:
    """Whether load or times changed by less than is news."""
    work = WORK.get(kind)
    if work is None or metric not in (*work.demand, *work.other) or level.kind not in ("changed", "back_to_normal"):
        return False
    values = [level.before, level.now] + ([level.peak] if level.kind == "back_to_normal" else [])
    news = TIME_MOVES if any(word in metric.lower() for word in TIMES) else LOAD_MOVES
    return min(values) > 0 and max(values) < news * min(values)


def within_bounds(observation: Observation, level: Level) -> Observation:
    """A change of level as one that is no event."""
    attributes = {name: observation.attributes[name] for name in ("metric", "statistic")}
    attributes |= {"before": rounded(level.before), "now": rounded(level.now)}
    return observation.model_copy(update={"code": "metric.within_bounds", "attributes": attributes})


def is_old(last: float, until: float) -> bool:
    """Whether what was measured last says nothing of now."""
    return until - last > GAPS * PATIENCE
