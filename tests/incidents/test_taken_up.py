"""A run that is taken up asks again for what was away for a while, and comes to the end that it would have come to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.progress import Event
from tests.incidents.conftest import Stage
from tests.incidents.ways import Trouble, way

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


async def test_a_verdict_reached_while_a_service_was_away_is_reached_anew_when_the_run_is_taken_up(stage: Open) -> None:
    with stage("flash-sale") as it, way(it.lab.endpoints.aws, Trouble(1, pages=1.0)) as away:
        alarm = it.alarm()
        async with it.workshop(aws_endpoint_url=away) as workshop:

            def stop(event: Event) -> None:
                if event.kind == "diagnosis":
                    workshop.worker.drain()

            workshop.progress.listen(stop)
            left, _ = await it.respond(workshop, payload=alarm)
            missed = [item for item in await workshop.store.ledger(left.id) if item.is_transient]
        assert left.open and missed
        assert all("an HTML page instead of JSON (502 Bad Gateway)" in item.error for item in missed)
        async with it.workshop() as workshop:
            await workshop.responder.resume(left.id)
            incident, report = await drive(workshop, left.id, SilentView(), "always")
            ledger = await workshop.store.ledger(left.id)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert not [item for item in ledger if item.is_transient], "all of it was asked again"
    assert report is not None and not [gap for gap in report.gaps if "HTML" in gap.text]


async def test_a_cluster_behind_a_broken_proxy_is_told_as_that_and_not_blamed_on_rights(stage: Open) -> None:
    with stage("flash-sale") as it, way(it.lab.endpoints.aws, Trouble(1, pages=1.0)) as away:
        async with it.workshop(aws_endpoint_url=away) as workshop:
            incident, report = await it.respond(workshop)
    assert incident.status == "escalated" and report is not None
    said = [gap.text for gap in report.gaps]
    assert any(f"{away} answered an HTML page instead of JSON (502 Bad Gateway)" in text for text in said), said
    assert not any("[denied]" in text for text in said)
