"""Paths put together from parts: any layout, any broken link, any words of the alarm, any onlookers.

A world here has a number, and no story: its parts follow from the number alone, so that nothing about it can be known
before it runs. `ROUNDS` were made one after another, each before anything was mended for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.worlds.parts import App, Draw
from tests.worlds.path_layouts import (
    NAMED,
    by_alias,
    by_configuration,
    chain,
    clients,
    complaint_about,
    connect,
    onlookers,
    together,
)
from tests.worlds.path_links import EMPTY_BEHIND, KINDS_OF_ANY, Link
from tests.worlds.path_network_links import AT_THE_CALLER, BETWEEN
from tests.worlds.situation import Told, situation

LINKS: Final[tuple[Link, ...]] = (*EMPTY_BEHIND, *BETWEEN)
PLACES: Final = ("workload", "workload", "workload", "route", "namespace", "question", "hook", "metric")
MORE_PLACES: Final = (*PLACES, "several", "several", "hurt")  # from the fourth round on
ONLOOKERS: Final = ("well", "sick", "policy", "callee")
ROUNDS: Final = {1: 64, 2: 24, 3: 20, 4: 20, 5: 48}  # round: worlds of it
UNSEEN: Final = 24  # worlds in which something may not be read
SECRETS: Final = ("pods", "pods/log", "services", "endpoints", "networkpolicies", "nodes", "events", "configmaps")


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
    link, hops = order[number % len(LINKS)], rng.choice((0, 0, 1, 1, 2))
    place = rng.choice(PLACES if round_ < 4 else MORE_PLACES)
    return Composition(
        link=link,
        hops=hops,
        place="workload" if place == "several" and link in AT_THE_CALLER else place,
        onlookers=tuple(one for one in ONLOOKERS if rng.random() < 0.35),
        last=rng.choice(("log", "log", "log", "configuration", "alias")),
    )


def _story(parts: Composition, denied: str = "") -> Callable[[Draw], Told]:
    def make(draw: Draw) -> Told:
        apps = chain(draw, parts.hops, kinds=parts.link in KINDS_OF_ANY)
        fault = parts.link(draw, apps[-2], apps[-1])
        naming = draw.pick(*NAMED)
        if parts.last == "configuration" and fault.nameless:
            naming = by_configuration
        elif parts.last == "alias" and not fault.host:
            naming = by_alias
        connect(draw, apps, fault, naming)
        if parts.place in ("several", "hurt"):
            others = clients(draw, apps, fault, hurt=parts.place == "hurt")
        onlookers(draw, apps, *parts.onlookers)
        trigger = complaint_about(draw, apps, parts.place)
        if parts.place == "several":
            together(draw, trigger, others)
        expect = fault.expect
        if parts.place == "question":
            expect = replace(expect, ends=(*expect.ends, "answered"))
        if parts.place == "hurt" and "open" in expect.ends:  # that it crashes is then all that is certain
            classes = (*expect.classes, "crash_loop") if expect.classes else ()
            expect = replace(expect, ends=(*expect.ends, "cause"), classes=classes)
        if denied:
            deny(draw, apps, denied)
            classes = (*expect.classes, "crash_loop") if parts.place == "hurt" and expect.classes else expect.classes
            subjects = () if parts.place == "hurt" else expect.subjects
            expect = replace(expect, ends=("open", "cause", "answered"), classes=classes, subjects=subjects, says=())
        return Told(draw.world(), trigger, expect)

    return make


def deny(draw: Draw, apps: list[App], resource: str) -> None:
    """The responder may not read this in the callee's namespace, or nowhere."""
    verb = "get" if "/" in resource else "list"
    message = f'{resource} is forbidden: User "sre-agent" cannot {verb} resource "{resource}"'
    scope = draw.pick("", apps[-1].namespace)
    draw.deny.append({"verb": verb, "resource": resource, "scope": scope, "message": message})


def _compose() -> None:
    for round_, count in ROUNDS.items():
        for number in range(count):
            make = _story(composition(round_, number))
            make.__name__ = f"composed_{round_}_{number:02d}"
            situation("paths")(make)
    for number in range(UNSEEN):
        make = _story(composition(100, number), SECRETS[number % len(SECRETS)])
        make.__name__ = f"composed_unseen_{number:02d}"
        situation("paths")(make)


_compose()
