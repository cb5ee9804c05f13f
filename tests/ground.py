"""The lab and our four servers within the process of a test, over the real APIs and the real protocol.

A process of each is what a test pays for most, and few tests are about processes. The lab serves on loopback from a
thread; a session of the responder meets the server that its command line describes, in memory instead of over stdio.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO
from unittest import mock

from mcp.server import MCPServer

from mcp_servers.kubernetes.connection import client as kubernetes_requests
from mcp_servers.prometheus.connection import http as prometheus_requests
from mcp_servers.serving import aws as aws_requests
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.session import Session
from sre_lab import command as lab
from sre_lab.endpoints import LabEndpoints
from sre_lab.process import LabControl, RunningLab
from sre_lab.server import serve

OURS = "mcp_servers."
SOON = 0.01  # seconds of a server's first pause before it asks a service again, each of which doubles as always
_ENDPOINT = {"AWS_REGION": "--region", "AWS_ENDPOINT_URL": "--endpoint-url"}
FLAGS = {  # of a server's environment, which is not this process's, what it takes as arguments too
    "cloudwatch": _ENDPOINT,
    "ssm": _ENDPOINT,
}
PATIENCE = 30.0  # seconds until a lab that does not answer is given up
_ours = Session._transport
_alive = threading.Lock()  # moto keeps its state per process: one lab at a time


@contextmanager
def lab_within(source: str | Path, folder: Path, *, at: float) -> Iterator[RunningLab]:
    """A lab of this process at that present, whose time only the test moves; a process can have one at a time."""
    if not _alive.acquire(blocking=False):
        raise RuntimeError("this process has a lab already: take a process for the other one")
    try:
        kind = "--recording" if str(source).endswith(".json") else "--scenario"
        with _no_look_for_garbage():
            built = lab.prepare(lab.options_of([kind, str(source), "--at", str(at)]))
        folder.mkdir(parents=True, exist_ok=True)
        with _served(partial(_serving, built, folder)) as endpoints:
            control = LabControl(endpoints.control)
            with closing(control):
                yield RunningLab(endpoints, control)
    finally:
        _alive.release()


@contextmanager
def servers_within() -> Iterator[None]:
    """Every session with a server of ours meets one of this process; those of others are started as always."""
    with ExitStack() as opened:
        for requests in (kubernetes_requests, prometheus_requests, aws_requests):
            opened.enter_context(mock.patch.object(requests, "FIRST_PAUSE", SOON))

        def transport(session: Session, errors: TextIO) -> Any:
            name = _server_of(session.address)
            return _opened(name, session.address, opened) if name else _ours(session, errors)

        opened.enter_context(mock.patch.object(Session, "_transport", transport))
        yield


def _server_of(address: ServerAddress) -> str:
    """The name of a server of ours, empty for any other."""
    module = address.command[2] if len(address.command) > 2 and address.command[1] == "-m" else ""
    return module.removeprefix(OURS) if module.startswith(OURS) else ""


def _opened(name: str, address: ServerAddress, stack: ExitStack) -> MCPServer:
    command, there = import_module(f"{OURS}{name}.command"), address.environment
    given = [f"{flag}={there[key]}" for key, flag in FLAGS.get(name, {}).items() if key in there]
    server, _ = stack.enter_context(command.open_server([*address.command[3:], *given]))
    mcp: MCPServer = server.mcp
    return mcp


@contextmanager
def _no_look_for_garbage() -> Iterator[None]:
    """A world stays: a look for garbage in it while it is made takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@dataclass
class _Serving:
    """A loop on a thread of its own: what it serves is there once `ready` is set."""

    ready: threading.Event
    endpoints: LabEndpoints | None = None
    stop: Callable[[], None] = lambda: None

    def up(self, stop: Callable[[], None], endpoints: LabEndpoints) -> None:
        self.stop, self.endpoints = stop, endpoints
        self.ready.set()


@contextmanager
def _served(serving: Callable[[Callable[..., None]], Any]) -> Iterator[LabEndpoints]:
    held = _Serving(threading.Event())
    thread = threading.Thread(target=lambda: asyncio.run(serving(held.up)), name="lab", daemon=True)
    thread.start()
    try:
        assert held.ready.wait(PATIENCE) and held.endpoints is not None, "the lab does not come up"
        yield held.endpoints
    finally:
        held.stop()
        thread.join(PATIENCE)


async def _serving(built: lab.PreparedLab, folder: Path, up: Callable[..., None]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    ready = partial(up, partial(loop.call_soon_threadsafe, stop.set))
    await serve(
        built.world,
        follow_wall=False,
        folder=folder,
        stop=stop,
        ready=ready,
        scenario=built.name,
        trigger=built.trigger,
    )
