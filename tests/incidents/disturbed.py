"""A responder that takes an incident up, or opens it, and is disturbed on its way:
`python -m tests.incidents.disturbed ENDPOINTS STATE KUBECONFIG AWS ALARM BLOWS`.

BLOWS is JSON: [number of the event at which it falls, what]. `itself` kills this process; the name of a server kills
that server, and `hang:` before it lets it stand still.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
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
CALL_SECONDS = 30.0  # a server that stands still costs this long; a slow one on a busy machine answers in it


def strike(what: str) -> None:
    if what == ITSELF:
        os.kill(os.getpid(), signal.SIGKILL)
    how = signal.SIGSTOP if what.startswith(HANGS) else signal.SIGKILL
    for pid in children_running(f"mcp_servers.{what.removeprefix(HANGS)}"):
        os.kill(pid, how)


def lacks(item: Evidence) -> str:
    """One call of a run that ended otherwise: what it brought, and what not."""
    parts = [f"{c.looked_at}: {c.state} {c.code} {c.detail}" for c in answered(item) if c.state != "complete"]
    seen = sorted({o.code for o in item.answer.observations}) if item.answer else item.error
    return f"{item.round} {item.agent} {item.tool} {item.arguments}: {seen} {parts} tried {item.calls}"


def answered(item: Evidence) -> list[Coverage]:
    return item.answer.coverage if item.answer else []


async def main(endpoints: str, state: str, kubeconfig: str, aws: str, alarm: str, blows: str) -> None:
    planned = dict(json.loads(blows))
    count = 0

    def heard(event: Event) -> None:
        nonlocal count
        count += 1
        if what := planned.pop(count, ""):
            print(f"{count} {event.kind} {event.name}: {what}", flush=True)
            strike(what)

    ends = LabEndpoints.model_validate_json(endpoints)
    lab: Any = SimpleNamespace(endpoints=ends)
    clock = LabClock(LabControl(ends.control))
    changed = {"kubeconfig": kubeconfig, "aws_endpoint_url": aws, "call_seconds": CALL_SECONDS}
    settings = lab_settings(lab, Path(state)).model_copy(update=changed)
    async with open_runtime(settings, clock=clock, notifier=SilentNotifier()) as runtime:
        runtime.progress.listen(heard)
        known = await runtime.store.incidents()
        if not known:
            received = entrances.read(json.loads(alarm), received_at=clock.now())[0]
            known = [(await runtime.responder.submit(received))[0]]
        elif known[0].open:
            await runtime.responder.resume(known[0].id)
        incident, report = await drive(runtime, known[0].id, SilentView(), "always")
        writes = [one.outcome for one in report.remediations] if report is not None else []
        gaps = [gap.text for gap in report.gaps] if report is not None else []
        ended = {"incidents": len(await runtime.store.incidents()), "writes": writes, "gaps": gaps}
        ended["not_done"] = (
            [*(one.text for one in report.actions_not_taken), *report.unfit] if report is not None else []
        )
        ended["ledger"] = [lacks(item) for item in await runtime.store.ledger(incident.id)]
        print(json.dumps({"status": incident.status, "reason": incident.reason, **ended}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
