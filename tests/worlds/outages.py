"""What the stories of outages share: a program that does some of its work and complains of the rest, among others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tests.worlds import calling
from tests.worlds.incident_surroundings import SURROUNDINGS
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import End, Expect, Told

EITHER: Final[tuple[End, ...]] = ("cause", "open")


def complains(draw: Draw, app: App, *lines: str, every: float = 12.0) -> None:
    """Every pod's log: lines of its work, and among them these, in their order, again and again."""
    work = draw.pick(
        "INFO handled GET /v1/{} 200 in {} ms",
        'level=info msg="request done" route=/v1/{} status=200 took={}ms',
        '{{"level":"info","msg":"ok","item":"{}","ms":{}}}',
    )
    for pod in app.pods:
        text: list[str] = []
        for _ in range(draw.number(9, 25)):
            text += [work.format(draw.suffix(6), draw.number(2, 60)) for _ in range(draw.number(0, 3))]
            text += lines
        draw.log(app, text, pod=pod, every=every)


def uses(app: App, **settings: str) -> None:
    """Variables of its containers, beside those that it has."""
    more = [{"name": key, "value": value} for key, value in settings.items()]
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        container = one["spec"]["containers"][0]
        one["spec"]["containers"][0] = {**container, "env": [*container.get("env", []), *more]}


def calls(draw: Draw, caller: App, callee: App, key: str = "UPSTREAM_URL", scheme: str = "http") -> str:
    """The caller is configured with the callee; the host in it."""
    host = calling.host_of(draw, callee, caller)
    uses(caller, **{key: f"{scheme}://{host}"})
    return host


def outage(
    draw: Draw,
    apps: Sequence[App],
    trigger: Obj,
    *,
    classes: tuple[str, ...],
    says: Iterable[str],
    subjects: tuple[str, ...] = (),
    never: tuple[str, ...] = (),
    ends: tuple[End, ...] = EITHER,
    innocent: tuple[str, ...] = (),
) -> Told:
    """The story among up to two things that have nothing to do with it; `apps` are those of the story, the one that
    suffers first. A believed cause is one of `classes`."""
    names = list(innocent)
    for place in draw.rng.sample(range(len(SURROUNDINGS)), draw.pick(0, 1, 1, 2)):
        names += SURROUNDINGS[place](draw, list(apps))
    expect = Expect(ends, classes, subjects, says=tuple(says), never=never, may_propose=True, innocent=tuple(names))
    return Told(draw.world(), trigger, expect)
