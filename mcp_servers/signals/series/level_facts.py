"""From a series to `metric.*` observations, and to the few points of it that an answer shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import number
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.levels import Level, Point, level

DISPLAY_LIMIT = 60


@dataclass(frozen=True)
class MeasuredSeries:
    """One series as it was asked for. `points` are all of it, in time order."""

    subject: Subject
    metric: str
    statistic: str
    points: Sequence[Point]


def observed(series: MeasuredSeries, measured_level: Level | None = None) -> Observation:
    """The one `metric.*` observation that the series gives."""
    measured_level = measured_level or level(series.points)
    attributes: dict[str, Any] = {"metric": series.metric, "statistic": series.statistic}
    at: float | None = None
    if measured_level.kind == "missing":
        return Observation(code="metric.missing", subject=series.subject, attributes={"metric": series.metric})
    if measured_level.kind == "steady":
        code = "metric.steady"
        attributes |= {"value": rounded(measured_level.now)}
    elif measured_level.kind == "changed":
        code, at = "metric.level_changed", measured_level.onset
        attributes |= {
            "before": rounded(measured_level.before),
            "now": rounded(measured_level.now),
            "onset": rfc3339(measured_level.onset),
        }
    else:
        code, at = "metric.back_to_normal", measured_level.onset
        attributes |= {
            "peak": rounded(measured_level.peak),
            "now": rounded(measured_level.now),
            "recovered": rfc3339(measured_level.recovered),
        }
    when = datetime.fromtimestamp(at, UTC) if at is not None else None
    text = f"{series.metric}: {telling(series.points, measured_level)}"
    return Observation(code=code, subject=series.subject, at=when, attributes=attributes, excerpt=text)


def telling(points: Sequence[Point], level: Level) -> str:
    """The few values of the source that show it, in order: before it began, as it began, the extreme, the last."""
    began = next((place for place, (at, _) in enumerate(points) if at >= level.onset), len(points))
    after = range(began, len(points))
    extreme = max(after, key=lambda place: abs(points[place][1] - level.before), default=began)
    places = {*range(began - 2, began + 2), extreme, *range(len(points) - 2, len(points))}
    valid_places = sorted(place for place in places if 0 <= place < len(points))
    return ", ".join(number(points[place][1]) for place in valid_places)


def sentence(level: Level) -> str:
    """The judgement in words."""
    if level.kind == "missing":
        return "no data in the window"
    if level.kind == "steady":
        return f"steady at {number(level.now)}"
    if level.kind == "changed":
        return f"{number(level.before)}, then {number(level.now)} from {rfc3339(level.onset)}"
    return (
        f"{number(level.before)}, then {number(level.peak)} from {rfc3339(level.onset)},"
        f" back at {number(level.now)} from {rfc3339(level.recovered)}"
    )


def summary(points: Sequence[Point]) -> dict[str, Any]:
    """Least, greatest, mean, last; times as RFC 3339. Empty without points."""
    if not points:
        return {"points": 0}
    values = [value for _, value in points]
    return {
        "points": len(points),
        "min": rounded(min(values)),
        "max": rounded(max(values)),
        "mean": rounded(fmean(values)),
        "last": rounded(values[-1]),
        "first_at": rfc3339(points[0][0]),
        "last_at": rfc3339(points[-1][0]),
    }


def thinned(points: Sequence[Point], statistic: str = "Average", limit: int = DISPLAY_LIMIT) -> list[list[Any]]:
    """At most `limit` [time, value] pairs; neighbours become their greatest (least, mean) as the statistic asks."""
    size = max(1, -(-len(points) // limit))
    merge: Callable[[list[float]], float] = max
    if statistic in ("Average", "Minimum"):
        merge = fmean if statistic == "Average" else min
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    return [[rfc3339(group[0][0]), rounded(merge([value for _, value in group]))] for group in groups]


def rounded(value: float) -> float:
    """Six significant digits."""
    return float(f"{value:.6g}")
