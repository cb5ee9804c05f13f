"""Two incidents never act on one workload at once: of one store, and of responders that know nothing of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from sre_agent.compose import Runtime
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.progress import Event
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
MENU = "/apis/apps/v1/namespaces/meals/deployments/menu-api"
TARGET = "meals-prod Deployment/meals/menu-api"


async def test_an_incident_waits_for_the_claim_of_another_and_then_acts(stage: Open) -> None:
    with stage("school-lunch") as it:
        async with it.runtime() as runtime:
            other, times = IncidentId("inc-other"), []

            def heard(event: Event) -> None:
                if event.kind == "warning" and other in event.data["text"]:
                    times.append(runtime.clock.now())

            runtime.progress.listen(heard)
            began = runtime.clock.now()
            await runtime.store.claim(TARGET, other, began, 100)
            incident, report = await it.respond(runtime)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert report is not None and len(times) >= 3
    assert [write.at - began >= timedelta(seconds=100) for write in report.remediations] == [True]


async def test_two_responders_with_stores_of_their_own_write_once(stage: Open) -> None:
    with stage("school-lunch") as it:
        alarm = it.alarm()
        before = it.object(MENU)["metadata"]["generation"]

        async def ended_by(runtime: Runtime) -> Incident:
            return (await it.respond(runtime, payload=alarm))[0]

        async with it.runtime(state_dir=it.folder / "one") as one, it.runtime(state_dir=it.folder / "two") as two:
            incidents = await asyncio.gather(ended_by(one), ended_by(two))
        after = it.object(MENU)
    assert after["metadata"]["generation"] == before + 1, "one write in all"
    assert sorted(incident.status for incident in incidents) in (
        ["escalated", "remediated"],
        ["remediated", "remediated"],
    )
    assert after["metadata"]["annotations"]["sre-agent.dev/written-by"].split()[0] in {one.id for one in incidents}
