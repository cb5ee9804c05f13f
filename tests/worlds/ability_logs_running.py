"""A workload that runs and is ready: what its log says in passing is the only sign of the trouble that is claimed."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import triggers
from tests.worlds.ability_logs_last_words import bystander, calm
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import labels


def complain(draw: Draw, lines: Sequence[str], *says: str) -> Told:
    """Errors are claimed of a workload that writes these lines between others."""
    app = draw.app()
    log = [line for turn in range(6) for line in (*calm(draw, 4), lines[turn % len(lines)])] if lines else []
    for pod in app.pods:
        draw.log(app, log or calm(draw, 9) * 3, pod=pod)
    bystander(draw, app.namespace)
    text = draw.pick(f"{app.name} answers with errors", f"Error rate of {app.name} is high")
    trigger = triggers.alertmanager(draw.pick("HighErrorRate", "ErrorsHigh"), labels(draw, app), {"summary": text})
    never = ("50x", "error-reporter", "errors=0", "log-errors")
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=says, never=never, may_propose=True))


@situation("logs")
def words_of_trouble_that_mean_none(draw: Draw) -> Told:
    return complain(draw, [])


@situation("logs")
def failed_items_counted(draw: Draw) -> Told:
    return complain(draw, [f"batch done: {draw.number(300, 900)} ok, {draw.number(2, 90)} failed"], "failed")


@situation("logs")
def access_log_with_5xx(draw: Draw) -> Told:
    path = f"/{draw.pick('seats', 'tariffs', 'zones')}/{draw.number(2, 90)}"
    way = draw.pick('10.0.3.9 - - [21/Sep/2026:14:00:01 +0000] "GET {} HTTP/1.1" 503 {}', "GET {} 500 {}.412 ms - 41")
    return complain(draw, [way.format(path, draw.number(11, 90))], "50[03]|errors?")


@situation("logs")
def plain_refusal_at_no_level(draw: Draw) -> Told:
    what = draw.pick("seat map", "tariff table", "zone index")
    way = draw.pick("the {} is damaged, answer withheld", "{} rejected: checksum mismatch", "lost the {} again")
    return complain(draw, [way.format(what)], what)


@situation("logs")
def quiet_level_and_clear_words(draw: Draw) -> Told:
    what = draw.pick("seat map", "tariff table", "zone index")
    return complain(draw, [f"INFO request failed: the {what} could not be read"], what)


@situation("logs")
def exception_among_progress(draw: Draw) -> Told:
    what = draw.pick("SeatTaken", "TariffGone", "ZoneClosed")
    return complain(draw, [f"com.acme.booking.{what}Exception: row {draw.number(2, 90)}"], what)
