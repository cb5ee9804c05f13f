"""A responder that kills itself at an event: `python -m tests.incidents.doomed ENDPOINTS STATE ALARM EVENT NAME`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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


async def main(endpoints: str, state: str, alarm: str, kind: str, name: str) -> None:
    def die(event: Event) -> None:
        if event.kind == kind and event.name.startswith(name):
            os.kill(os.getpid(), signal.SIGKILL)

    ends = LabEndpoints.model_validate_json(endpoints)
    lab: Any = SimpleNamespace(endpoints=ends)
    clock = LabClock(LabControl(ends.control))
    async with open_runtime(lab_settings(lab, Path(state)), clock=clock, notifier=SilentNotifier()) as runtime:
        runtime.progress.listen(die)
        received = entrances.read(json.loads(alarm), received_at=clock.now())[0]
        incident, _ = await runtime.responder.submit(received)
        await drive(runtime, incident.id, SilentView(), "always")
    print("survived")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
