"""Where a disturbance began: the component whose own trouble is not explained by what it calls.

Trouble travels from a callee to its callers, so the alarmed component is usually the last to suffer. How far each
component is off its own usual level is measured by its own scatter, and what its worst callee suffers is taken off.
The result is a statistic over numbers: it names suspects, never a cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

LEAST_POINTS = 10  # of the usual time, to know what is usual
LEAST_SCATTER = 0.02  # of the level
MOST = 50.0  # scatters off the level count as so many
PASSED_ON = 0.9  # of a callee's trouble is taken to be its callers' trouble too
OUT_OF_REACH = 0.5  # what a component counts that the alarmed one does not call, not even through others


@dataclass(frozen=True)
class SuspectSeries:
    """One metric of a component that is bad when it is high (latency, errors, use): usual values, and those now."""

    component: str
    metric: str
    usual: Sequence[float]
    now: Sequence[float]


@dataclass(frozen=True)
class Suspect:
    """`off`: how many scatters the worst metric is off its level; `own`: what of it no callee explains."""

    component: str
    metric: str
    off: float
    own: float


def suspects(
    series: Iterable[SuspectSeries], calls: Mapping[str, Sequence[str]], alarm_component: str
) -> list[Suspect]:
    """Components by their own trouble, the most suspicious first; `calls` names who calls whom."""
    worst: dict[str, tuple[float, str]] = {}
    for one in series:
        if (measured := off_level(one)) is not None:
            worst[one.component] = max(worst.get(one.component, (-MOST, "")), (measured, one.metric))
    near = reached(calls, alarm_component)
    result = []
    for component, (off, metric) in worst.items():
        from_callees = max((worst[callee][0] for callee in calls.get(component, ()) if callee in worst), default=0.0)
        own = (off - PASSED_ON * max(0.0, from_callees)) * (1.0 if component in near else OUT_OF_REACH)
        result.append(Suspect(component, metric, round(off, 2), round(own, 2)))
    return sorted(result, key=lambda suspect: (-suspect.own, suspect.component))


def shared(edges: Mapping[tuple[str, str], float]) -> list[tuple[str, float]]:
    """Components by the mean trouble of the calls they take part in: what slows every call of one is that one.

    `edges` gives for (caller, callee) how far the call is off its level, as `off_level` measures it.
    """
    of_component: dict[str, list[float]] = {}
    for ends, off in edges.items():
        for component in ends:
            of_component.setdefault(component, []).append(min(max(0.0, off), MOST))
    means = {component: fmean(offs) for component, offs in of_component.items()}
    return sorted(means.items(), key=lambda item: (-item[1], item[0]))


def off_level(series: SuspectSeries) -> float | None:
    """How many scatters the middle of the values now lies above the usual level, at most MOST; None when unknown."""
    if len(series.usual) < LEAST_POINTS or not series.now:
        return None
    level = median(series.usual)
    ordered = sorted(series.usual)
    high = ordered[int(0.9 * (len(ordered) - 1))]  # higher ones may be earlier disturbances
    deviation = 1.4826 * median(abs(value - level) for value in series.usual)
    scatter = max(deviation, (high - level) / 1.645, LEAST_SCATTER * abs(level), 1e-9)
    return max(-MOST, min(MOST, (median(series.now) - level) / scatter))


def reached(calls: Mapping[str, Sequence[str]], start: str) -> set[str]:
    """Everything that `start` calls, itself included, over any number of hops."""
    components: set[str] = set()
    waiting = [start]
    while waiting:
        component = waiting.pop()
        if component not in components:
            components.add(component)
            waiting += calls.get(component, ())
    return components
