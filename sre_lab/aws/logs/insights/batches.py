"""Rows as columns. What a column costs is paid when it is first asked for, and for the rows that are left then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress
from typing import Any

from sre_lab.aws.logs.insights.discovered_fields import document, fields_of_lambda, look_up
from sre_lab.aws.logs.insights.layouts import Layouts, ParsedLine, value
from sre_lab.aws.logs.insights.values import Column
from sre_lab.log_groups import EventSpan

LAMBDA = "/aws/lambda/"


@dataclass(frozen=True)
class EventColumns:
    """The log events of a query's window over all its groups, oldest first. `streams` are places in `names`."""

    account: str
    times: Sequence[int]
    ingested: Sequence[int]
    streams: Sequence[int]
    messages: list[str]
    names: list[str]
    groups: list[str]  # of each name
    earlier: bool = False  # the window that diff compares with
    layouts: Layouts = field(default_factory=Layouts)

    @classmethod
    def over(cls, account: str, spans: list[EventSpan], *, earlier: bool = False) -> EventColumns:
        """Several groups become one sequence in the order of time."""
        names = [name for span in spans for name in span.names]
        groups = [span.group for span in spans for _ in span.names]
        if len(spans) == 1:
            span = spans[0]
            return cls(account, span.times, span.ingested, span.streams, span.messages, names, groups, earlier)
        times, ingestion_times, streams, messages = list[int](), list[int](), list[int](), list[str]()
        offset = 0
        for span in spans:
            times += span.times
            ingestion_times += span.ingested
            streams += [number + offset for number in span.streams]
            messages += span.messages
            offset += len(span.names)
        order = sorted(range(len(times)), key=times.__getitem__)
        return cls(
            account,
            [times[place] for place in order],
            [ingestion_times[place] for place in order],
            [streams[place] for place in order],
            [messages[place] for place in order],
            names,
            groups,
            earlier,
        )

    def __len__(self) -> int:
        return len(self.times)


class RowBatch:
    """Some rows. Those of log events know their places in `events`; those that were summed up have none."""

    def __init__(
        self, size: int, columns: dict[str, Column], events: EventColumns | None = None, places: Sequence[int] = ()
    ):
        self.size = size
        self.known = columns
        self.events = events
        self.places = places
        self._documents: list[ParsedLine | None] | None = None

    @classmethod
    def of(cls, events: EventColumns, first: int, last: int) -> RowBatch:
        """The events at first <= place < last, newest first."""
        return cls(last - first, {}, events, range(last - 1, first - 1, -1))

    @property
    def rows_are_events(self) -> bool:
        return self.events is not None

    def column(self, name: str) -> Column:
        """The field of every row, None where a row has none."""
        column = self.known.get(name)
        if column is None:
            column = self._generated_column(name)
            column = self._structure_column(name) if column is None else column
            column = self.known[name] = self._discovered_column(name) if column is None else column
        return column

    def where(self, mask: Sequence[Any]) -> RowBatch:
        """The rows for which `mask` is true."""
        columns = {name: list(compress(column, mask)) for name, column in self.known.items()}
        places = list(compress(self.places, mask)) if self.events else ()
        size = len(places) if self.events else sum(map(bool, mask))
        return self._derive(size, columns, places, lambda documents: list(compress(documents, mask)))

    def rows_at(self, rows: Sequence[int]) -> RowBatch:
        """These rows, in this order; a row may come more than once."""
        columns = {name: [column[row] for row in rows] for name, column in self.known.items()}
        places = [self.places[row] for row in rows] if self.events else ()
        return self._derive(len(rows), columns, places, lambda documents: [documents[row] for row in rows])

    @classmethod
    def concatenated(cls, batches: list[RowBatch]) -> RowBatch:
        """All rows of some batches that went through the same steps."""
        if len(batches) == 1:
            return batches[0]
        names = dict.fromkeys(name for batch in batches for name in batch.known)
        columns = {name: list(chain.from_iterable(batch.column(name) for batch in batches)) for name in names}
        events = batches[0].events if batches else None
        places = list(chain.from_iterable(batch.places for batch in batches))
        return cls(sum(batch.size for batch in batches), columns, events, places)

    def _derive(self, size: int, columns: dict[str, Column], places: Sequence[int], take: Any) -> RowBatch:
        batch = RowBatch(size, columns, self.events, places)
        if self._documents is not None:
            batch._documents = take(self._documents)
        return batch

    def _generated_column(self, name: str) -> Column | None:
        """The fields that CloudWatch Logs makes itself."""
        events, places = self.events, self.places
        if events is None or not name.startswith("@"):
            return None
        if name == "@message":
            return self._take(events.messages)
        if name == "@timestamp":
            return self._take(events.times)
        if name == "@ingestionTime":
            return self._take(events.ingested)
        if name == "@logStream":
            return [events.names[events.streams[place]] for place in places]
        if name == "@log":
            return [f"{events.account}:{events.groups[events.streams[place]]}" for place in places]
        return None

    def _take(self, column: Sequence[Any]) -> Column:
        places = self.places
        if isinstance(places, range) and len(places):
            return list(column[places[-1] : places[0] + 1])[::-1]
        return [column[place] for place in places]

    def _structure_column(self, name: str) -> Column | None:
        """`js.a.0` where the column `js` holds structures, as jsonParse makes them."""
        dot = name.find(".")
        while dot > 0:
            structures = self.known.get(name[:dot])
            if structures is not None:
                return [look_up(structure, name[dot + 1 :], leaf=False) for structure in structures]
            dot = name.find(".", dot + 1)
        return None

    def _discovered_column(self, name: str) -> Column:
        """A field of JSON messages, or of the lines that Lambda writes."""
        if self.events is None or (name.startswith("@") and not name.startswith("@@") and not self._of_lambda()):
            return [None] * self.size
        key = name[1:] if name.startswith("@@") else name
        if name != key or not name.startswith("@"):
            return [None if read is None else value(read, key) for read in self._read()]
        return [fields_of_lambda(message).get(name) for message in self.column("@message")]

    def _read(self) -> list[ParsedLine | None]:
        """The JSON of each message, None where there is none."""
        if self._documents is None:
            assert self.events is not None
            read = partial(document, inside=True) if self._of_lambda() else self.events.layouts.read
            self._documents = [read(message) for message in self.column("@message")]
        return self._documents

    def _of_lambda(self) -> bool:
        return self.events is not None and any(group.startswith(LAMBDA) for group in self.events.groups)


def slices(events: EventColumns, size: int) -> Iterator[RowBatch]:
    """All events in batches of at most `size`, newest first."""
    for last in range(len(events), 0, -size):
        yield RowBatch.of(events, max(0, last - size), last)
