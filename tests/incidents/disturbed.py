"""A responder that takes an incident up, or opens it, and is disturbed on its way:
`python -m tests.incidents.disturbed ENDPOINTS STATE KUBECONFIG AWS ALARM BLOWS`.

BLOWS is JSON: [number of the event at which it falls, what]. `itself` kills this process; the name of a server kills
that server, and `hang:` before it lets it stand still. `full` fills the disk for a while, `locked` keeps the databases
from everybody, `repeated` delivers every message once more, whatever became of it, in another order.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sqlite3
import sys
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mcp_servers.contract.facts import Coverage
from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import SilentView
from sre_agent.compose import open_runtime
from sre_agent.domain.finding import Evidence
from sre_agent.notify.console import SilentNotifier
from sre_agent.progress import Event
from sre_lab.endpoints import LabEndpoints
from sre_lab.process import LabControl
from sre_lab.remote_clock import LabClock
from tests.processes.children import children_running

ITSELF = "itself"
HANGS = "hang:"
FULL, LOCKED, REPEATED = "full", "locked", "repeated"
BRIEFLY = 1.0  # seconds of a disk that is full, or of databases that are locked
CALL_SECONDS = 30.0  # a server that stands still costs this long; a slow one on a busy machine answers in it


def strike(what: str) -> None:
    if what == ITSELF:
        os.kill(os.getpid(), signal.SIGKILL)
    how = signal.SIGSTOP if what.startswith(HANGS) else signal.SIGKILL
    for pid in children_running(f"mcp_servers.{what.removeprefix(HANGS)}"):
        os.kill(pid, how)


def of_storage(what: str, state: Path) -> None:
    """What befalls the files of the state folder."""
    if what == FULL:
        threading.Thread(target=_full, args=(state,)).start()
    elif what == LOCKED:
        threading.Thread(target=_lock, args=(state,)).start()
    else:
        with closing(sqlite3.connect(state / "incidents.sqlite", timeout=10)) as db, db:
            db.execute(
                """INSERT INTO message (dedup, incident, due, rank, body)
                   SELECT again, incident, due, rank, json_set(body, '$.dedup', again)
                   FROM (SELECT dedup || '#' || hex(randomblob(4)) AS again, * FROM message
                         WHERE body NOT LIKE '%guardian%' ORDER BY random())"""
            )


def _full(state: Path) -> None:
    """No file grows beyond what the largest is, so that every write to it fails as on a full disk."""
    most, whole = max(file.stat().st_size for file in state.glob("*.sqlite*")), resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, whole))
    time.sleep(BRIEFLY)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole, whole))


def _lock(state: Path) -> None:
    with ExitStack() as stack:
        for file in sorted(state.glob("*.sqlite")):
            db = stack.enter_context(closing(sqlite3.connect(file, timeout=10, isolation_level=None)))
            db.execute("BEGIN IMMEDIATE")
        time.sleep(BRIEFLY)


def lacks(item: Evidence) -> str:
    """One call of a run that ended otherwise: what it brought, and what not."""
    parts = [f"{c.looked_at}: {c.state} {c.code} {c.detail}" for c in coverage_of(item) if c.state != "complete"]
    codes = sorted({o.code for o in item.answer.observations}) if item.answer else item.error
    return f"{item.round} {item.agent} {item.tool} {item.arguments}: {codes} {parts} tried {item.calls}"


def coverage_of(item: Evidence) -> list[Coverage]:
    return item.answer.coverage if item.answer else []


async def main(endpoints: str, state: str, kubeconfig: str, aws: str, alarm: str, blows: str) -> None:
    plan = dict(json.loads(blows))
    count = 0

    def heard(event: Event) -> None:
        nonlocal count
        count += 1
        if what := plan.pop(count, ""):
            print(f"{count} {event.kind} {event.name}: {what}", flush=True)
            if what in (FULL, LOCKED, REPEATED):
                of_storage(what, Path(state))
            else:
                strike(what)

    ends = LabEndpoints.model_validate_json(endpoints)
    lab: Any = SimpleNamespace(endpoints=ends)
    clock = LabClock(LabControl(ends.control))
    changed = {"kubeconfig": kubeconfig, "aws_endpoint_url": aws, "call_seconds": CALL_SECONDS}
    settings = lab_settings(lab, Path(state)).model_copy(update=changed)
    async with open_runtime(settings, clock=clock, notifier=SilentNotifier()) as runtime:
        runtime.progress.listen(heard)
        incidents = await runtime.store.incidents()
        if not incidents:
            received = entrances.read(json.loads(alarm), received_at=clock.now())[0]
            incidents = [(await runtime.responder.submit(received))[0]]
        elif incidents[0].open:
            await runtime.responder.resume(incidents[0].id)
        incident, report = await drive(runtime, incidents[0].id, SilentView(), "always")
        writes = [one.outcome for one in report.remediations] if report is not None else []
        gaps = [gap.text for gap in report.gaps] if report is not None else []
        dead_letters = [one.message.dedup for one in await runtime.store.messages("dead")]
        end: dict[str, Any] = {"open": incident.open, "dead": dead_letters, "writes": writes, "gaps": gaps}
        end["incidents"] = len(await runtime.store.incidents())
        end["not_done"] = [*(one.text for one in report.actions_not_taken), *report.unfit] if report is not None else []
        end["ledger"] = [lacks(item) for item in await runtime.store.ledger(incident.id)]
        print(json.dumps({"status": incident.status, "reason": incident.reason, **end}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
