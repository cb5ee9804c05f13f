"""Times as people say them, as a window: `in the last 2 hours`, `since 14:05`, `between 10:00 and 10:30`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

UNITS: Final = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "second": "seconds", "seconds": "seconds",
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days", "w": "weeks", "week": "weeks", "weeks": "weeks",
}  # fmt: skip
SMALL: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "half an": 0.5, "couple of": 2}
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_COUNT = r"(?P<count>\d+(?:\.\d+)?|half an|couple of|an|a|one|two|three|five|ten)"
_MOMENT = (
    r"(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?"
    r"|\d{1,2}:\d\d(?::\d\d)?(?:\s?(?:utc|z))?|yesterday|today|midnight|this morning|noon)"
)
_BETWEEN: Final = re.compile(rf"\b(?:between|from)\s+(?P<one>{_MOMENT})\s+(?:and|to|until)\s+(?P<two>{_MOMENT})", re.I)
_SINCE: Final = re.compile(
    rf"\b(?:since|after|from|as of|starting)\s+(?P<one>{_MOMENT})(?:\s+(?:until|to)\s+(?P<two>{_MOMENT}))?", re.I
)
_UNTIL: Final = re.compile(rf"\b(?:until|before|up to)\s+(?P<two>{_MOMENT})", re.I)
_LAST: Final = re.compile(
    rf"\b(?:(?:in|over|within|for|during|from|of|since)\s+)?(?:the\s+)?(?:last|past|previous)\s+(?:{_COUNT}\s*)?"
    rf"(?P<unit>{_UNIT})\b",
    re.I,
)
_AGO: Final = re.compile(rf"\b(?:since\s+|from\s+|in\s+)?{_COUNT}\s*(?P<unit>{_UNIT})\s+ago\b", re.I)
_SINCE_LONG: Final = re.compile(rf"\b(?:since|within)\s+{_COUNT}\s*(?P<unit>{_UNIT})\b", re.I)
_DAY: Final = re.compile(r"\b(?P<one>today|yesterday|this morning)\b", re.I)


@dataclass(frozen=True)
class Window:
    """`start` and `end` in UTC, each None where nothing was said."""

    start: datetime | None = None
    end: datetime | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


def window(text: str, now: datetime) -> tuple[Window, str]:
    """What the text says of a time, and the text without it."""
    for pattern in (_BETWEEN, _SINCE, _LAST, _AGO, _SINCE_LONG, _UNTIL, _DAY):
        if found := pattern.search(text):
            said = found.groupdict()
            start = _moment(said["one"], now) if said.get("one") else None
            end = _moment(said["two"], now) if said.get("two") else None
            if said.get("unit"):
                start = now - _length(said.get("count") or "1", said["unit"])
            if pattern is _DAY and said["one"] and said["one"].lower() == "yesterday" and start is not None:
                end = start + timedelta(days=1)
            return Window(start, end), f"{text[: found.start()]} {text[found.end() :]}"
    return Window(), text


def _length(count: str, unit: str) -> timedelta:
    low = count.lower()
    number = float(low) if low[0].isdigit() else float(SMALL[low])
    return timedelta(**{UNITS[unit.lower()]: number})


def _moment(said: str, now: datetime) -> datetime | None:
    """A time of day is the latest such one that is over."""
    low = said.lower().strip()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {
        "today": midnight,
        "midnight": midnight,
        "this morning": midnight + timedelta(hours=6),
        "noon": midnight + timedelta(hours=12),
        "yesterday": midnight - timedelta(days=1),
    }
    if low in named:
        found = named[low]
        return found if found <= now else found - timedelta(days=1)
    if re.match(r"\d{4}-", low):
        try:
            parsed = datetime.fromisoformat(said.strip().replace("z", "Z"))
        except ValueError:
            return None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=now.tzinfo)
    hour, minute, *rest = (int(part) for part in re.findall(r"\d+", low))
    if hour > 23 or minute > 59:
        return None
    found = midnight.replace(hour=hour, minute=minute, second=rest[0] if rest else 0)
    return found if found <= now else found - timedelta(days=1)
