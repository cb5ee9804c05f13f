"""Limits around all incidents, met by whole runs: why nothing is done, who is asked, what is waited for."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from sre_agent.compose import Runtime
from sre_agent.domain.action import LimitReached
from sre_agent.domain.incident import Incident
from sre_agent.domain.permitted_write import RemedyResult
from sre_agent.domain.report import Report
from sre_agent.policy.levels import LEVELS
from sre_agent.policy.pause import pause, unpause
from sre_lab import scenario
from tests.incidents.conftest import Stage
from tests.judgement.recorded import run

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
QUICK = {("payday-evening", "recommend"), ("payday-evening", "approve"), ("evening-traffic", "observe")}
MATRIX = [
    pytest.param(name, level, marks=[] if (name, level) in QUICK else [pytest.mark.long])
    for name in scenario.names()
    for level in LEVELS
]


def limits_met(stage: Stage) -> list[LimitReached]:
    decisions = [event.data for event in stage.events if event.kind == "policy_decision"]
    return [LimitReached.model_validate(one) for decision in decisions for one in decision["limits"]]


async def respond(stage: Stage, **settings: Any) -> tuple[Incident, Report]:
    async with stage.runtime(**settings) as runtime:
        incident, report = await stage.respond(runtime)
    assert report is not None
    return incident, report


@pytest.mark.parametrize(("name", "level"), MATRIX)
async def test_a_scenario_under_a_level_ends_as_its_file_says_or_names_the_remedy(
    name: str, level: str, tmp_path: Any
) -> None:
    """`approve` and `autonomous` end as the file says, the first one always by a person; below them nothing is written,
    and where the file has writes the report names the remedy and the command that allows it."""
    outcome = await run(name, tmp_path, level=level)
    expected, report = outcome.case.expected.end, outcome.report
    writes = [one for one in report.remediations if one.outcome == "done"]
    if level in ("observe", "recommend"):
        assert not writes and not outcome.approval_asked
        if expected.writes and expected.reason != "no_safe_action":  # else a second cause has no remedy
            assert (outcome.incident.status, outcome.incident.reason) == ("escalated", "writes_off")
            assert report.action is not None and report.allow.endswith("--level approve")
            assert bool(report.action.diff) == (level == "recommend")
        return
    end = (outcome.incident.status, outcome.incident.reason)
    assert end == (expected.outcome, expected.reason)
    if level == "approve":
        assert all(one.allowed_by.startswith("human:") for one in writes if not one.is_undo)


async def test_a_pause_ends_a_run_before_its_write_and_the_command_that_lifts_it_has_it_done(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime() as runtime:
            pause(runtime.settings.state.state_dir, "ada", runtime.clock.now(), "migration")
            incident, report = await it.respond(runtime)
            assert (incident.status, incident.reason) == ("escalated", "writes_off")
            assert report is not None and report.remediations == [] and report.action is not None
            assert "writes are paused by ada" in report.actions_not_taken[0].text
            assert report.allow.startswith("sre-agent unpause ") and f"investigate {incident.id}" in report.allow
            unpause(runtime.settings.state.state_dir)
            signals = await runtime.responder.again(incident.id)
            again, _ = await runtime.responder.submit(signals[0])
            await runtime.worker.run_until(lambda: is_over(runtime, again))
            assert (await runtime.responder.incident(again.id)).reason == "fixed"


async def is_over(runtime: Runtime, incident: Incident) -> bool:
    return not (await runtime.responder.incident(incident.id)).open


async def test_a_pause_after_the_approval_is_heeded_by_the_write(stage: Open) -> None:
    with stage("evening-traffic") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            await runtime.responder.decide(incident.id, "approve", by="ada")
            pause(runtime.settings.state.state_dir, "grace", runtime.clock.now())
            await runtime.worker.run_until(lambda: is_over(runtime, incident))
            assert (await runtime.responder.incident(incident.id)).reason == "writes_off"
        assert not [event for event in it.events if event.kind == "write.sent"]


async def test_in_mass_failure_a_person_is_asked_about_what_would_run_unattended(stage: Open) -> None:
    with stage("night-market") as it:
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            assert incident.question
        (brake,) = [one for one in limits_met(it) if one.kind == "brake"]
        assert brake.effect == "ask" and "4 of 6 workloads of namespace market fail" in brake.reason


async def test_while_somebody_else_changes_the_object_the_write_waits(stage: Open) -> None:
    with stage("signal-box") as it:
        began = it.alarm()["time"]
        incident, report = await respond(it)
        assert (incident.status, incident.reason) == ("remediated", "fixed")
        waits = [one for one in limits_met(it) if one.kind == "other_actor"]
        assert waits and waits[0].effect == "wait" and "kubectl-edit has changed it at" in waits[0].reason
        (remediation,) = report.remediations
        assert remediation.allowed_by.startswith("policy:")
        assert remediation.at.isoformat() > began and remediation.at - incident.opened_at > timedelta(minutes=5)


async def test_no_more_is_written_in_an_hour_than_the_limit(stage: Open, tmp_path: Any) -> None:
    limits = tmp_path / "limits.yaml"
    limits.write_text("level: autonomous\nwrites_per_hour: 0")
    with stage("payday-evening") as it:
        incident, report = await respond(it, limits=limits)
    assert (incident.reason, report.remediations) == ("writes_off", [])
    assert "0 writes in an hour is the limit" in report.actions_not_taken[0].text


async def test_a_freeze_that_nobody_may_break_ends_with_its_name_and_its_end(stage: Open, tmp_path: Any) -> None:
    limits = tmp_path / "limits.yaml"
    window = "{name: change-freeze, cron: '* * * * *', duration: 8h, then: stop}"
    limits.write_text(f"level: autonomous\nfreeze: [{window}]")
    with stage("payday-evening") as it:
        incident, report = await respond(it, limits=limits)
    assert (incident.reason, report.remediations) == ("writes_off", [])
    assert "freeze window until" in report.actions_not_taken[0].text and "(change-freeze)" in report.statement + str(
        report.next_steps
    )


async def test_a_remedy_that_failed_twice_is_recommended_until_somebody_resets_it(stage: Open) -> None:
    workload = "shop-prod|Deployment/shop/payments-api"
    with stage("payday-evening") as it:
        async with it.runtime() as runtime:
            for number in range(2):
                result = RemedyResult(
                    key=f"inc:{number}",
                    failure_class="bad_rollout",
                    workload=workload,
                    helped=False,
                    at=runtime.clock.now(),
                )
                await runtime.store.keep_remedy_result(result)
            incident, report = await it.respond(runtime)
            assert report is not None and (incident.reason, report.remediations) == ("writes_off", [])
            words = shlex.split(report.allow)
            assert words[:6] == ["sre-agent", "policy", "breakers", "--reset", "bad_rollout", workload]
            assert await runtime.store.reset_breaker("bad_rollout", workload)
            assert await runtime.store.breaker_counts() == []
