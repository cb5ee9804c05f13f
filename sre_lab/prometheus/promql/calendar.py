"""What a moment is called in UTC: hours, days, months."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime


def _read(part: Callable[[datetime], int]) -> Callable[[float], float]:
    def of(seconds: float) -> float:
        return float(part(datetime.fromtimestamp(int(seconds), UTC))) if math.isfinite(seconds) else math.nan

    return of


PARTS: dict[str, Callable[[float], float]] = {
    "day_of_month": _read(lambda at: at.day),
    "day_of_week": _read(lambda at: at.isoweekday() % 7),
    "day_of_year": _read(lambda at: at.timetuple().tm_yday),
    "days_in_month": _read(lambda at: monthrange(at.year, at.month)[1]),
    "hour": _read(lambda at: at.hour),
    "minute": _read(lambda at: at.minute),
    "month": _read(lambda at: at.month),
    "year": _read(lambda at: at.year),
}
