"""Whole incidents put together from parts: an alarm of any kind, a fault anywhere on the path, and what stands around.

A world has a number and no story. Each of `ROUNDS` was made, and measured, before anything was mended for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.worlds import controllers, incident_alarms
from tests.worlds.incident_faults import BESIDE, BY_WORD, FAULTS, OF_MORE_LINKS, Fault
from tests.worlds.incident_surroundings import SURROUNDINGS, UNREAD, deny, rollout_that_did_no_harm
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.path_layouts import chain
from tests.worlds.situation import Expect, Told, situation

ROUNDS: Final = {1: 60, 2: 64, 3: 64, 4: 64, 5: 64, 6: 64, 7: 64, 8: 64, 9: 64}  # round: worlds of it
FIRST_AROUND: Final = 12  # surroundings of the first round
MORE_FAULTS: Final = (*FAULTS, *BESIDE)  # from the second round on


@dataclass(frozen=True)
class Incident:
    fault: Fault
    alarm: str
    hops: int
    surroundings: tuple[int, ...]
    own_rollout: bool
    measured: bool
    unread: str


def incident(round_: int, number: int) -> Incident:
    """Every fault comes up as often as the others; the rest is drawn."""
    faults = FAULTS if round_ == 1 else MORE_FAULTS if round_ < 8 else OF_MORE_LINKS
    around = FIRST_AROUND if round_ == 1 else len(SURROUNDINGS)
    order = list(range(len(faults)))
    random.Random(f"faults of round {round_}, turn {number // len(faults)}").shuffle(order)
    rng = random.Random(f"incident {round_} {number}")
    fault = faults[order[number % len(faults)]]
    return Incident(
        fault=fault,
        alarm=rng.choice(fault.alarms),
        hops=rng.choice(fault.hops),
        surroundings=tuple(rng.sample(range(around), rng.choice((0, 1, 2, 3)))),
        own_rollout=rng.random() < 0.3 and not fault.name.startswith(("own", "rollout")),
        measured=rng.random() < 0.4,
        unread=rng.choice(UNREAD) if rng.random() < 0.2 else "",
    )


def _story(parts: Incident) -> Callable[[Draw], Told]:
    def make(draw: Draw) -> Told:
        apps = chain(draw, max(parts.hops - 1, 0), kinds=False)
        expect = parts.fault.apply(draw, apps)
        trigger, expect = _complaint(draw, apps, parts, expect)
        if parts.own_rollout:
            rollout_that_did_no_harm(draw, apps)
        names = tuple(name for place in parts.surroundings for name in SURROUNDINGS[place](draw, apps))
        if parts.unread:
            deny(draw, apps, parts.unread)
            expect = _half_seen(expect)
        return Told(draw.world(), trigger, replace(expect, innocent=names, may_propose=True))

    return make


def _complaint(draw: Draw, apps: list[App], parts: Incident, expect: Expect) -> tuple[Obj, Expect]:
    if parts.alarm != "job":
        trigger = incident_alarms.raise_alarm(draw, apps[0], parts.alarm, measured=parts.measured)
        return trigger, expect
    texts = [log["text"] for log in draw.logs if log["pod"] == apps[0].pod]
    lines = [line.partition(" ")[2] for line in texts[0].splitlines()[:6]] if texts else []
    draw.logs[:] = [log for log in draw.logs if log["namespace"] != apps[0].namespace or log["pod"] != apps[0].pod]
    run = controllers.run(draw, apps[0].namespace, *lines, cron=draw.pick(True, False))
    if "cause" in expect.ends:  # the run itself says what it met, whoever is behind that
        subjects = (*expect.subjects, run) if expect.subjects else ()
        classes = (*expect.classes, *BY_WORD) if expect.classes else ()
        expect = replace(expect, ends=("cause", "open"), subjects=subjects, classes=classes, says=())
    return incident_alarms.of_a_run(draw, run), expect


def _half_seen(expect: Expect) -> Expect:
    """What cannot be read may hide the cause; a cause by the word of its callers is right all the same."""
    if "cause" not in expect.ends:
        return expect
    classes = (*expect.classes, *BY_WORD) if expect.classes else ()
    return replace(expect, ends=("open", "cause"), classes=classes, subjects=(), says=())


def _compose() -> None:
    for round_, count in ROUNDS.items():
        for number in range(count):
            make = _story(incident(round_, number))
            make.__name__ = f"incident_{round_}_{number:02d}"
            situation("incidents")(make)


_compose()
