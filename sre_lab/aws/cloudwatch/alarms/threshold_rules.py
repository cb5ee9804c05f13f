"""When a metric alarm is in which state: M out of N datapoints, and what missing ones count as.

Follows CloudWatch's documented evaluation: it looks a little further back than the evaluation periods, prefers
datapoints that exist, and fills in only as many as are lacking.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field

from sre_lab.aws.cloudwatch.metrics.statistics import Points

SPARE_PERIODS = 2  # looked at beyond the evaluation periods, for datapoints that come late
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
BELOW, ABOVE, OUTSIDE = (
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
)
BAND_COMPARISONS = (OUTSIDE, BELOW, ABOVE)


@dataclass(frozen=True)
class ThresholdRule:
    """`datapoints_to_alarm` of the last `periods` datapoints must breach; `treat_missing` as TreatMissingData names it.

    Against a band, the threshold is the bound of the same moment in `upper` or `lower`.
    """

    comparison: str
    threshold: float
    periods: int
    datapoints_to_alarm: int
    treat_missing: str
    upper: Points = field(default_factory=dict)
    lower: Points = field(default_factory=dict)

    @property
    def has_band(self) -> bool:
        return self.comparison in BAND_COMPARISONS

    def breaches(self, at: float, value: float) -> bool:
        if not self.has_band:
            return COMPARISONS[self.comparison][0](value, self.threshold)
        below, above = value < self.lower[at], value > self.upper[at]
        return {BELOW: below, ABOVE: above}.get(self.comparison, below or above)


@dataclass(frozen=True)
class ThresholdEvaluation:
    """`state` is None where the present one is kept. `datapoints` are the (time, value) looked at, newest first."""

    state: str | None
    datapoints: list[tuple[float, float]]
    filled_count: int  # missing datapoints that were counted as something


def evaluate(rule: ThresholdRule, window: list[tuple[float, float | None]]) -> ThresholdEvaluation:
    """The state that follows from a window of (start of period, value or None), newest first."""
    existing = [(time, value) for time, value in window if value is not None][: rule.periods]
    breaching = [rule.breaches(time, value) for time, value in existing]
    lacking = rule.periods - len(existing)
    in_alarm = sum(breaching) >= rule.datapoints_to_alarm
    if lacking <= 0 or in_alarm:
        return ThresholdEvaluation("ALARM" if in_alarm else "OK", existing, max(0, lacking))
    if rule.treat_missing == "breaching":
        return ThresholdEvaluation(
            "ALARM" if sum(breaching) + lacking >= rule.datapoints_to_alarm else "OK", existing, lacking
        )
    if rule.treat_missing == "notBreaching":
        return ThresholdEvaluation("OK", existing, lacking)
    if not existing:
        return ThresholdEvaluation(None if rule.treat_missing == "ignore" else "INSUFFICIENT_DATA", existing, lacking)
    if not all(breaching):
        return ThresholdEvaluation("OK", existing, lacking)
    if rule.treat_missing == "missing" and _age(window) >= rule.datapoints_to_alarm:
        return ThresholdEvaluation("ALARM", existing, lacking)
    return ThresholdEvaluation(None, existing, lacking)


def _age(window: list[tuple[float, float | None]]) -> int:
    """How many periods ago, counted from 1, the oldest datapoint that exists lies."""
    return max((place + 1 for place, (_, value) in enumerate(window) if value is not None), default=0)
