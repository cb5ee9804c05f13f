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
    series_level = level(series.points)
    cycle = season([point for point in history if point[0] < start])
    usual = False
    if cycle is not None and series_level.kind in ("changed", "back_to_normal"):
        usual = level(without(cycle, series.points)).kind == "steady"
    return Analysis(
        series=series,
        level=series_level,
        spikes=[spike for spike in anomalies(history) if spike.at >= start] if series.points else [],
        trend=None if usual else trend(series.points, series_level),
        season=cycle,
        usual=usual,
        limit=limit,
        saturated_since=_saturated_since(series.points, limit, history) if limit else None,
    )


def facts(analysis: Analysis) -> list[Observation]:
    """The level first, then what else there is."""
    series_level = Level("steady", now=analysis.level.now) if analysis.usual else analysis.level
    spikes = [_spike_observation(analysis, spike) for spike in analysis.spikes[:SPIKES]]
    known_limit = analysis.limit if analysis.limit is not None and not analysis.limit.is_claim else None
    more = [_seasonal(analysis, analysis.season)] if analysis.season else []
    return [observed(analysis.series, series_level), *spikes, *_towards(analysis, known_limit), *more]


def sentences(analysis: Analysis) -> list[str]:
    """The same in words."""
    parts = [sentence(analysis.level) + (", as at this time of every cycle" if analysis.usual else "")]
    parts += [f"{len(analysis.spikes)} moments outside its usual range" if analysis.spikes else ""]
    parts += [observation.excerpt for observation in _towards(analysis, analysis.limit)]
    parts += [f"repeats itself {analysis.season.cycle}" if analysis.season else ""]
    return [part for part in parts if part]


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


def _spike_observation(analysis: Analysis, spike: Anomaly) -> Observation:
    attributes = _identity(analysis) | {
        "value": rounded(spike.value),
        "side": spike.side,
        "least": rounded(spike.least),
        "greatest": rounded(spike.greatest),
    }
    return Observation(code="metric.spiked", subject=analysis.series.subject, at=_time(spike.at), attributes=attributes)


def _towards(analysis: Analysis, limit: MetricLimit | None) -> list[Observation]:
    """Where it goes, and that it is at that limit."""
    observations = [_trending(analysis, analysis.trend, limit)] if analysis.trend else []
    if limit is not None and analysis.saturated_since is not None:
        observations.append(_saturation(analysis, limit, analysis.saturated_since))
    return observations


def _trending(analysis: Analysis, line: Trend, limit: MetricLimit | None) -> Observation:
    attributes = _identity(analysis) | {
        "per_hour": rounded(line.slope * 3600),
        "from": rounded(line.first),
        "to": rounded(line.last),
    }
    text = f"from {number(line.first)} to {number(line.last)} at {number(line.slope * 3600)} an hour"
    if limit is not None:
        attributes["limit"] = rounded(limit.value)
        if (limit_time := line.reaches(limit.value)) is not None:
            attributes["reaches"] = rfc3339(limit_time)
            text += f"; meets {number(limit.value)} at {rfc3339(limit_time)} if it goes on"
    return Observation(
        code="metric.trending",
        subject=analysis.series.subject,
        at=_time(line.begins),
        attributes=attributes,
        excerpt=text,
    )


def _saturation(analysis: Analysis, limit: MetricLimit, since: float) -> Observation:
    value = analysis.series.points[-1][1]
    attributes = _identity(analysis) | {
        "value": rounded(value),
        "limit": rounded(limit.value),
        "since": rfc3339(since),
    }
    whose = "the limit asked about," if limit.is_claim else "its limit"
    text = f"at {whose} {number(limit.value)} since {rfc3339(since)}"
    return Observation(
        code="metric.saturated", subject=analysis.series.subject, at=_time(since), attributes=attributes, excerpt=text
    )


def _seasonal(analysis: Analysis, cycle: Season) -> Observation:
    attributes = _identity(analysis) | {
        "cycle": cycle.cycle,
        "strength": cycle.strength,
        "explains_change": analysis.usual,
    }
    return Observation(code="metric.seasonal", subject=analysis.series.subject, attributes=attributes)


def _identity(analysis: Analysis) -> dict[str, Any]:
    return {"metric": analysis.series.metric, "statistic": analysis.series.statistic}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
