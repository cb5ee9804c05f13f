"""Within which bounds values of the usual kind stay: how rarely the values go how far tells how far the next may go.

The method is peaks over a threshold, of extreme value theory: of the values beyond a high quantile the mean excess is
taken, and the bound lies where an exponential tail of that mean leaves a given risk. Metrics with heavy bursts so get
wide bounds and calm ones narrow bounds, on each side for itself, without knowing what the metric means. (Siffer et
al., Anomaly Detection in Streams with Extreme Value Theory, 2017, with the shape of the tail held at zero: estimated
from some dozens of values it is noise.)
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from statistics import fmean
from typing import Final, Literal

WINDOW_LENGTH: Final = 4032  # values: two weeks of five minutes
WARM_UP: Final = 144  # values before there are bounds
LEAST_IN_TAIL: Final = 8  # values that tell a mean excess
LEAST_SHARE: Final = 0.05  # of the middle, that bounds lie away from it: a metric that hardly moves is no surprise
KEPT_FOR: Final = 12  # values until bounds are worked out again: they move slowly

Side = Literal["above", "below"]
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Sensitivity:
    """What a detector may be given: the only figures that were chosen by looking at series.

    How, and with which result on series that had no part in the choice: `tests/bench/choice.py`.
    """

    tail: float = 0.05  # share of the values, at either end, whose excess is looked at
    risk: float = 1e-4  # that a value of the usual kind lies beyond a bound


class UsualRange:
    """The last values in order of size, and the bounds that they tell."""

    def __init__(self, sensitivity: Sensitivity) -> None:
        self._sensitivity = sensitivity
        self._sorted_values: list[float] = []
        self._arrived: deque[float] = deque()
        self._bounds: Bounds | None = None
        self._kept_for = 0

    @property
    def bounds(self) -> Bounds | None:
        """None while too little was seen."""
        if len(self._sorted_values) < WARM_UP:
            return None
        if self._bounds is None or self._kept_for >= KEPT_FOR:
            self._bounds, self._kept_for = self._worked_out(), 0
        return self._bounds

    def keep(self, value: float) -> None:
        """The value belongs to the past from now on; one beyond the bounds moves them at once."""
        if self._bounds is not None and not self._bounds[0] <= value <= self._bounds[1]:
            self._bounds = None
        insort(self._sorted_values, value)
        self._arrived.append(value)
        self._kept_for += 1
        if len(self._arrived) > WINDOW_LENGTH:
            self._sorted_values.pop(bisect_left(self._sorted_values, self._arrived.popleft()))

    def _worked_out(self) -> Bounds:
        ordered, many = self._sorted_values, len(self._sorted_values)
        beyond = max(LEAST_IN_TAIL, int(many * self._sensitivity.tail))
        times = max(0.0, math.log(beyond / many / self._sensitivity.risk))  # mean excesses that leave the risk
        low, middle, high = ordered[beyond], ordered[many // 2], ordered[-beyond - 1]
        near = LEAST_SHARE * abs(middle)
        return (
            min(low - times * (low - fmean(ordered[:beyond])), middle - near),
            max(high + times * (fmean(ordered[-beyond:]) - high), middle + near),
        )
