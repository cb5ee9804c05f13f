"""`python -m tests.lab_scenarios.plays`: plays scenarios behind the same three ports, each from the same moment.

It prints the URLs of its APIs as one line of JSON. Each line of standard input names a scenario, which is then played
anew. A process has lived through the past of that scenario and waits; a copy of it is what is played, until the next.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys

from starlette.types import ASGIApp, Receive, Scope, Send

from sre_lab import control
from sre_lab import scenario as scenarios
from sre_lab.aws import api as aws_api
from sre_lab.containers import kubelets
from sre_lab.date_header import DateHeader
from sre_lab.history import build
from sre_lab.kubernetes import api as kubernetes_api
from sre_lab.loopback import LoopbackServer
from sre_lab.scenario import Scenario
from sre_lab.world import World

START = 1_790_000_000.0
Servers = dict[str, LoopbackServer]


def main() -> None:
    servers = {name: LoopbackServer(_nothing) for name in ("kubernetes", "aws", "control")}
    print(json.dumps({name: server.url for name, server in servers.items()}), flush=True)
    waiting: tuple[str, int, int] | None = None
    for line in sys.stdin:
        name = line.strip()
        if waiting is None or waiting[0] != name:
            _end(waiting)
            waiting = (name, *_prepare(name, servers))
        os.write(waiting[2], b".")
    _end(waiting)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nothing is played yet")


def _prepare(name: str, servers: Servers) -> tuple[int, int]:
    """The process that waits after the scenario's past, and where it is told to play."""
    message, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        scenario = scenarios.load(name)
        gc.disable()
        world = build(scenario, now=START)
        gc.freeze()
        _wait(scenario, world, servers, message)
        os._exit(0)
    os.close(message)
    return pid, tell


def _end(waiting: tuple[str, int, int] | None) -> None:
    if waiting is not None:
        _, pid, tell = waiting
        os.close(tell)
        os.waitpid(pid, 0)


def _wait(scenario: Scenario, world: World, servers: Servers, end_pipe: int) -> None:
    """Play once for each byte. Who connects before the copy answers waits in the queue of the port."""
    player = 0
    while os.read(end_pipe, 1):
        _stop(player)
        player = os.fork()
        if player == 0:
            asyncio.run(_serve(scenario, world, servers))
        print("playing", flush=True)
    _stop(player)


def _stop(player: int) -> None:
    if player:
        os.kill(player, signal.SIGKILL)
        os.waitpid(player, 0)


async def _serve(scenario: Scenario, world: World, servers: Servers) -> None:
    apps: dict[str, ASGIApp] = {
        "kubernetes": kubernetes_api.app(world, kubelets()),
        "aws": aws_api.app(world),
        "control": DateHeader(control.app(world, scenario.name, scenario.trigger), world.clock),
    }
    for name, server in servers.items():
        server.config.app = apps[name]
    await asyncio.gather(*(server.run_until_stopped() for server in servers.values()))


if __name__ == "__main__":
    main()
