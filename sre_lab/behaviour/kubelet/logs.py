"""Container output without a clock event per line: lines are written when somebody looks, with their true times.

A process' lines are known from its profile, so they are only written down when the process ends, when its behaviour
changes, or when `flush` is called by whoever reads container logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, inf

from sre_lab.behaviour.kubelet.process import ContainerProcess, running_processes
from sre_lab.clock import rfc3339
from sre_lab.world import World


def flush(world: World) -> None:
    """Bring every container's log up to now; call it before reading `world.containers` and where lines are shipped."""
    now = world.clock.now()
    due = [(at, process, line) for process in running_processes(world).values() for at, line in _due(process, now)]
    for at, process, line in sorted(due, key=lambda d: d[0]):
        _write(world, process, at, line)
    for process in running_processes(world).values():
        process.logged_until = now


def open_log(world: World, process: ContainerProcess) -> None:
    """A new run begins: what the container wrote before becomes its previous log."""
    process.logged_until = -inf
    world.containers.start(*process.key, process.started)


def write_until(world: World, process: ContainerProcess, until: float) -> None:
    for at, line in _due(process, until):
        _write(world, process, at, line)
    process.logged_until = until


def close_log(world: World, process: ContainerProcess, last_words: list[str]) -> None:
    """Write what is due and then the lines that the process leaves at its end."""
    now = world.clock.now()
    write_until(world, process, now)
    for line in last_words:
        _write(world, process, now, line)


def _due(process: ContainerProcess, until: float) -> list[tuple[float, str]]:
    return sorted(_lines(process, process.logged_until, until), key=lambda line: line[0])


def _lines(process: ContainerProcess, after: float, until: float) -> Iterator[tuple[float, str]]:
    """All (time, line) with after < time <= until."""
    is_restart = process.since == process.started
    for entry in process.profile.log:
        first = process.since + entry.at
        opening = not is_restart and not entry.at and not entry.every  # said at the start, not again in mid-life
        if after < first <= until and not opening:
            yield first, entry.line
        if not entry.every:
            continue
        step = max(1, floor((after - first) / entry.every)) if after > first else 1
        while (at := first + step * entry.every) <= until:
            if at > after:
                yield at, entry.line
            step += 1


def _write(world: World, process: ContainerProcess, at: float, line: str) -> None:
    text = line.replace("{time}", rfc3339(at)).replace("{pod}", process.pod)
    world.containers.write(*process.key, at, text)
