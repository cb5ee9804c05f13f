"""Every shipped scenario, from its alarm to its end, as its own file says it has to end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sre_agent.lab import scenario
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", scenario.names())
async def test_a_scenario_ends_as_its_file_says(
    name: str, stage: Callable[[str], AbstractContextManager[Stage]]
) -> None:
    expected = scenario.load(name).expected
    with stage(name) as it:
        async with it.workshop() as workshop:
            incident, report = await it.respond(workshop)
        assert report is not None
        assert (incident.status, incident.reason) == (expected.outcome, expected.reason), report.statement
        writes = [r for r in report.remediations if r.outcome == "done"]
        assert len(writes) == expected.writes
        hypothesis = report.diagnosis.hypothesis
        if expected.failure_class is not None:
            assert hypothesis is not None and hypothesis.failure_class == expected.failure_class
            assert expected.subject in hypothesis.subject.short
        if incident.status == "remediated":
            it.lab.control.advance(60)
            alarm = next(a for a in it.lab.control.state()["alarms"] if a["name"] == it.lab.endpoints.trigger)
            assert alarm["state"] == "OK", "remediated means that the live system is well"
        asked = any(e.kind == "approval.asked" for e in it.events)
        assert asked == scenario.load(name).approval
