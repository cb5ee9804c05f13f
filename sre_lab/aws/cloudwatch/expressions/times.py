"""MINUTE, HOUR, DAY, DATE, MONTH, YEAR and EPOCH: a moment's place in the calendar as a value (UTC)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sre_lab.aws.cloudwatch.expressions.arguments import ExpressionFrame, Function, one
from sre_lab.aws.cloudwatch.expressions.series import LabeledSeries, Value

DATES: dict[str, Callable[[datetime], float]] = {
    "MINUTE": lambda at: at.minute,
    "HOUR": lambda at: at.hour,
    "DAY": lambda at: at.isoweekday(),  # 1 is Monday
    "DATE": lambda at: at.day,
    "MONTH": lambda at: at.month,
    "YEAR": lambda at: at.year,
    "EPOCH": lambda at: at.timestamp(),
}


def calendar_values(name: str) -> Function:
    """A series without gaps over the window of its argument, whatever the argument's values are."""

    def run(frame: ExpressionFrame, arguments: list[Value]) -> Value:
        if not isinstance(one(frame, name, arguments), LabeledSeries):
            frame.refuse(f"{name} takes a time series")
        return LabeledSeries(name, {t: float(DATES[name](datetime.fromtimestamp(t, UTC))) for t in frame.times()})

    return run
