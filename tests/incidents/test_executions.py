"""A runbook under way: its approval step is answered from the write's approval, it is followed, stopped, and told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from sre_agent.compose import Runtime
from sre_lab import scenario
from sre_lab.scenario.shipped_runbooks import shipped_runbook
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
ASKS = {
    "name": "Asks",
    "action": "aws:approve",
    "timeoutSeconds": 600,
    "onFailure": "Abort",
    "inputs": {"Approvers": ["arn:aws:iam::565656565656:user/lab"], "MinRequiredApprovals": 1},
}
STANDS = {"name": "Stands", "action": "aws:sleep", "inputs": {"Duration": "PT30M"}}


def rent_roll(folder: Path, step: dict[str, Any], **tags: str) -> str:
    """The scenario with one more step in the runbook that heals it, before the one that changes the database."""
    document = yaml.safe_load((Path(scenario.__file__).parents[1] / "scenarios" / "rent-roll.yaml").read_text("utf-8"))
    name, content, own_tags = shipped_runbook("raise-database-storage")
    steps = content["mainSteps"]
    place = [one["name"] for one in steps].index("Grow")
    steps.insert(place, step)
    document["runbooks"] = [{"name": name, "content": content, "tags": {**own_tags, **tags}}]
    path = folder / "rent-roll.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return str(path)


def executions(stage: Stage) -> list[dict[str, Any]]:
    ssm = boto3.client(
        "ssm",
        endpoint_url=stage.lab.endpoints.aws,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    try:
        return list(ssm.describe_automation_executions()["AutomationExecutionMetadataList"])
    finally:
        ssm.close()


def when_under_way(stage: Stage, runtime: Runtime, do: Callable[[str], Any]) -> None:
    """Once, when the execution was first seen, `do` with the incident."""
    tasks: list[Any] = []

    def listen(event: Any) -> None:
        if event.kind == "automation" and not tasks:
            tasks.append(asyncio.ensure_future(do(event.incident)))

    runtime.progress.listen(listen)


async def test_the_approval_of_the_write_answers_the_runbooks_own_step_and_its_outputs_are_told(
    stage: Open, tmp_path: Path
) -> None:
    with stage(rent_roll(tmp_path, ASKS)) as it:
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime)
            record = [entry.event for entry in await runtime.store.entries(incident.id)]
    assert report is not None and (incident.status, incident.reason) == ("remediated", "fixed")
    sent = [e for e in it.events if e.kind == "write.intended"]
    assert [e.name for e in sent] == ["start_automation", "send_automation_signal"]
    assert len({e.data["allowed_by"] for e in sent}) == 1 and sent[0].data["allowed_by"].startswith("human:")
    assert len({e.data["permit"] for e in sent}) == 2
    updates = [e.data for e in it.events if e.kind == "automation"]
    assert "Asks" in [one.get("current_step") for one in updates] and updates[-1]["status"] == "Success"
    assert updates[-1]["outputs"] == {"Before.AllocatedStorage": ["200"], "After.AllocatedStorage": ["300"]}
    assert any(event.kind == "automation" for event in record), "it stands in the record"
    assert report.verification is not None
    [check] = [check for check in report.verification.checks if check.about == "runbook"]
    assert "After.AllocatedStorage=300" in check.reading
    assert report.action is not None and report.action.figures.databases == 1


async def test_what_a_person_calls_off_is_stopped_on_aws_too(stage: Open, tmp_path: Path) -> None:
    with stage(rent_roll(tmp_path, STANDS)) as it:
        async with it.runtime() as runtime:
            when_under_way(it, runtime, runtime.responder.cancel)
            incident, report = await it.respond(runtime)
        [execution] = executions(it)
    assert report is not None and incident.reason == "cancelled"
    assert execution["AutomationExecutionStatus"] == "Cancelled"
    stop = [e for e in it.events if e.kind == "write.answered" and e.name == "stop_automation"]
    assert [e.data["outcome"] for e in stop] == ["done"]


@pytest.mark.long
async def test_a_runbook_that_asks_a_person_runs_unattended_under_no_policy(stage: Open, tmp_path: Path) -> None:
    (policies := tmp_path / "policies").mkdir()
    (policies / "all.cedar").write_text('@id("all") permit (principal, action, resource);', "utf-8")
    with stage(rent_roll(tmp_path, ASKS)) as it:
        async with it.runtime_of({"policies": str(policies), "level": "autonomous"}) as runtime:
            await it.respond(runtime, approval="ask")
    [policy_decision] = [e.data for e in it.events if e.kind == "policy_decision"]
    assert "Asks" in policy_decision["reason"]
    kinds = {e.kind for e in it.events}
    assert "approval.asked" in kinds and "write.intended" not in kinds


@pytest.mark.long
async def test_a_pause_stops_the_runbook_that_is_under_way(stage: Open, tmp_path: Path) -> None:
    async def pause(_: str) -> None:
        (tmp_path / "state" / "paused").touch()

    with stage(rent_roll(tmp_path, STANDS)) as it:
        async with it.runtime() as runtime:
            when_under_way(it, runtime, pause)
            incident, _ = await it.respond(runtime)
        [execution] = executions(it)
    assert incident.reason == "verification_failed"
    assert execution["AutomationExecutionStatus"] == "Cancelled"


@pytest.mark.long
async def test_the_alarm_that_a_runbook_names_stops_it_and_the_report_says_so(stage: Open, tmp_path: Path) -> None:
    tags = {"sre-agent:stop-alarm": "rent-roll-storage"}  # which is on already
    with stage(rent_roll(tmp_path, STANDS, **tags)) as it:
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime)
    assert incident.reason == "verification_failed" and report is not None
    [failed] = report.failed_remedies
    assert any("! stopped when alarm rent-roll-storage goes off" in line for line in failed.action.diff)
    [check] = [check for check in failed.verification.checks if check.about == "runbook"]
    assert "stopped by the alarm rent-roll-storage" in check.reading
