"""Labs at a fixed present: the past of each is simulated once, and every lab of that world is forked after it."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from sre_lab import command as lab
from tests.processes.births import become, fork_beside, quiet
from tests.processes.orders import LAB, Order, receive, send

KEPT = 6  # worlds; the one that has not been asked for the longest goes


class Stems:
    """The processes that hold a world each, with the ways to them. Their parent is who starts labs."""

    def __init__(self) -> None:
        self._ways: dict[tuple[object, ...], tuple[int, socket.socket]] = {}
        self._ended: list[int] = []

    def copy(self, order: Order, streams: list[int]) -> int | None:
        """The process id of a lab of that world; None where there is none to be kept, or it cannot be built."""
        key = _world(order)
        if key is None:
            return None
        pid, way = self._ways.pop(key) if key in self._ways else _grow(order)
        send(way, order, streams)
        answer = _answer(way)
        if not answer:
            self._end(pid, way)
            return None
        self._ways[key] = pid, way
        if len(self._ways) > KEPT:
            self._end(*self._ways.pop(next(iter(self._ways))))
        return int(answer)

    def ended(self) -> list[int]:
        """The process ids of those that have ended since the last question, for their parent to take leave of."""
        pids, self._ended = self._ended, []
        return pids

    def forget(self) -> None:
        """In a copy: they are not its own."""
        for _, way in self._ways.values():
            way.detach()
        self._ways = {}

    def _end(self, pid: int, way: socket.socket) -> None:
        way.close()
        self._ended.append(pid)


def _world(order: Order) -> tuple[object, ...] | None:
    """What makes a world the same: its source as it is on the disk, and the present."""
    if order.what != LAB or "--at" not in order.arguments or "--stand" not in order.arguments:
        return None
    options = lab.options_of(order.arguments)
    source = Path(order.folder) / str(options.recording or options.scenario)
    return source, source.stat().st_mtime_ns if source.is_file() else 0, options.at


def _grow(order: Order) -> tuple[int, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = fork_beside()
    if pid == 0:
        _hold(order, quiet(theirs.fileno()))
    theirs.close()
    return pid, ours


def _hold(order: Order, way: socket.socket) -> None:
    """Build the world, then fork a lab for each order. It never returns."""
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    world = lab.build(lab.options_of(order.arguments))
    while (received := receive(way)) is not None:
        pid = fork_beside()
        if pid == 0:
            become(*received)
            status = lab.run(world, lab.options_of(received[0].arguments))
            sys.stdout.flush()
            os._exit(status)
        for stream in received[1]:
            os.close(stream)
        way.send(str(pid).encode())
    os._exit(0)


def _answer(way: socket.socket) -> bytes:
    try:
        return way.recv(20)
    except ConnectionError:
        return b""
