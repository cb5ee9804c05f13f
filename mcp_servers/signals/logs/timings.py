"""What a program waits for: the calls and steps that it times itself in its log, where they take seconds.

A log names the thing and how long it took; ready pods and quiet levels say nothing about that. Amounts that are set
beforehand (time-outs, intervals, delays) are no measurements. Of steps within steps the innermost is told, because the
outer ones take as long as that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.logs.lines import message
from mcp_servers.signals.logs.patterns import group
from mcp_servers.signals.logs.signs import address_in, sign

SLOW: Final = 1.0  # seconds from which a call is slow for somebody who waits
LEAST: Final = 3  # slow calls of one kind: a single long one may be any work
SHARE: Final = 0.2  # of the calls of its kind that are slow
PART: Final = 0.3  # of the whole that a step within takes at least, to be what the whole waits for
OUTERMOST: Final = 0.9
QUOTE_LENGTH: Final = 160  # characters of a quoted line

_UNITS: Final = {
    "ms": 0.001, "msec": 0.001, "msecs": 0.001, "millis": 0.001, "millisecond": 0.001, "milliseconds": 0.001,
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
}  # fmt: skip
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_AMOUNT: Final = re.compile(rf"(?<![\w.:/-])(?:(\d+)m)?(\d+(?:\.\d+)?) ?({_UNIT})(?![\w/-])", re.I)
_FIELD: Final = re.compile(  # the unit ends the name of a field: duration_ms, elapsedMs
    rf"(?:[_.](?P<unit>{_UNIT})|(?P<joined>Ms|Millis|Secs?|Seconds))"
    r"[\"']?\s{0,4}[=:]\s{0,4}[\"']?(?P<number>\d+(?:\.\d+)?)(?![\w.])"
)
_BEFOREHAND: Final = re.compile(
    r"time-?out|timed out|interval|every|retr(?:y|ies)|again|delay|back-?off|sleep|\bttl|deadline|limit|threshold|\bmax"
    r"|[<>]=?|expir|\bnext|window|period|within|uptime|\bage\b|idle|since|keep-?alive|lease|grace|schedul|poll",
    re.I,
)
_NEAR: Final = 28  # characters before an amount that say what it is


@dataclass
class TimedCall:
    """The lines that time one kind of call. `begins` is the place of the first of them in the log."""

    begins: int
    seconds: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def slow(self) -> list[float]:
        return [one for one in self.seconds if one >= SLOW]

    @property
    def is_slow(self) -> bool:
        slow_times = self.slow()
        return len(slow_times) >= LEAST and len(slow_times) >= SHARE * len(self.seconds)

    @property
    def typical(self) -> float:
        return median(self.slow())


def slow_calls(lines: Iterable[tuple[datetime | None, str]], subject: Subject) -> list[Observation]:
    """One observation on what takes the time, where calls of one kind take seconds again and again; else none."""
    every = list(lines)
    timed_places = [
        (place, seconds) for place, (_, line) in enumerate(every) if (seconds := duration(line)) is not None
    ]
    if sum(seconds >= SLOW for _, seconds in timed_places) < LEAST:
        return []
    calls = _calls(every, timed_places)
    slow = [call for call in calls if call.is_slow]
    if not slow:
        return []
    outer = max((c for c in slow if c.typical >= OUTERMOST * max(x.typical for x in slow)), key=lambda c: c.begins)
    within = [c for c in slow if c is not outer and c.begins < outer.begins and c.typical >= PART * outer.typical]
    inner = max(within, key=lambda c: (c.typical >= OUTERMOST * outer.typical, c.typical, -c.begins), default=outer)
    kind = "part" if inner is not outer else _standing(inner, calls, every)
    return [_observation(every, inner, outer, kind, subject)]


def duration(line: str) -> float | None:
    """The seconds that a line says something took; None where it times nothing, or waits for somebody in vain."""
    if not (_AMOUNT.search(line) or _FIELD.search(line)):
        return None
    text = message(line) if not line.lstrip().startswith("{") else line
    amounts = [*_amounts(text), *_fields(text)]
    if not amounts or (max(amounts) >= SLOW and sign(line) is not None):
        return None
    return max(amounts)


def _amounts(text: str) -> Iterator[float]:
    start = 0
    for amount in _AMOUNT.finditer(text):
        about, start = text[max(start, amount.start() - _NEAR) : amount.start()], amount.end()
        if not _BEFOREHAND.search(about):
            yield int(amount[1] or 0) * 60 + float(amount[2]) * _UNITS[amount[3].lower()]


def _fields(text: str) -> Iterator[float]:
    for match in _FIELD.finditer(text):
        name = text[max(0, match.start() - _NEAR) : match.start()].split()
        if name and not _BEFOREHAND.search(name[-1]):
            yield float(match["number"]) * _UNITS[(match["unit"] or match["joined"]).lower()]


def _calls(every: Sequence[tuple[datetime | None, str]], timed_places: list[tuple[int, float]]) -> list[TimedCall]:
    """The timed lines by what they say and whom they name, in the order of the log."""
    by_call: dict[tuple[str, str], TimedCall] = {}
    texts = [message(every[place][1]) for place, _ in timed_places]
    for (place, seconds), text, pattern in zip(timed_places, texts, group(texts), strict=True):
        call = by_call.setdefault((pattern, address_in(text)), TimedCall(place))
        call.seconds.append(seconds)
        call.places.append(place)
    return list(by_call.values())


def _observation(
    every: Sequence[tuple[datetime | None, str]], inner: TimedCall, outer: TimedCall, kind: str, subject: Subject
) -> Observation:
    slowest = inner.places[inner.seconds.index(max(inner.seconds))]
    times = [at for place in inner.places if (at := every[place][0]) is not None]
    attributes: dict[str, str | int | float] = {
        "kind": kind,
        "address": address_in(message(every[slowest][1])),
        "seconds": round(inner.typical, 2),
        "most": round(max(inner.seconds), 2),
        "count": len(inner.slow()),
        "of": len(inner.seconds),
        "before": _line_before(every, inner),
    }
    if outer is not inner:
        attributes |= {
            "whole": excerpt(_message_text(every[outer.places[0]][1]), QUOTE_LENGTH),
            "whole_seconds": round(outer.typical, 2),
        }
    if times:
        attributes |= {"first": rfc3339(min(times)), "last": rfc3339(max(times))}
    quote = excerpt(_message_text(every[slowest][1]), QUOTE_LENGTH)
    return Observation(
        code="call.slow", subject=subject, at=min(times, default=None), attributes=attributes, excerpt=quote
    )


def _standing(slow: TimedCall, calls: Sequence[TimedCall], every: Sequence[tuple[datetime | None, str]]) -> str:
    """Whether somebody is called, or, of what is no part of anything, whether all else that is timed is quick."""
    if address_in(message(every[slow.places[0]][1])):
        return "call"
    quick = any(not call.is_slow and len(call.seconds) > len(slow.seconds) for call in calls)
    return "apart" if quick else "step"


def _line_before(every: Sequence[tuple[datetime | None, str]], call: TimedCall) -> str:
    """What it says each time before the call ends, where that is the same more often than not."""
    counts = Counter(_message_text(every[place - 1][1]) for place in call.places if place > 0)
    text, count = counts.most_common(1)[0] if counts else ("", 0)
    return excerpt(text, QUOTE_LENGTH) if count * 2 > len(call.places) and duration(text) is None else ""


def _message_text(line: str) -> str:
    return " ".join(message(line).split())
