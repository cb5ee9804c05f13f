"""When a mute rule mutes: `cron(...)` of five fields or `at(...)`, a duration, and a time zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from typing import NoReturn
from zoneinfo import ZoneInfo

from sre_lab.aws.errors import AwsError

_CRON = re.compile(r"^cron\((\S+) (\S+) (\S+) (\S+) (\S+)\)$")
_AT = re.compile(r"^at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)$")
_DURATION = re.compile(r"^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?$")
SHORTEST, LONGEST = 60.0, 15 * 86_400.0
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MINUTE = timedelta(minutes=1)


class MuteSchedule:
    """The windows of one mute rule. AwsError ValidationError for one that cannot be read."""

    def __init__(self, expression: str, duration: str, zone: str) -> None:
        self.duration = _seconds(duration)
        self._zone = _zone(zone)
        self._at = self._fields = None
        cron, once = _CRON.match(expression), _AT.match(expression)
        if once:
            self._at = datetime.fromisoformat(once[1]).replace(tzinfo=self._zone).timestamp()
        elif cron:
            self._fields = [_values(text, place) for place, text in enumerate(cron.groups())]
        else:
            _refuse(f"Expression {expression!r} is not cron(minute hour day month weekday) or at(yyyy-MM-ddThh:mm).")

    @property
    def once(self) -> bool:
        return self._at is not None

    def window_at(self, now: float) -> tuple[float, float] | None:
        """(start, end) of the window that `now` lies in."""
        start = self._at if self._at is not None else self._last_start(now)
        return (start, start + self.duration) if start is not None and start <= now < start + self.duration else None

    def over(self, now: float) -> bool:
        """Whether no window can come any more."""
        return self._at is not None and now >= self._at + self.duration

    def _last_start(self, now: float) -> float | None:
        """The latest start not after `now` and not further back than one duration."""
        moment = datetime.fromtimestamp(now, self._zone).replace(second=0, microsecond=0)
        oldest = now - self.duration
        while moment.timestamp() > oldest:
            if not self._day_fits(moment):
                moment = (moment - timedelta(days=1)).replace(hour=23, minute=59)
            elif self._time_fits(moment):
                return moment.timestamp()
            else:
                moment -= MINUTE
        return None

    def _day_fits(self, moment: datetime) -> bool:
        assert self._fields is not None
        _, _, days, months, weekdays = self._fields
        return moment.month in months and moment.day in days and moment.isoweekday() % 7 in {d % 7 for d in weekdays}

    def _time_fits(self, moment: datetime) -> bool:
        assert self._fields is not None
        return moment.minute in self._fields[0] and moment.hour in self._fields[1]


def _values(text: str, place: int) -> set[int]:
    """The numbers that one field of a cron expression means: `*`, `1-5`, `*/10`, `MON,FRI`."""
    low, high = RANGES[place]
    values: set[int] = set()
    for part in text.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start = low if first in ("*", "?") else _number(first, place)
        end = (high if first in ("*", "?") or step else start) if not last else _number(last, place)
        if not low <= start <= end <= high or (step and not step.isdigit()):
            _refuse(f"{text!r} is not a field of a cron expression.")
        values.update(range(start, end + 1, int(step or 1)))
    return values


def _number(text: str, place: int) -> int:
    if place == 4 and text in DAYS:
        return DAYS.index(text)
    if place == 3 and text in MONTHS:
        return MONTHS.index(text) + 1
    if not text.isdigit():
        _refuse(f"{text!r} is not a field of a cron expression.")
    return int(text)


def _seconds(duration: str) -> float:
    match = _DURATION.match(duration)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    seconds = days * 86_400.0 + hours * 3_600.0 + minutes * 60.0
    if not SHORTEST <= seconds <= LONGEST:
        _refuse(f"Duration {duration!r} is not an ISO 8601 duration between PT1M and P15D.")
    return seconds


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError):
        _refuse(f"Timezone {name!r} is not a name of the tz database.")


def _refuse(text: str) -> NoReturn:
    raise AwsError("ValidationError", text)
