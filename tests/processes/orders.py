"""What the process that is copied is asked for: a start of Python, as `subprocess` would make it."""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass

LAB = "sre_lab"
PROBE = "tests.processes.probe"
WORKER = "import sys;exec(eval(sys.stdin.readline()))"  # of pytest-xdist: execnet sends it what it is to be
SERVERS = [f"mcp_servers.{name}" for name in ("kubernetes", "cloudwatch", "prometheus", "ssm")]
MODULES = {LAB, PROBE, "tests.toolbox.speaker", "tests.lab_scenarios.plays", "tests.http.schedule_process", *SERVERS}
STARTERS = {f"tests.incidents.{name}" for name in ("doomed", "doomed_at_row", "disturbed")} | {"tests.storm.worker"}
READY = b"ready"
BIGGEST = 150_000  # bytes of one order; the system lets a message be larger


@dataclass(frozen=True)
class Order:
    """`how` is -m or -c, `what` its module or code."""

    how: str
    what: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    new_session: bool
    takes_terminal: bool
    umask: int

    @property
    def starts_others(self) -> bool:
        """Labs and servers of its own; of code that a test wrote nobody knows."""
        return self.how == "-c" or self.what in STARTERS


def order(
    command: list[str], folder: str, environment: dict[str, str], new_session: bool, takes_terminal: bool, umask: int
) -> Order | None:
    """The order for a command; None for one that has to be started truly."""
    if len(command) < 3 or command[0] != sys.executable:
        return None
    how, what, *arguments = command[2:] if command[1:3] == ["-u", "-c"] else command[1:]
    starts_python = how == "-c" or (how == "-m" and what in MODULES | STARTERS)
    return (
        Order(how, what, arguments, folder, environment, new_session, takes_terminal, umask) if starts_python else None
    )


def send(way: socket.socket, message: Order, streams: list[int]) -> None:
    socket.send_fds(way, [json.dumps(asdict(message)).encode()], streams)


def receive(way: socket.socket) -> tuple[Order, list[int]] | None:
    """The next order with its standard streams; None when nobody is left who could send one."""
    try:
        text, streams, _, _ = socket.recv_fds(way, BIGGEST, 3)
    except ConnectionError:
        return None
    for stream in streams:
        os.set_inheritable(stream, False)
    return (Order(**json.loads(text)), streams) if text else None
