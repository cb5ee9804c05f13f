"""The MCP servers of a storm: processes of their own over HTTP with a token, in front of one small cluster."""

from __future__ import annotations

import random
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from sre_agent.settings import RemoteServer
from sre_lab.process import start_lab

NAMES: Final = ("first", "second")
STARTED: Final = ("kubernetes", "cloudwatch", "ssm")  # servers that a responder would start by itself
START_SECONDS: Final = 60.0


class StormServers:
    """`settings` lead a responder to them. One that is killed comes back at its address."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        token_file = folder / "token"
        token_file.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        self._addresses = [f"http://127.0.0.1:{port}" for port in _free_ports(len(NAMES))]
        command = [sys.executable, "-m", "mcp_servers.kubernetes", "--transport", "http", f"--token-file={token_file}"]
        command += [f"--kubeconfig={kubeconfig}", "--drain-seconds=1"]
        self._commands = [[*command, "--port", address.rpartition(":")[2]] for address in self._addresses]
        self._running = [subprocess.Popen(one) for one in self._commands]
        self.kills = 0
        remote = {
            name: RemoteServer(url=f"{address}/mcp", token_file=token_file)
            for name, address in zip(NAMES, self._addresses, strict=True)
        }
        self.settings: dict[str, Any] = {
            "remote_servers": remote,
            "left_out": dict.fromkeys(STARTED, "A storm has servers of its own."),
        }

    def await_ready(self) -> None:
        started = time.monotonic()
        for address in self._addresses:
            while not _is_up(address):
                assert time.monotonic() - started < START_SECONDS
                time.sleep(0.1)

    def replace(self, chance: random.Random) -> None:
        """Kill one of them, and start it again."""
        place = chance.randrange(len(self._running))
        self._running[place].kill()
        self._running[place].wait()
        self._running[place] = subprocess.Popen(self._commands[place])
        self.kills += 1

    def end(self) -> None:
        for one in self._running:
            one.kill()
            one.wait()


@contextmanager
def storm_servers(folder: Path) -> Iterator[StormServers]:
    with start_lab("payday-evening", follow_wall=True, folder=folder) as lab:
        servers = StormServers(lab.endpoints.kubeconfig, folder)
        try:
            servers.await_ready()
            yield servers
        finally:
            servers.end()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
