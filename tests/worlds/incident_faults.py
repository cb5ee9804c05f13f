"""Faults of an incident that is put together: at the workload itself, at whom it calls, in the cloud, or unseen.

Those of a call are the broken links of `path_links`; here is what else fails, and what of each is right to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tests.worlds import calling, objects, past, workloads
from tests.worlds.parts import App, Draw
from tests.worlds.path_layouts import by_alias, by_configuration, by_log, clients, connect, in_two_lines
from tests.worlds.path_links import EMPTY_BEHIND, Link, crashes, perhaps
from tests.worlds.path_links_more import ANSWERING, NOT_RUNNING
from tests.worlds.path_network_links import AT_THE_CALLER, BETWEEN, fails_by_itself, outside_unreachable
from tests.worlds.situation import OPEN, Expect

BY_WORD: Final = ("dependency_unreachable", "job_failing", "calls_slow", "pool_exhausted", "crash_loop")
DOWN: Final = ("errors", "absent", "replicas", "probe", "backlog")
CALLS: Final = ("errors", "errors", "probe", "backlog", "job")
UNSEEN: Final = ("errors", "latency", "memory", "throttling", "backlog", "probe", "absent", "connections")


@dataclass(frozen=True)
class Fault:
    """`alarms` are the kinds of alarm that notice it, `hops` how far off it may be, `apply` breaks the chain of
    callers, whose first one the alarm is about."""

    name: str
    alarms: tuple[str, ...]
    hops: tuple[int, ...]
    apply: Callable[[Draw, list[App]], Expect]


def own(link: Link) -> Fault:
    """The workload that the alarm is about does not run, or serves errors of its own."""
    serves = link is fails_by_itself or link in ANSWERING

    def apply(draw: Draw, apps: list[App]) -> Expect:
        return _on_path(link(draw, apps[0], apps[0]).expect, apps)

    alarms = ("errors", "probe", "backlog") if serves else DOWN
    return Fault(f"own {link.__name__}", alarms, (0,), apply)


def of_a_call(link: Link, *, in_common: bool = False) -> Fault:
    """The last of the chain, or the way to it; `in_common`: others call it as well."""

    def apply(draw: Draw, apps: list[App]) -> Expect:
        broken_link = link(draw, apps[-2], apps[-1])
        ways = [by_log, by_log, in_two_lines]
        ways += [by_configuration] if broken_link.nameless else []
        ways += [] if broken_link.host else [by_alias]
        connect(draw, apps, broken_link, draw.pick(*ways))
        if in_common:
            clients(draw, apps, broken_link, hurt=False)
        return _on_path(broken_link.expect, apps)

    alarms = (*CALLS, "latency") if link not in (*EMPTY_BEHIND, *NOT_RUNNING) else CALLS
    hops = (1,) if link in AT_THE_CALLER else (1, 1, 2)
    return Fault(f"{'shared' if in_common else 'callee'} {link.__name__}", alarms, hops, apply)


def _on_path(expect: Expect, apps: list[App]) -> Expect:
    """What may be said of any class sits on the path, or on no workload."""
    if "cause" not in expect.ends or expect.subjects or expect.classes:
        return expect
    services = [f"Service/{one.namespace}/{one.service['metadata']['name']}" for one in apps]
    return replace(expect, subjects=(*(one.subject for one in apps), *services))


def _unseen(draw: Draw, apps: list[App]) -> Expect:
    """Nothing that can be looked at shows why."""
    for one in apps:
        draw.chatter(one)
    return OPEN


def _rollout(draw: Draw, apps: list[App]) -> Expect:
    """The newest revision ends as soon as it starts."""
    app, minutes = apps[0], draw.number(14, 22)
    past.rolled_out(draw, app, minutes)
    expect = crashes(draw, app, app).expect
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes - 0.2)
    return replace(expect, classes=("bad_rollout", "crash_loop", "config_wrong"))


def _database(draw: Draw, apps: list[App]) -> Expect:
    """A database of the cloud that lacks connections, CPU or storage, as its metrics say; its clients suffer."""
    app, name = apps[0], f"{draw.name()}-db"
    host = f"{name}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    calling.told_of(draw, app, "DATABASE_URL", f"postgres://app@{host}:5432/{draw.suffix(4)}", "env", "config")
    dimension, what = {"DBInstanceIdentifier": name}, draw.pick("connections", "cpu", "storage", "unseen")
    series = {"CPUUtilization": 20.0, "DatabaseConnections": 40.0, "FreeStorageSpace": 5e10}
    worse = {"connections": ("DatabaseConnections", 99.0), "cpu": ("CPUUtilization", 99.0),
             "storage": ("FreeStorageSpace", 1e6)}  # fmt: skip
    for metric, level in series.items():
        now = worse[what][1] if what in worse and worse[what][0] == metric else level
        draw.cloudwatch("AWS/RDS", metric, dimension, [*workloads.calm(draw, level, 45), *[now] * 15])
    line = {
        "connections": "FATAL: remaining connection slots are reserved for non-replication superuser connections",
        "storage": 'ERROR: could not extend file "base/16384/2619": No space left on device',
    }.get(what, f"could not connect to server: Connection timed out: {host}:5432")
    for pod in app.pods:
        draw.log(app, [f"ERROR db: {line}"] * draw.number(9, 20), pod=pod, every=draw.number(8, 25))
    classes = ("pool_exhausted", "database_degraded", "dependency_unreachable")
    return replace(perhaps(*classes), ends=("open", "cause"))


def _slow_call(draw: Draw, apps: list[App]) -> Expect:
    """The log of the first says how long it waits for the second, which does not say why."""
    caller, callee = apps[0], apps[1]
    host, n = calling.host_of(draw, callee, caller), draw.pick(3.4, 6.1, 9.75)
    line = draw.pick(
        f"INFO GET http://{host}/v1/items 200 in {int(n * 1000)} ms",
        f'level=info msg="upstream call" url=http://{host}/v1/items status=200 duration={n}s',
        f"INFO response from {host} after {n} seconds",
    )
    for pod in caller.pods:
        draw.log(caller, [one for i in range(12) for one in (f"INFO request {i}", line)], pod=pod)
    draw.chatter(callee)
    return Expect(("open", "cause"), ("calls_slow",), may_propose=True)


def _beside(draw: Draw, apps: list[App]) -> Expect:
    """A callee is down, and the log says so; it brings nothing about that the alarm tells of."""
    link = draw.pick(*EMPTY_BEHIND)
    broken_link = link(draw, apps[-2], apps[-1])
    connect(draw, apps, broken_link, draw.pick(by_log, in_two_lines))
    return OPEN


OWN: Final = tuple(own(link) for link in (*EMPTY_BEHIND, fails_by_itself))
CALLEE: Final = tuple(of_a_call(link) for link in (*EMPTY_BEHIND, *BETWEEN))
SHARED: Final = tuple(of_a_call(link, in_common=True) for link in (*EMPTY_BEHIND, outside_unreachable))
ELSE: Final = (
    *[Fault("unseen", UNSEEN, (0, 1), _unseen)] * 10,
    *[Fault("rollout", ("errors", "replicas", "probe", "backlog"), (0,), _rollout)] * 3,
    *[Fault("database", ("errors", "latency", "backlog", "connections"), (0,), _database)] * 4,
    *[Fault("slow call", ("latency",), (1,), _slow_call)] * 2,
)
FAULTS: Final = (*OWN, *CALLEE, *SHARED, *ELSE)
BESIDE: Final = (*[Fault("beside", ("memory", "throttling", "certificate", "disk"), (1,), _beside)] * 8,)
MORE_LINKS: Final = (*NOT_RUNNING, *ANSWERING)
OF_MORE_LINKS: Final = (*map(own, MORE_LINKS), *map(of_a_call, MORE_LINKS))  # from the eighth round on
