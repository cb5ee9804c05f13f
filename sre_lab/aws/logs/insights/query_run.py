"""Runs a query in slices, so that the loop it shares is never held for long.

The steps up to the first collector work batch by batch; what follows works on what that collector has, so the rows so
far can be shown while the query runs.
"""

from __future__ import annotations

import time

from sre_lab.aws.logs.insights.batches import EventColumns, RowBatch, slices
from sre_lab.aws.logs.insights.planning import QueryPlan
from sre_lab.aws.logs.insights.pointers import pointer
from sre_lab.aws.logs.insights.values import texts
from sre_lab.log_groups import size

BATCH = 4096  # events: large enough that what is done once for each batch costs nothing


class QueryRun:
    """One query over its events. `matched`, `scanned` and `bytes` count what was worked through so far."""

    def __init__(self, plan: QueryPlan, windows: list[EventColumns]) -> None:
        self.matched = self.scanned = self.bytes = 0
        self._plan = plan
        self._first = plan.stages[0].collector()
        self._batches = (batch for events in windows for batch in slices(events, BATCH))
        self._left = sum(len(events) for events in windows)
        self._add(RowBatch.of(windows[0], 0, 0))  # so that every collector has columns to show

    @property
    def done(self) -> bool:
        return self._left == 0

    def work(self, events: int, seconds: float) -> None:
        """Work through about this many events, fewer where they take longer than so many seconds of real time."""
        until = time.perf_counter() + seconds
        for batch in self._batches:
            self._left -= batch.size
            events -= batch.size
            self._add(batch)
            if events <= 0 or time.perf_counter() > until:
                return

    def _add(self, batch: RowBatch) -> None:
        self.scanned += batch.size
        self.bytes += size(batch.column("@message"))
        for step in self._plan.stages[0].steps:
            batch = step(batch)
        self.matched += batch.size
        self._first.add(batch)

    def rows(self) -> list[dict[str, str]]:
        """The result so far: columns in order, values as texts, fields that a row has not left out."""
        batch = self._first.result()
        for stage in self._plan.stages[1:]:
            for step in stage.steps:
                batch = step(batch)
            collector = stage.collector()
            collector.add(batch)
            batch = collector.result()
        columns = {name: texts(batch.column(name), kind) for name, kind in self._plan.columns.items()}
        if batch.events is not None:
            events = batch.events
            columns["@ptr"] = [pointer(events, place) for place in batch.places]
        return [
            {name: value for name, value in zip(columns, values, strict=True) if value is not None}
            for values in zip(*columns.values(), strict=True)
        ]
