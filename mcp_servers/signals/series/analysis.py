"""Everything one series says: its level, spikes, trend, limit and cycle, as observations. For every metrics server.

The window is what is asked about; the history before it tells what is usual. Where the cycle of the history explains a
change of level, the change is told as usual and not as an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.serving.markdown import number
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.anomalies import Anomaly, anomalies
from mcp_servers.signals.series.level_facts import MeasuredSeries, observed, rounded, sentence
from mcp_servers.signals.series.levels import Level, Point, level
from mcp_servers.signals.series.seasons import Season, season, without
from mcp_servers.signals.series.trends import Trend, trend

FULL: Final = 0.95  # of the limit, from which a metric is at it
LAST: Final = 2  # points that have to be there
SPIKES: Final = 3  # told of one series


@dataclass(frozen=True)
class MetricLimit:
    """What the metric cannot pass; with `floor` it is the least value, else the greatest.

    `is_claim`: only whoever asks says so. It is told in words, and no fact is made of it.
    """

    value: float
    floor: bool = False
    is_claim: bool = False

    def is_reached(self, value: float, span: float) -> bool:
        """`span` is how far the metric ever was from the limit, which tells what is near a floor."""
        if self.floor:
            return value <= self.value + (1 - FULL) * span
        return value >= FULL * self.value


@dataclass(frozen=True)
class Analysis:
    """What was found in a series' window. `saturated_since` is seconds since 1970."""

    series: MeasuredSeries
    level: Level
    spikes: list[Anomaly] = field(default_factory=list)
    trend: Trend | None = None
    season: Season | None = None
    usual: bool = False  # the cycle explains the change of level
    limit: MetricLimit | None = None
    saturated_since: float | None = None


def analysed(series: MeasuredSeries, history: Sequence[Point], limit: MetricLimit | None = None) -> Analysis:
    """`history` is the series before and during the window, in steps of its own."""
    start = series.points[0][0] if series.points else 0.0
    judged = level(series.points)
    cycle = season([point for point in history if point[0] < start])
    usual = False
    if cycle is not None and judged.kind in ("changed", "back_to_normal"):
        usual = level(without(cycle, series.points)).kind == "steady"
    return Analysis(
        series=series,
        level=judged,
        spikes=[spike for spike in anomalies(history) if spike.at >= start] if series.points else [],
        trend=None if usual else trend(series.points, judged),
        season=cycle,
        usual=usual,
        limit=limit,
        saturated_since=_saturated_since(series.points, limit, history) if limit else None,
    )


def facts(found: Analysis) -> list[Observation]:
    """The level first, then what else there is."""
    judged = Level("steady", now=found.level.now) if found.usual else found.level
    spikes = [_spiked(found, spike) for spike in found.spikes[:SPIKES]]
    known = found.limit if found.limit is not None and not found.limit.is_claim else None
    more = [_seasonal(found, found.season)] if found.season else []
    return [observed(found.series, judged), *spikes, *_towards(found, known), *more]


def sentences(found: Analysis) -> list[str]:
    """The same in words."""
    told = [sentence(found.level) + (", as at this time of every cycle" if found.usual else "")]
    told += [f"{len(found.spikes)} moments outside its usual range" if found.spikes else ""]
    told += [seen.excerpt for seen in _towards(found, found.limit)]
    told += [f"repeats itself {found.season.cycle}" if found.season else ""]
    return [part for part in told if part]


def _saturated_since(points: Sequence[Point], limit: MetricLimit, history: Sequence[Point]) -> float | None:
    """Since when the metric is at its limit without leaving it; None when it is not there now."""
    span = max((abs(value - limit.value) for _, value in [*history, *points]), default=0.0)
    since: float | None = None
    count = 0
    for at, value in reversed(points):
        if not limit.is_reached(value, span):
            break
        since, count = at, count + 1
    return since if count >= LAST else None


def _spiked(found: Analysis, spike: Anomaly) -> Observation:
    attributes = _named(found) | {
        "value": rounded(spike.value),
        "side": spike.side,
        "least": rounded(spike.least),
        "greatest": rounded(spike.greatest),
    }
    return Observation(code="metric.spiked", subject=found.series.subject, at=_time(spike.at), attributes=attributes)


def _towards(found: Analysis, limit: MetricLimit | None) -> list[Observation]:
    """Where it goes, and that it is at that limit."""
    told = [_trending(found, found.trend, limit)] if found.trend else []
    if limit is not None and found.saturated_since is not None:
        told.append(_saturated(found, limit, found.saturated_since))
    return told


def _trending(found: Analysis, line: Trend, limit: MetricLimit | None) -> Observation:
    attributes = _named(found) | {
        "per_hour": rounded(line.slope * 3600),
        "from": rounded(line.first),
        "to": rounded(line.last),
    }
    text = f"from {number(line.first)} to {number(line.last)} at {number(line.slope * 3600)} an hour"
    if limit is not None:
        attributes["limit"] = rounded(limit.value)
        if (reached := line.reaches(limit.value)) is not None:
            attributes["reaches"] = rfc3339(reached)
            text += f"; meets {number(limit.value)} at {rfc3339(reached)} if it goes on"
    return Observation(
        code="metric.trending",
        subject=found.series.subject,
        at=_time(line.begins),
        attributes=attributes,
        excerpt=text,
    )


def _saturated(found: Analysis, limit: MetricLimit, since: float) -> Observation:
    value = found.series.points[-1][1]
    attributes = _named(found) | {
        "value": rounded(value),
        "limit": rounded(limit.value),
        "since": rfc3339(since),
    }
    whose = "the limit asked about," if limit.is_claim else "its limit"
    text = f"at {whose} {number(limit.value)} since {rfc3339(since)}"
    return Observation(
        code="metric.saturated", subject=found.series.subject, at=_time(since), attributes=attributes, excerpt=text
    )


def _seasonal(found: Analysis, cycle: Season) -> Observation:
    attributes = _named(found) | {
        "cycle": cycle.cycle,
        "strength": cycle.strength,
        "explains_change": found.usual,
    }
    return Observation(code="metric.seasonal", subject=found.series.subject, attributes=attributes)


def _named(found: Analysis) -> dict[str, Any]:
    return {"metric": found.series.metric, "statistic": found.series.statistic}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
