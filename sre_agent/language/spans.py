"""What a text says of a span of time: `since 14:05`, `between 10:00 and 10:30`, `in the last 2 hours`, `on June 12`.

Each word or time is one sign, and the forms are expressions over these signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sre_agent.language.lexicon import counts, unit_symbols, units
from sre_agent.language.times import SpokenTime
from sre_agent.language.tokens import TextToken, tokens

AROUND: Final = timedelta(minutes=5)  # to both sides of `at 14:05`
DAY: Final = timedelta(days=1)
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NIGHTS: Final = ("night", "tonight", "overnight")
DAY_WORDS: Final = {"today": 0, "yesterday": -1}  # days, and hours of this one
EVENING, DAWN = timedelta(hours=18), timedelta(hours=8)  # of the day a night begins in, and of the one it ends in
HOURS: Final = {"midnight": 0, "morning": 6, "noon": 12, "afternoon": 12, "evening": 18}
VAGUE: Final = {"a": 1.0, "an": 1.0, "couple": 2.0, "few": 5.0, "half": 0.5}
_SHORT: Final = re.compile(r"(\d+)([smhdw])")
_LETTERS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIGNS: Final = {
    word: sign
    for sign, phrase in {
        "S": "since after from starting", "U": "until till to", "P": "last past previous", "B": "before",
        "T": "between", "I": "in over for during of on", "R": "at around about", "A": "and", "G": "ago",
        "t": "the", "h": "this", "W": "within",
    }.items()
    for word in phrase.split()
}  # fmt: skip
_FORMS: Final = (  # M a moment, D a day, L a length, N a night
    r"[TS]?R?(?P<start>[MD])[AU]R?(?P<end>[MD])",
    r"[SIW]?(?:[th]?P|h)(?P<last>L)",
    r"[SI]?(?P<last>L)G",
    r"[SW](?P<last>L)",
    r"SR?[th]?P?(?P<start>[MDN])",
    r"(?:B|U)R?(?P<until>[MD])",
    r"[th](?P<start>M)",
    r"[IR]?(?P<about>M)",
    r"[IR]?[th]?P?(?P<day>[DN])",
)


@dataclass(frozen=True)
class TimeSpan:
    """`start` and `end` in UTC, each None where nothing was said."""

    start: datetime | None = None
    end: datetime | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


@dataclass(frozen=True)
class _Part:
    """A word, a time or a length where it stands. A time is from `first` to `last`, a length `long`."""

    sign: str
    begin: int
    end: int
    first: datetime | None = None
    last: datetime | None = None
    long: timedelta = timedelta()


def span(text: str, now: datetime) -> tuple[TimeSpan, str]:
    """What the text says of a time, and the text without it. A time without its day is the latest that is over."""
    text = re.sub(r"(\d:\d\d)\s?[-–—]\s?(?=\d{1,2}:\d\d)", r"\1 to ", text)
    parts = list(_parts(text, now))
    signs = "".join(part.sign for part in parts)
    for form in _FORMS:
        if match := re.search(form, signs):
            at = {name: parts[match.start(name)] for name in match.groupdict()}
            cut = f"{text[: parts[match.start()].begin]} {text[parts[match.end() - 1].end :]}"
            return _time_span_of(at, signs[match.start()] == "B", now), cut
    return TimeSpan(), text


def _time_span_of(at: dict[str, _Part], before: bool, now: datetime) -> TimeSpan:
    match at:
        case {"last": part}:
            return TimeSpan(now - part.long)
        case {"start": start, "end": end} if start.first and end.last:
            first = start.first - DAY if start.first > end.last else start.first
            return TimeSpan(first, end.last)
        case {"start": part}:
            return TimeSpan(part.first)
        case {"until": part}:
            return TimeSpan(None, part.first if before else part.last)
        case {"about": part} if part.first and part.last:
            return TimeSpan(part.first - AROUND, part.last + AROUND)
        case {"day": part}:
            return TimeSpan(part.first, part.last if part.last and part.last < now else None)
    return TimeSpan()


def _parts(text: str, now: datetime) -> Iterator[_Part]:
    token_list = tokens(text)
    place = 0
    while place < len(token_list):
        token = token_list[place]
        length, part = _time(token_list, place, now) or _length(token_list, place) or (1, None)
        yield part or _Part(_sign(token_list, place), token.start, token.end)
        place += length


def _sign(token_list: list[TextToken], place: int) -> str:
    word = token_list[place].text.lower()
    return "S" if word == "of" and place and token_list[place - 1].text.lower() == "as" else _SIGNS.get(word, ".")


def _time(token_list: list[TextToken], place: int, now: datetime) -> tuple[int, _Part] | None:
    """A moment or a day; a day and the time of day beside it are one."""
    token = token_list[place]
    if token.text.lower() in NIGHTS:
        return 1, _night(token, now)
    spoken_time = _spoken_time(token, now)
    if spoken_time is None:
        return None
    for length in (2, 3):  # `June 12 14:05`, `yesterday at 14:05`
        other = token_list[place + length - 1] if place + length <= len(token_list) else None
        joined = other is not None and (length == 2 or token_list[place + 1].text.lower() == "at")
        clock = _spoken_time(other, now) if other is not None and joined else None
        if other is not None and clock is not None and spoken_time.hour is None and clock.day is None:
            whole = clock._replace(year=spoken_time.year, month=spoken_time.month, day=spoken_time.day)
            return length, _moment(whole, token.start, other.end, now)
    return 1, _moment(spoken_time, token.start, token.end, now)


def _night(token: TextToken, now: datetime) -> _Part:
    """The latest night that has begun; before the evening that is the one which ended this morning."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    this_evening = midnight + EVENING if token.text.lower() == "tonight" and now >= midnight + EVENING else None
    first = this_evening or midnight - DAY + EVENING
    return _Part("N", token.start, token.end, first, first - EVENING + DAY + DAWN)


def _spoken_time(token: TextToken, now: datetime) -> SpokenTime | None:
    if isinstance(token.value, SpokenTime):
        return token.value
    word = token.text.lower()
    if word in HOURS:
        return SpokenTime(hour=HOURS[word], minute=0)
    back = -DAY_WORDS[word] if word in DAY_WORDS else None
    if word in WEEKDAYS:
        back = (now.weekday() - WEEKDAYS.index(word)) % 7 or 7
    day = now - DAY * back if back is not None else None
    return SpokenTime(day.year, day.month, day.day) if day is not None else None


def _moment(spoken_time: SpokenTime, begin: int, end: int, now: datetime) -> _Part:
    """What is not said of it is as now, or the latest that is over."""
    fields = {name: value for name, value in spoken_time._asdict().items() if value is not None}
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        first = start.replace(**fields)
        if first > now and spoken_time.day is None:
            first -= DAY
        elif first > now and spoken_time.year is None:
            first = first.replace(year=first.year - 1)
    except ValueError:  # as 31 June and 25:00
        return _Part(".", begin, end)
    if spoken_time.hour is None:
        return _Part("D", begin, end, first, first + DAY)
    return _Part("M", begin, end, first, first)


def _length(token_list: list[TextToken], place: int) -> tuple[int, _Part] | None:
    """`2 hours`, `90m`, `an hour`, `half an hour`, `a couple of days`; a unit alone is one of it."""
    token = token_list[place]
    if short := _SHORT.fullmatch(token.text):
        return 1, _span_of(float(short[1]) * _LETTERS[short[2]], token, token)
    if token.kind == "number" and isinstance(token.value, float) and token.unit in units():
        return 1, _span_of(token.value * _seconds(token.unit), token, token)
    amount, at = 1.0, place
    while at < len(token_list) and (factor := _amount(token_list[at])) is not None:
        amount, at = amount * factor, at + 1
    if at < len(token_list) and at > place and token_list[at].text.lower() == "of":
        at += 1
    size = _seconds(token_list[at].text.lower()) if at < len(token_list) else 0
    return (at - place + 1, _span_of(amount * size, token, token_list[at])) if size else None


def _amount(token: TextToken) -> float | None:
    word = token.text.lower()
    if token.kind == "number" and isinstance(token.value, float) and not token.unit:
        return token.value
    return VAGUE.get(word, counts().get(word))


def _seconds(unit: str) -> float:
    """Of a unit of time by its symbol or word; 0 for others."""
    if unit in ("week", "weeks"):
        return 7 * 86400
    if unit in ("hrs", "mins", "secs"):
        unit = unit[:-1]
    known_unit = units().get(unit_symbols().get(unit, unit))
    return known_unit.size if known_unit is not None and known_unit.measures == "time" else 0


def _span_of(seconds: float, first: TextToken, last: TextToken) -> _Part:
    return _Part("L", first.start, last.end, long=timedelta(seconds=seconds))
