"""A responder that kills itself, and its servers with it, at a durable write of its databases:
`python -m tests.incidents.doomed_at_row ENDPOINTS STATE ALARM NUMBER`.

Rows are counted from the policy's decision on, each before and after it is written; at NUMBER it dies. Its servers are
within it, so that the memory of used permits is one of the databases.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mcp_servers.writing.used_permits import sqlite as used_permits
from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import SilentView
from sre_agent.compose import open_runtime
from sre_agent.notify.console import SilentNotifier
from sre_agent.progress import Event
from sre_lab.endpoints import LabEndpoints
from sre_lab.process import LabControl
from sre_lab.remote_clock import LabClock
from tests.ground import servers_within

CHANGES = ("INSERT", "UPDATE", "DELETE", "COMMIT")


class Fate:
    """Where in its rows the process is, and at which it dies."""

    def __init__(self, number: int) -> None:
        self.number, self.count, self.counts = number, 0, False

    def step(self, what: str) -> None:
        if not self.counts:
            return
        self.count += 1
        if self.count == self.number:
            print(f"{self.count} {what}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


def doom(base: type[sqlite3.Connection], fate: Fate) -> type[sqlite3.Connection]:
    """Connections whose every change is a step before it and one after it."""

    class Doomed(base):  # type: ignore[misc, valid-type]
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            change = sql.lstrip()[:6].upper().startswith(CHANGES)
            if change:
                fate.step(f"before {sql[:60]}")
            cursor: sqlite3.Cursor = super().execute(sql, *arguments)
            if change:
                fate.step(f"after {sql[:60]}")
            return cursor

        def commit(self) -> None:
            fate.step("before commit")
            super().commit()
            fate.step("after commit")

    return Doomed


async def main(endpoints: str, state: str, alarm: str, number: str) -> None:
    fate = Fate(int(number))
    connect, plain = sqlite3.connect, doom(sqlite3.Connection, fate)
    vars(sqlite3)["connect"] = lambda *arguments, **options: connect(*arguments, **{"factory": plain, **options})
    vars(used_permits)["_Connection"] = doom(used_permits._Connection, fate)

    def heard(event: Event) -> None:
        if event.kind == "policy_decision":
            fate.counts = True
        if event.kind == "verification":
            fate.counts = False

    ends = LabEndpoints.model_validate_json(endpoints)
    lab: Any = SimpleNamespace(endpoints=ends)
    clock = LabClock(LabControl(ends.control))
    with servers_within():
        async with open_runtime(lab_settings(lab, Path(state)), clock=clock, notifier=SilentNotifier()) as runtime:
            runtime.progress.listen(heard)
            received = entrances.read(json.loads(alarm), received_at=clock.now())[0]
            incident, _ = await runtime.responder.submit(received)
            await drive(runtime, incident.id, SilentView(), "always")
    print(f"survived {fate.count}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
