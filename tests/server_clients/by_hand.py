"""JSON-RPC over stdio written by hand: a client that may send what no SDK would."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sre_agent.toolbox.address import ServerAddress

PATIENCE = 60.0  # seconds for one answer


class ByHand:
    """`send` writes bytes or a message as one line; `heard` waits for the answer with that id."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._next = 0
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: bytes | dict[str, Any] | list[Any]) -> None:
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer to a well-formed request, result or error."""
        self._next += 1
        mine = f"mine-{self._next}"
        self.send({"jsonrpc": "2.0", "id": mine, "method": method, "params": params})
        return self.heard(mine)

    def heard(self, mine: object) -> dict[str, Any]:
        while True:
            message = self._lines.get(timeout=PATIENCE)
            assert message is not None, "the server went away"
            if message.get("id") == mine:
                return message

    def begin(self, version: str = "2025-06-18") -> dict[str, Any]:
        """The handshake of a client that speaks that version; what the server said of itself."""
        about = {"name": "by hand", "version": "1"}
        answer = self.ask("initialize", protocolVersion=version, capabilities={}, clientInfo=about)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        result: dict[str, Any] = answer["result"]
        return result

    def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = self.ask("tools/call", name=tool, arguments=arguments)["result"]
        return result

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)


@contextmanager
def by_hand(address: ServerAddress) -> Iterator[ByHand]:
    """A session with a process of that server, which has ended when the block ends."""
    process = subprocess.Popen(
        list(address.command),
        env={"PATH": os.environ["PATH"], **address.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            yield ByHand(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
