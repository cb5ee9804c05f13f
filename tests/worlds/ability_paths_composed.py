"""Paths put together from parts: any layout, any broken link, any words of the alarm, any onlookers.

A world here has a number, and no story: its parts follow from the number alone, so that nothing about it can be known
before it runs. `ROUNDS` were made one after another, each before anything was mended for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.worlds.parts import Draw
from tests.worlds.path_layouts import NAMED, by_alias, by_configuration, chain, connect, noticed, onlookers
from tests.worlds.path_links import EMPTY_BEHIND, KINDS_OF_ANY, Link
from tests.worlds.path_network_links import BETWEEN
from tests.worlds.situation import End, Told, situation

LINKS: Final[tuple[Link, ...]] = (*EMPTY_BEHIND, *BETWEEN)
PLACES: Final = ("workload", "workload", "workload", "route", "namespace", "question", "hook", "metric")
ONLOOKERS: Final = ("well", "sick", "policy", "callee")
ROUNDS: Final = {1: 64, 2: 24}  # round: worlds of it


@dataclass(frozen=True)
class Composition:
    """`last` is how the last caller knows whom it calls: by its log, by its configuration alone, or by an alias."""

    link: Link
    hops: int
    place: str
    onlookers: tuple[str, ...]
    last: str


def composition(round_: int, number: int) -> Composition:
    """Every link comes up as often as the others; the rest is drawn."""
    order = list(LINKS)
    random.Random(f"links of round {round_}, turn {number // len(LINKS)}").shuffle(order)
    rng = random.Random(f"composition {round_} {number}")
    return Composition(
        link=order[number % len(LINKS)],
        hops=rng.choice((0, 0, 1, 1, 2)),
        place=rng.choice(PLACES),
        onlookers=tuple(one for one in ONLOOKERS if rng.random() < 0.35),
        last=rng.choice(("log", "log", "log", "configuration", "alias")),
    )


def _told(parts: Composition) -> Callable[[Draw], Told]:
    def make(draw: Draw) -> Told:
        apps = chain(draw, parts.hops, kinds=parts.link in KINDS_OF_ANY)
        broken = parts.link(draw, apps[-2], apps[-1])
        known = draw.pick(*NAMED)
        if parts.last == "configuration" and broken.nameless:
            known = by_configuration
        elif parts.last == "alias" and not broken.host:
            known = by_alias
        connect(draw, apps, broken, known)
        onlookers(draw, apps, *parts.onlookers)
        trigger = noticed(draw, apps, parts.place)
        ends: tuple[End, ...] = ("answered",) if parts.place == "question" else ()
        return Told(draw.world(), trigger, replace(broken.expect, ends=(*broken.expect.ends, *ends)))

    return make


def _compose() -> None:
    for round_, count in ROUNDS.items():
        for number in range(count):
            make = _told(composition(round_, number))
            make.__name__ = f"composed_{round_}_{number:02d}"
            situation("paths")(make)


_compose()
