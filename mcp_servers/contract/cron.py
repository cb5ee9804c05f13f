"""Cron schedules as the CronJob controller reads them, with names, steps and macros: when the next start is due."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY: Final = re.compile(r"@every (?:\d+(?:\.\d*)?(?:h|m|s|ms|us|ns))+$")
_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FARTHEST: Final = timedelta(days=366 * 5)  # 29 February comes within


def is_schedule(text: str) -> bool:
    """Whether the controller can read it."""
    if _EVERY.match(text.strip()):
        return True
    try:
        next_after(text, datetime(2024, 1, 1, tzinfo=UTC))
    except ValueError:
        return False
    return True


def next_after(schedule: str, moment: datetime) -> datetime | None:
    """The first start after `moment`, in its time zone. None when there is none; ValueError when it is no schedule."""
    text = MACROS.get(schedule.strip().lower(), schedule)
    fields = text.split()
    if len(fields) != len(_RANGES):
        raise ValueError(f"{schedule!r} is no cron schedule: it needs five fields")
    minutes, hours, days, months, weekdays = (_values(f, i) for i, f in enumerate(fields))
    weekdays = {day % 7 for day in weekdays}
    either = fields[2][0] not in "*?" and fields[4][0] not in "*?"  # both given: one of them suffices

    def on(day: datetime) -> bool:
        by_date, by_weekday = day.day in days, day.isoweekday() % 7 in weekdays
        return day.month in months and ((by_date or by_weekday) if either else (by_date and by_weekday))

    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    while day - moment < _FARTHEST:
        if on(day):
            starts = (day.replace(hour=h, minute=m) for h in sorted(hours) for m in sorted(minutes))
            if next_start := next((start for start in starts if start > moment), None):
                return next_start
        day += timedelta(days=1)
    return None


def _values(field: str, place: int) -> set[int]:
    low, high = _RANGES[place]
    values: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        elif "-" in span:
            first, last = (_number(end, place) for end in span.split("-", 1))
        else:
            first = _number(span, place)
            last = high if step else first
        every = int(step) if step else 1
        if every < 1 or not low <= first <= last <= high:
            raise ValueError(f"{field!r} is out of range in a cron schedule")
        values |= set(range(first, last + 1, every))
    return values


def _number(text: str, place: int) -> int:
    if place == 3 and text in _MONTHS:
        return _MONTHS.index(text) + 1
    if place == 4 and text in _DAYS:
        return _DAYS.index(text)
    return int(text)
