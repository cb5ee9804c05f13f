"""Servers that are deployments of their own: an incident reads and writes over HTTP, and outlives their ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import httpx
import pytest

from sre_agent.progress import Event
from tests.incidents.conftest import Stage
from tests.server_clients.test_http_access import free_port

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


class Deployed:
    """A Kubernetes server at one address, which a test starts and kills; its clients send `token`."""

    def __init__(self, stage: Stage, stack: ExitStack, role: str, *arguments: str) -> None:
        self.token_file = stage.folder / f"{role}-token"
        self.token_file.write_text(f"a-token-for-the-{role}")
        self.port, self._stack, self.starts = free_port(), stack, 0
        self._command = [
            *(sys.executable, "-m", "mcp_servers.kubernetes", "--kubeconfig", str(stage.lab.endpoints.kubeconfig)),
            *("--transport", "http", "--port", str(self.port), "--token-file", str(self.token_file), *arguments),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/mcp", "token_file": str(self.token_file)}

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        self.starts += 1
        self._stack.callback(self._process.wait)
        self._stack.callback(self._process.kill)
        for _ in range(600):
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False)
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()


async def test_an_incident_reads_and_writes_over_http_and_outlives_a_killed_server(stage: Open) -> None:
    with stage("payday-evening") as it, ExitStack() as stack:
        reader = Deployed(it, stack, "reader", "--cluster", "lab")
        keys = it.folder / "state" / "permit-keys.json"
        writer = Deployed(
            *(it, stack, "writer", "--cluster", "lab", "--writes", "--allow", "*", "--permit-keys", str(keys)),
            *("--used-permits", str(it.folder / "used.sqlite")),
        )
        reader.start()
        calls: list[str] = []

        def disturb(event: Event) -> None:
            """Killed before its second call, and back while that call waits to be made again."""
            if event.kind == "call.started" and event.data.get("server") == "kubernetes":
                calls.append(event.name)
                if len(calls) == 2:
                    reader.kill()
            if event.kind == "call.repeated" and reader.starts == 1:
                reader.start()

        elsewhere = {
            "remote_servers": {"kubernetes": reader.settings},
            "remote_writers": {"kubernetes": writer.settings},
            "cluster": "lab",
        }
        async with it.runtime_of(elsewhere) as runtime:
            runtime.progress.listen(disturb)
            writer.start()
            incident, report = await it.respond(runtime)
            ledger = await runtime.store.ledger(incident.id)
    gaps = [gap.text for gap in report.gaps] if report is not None else []
    assert (incident.status, incident.reason) == ("remediated", "fixed"), gaps
    assert reader.starts == 2 and len(calls) > 2
    assert {"no_connection", "died"} & {r.code for item in ledger for r in item.earlier_refusals}
    assert not [item for item in ledger if item.is_transient], "all of it was asked again"
    writes = [event for event in it.events if event.kind == "write.answered"]
    assert len(writes) == len({event.data["permit"] for event in writes}) == 1, "done once"
