"""Times as they are written, in any script, and what of a moment they say: in UTC, no more than stands there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

_HOURS: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?"
_INSTANT: Final = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z\b|[+-]\d\d:?\d\d\b)?)?"
_CLOCK: Final = rf"{_HOURS}(?:\s?[apAP]\.?\s?[mM]\b\.?)?"
_ZONE: Final = r"(?: ?(?:UTC|GMT|Z)(?: ?[+-] ?\d{1,2})?(?!\w)| [A-Z]{2,5}(?![\w-]))"
_DAY: Final = r"\d{1,2}(?:\.\d{1,2}\.|/\d{1,2}/|-\d{1,2}-)\d{4}"
_EAST_DAY: Final = r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]"
EAST_HALF: Final = r"午前|午後|上午|下午|晚上|오전|오후"
_EAST_CLOCK: Final = (
    rf"(?:(?:{EAST_HALF})\s?\d{{1,2}}(?::\d\d){{1,2}}|(?:{EAST_HALF})?\s?\d{{1,2}}\s?[時时點点시]\s?\d{{1,2}}\s?[分분]"
    r"(?:\s?\d{1,2}\s?[秒초])?)"
)
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (  # in lower case none that is a word like any other
    r"(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|Mar(?:ch)?|[Aa]pr(?:il)?|May|[Jj]une?|[Jj]uly?|[Aa]ug(?:ust)?|[Ss]ept?(?:ember)?"
    r"|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?)"
)
_ORDINAL: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_WRITTEN_DAY: Final = (
    rf"(?:{_MONTH}\.? {_ORDINAL}(?:,? \d{{4}}(?!:))?|{_ORDINAL}(?: of)? {_MONTH}\b(?:\.?,? \d{{4}}(?!:))?)"
)
_END: Final = r"(?![A-Za-z0-9_:/-]|[.,]\d)"
TIME: Final = (
    rf"(?<![A-Za-z0-9_./-])(?:{_INSTANT}{_END}|{_WRITTEN_DAY}{_END}|(?<!:)(?:{_DAY}{_END}|{_CLOCK}{_ZONE}?{_END}))"
    rf"|{_EAST_DAY}|{_EAST_CLOCK}"
)
_AFTERNOON: Final = frozenset(("午後", "下午", "晚上", "오후"))
_UTC: Final = frozenset(("", "UTC", "GMT", "Z", "UT"))
ROUNDING: Final = timedelta(seconds=1)  # a time with a fraction of a second may be written either way


class SpokenTime(NamedTuple):
    """What is said of a time; None for what is not."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None

    def fits(self, other: SpokenTime) -> bool:
        """Whether all that is said here is said there as well."""
        return self != SpokenTime() and all(mine is None or mine == its for mine, its in zip(self, other, strict=True))


def moment(text: str) -> tuple[SpokenTime | None, str]:
    """What a text that `TIME` finds says, and the zone that it names where that is not UTC. None for what cannot be."""
    for read in (_instant, _day, _written_day, _east_day, _clock, _east_clock):
        if (reading := read(text.strip())) is not None:
            return reading
    return None, ""


def around(text: str) -> list[SpokenTime]:
    """The moments that an instant with a fraction of a second may be written as."""
    when = _when(text)
    if when is None:
        spoken_time, _ = moment(text)
        return [spoken_time] if spoken_time is not None else []
    return [_of(when), _of(when + ROUNDING)] if when.microsecond else [_of(when)]


def _instant(text: str) -> tuple[SpokenTime, str] | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        year, month, day = map(int, text.split("-"))
        return SpokenTime(year, month, day), ""
    when = _when(text)
    if when is None:
        return None
    spoken_time = _of(when)
    return (spoken_time if re.search(r":\d\d:\d\d", text) else spoken_time._replace(second=None)), ""


def _when(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        return None
    try:
        when = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None
    return when.astimezone(UTC) if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _of(when: datetime) -> SpokenTime:
    return SpokenTime(when.year, when.month, when.day, when.hour, when.minute, when.second)


def _day(text: str) -> tuple[SpokenTime, str] | None:
    """The day before the month, as in 3.4.2026."""
    match = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text)
    return (SpokenTime(int(match[3]), int(match[2]), int(match[1])), "") if match else None


def _written_day(text: str) -> tuple[SpokenTime, str] | None:
    """As June 12, 2025 and 12th of June."""
    month = re.search(_MONTH, text)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if month is None or not numbers:
        return None
    year = numbers[1] if len(numbers) > 1 else None
    return SpokenTime(year, MONTHS.index(month[0][:3].lower()) + 1, numbers[0]), ""


def _east_day(text: str) -> tuple[SpokenTime, str] | None:
    match = re.fullmatch(r"(?:(\d{4})\s*[年년]\s*)?(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]", text)
    return (SpokenTime(int(match[1]) if match[1] else None, int(match[2]), int(match[3])), "") if match else None


def _clock(text: str) -> tuple[SpokenTime, str] | None:
    match = re.fullmatch(
        r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:\s?([ap])\.?\s?m\b\.?)?\s?(\S(?:.*\S)?)?", text, re.I
    )
    if match is None:
        return None
    hour = int(match[1]) if not match[4] else int(match[1]) % 12 + (12 if match[4].lower() == "p" else 0)
    zone = (match[5] or "").replace(" ", "")
    second = int(match[3]) if match[3] else None
    return SpokenTime(hour=hour, minute=int(match[2]), second=second), "" if zone in _UTC else zone


def _east_clock(text: str) -> tuple[SpokenTime, str] | None:
    half, numbers = re.match(EAST_HALF, text), list(map(int, re.findall(r"\d+", text)))
    if len(numbers) not in (2, 3):
        return None
    hour = numbers[0] if half is None else numbers[0] % 12 + (12 if half[0] in _AFTERNOON else 0)
    return SpokenTime(hour=hour, minute=numbers[1], second=numbers[2] if len(numbers) == 3 else None), ""
