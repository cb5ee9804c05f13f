"""A run that may only read says what it would do, and with which command it may."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager

import anyio

from sre_agent import reports
from sre_agent.cli import exits
from sre_agent.reports import head
from tests.incidents.conftest import Stage

Opened = Callable[[str], AbstractContextManager[Stage]]


def test_a_read_only_run_ends_writes_off_and_names_the_remedy_and_the_command_that_allows_it(stage: Opened) -> None:
    async def run(it: Stage) -> None:
        async with it.runtime(writes=False, allow_namespaces=()) as runtime:
            incident, report = await it.respond(runtime)
            assert report is not None
            assert (incident.status, incident.reason) == ("escalated", "writes_off")
            assert exits.of(incident) == exits.ESCALATED
            assert report.action is not None and "revision 1" in report.action.purpose
            assert report.remediations == [] and "read-only" in report.actions_not_taken[0].text
            assert "rollout undo deployment/payments-api --to-revision=1" in report.by_hand
            words = shlex.split(report.allow)
            assert words[:3] == ["sre-agent", "investigate", incident.id]
            assert {"--writes", "--allow-namespace", "shop", "--state-dir"} <= set(words)
            assert any(report.allow in step.what for step in report.next_steps)
            assert report.degradation is not None and report.degradation.level == "read_only"
            text = reports.markdown(report)
            assert "Degradation: read only. No chat model is configured. Writes are switched off." in text
            assert "## Not done" in text and "## Done" not in text
            assert report.allow in text
            assert "payments-api" in head.text(report)
            signals = await runtime.responder.again(incident.id)
        async with it.runtime() as runtime:
            second, fresh = await runtime.responder.submit(signals[0])
            assert fresh and second.id != incident.id, "the same signals are investigated again, as an incident anew"

    with stage("payday-evening") as it:
        anyio.run(run, it)


def test_a_read_only_run_whose_cause_has_no_remedy_stays_no_safe_action(stage: Opened) -> None:
    async def run(it: Stage) -> None:
        async with it.runtime(writes=False) as runtime:
            incident, report = await it.respond(runtime)
            assert (incident.status, incident.reason) == ("escalated", "no_safe_action")
            assert report is not None and report.allow == ""

    with stage("quiet-ledger") as it:
        anyio.run(run, it)
