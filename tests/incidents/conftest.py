"""A lab of its own for each test, whose clock stands: the responder waits for nothing, the lab jumps with it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from sre_agent import entrances
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import Approval, SilentView
from sre_agent.clock import Clock
from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.model import Opener
from sre_agent.notify.console import SilentNotifier
from sre_agent.progress import Event
from sre_lab.process import LabProcess
from sre_lab.remote_clock import LabClock
from tests.ground import servers_within
from tests.labs import standing_lab


class Stage:
    """One lab and one state folder, and what tests do with them."""

    def __init__(self, lab: LabProcess, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.events: list[Event] = []

    @asynccontextmanager
    async def runtime(
        self, *, clock: Clock | None = None, open_model: Opener | None = None, **settings: Any
    ) -> AsyncIterator[Runtime]:
        settings = {"rehearsal": "off", "trace": "none", **settings}  # of what costs much, and has tests of its own
        configuration = lab_settings(self.lab, self.folder / "state").model_copy(update=settings)
        clock = clock or LabClock(self.lab.control)
        async with open_runtime(
            configuration, clock=clock, notifier=SilentNotifier(), open_model=open_model
        ) as runtime:
            runtime.progress.listen(self.events.append)
            yield runtime

    @asynccontextmanager
    async def runtime_of(self, fields: Mapping[str, Any]) -> AsyncIterator[Runtime]:
        """With settings as a profile gives them, which are checked."""
        settings = lab_settings(self.lab, self.folder / "state", **fields)
        clock = LabClock(self.lab.control)
        async with open_runtime(settings, clock=clock, notifier=SilentNotifier()) as runtime:
            runtime.progress.listen(self.events.append)
            yield runtime

    def alarm(self) -> dict[str, Any]:
        """The alarm's last event into ALARM; the clock moves on until it has gone off."""
        for _ in range(60):
            alarms = [
                event
                for event in self.lab.control.alarm_events(self.lab.endpoints.trigger)
                if event["detail"]["state"]["value"] == "ALARM"
            ]
            if alarms:
                return alarms[-1]
            self.lab.control.advance(5)
        raise AssertionError("the alarm did not go off")

    async def respond(
        self, runtime: Runtime, approval: Approval = "always", payload: Any = None
    ) -> tuple[Incident, Report | None]:
        """The alarm taken to its end, or to a question that is left open (`ask`)."""
        signal = entrances.read(payload or self.alarm(), received_at=runtime.clock.now())[0]
        incident, _ = await runtime.responder.submit(signal)
        return await drive(runtime, incident.id, SilentView(), approval)

    def object(self, path: str) -> dict[str, Any]:
        """An object of the cluster, read by hand."""
        config = yaml.safe_load(self.lab.endpoints.kubeconfig.read_text())
        server = config["clusters"][0]["cluster"]["server"]
        token = config["users"][0]["user"].get("token", "")
        answer = httpx.get(server + path, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        obj: dict[str, Any] = json.loads(answer.text)
        return obj

    def segments(self, trace_id: str) -> list[dict[str, Any]]:
        return [d for d in self.lab.control.segments() if d.get("trace_id") == trace_id]


@pytest.fixture
def stage(tmp_path: Path) -> Callable[[str], AbstractContextManager[Stage]]:
    """`with stage("payday-evening") as it:` is a lab with an empty state folder; our servers are of this process."""

    @contextmanager
    def open_stage(scenario: str) -> Iterator[Stage]:
        with standing_lab(scenario, tmp_path / "lab") as lab, servers_within():
            yield Stage(lab, tmp_path)

    return open_stage


@pytest.fixture
def stage_of_processes(tmp_path: Path) -> Callable[[str], AbstractContextManager[Stage]]:
    """The same with a process for each server, as the product has them."""

    @contextmanager
    def open_stage(scenario: str) -> Iterator[Stage]:
        with standing_lab(scenario, tmp_path / "lab") as lab:
            yield Stage(lab, tmp_path)

    return open_stage
