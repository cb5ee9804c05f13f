"""Does a metric rise or fall steadily, and when does it reach a limit if it goes on so.

The slope is the median of the slopes between all pairs of points, which single outliers do not bend. It counts only
when it outweighs the scatter around it and follows the points better than a step between two levels does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from mcp_servers.signals.series.levels import Level, Point, merge

LEAST_POINTS: Final = 10
SCATTERS: Final = 3.0  # that the rise over the window has to outweigh
SHARE: Final = 0.1  # of the level, that it has to be at least
BETTER: Final = 0.8  # of the step's deviations that may be left around the line
ONE_WAY: Final = 0.5  # of the pairs of points, those that rise less those that fall


@dataclass(frozen=True)
class Trend:
    """Value per second, and the line's values where the trend began and at the last point."""

    slope: float
    begins: float
    first: float
    last: float
    ends: float

    def reaches(self, limit: float) -> float | None:
        """When the line meets the limit (seconds since 1970); None when it goes away from it."""
        seconds = (limit - self.last) / self.slope
        return self.ends + seconds if seconds >= 0 else None


def trend(points: Sequence[Point], level: Level) -> Trend | None:
    """The trend of the series, or of its part since the onset that `level` tells."""
    if level.kind in ("missing", "back_to_normal"):
        return None
    line = _trend(merge(points), level)
    if line is None and level.kind == "changed":
        since = [point for point in points if point[0] >= level.onset]
        line = _trend(merge(since), Level("steady", now=median(v for _, v in since)))
    return line


def _trend(points: Sequence[Point], whole_level: Level) -> Trend | None:
    if len(points) < LEAST_POINTS:
        return None
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1 :]]
    slope = median(slopes)
    one_way = abs(sum((s > 0) - (s < 0) for s in slopes)) / len(slopes)
    start = median(value - slope * at for at, value in points)
    around = [abs(value - start - slope * at) for at, value in points]
    begins, ends = points[0][0], points[-1][0]
    rise = abs(slope) * (ends - begins)
    level = max(abs(start + slope * begins), abs(start + slope * ends))
    if one_way < ONE_WAY or rise <= SHARE * level or rise <= SCATTERS * 1.4826 * median(around):
        return None
    if sum(around) > BETTER * sum(abs(value - _step(whole_level, at)) for at, value in points):
        return None
    return Trend(slope, begins, start + slope * begins, start + slope * ends, ends)


def _step(level: Level, at: float) -> float:
    return level.before if level.kind == "changed" and at < level.onset else level.now
