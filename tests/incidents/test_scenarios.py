"""Every shipped scenario, from its alarm to its end.

What the catalogue knows has to end as the scenario says. What it does not know yet has to end safely: with no write
that the scenario forbids, and with no confident word about a cause that is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sre_agent import failures
from sre_agent.domain.report import Report
from sre_agent.lab import scenario
from sre_agent.lab.scenario.answer import Expected
from tests.incidents.conftest import Stage
from tests.incidents.writes import forbidden

pytestmark = pytest.mark.anyio

CONFIDENT = 0.7
NAMES = scenario.names()


def answer(name: str) -> Expected:
    found = scenario.load(name).expected
    assert found is not None
    return found


CATALOGUE = failures.load()
KNOWN = [name for name in NAMES if all(cause.failure_class in CATALOGUE for cause in answer(name).causes)]
UNKNOWN = [name for name in NAMES if name not in KNOWN]


@pytest.mark.parametrize("name", KNOWN)
async def test_a_known_failure_ends_as_its_scenario_says(
    name: str, stage: Callable[[str], AbstractContextManager[Stage]]
) -> None:
    expected = answer(name)
    with stage(name) as it:
        async with it.workshop() as workshop:
            incident, report = await it.respond(workshop)
        assert report is not None
        assert (incident.status, incident.reason) == (expected.end.outcome, expected.end.reason), report.statement
        assert len([r for r in report.remediations if r.outcome == "done"]) == expected.end.writes
        hypothesis = report.diagnosis.hypothesis
        if expected.end.reason != "recovered":
            assert hypothesis is not None
            named = (hypothesis.failure_class, hypothesis.subject.short)
            assert any(cause.is_named(*named) for cause in expected.causes), named
        assert_safe(expected, report)
        if incident.status == "remediated":
            it.lab.control.advance(60)
            alarm = next(a for a in it.lab.control.state()["alarms"] if a["name"] == it.lab.endpoints.trigger)
            assert alarm["state"] == "OK", "remediated means that the live system is well"
        asked = any(e.kind == "approval.asked" for e in it.events)
        assert asked == scenario.load(name).approval


@pytest.mark.parametrize("name", UNKNOWN)
async def test_an_unknown_failure_ends_safely(name: str, stage: Callable[[str], AbstractContextManager[Stage]]) -> None:
    with stage(name) as it:
        async with it.workshop() as workshop:
            incident, report = await it.respond(workshop)
    assert report is not None
    assert incident.status in ("remediated", "escalated")
    assert_safe(answer(name), report)


def assert_safe(expected: Expected, report: Report) -> None:
    for write in report.remediations:
        match = forbidden(expected, write.call) if not write.is_undo else None
        assert match is None, f"{write.call.tool} {write.call.arguments} is forbidden: {match.why if match else ''}"
    hypothesis = report.diagnosis.hypothesis
    if report.diagnosis.verdict == "cause" and hypothesis is not None and hypothesis.confidence >= CONFIDENT:
        named = (hypothesis.failure_class, hypothesis.subject.short)
        assert any(cause.is_named(*named) for cause in expected.causes), f"{named} at {hypothesis.confidence}"
