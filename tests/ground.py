"""Our four servers within the process of a test, over the real protocol and the real APIs.

Processes of their own are what an incident costs beside its work, and few tests are about them. A session of the
responder meets the server that its command line describes, in memory instead of over stdio. Each session has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, TextIO
from unittest import mock

from mcp.server import MCPServer

from mcp_servers.kubernetes.connection import client as kubernetes_requests
from mcp_servers.prometheus.connection import http as prometheus_requests
from mcp_servers.serving import aws as aws_requests
from mcp_servers.ssm.writes import previews
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.session import Session

OURS = "mcp_servers."
SOON = 0.01  # seconds of a server's first pause before it asks a service again, each of which doubles as always
SHORT_WAITS: tuple[tuple[ModuleType, str, object], ...] = (
    *((requests, "FIRST_PAUSE", SOON) for requests in (kubernetes_requests, prometheus_requests, aws_requests)),
    (previews, "WAITS", (0.0,)),  # a lab's clock stands: a preview that is not ready at once never is
)
_ENDPOINT = {"AWS_REGION": "--region", "AWS_ENDPOINT_URL": "--endpoint-url"}
FLAGS = {  # of a server's environment, which is not this process's, what it takes as arguments too
    "cloudwatch": _ENDPOINT,
    "ssm": _ENDPOINT,
}
_over_stdio = Session._transport
MeetingServers = Callable[[], AbstractContextManager[None]]


@contextmanager
def servers_within() -> Iterator[None]:
    """Every session with a server of ours meets one of this process; those of others are started as always."""
    with lasting_servers() as meeting, meeting():
        yield


@contextmanager
def lasting_servers() -> Iterator[MeetingServers]:
    """The same for what several tests share: the servers stay open, and are met inside of each block of what it gives.

    Between the blocks other tests of this process start theirs as the product does.
    """
    with ExitStack() as sessions:

        def transport(session: Session, errors: TextIO) -> Any:
            name = _server_of(session.address)
            return _open(name, session.address, sessions) if name else _over_stdio(session, errors)

        @contextmanager
        def meeting() -> Iterator[None]:
            with ExitStack() as patches:
                for module, name, value in SHORT_WAITS:
                    patches.enter_context(mock.patch.object(module, name, value))
                patches.enter_context(mock.patch.object(Session, "_transport", transport))
                yield

        yield meeting


def shorten_waits() -> None:
    """For good: in a process that is nothing but a server."""
    for module, name, value in SHORT_WAITS:
        vars(module)[name] = value


def _server_of(address: ServerAddress) -> str:
    """The name of a server of ours, empty for any other."""
    module = address.command[2] if len(address.command) > 2 and address.command[1] == "-m" else ""
    return module.removeprefix(OURS) if module.startswith(OURS) else ""


def _open(name: str, address: ServerAddress, stack: ExitStack) -> MCPServer:
    command, there = import_module(f"{OURS}{name}.command"), address.environment
    options = [f"{flag}={there[key]}" for key, flag in FLAGS.get(name, {}).items() if key in there]
    server, _ = stack.enter_context(command.open_server([*address.command[3:], *options]))
    mcp: MCPServer = server.mcp
    return mcp
