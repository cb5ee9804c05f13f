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


def observed(series: MeasuredSeries, judged: Level | None = None) -> Observation:
    """The one `metric.*` observation that the series gives."""
    judged = judged or level(series.points)
    attributes: dict[str, Any] = {"metric": series.metric, "statistic": series.statistic}
    at: float | None = None
    if judged.kind == "missing":
        return Observation(code="metric.missing", subject=series.subject, attributes={"metric": series.metric})
    if judged.kind == "steady":
        code = "metric.steady"
        attributes |= {"value": rounded(judged.now)}
    elif judged.kind == "changed":
        code, at = "metric.level_changed", judged.onset
        attributes |= {"before": rounded(judged.before), "now": rounded(judged.now), "onset": rfc3339(judged.onset)}
    else:
        code, at = "metric.back_to_normal", judged.onset
        attributes |= {
            "peak": rounded(judged.peak),
            "now": rounded(judged.now),
            "recovered": rfc3339(judged.recovered),
        }
    when = datetime.fromtimestamp(at, UTC) if at is not None else None
    said = f"{series.metric}: {telling(series.points, judged)}"
    return Observation(code=code, subject=series.subject, at=when, attributes=attributes, excerpt=said)


def telling(points: Sequence[Point], judged: Level) -> str:
    """The few values of the source that show it, in order: before it began, as it began, the extreme, the last."""
    began = next((place for place, (at, _) in enumerate(points) if at >= judged.onset), len(points))
    after = range(began, len(points))
    extreme = max(after, key=lambda place: abs(points[place][1] - judged.before), default=began)
    places = {*range(began - 2, began + 2), extreme, *range(len(points) - 2, len(points))}
    kept = sorted(place for place in places if 0 <= place < len(points))
    return ", ".join(number(points[place][1]) for place in kept)


def sentence(judged: Level) -> str:
    """The judgement in words."""
    if judged.kind == "missing":
        return "no data in the window"
    if judged.kind == "steady":
        return f"steady at {number(judged.now)}"
    if judged.kind == "changed":
        return f"{number(judged.before)}, then {number(judged.now)} from {rfc3339(judged.onset)}"
    return (
        f"{number(judged.before)}, then {number(judged.peak)} from {rfc3339(judged.onset)},"
        f" back at {number(judged.now)} from {rfc3339(judged.recovered)}"
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
