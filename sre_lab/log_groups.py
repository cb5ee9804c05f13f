"""CloudWatch log groups as columns: a million events are four arrays and a list of texts, not a million objects.

Times are kept in whole milliseconds, as CloudWatch Logs keeps them. What is read is a copy of the columns (of
references to the texts), so a query that works in slices never sees what is written after it began.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass

Millis = int  # since the epoch


@dataclass(frozen=True, slots=True)
class LogEvent:
    at: float  # epoch seconds
    stream: str
    message: str


@dataclass(frozen=True)
class EventSpan:
    """Events of one group, oldest first, as columns of one length. `streams` are places in `names`."""

    group: str
    times: array[int]
    ingested: array[int]
    streams: array[int]
    names: list[str]
    messages: list[str]


class LogGroup:
    """Events in the order of their times; those of one millisecond in the order of their arrival."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.times = array("q")
        self.ingested = array("q")
        self.streams = array("I")
        self.names: list[str] = []
        self.messages: list[str] = []
        self.stored = 0  # bytes
        self._numbers: dict[str, int] = {}

    def add(self, at: Millis, stream: str, message: str, ingestion: Millis) -> None:
        number = self._number(stream)
        self.stored += len(message) if message.isascii() else len(message.encode("utf-8", "surrogatepass"))
        if not self.times or at >= self.times[-1]:
            self.times.append(at)
            self.ingested.append(ingestion)
            self.streams.append(number)
            self.messages.append(message)
            return
        place = bisect_right(self.times, at)
        self.times.insert(place, at)
        self.ingested.insert(place, ingestion)
        self.streams.insert(place, number)
        self.messages.insert(place, message)

    def _number(self, stream: str) -> int:
        number = self._numbers.get(stream)
        if number is None:
            number = self._numbers[stream] = len(self.names)
            self.names.append(stream)
        return number

    def span(self, start: Millis | None = None, end: Millis | None = None) -> EventSpan:
        """A copy of the events with start <= time <= end; without a bound, from the first or to the last."""
        low = 0 if start is None else bisect_left(self.times, start)
        high = len(self.times) if end is None else max(low, bisect_right(self.times, end))
        return EventSpan(
            self.name,
            self.times[low:high],
            self.ingested[low:high],
            self.streams[low:high],
            list(self.names),
            self.messages[low:high],
        )

    def drop_before(self, at: Millis) -> None:
        """Forget what is older, as a retention period does."""
        count = bisect_left(self.times, at)
        self.stored -= size(self.messages[:count])
        for column in (self.times, self.ingested, self.streams, self.messages):
            del column[:count]

    def drop_stream(self, stream: str) -> None:
        number = self._numbers.pop(stream, None)
        if number is None:
            return
        self.names[number] = ""
        places = [place for place, owner in enumerate(self.streams) if owner != number]
        self.times = array("q", (self.times[place] for place in places))
        self.ingested = array("q", (self.ingested[place] for place in places))
        self.messages = [self.messages[place] for place in places]
        self.streams = array("I", (self.streams[place] for place in places))
        self.stored = size(self.messages)


def size(messages: list[str]) -> int:
    """Bytes in UTF-8."""
    text = "".join(messages)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


Listener = Callable[[str, LogEvent], None]  # group, event


class LogGroups:
    """Every log group by its name."""

    def __init__(self) -> None:
        self._groups: dict[str, LogGroup] = {}
        self._listeners: list[Listener] = []

    def create(self, group: str) -> None:
        if group not in self._groups:
            self._groups[group] = LogGroup(group)

    def remove(self, group: str) -> None:
        del self._groups[group]

    def names(self) -> list[str]:
        return sorted(self._groups)

    def __contains__(self, group: str) -> bool:
        return group in self._groups

    def group(self, name: str) -> LogGroup:
        """KeyError for a group that does not exist."""
        return self._groups[name]

    def on_event(self, listener: Listener) -> None:
        """`listener` hears of every event that is written from now on."""
        self._listeners.append(listener)

    def append(self, group: str, event: LogEvent, *, ingestion: float | None = None) -> None:
        """Write an event, into a new group where there is none; `ingestion`: when it arrived (else as it happened)."""
        self.create(group)
        at = round(event.at * 1000)
        arrival = at if ingestion is None else round(ingestion * 1000)
        self.group(group).add(at, event.stream, event.message, arrival)
        for listener in self._listeners:
            listener(group, event)

    def between(self, group: str, start: float, end: float) -> list[LogEvent]:
        """Events with start <= time <= end (epoch seconds); KeyError for a group that does not exist."""
        first = None if start <= 0 else round(start * 1000)
        last = None if end == float("inf") else round(end * 1000)
        span = self.group(group).span(first, last)
        rows = zip(span.times, span.streams, span.messages, strict=True)
        return [LogEvent(at / 1000, span.names[stream], message) for at, stream, message in rows]
