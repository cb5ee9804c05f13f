"""How long somebody waits: for a lab to come up, for a server's first answer, and for a command to end."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from sre_lab import scenario
from sre_lab.process import start_lab
from tests.bench.figures import Figure

COMMAND = [sys.executable, "-c", "from sre_agent.cli.entry import run; run()"]
SERVERS = {  # as the responder starts them
    "kubernetes": ["--kubeconfig", "absent", "--context", "absent"],
    "cloudwatch": [],
    "ssm": [],
    "prometheus": ["--url", "http://127.0.0.1:9"],
}
ROUNDS = 3  # of which the quickest counts


def figures() -> Iterator[Figure]:
    yield from lab_starts()
    yield from commands()
    yield from loading()
    yield from server_starts()
    yield from service_starts()
    yield from demo()


def lab_starts() -> Iterator[Figure]:
    """From the command to the endpoints, 30 simulated minutes included; the slowest of all scenarios."""
    seconds = {}
    for name in scenario.names():
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with start_lab(name, follow_wall=False, folder=Path(folder)):
                seconds[name] = time.perf_counter() - started
    slowest = max(seconds, key=lambda name: seconds[name])
    yield Figure(f"lab: start with 30 minutes of history, slowest scenario ({slowest})", seconds[slowest], "s", 1.0)


def commands() -> Iterator[Figure]:
    """What takes no incident: the help, and one look over a cluster."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab("payday-evening", follow_wall=False, folder=Path(folder)) as lab,
    ):
        help_seconds = min(_time_start(folder, "--help") for _ in range(ROUNDS))
        look = ("sweep", "--kubeconfig", str(lab.endpoints.kubeconfig), "--json")
        swept = min(_time_start(folder, *look, fails=True) for _ in range(ROUNDS))
    yield Figure("sre-agent --help", help_seconds, "s", 1.0)
    yield Figure("sre-agent sweep, a lab's cluster", swept, "s", 5.0)


def loading() -> Iterator[Figure]:
    """What every verb that reads records waits for, and all that an incident needs."""
    bare, whole = (
        min(_python(f"import sre_agent.compose as root{more}") for _ in range(ROUNDS)) for more in ("", "; root.load()")
    )
    yield Figure("import sre_agent.compose", bare, "s", 0.8)
    yield Figure("the same with graph, models and clients", whole, "s", 2.0)


def server_starts() -> Iterator[Figure]:
    """From the command to the list of tools, as a client sees it; the slowest of the four."""
    commands = {name: [f"mcp_servers.{name}", *arguments] for name, arguments in SERVERS.items()}
    commands["nothing"] = ["tests.bench.empty_server"]
    seconds = {
        name: min(asyncio.run(_list_tools(arguments)) for _ in range(ROUNDS)) for name, arguments in commands.items()
    }
    floor = seconds.pop("nothing")
    yield Figure("server: start to first answer over stdio, slowest of four", max(seconds.values()), "s", 0.6)
    yield Figure("the same of the SDK's own, with one tool that does nothing; for information", floor, "s", 2.0)


def service_starts() -> Iterator[Figure]:
    """From the command to the first answer of `/ping`, for which AgentCore Runtime waits 30 s, and to the engine."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_lab("payday-evening", follow_wall=True, folder=Path(folder) / "lab") as lab,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        port = listener.getsockname()[1]
        listener.close()
        words = ["serve", "--kubeconfig", str(lab.endpoints.kubeconfig), "--port", str(port), "--state-dir", folder]
        started = time.perf_counter()
        with subprocess.Popen([*COMMAND, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                yield Figure("serve: start to the first /ping", _time_to_answer(f"{url}/ping") - started, "s", 5.0)
                yield Figure("serve: start until it takes alarms", _time_to_answer(f"{url}/ready") - started, "s", 15.0)
            finally:
                process.kill()


def _time_to_answer(url: str) -> float:
    """When it first answers 200."""
    while True:
        try:
            if httpx.get(url).status_code == 200:
                return time.perf_counter()
        except httpx.TransportError:
            pass
        time.sleep(0.02)


def demo() -> Iterator[Figure]:
    """The whole command, as `make demo` runs it after set-up."""
    with tempfile.TemporaryDirectory() as folder:
        yield Figure("demo: alarm to remediated/fixed, wall time", _time_start(folder, "demo", "--json"), "s", 60.0)


def _time_start(folder: str, *words: str, fails: bool = False) -> float:
    started = time.perf_counter()
    subprocess.run([*COMMAND, *words], cwd=folder, check=not fails, capture_output=True, timeout=120)
    return time.perf_counter() - started


def _python(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    return time.perf_counter() - started


async def _list_tools(arguments: list[str]) -> float:
    started = time.perf_counter()
    async with Client(StdioServerParameters(command=sys.executable, args=["-m", *arguments])) as client:
        await client.list_tools()
        return time.perf_counter() - started
