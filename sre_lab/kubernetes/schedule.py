"""Cron schedules as CronJobs write them: five fields, names, ranges, steps, lists, and the @ words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
FAR_DAYS = 366 * 5  # a schedule that meets no time until then (30 February) never does


class CronScheduleError(ValueError):
    """The text is no schedule; the message says what is wrong with it."""


@dataclass(frozen=True)
class CronSchedule:
    """The minutes at which a CronJob is due, in its time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    any_day: bool  # "*" in one of the two day fields: then both have to hold, otherwise one suffices
    zone: ZoneInfo

    def next_after(self, moment: float) -> float | None:
        """The first due time later than `moment` (both epoch seconds); None when there is none."""
        start = datetime.fromtimestamp(moment, self.zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
        day = start.replace(hour=0, minute=0)
        for _ in range(FAR_DAYS):
            if day.month in self.months and self._is_day(day):
                for due in self._times(day):
                    if due.timestamp() > moment:
                        return due.timestamp()
            day = (day + timedelta(days=1)).replace(hour=0, minute=0)
        return None

    def _times(self, day: datetime) -> Iterator[datetime]:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                yield day.replace(hour=hour, minute=minute)

    def _is_day(self, day: datetime) -> bool:
        in_month, in_week = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        return in_month and in_week if self.any_day else in_month or in_week


def parse(text: str, zone: str = "") -> CronSchedule:
    """The schedule that `text` writes, in a time zone by its IANA name (empty: UTC). CronScheduleError otherwise."""
    fields = WORDS.get(text.strip(), text).split()
    if text.startswith("@") and text.strip() not in WORDS:
        raise CronScheduleError(f"unrecognized descriptor: {text}")
    if len(fields) != len(BOUNDS):
        raise CronScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    minutes, hours, days, months, weekdays = (
        frozenset(_values(field, low, high)) for field, (low, high) in zip(fields, BOUNDS, strict=True)
    )
    any_day = fields[2][0] in "*?" or fields[4][0] in "*?"
    try:
        return CronSchedule(minutes, hours, days, months, weekdays, any_day, ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        raise CronScheduleError(f"unknown time zone {zone}") from None


def _values(field: str, low: int, high: int) -> Iterator[int]:
    for part in field.split(","):
        span, slash, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = _number(start, low)
            last = _number(end, low) if dash else (high if slash else first)
        stride = _number(step, 0) if slash else 1
        if first < low:
            raise CronScheduleError(f"beginning of range ({first}) below minimum ({low}): {part}")
        if last > high:
            raise CronScheduleError(f"end of range ({last}) above maximum ({high}): {part}")
        if first > last:
            raise CronScheduleError(f"beginning of range ({first}) beyond end of range ({last}): {part}")
        if stride < 1:
            raise CronScheduleError(f"step of range should be a positive number: {part}")
        yield from range(first, last + 1, stride)


def _number(text: str, low: int) -> int:
    """A number, or the name of a month (counted from 1) or of a day (counted from 0)."""
    name = text.lower()
    if low == 1 and name in MONTHS:
        return MONTHS.index(name) + 1
    if low == 0 and name in DAYS:
        return DAYS.index(name)
    if not text.isdigit():
        raise CronScheduleError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)
