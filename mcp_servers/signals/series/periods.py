"""Which periods of a series are whole: an unfinished period is not a value, and neither is one that is half published.

The one place that knows it, for every metrics server. A period is over when the source's own clock has passed its end;
it is published for sure some time after that (`late`), or as soon as its source has data of a later one, since sources
publish in order. What is absent from a whole period of a sparse counter is zero; everywhere else it is a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mcp_servers.signals.series.levels import Point, filled

LATE: Final = 120.0  # seconds until CloudWatch has what services send it once a minute


@dataclass(frozen=True)
class Periods:
    """The grid of a window: `start` in seconds since 1970, on the grid; `end` as asked; `as_of` by the source's clock.

    `newest` is the start of the newest period of which the source has any data; None where it has none.
    """

    start: float
    end: float
    period: float
    as_of: float
    newest: float | None = None
    late: float = LATE

    @property
    def over_until(self) -> float:
        """The end of the last period of the window that is over."""
        return min(self._ceiling(self.end), self._floor(self.as_of))

    @property
    def whole_until(self) -> float:
        """The end of the last period that is over and published."""
        published_until = self._floor(self.as_of - self.late)
        if self.newest is not None:
            published_until = max(published_until, self.newest)
        return max(self.start, min(self.over_until, published_until))

    def whole(self, points: Sequence[Point], *, grows: bool) -> list[Point]:
        """The points of whole periods. A statistic that only `grows` while data arrives, as a sum, needs all of it; of
        the others a period that is over has a value."""
        until = self.whole_until if grows else self.over_until
        return [point for point in points if point[0] + self.period <= until]

    def with_zeros(self, points: Sequence[Point], *, alive_until: float) -> list[Point]:
        """A sparse counter's whole periods: absent ones are zero up to its last point, and after it as far as its
        source is known to be alive. Without any point nothing is known."""
        if not points:
            return []
        until = max(points[-1][0] + self.period, min(self.whole_until, alive_until))
        return filled(points, self.start, until, self.period)

    def _floor(self, at: float) -> float:
        return at // self.period * self.period

    def _ceiling(self, at: float) -> float:
        return -(-at // self.period) * self.period
