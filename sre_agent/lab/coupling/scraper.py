"""Scrapes of the cluster's objects: each fact becomes one more sample of its series, and a series that ends says so.

Most objects are the same from one scrape to the next, and so is everything that follows from them alone: it is kept,
with the series that it belongs to. Only what changes with time is asked for each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import nan

from sre_agent.lab.kubernetes.store import Key, Obj
from sre_agent.lab.telemetry import Series
from sre_agent.lab.world import World

Sample = tuple[str, dict[str, str], float]  # metric, labels, value
Facts = Callable[[Obj], Iterable[Sample]]
Readings = Callable[[World, Obj], Iterable[Sample]]
Identity = tuple[str, tuple[tuple[str, str], ...]]
Rows = dict[Identity, tuple[Series, float]]
LEAST_SECONDS = 1.0  # between two scrapes, however often somebody asks


@dataclass
class _Told:
    """What was said of one object: what follows from the object as it was, and what was read off it beside that."""

    obj: Obj
    facts: Rows
    readings: Rows = field(default_factory=dict)


class Scraper:
    """Puts samples into the world's metrics in one namespace; a series whose object is gone ends with NaN.

    `facts` gives, by kind, what an object itself tells; `readings` what is read of it at the moment.
    """

    def __init__(self, namespace: str, facts: dict[str, Facts], readings: dict[str, Readings]) -> None:
        self._namespace = namespace
        self._facts = facts
        self._readings = readings
        self._told: dict[Key, _Told] = {}
        self._at: float | None = None

    def scrape(self, world: World) -> None:
        now = world.clock.now()
        if self._at is not None and now - self._at < LEAST_SECONDS:
            return
        self._at = now
        before, self._told = self._told, {}
        for kind in self._facts:
            for obj in world.objects.all(kind):
                meta = obj["metadata"]
                key = (kind, meta.get("namespace", ""), meta["name"])
                self._told[key] = self._tell(world, kind, obj, before.pop(key, None), now)
        for gone in before.values():
            _end(gone.facts, {}, now)
            _end(gone.readings, {}, now)

    def _tell(self, world: World, kind: str, obj: Obj, before: _Told | None, now: float) -> _Told:
        if before is None or before.obj is not obj:
            told = _Told(obj, self._rows(world, self._facts[kind](obj)))
        else:
            told = _Told(obj, before.facts)
        if kind in self._readings:
            told.readings = self._rows(world, self._readings[kind](world, obj))
        for rows in (told.facts, told.readings):
            for series, value in rows.values():
                series.put(now, value, 1.0)
        if before is not None:
            _end(before.facts, told.facts, now)
            _end(before.readings, told.readings, now)
        return told

    def _rows(self, world: World, samples: Iterable[Sample]) -> Rows:
        return {
            (name, tuple(labels.items())): (world.metrics.series(self._namespace, name, labels), value)
            for name, labels, value in samples
        }


def _end(before: Rows, after: Rows, now: float) -> None:
    """A staleness mark for each series that is not told any more."""
    if before is not after:
        for identity, (series, _) in before.items():
            if identity not in after:
                series.put(now, nan, 1.0)
