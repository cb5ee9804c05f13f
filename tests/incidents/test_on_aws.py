"""One whole incident, from its alarm to `remediated`, with everything that lasts kept in AWS: `--profile aws`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.creation import create
from sre_agent.queue import sqs
from sre_agent.settings import StateAccess, load
from sre_lab.remote_clock import LabClock
from tests.slots import moto

pytestmark = [pytest.mark.anyio, pytest.mark.long]
HERE = (".sqlite", ".key")  # how files end that a machine would be missed for


@pytest.fixture
def state(tmp_path: Path) -> StateAccess:
    """Settings of the profile, at an endpoint where everything that they name is there."""
    names = moto.state_of_its_own(tmp_path)
    profile = load("aws", environment={}).state
    engines = {name: getattr(profile, name) for name in ("store", "queue", "checkpoint", "permit_keys", "used_permits")}
    return names.model_copy(update=engines | create(names))


async def test_an_incident_is_remediated_and_what_lasts_of_it_is_in_aws(
    stage: Any, state: StateAccess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage("payday-evening") as it:
        clock = LabClock(it.lab.control)
        monkeypatch.setattr(
            sqs, "WAIT_SECONDS", 0
        )  # a long poll lasts in the time of the wall, which here is not the lab's
        monkeypatch.setattr(
            sqs, "from_settings", lambda access: sqs.SqsQueue(access, AwsServices(access), wall=clock.now)
        )
        async with it.runtime(clock=clock, **state.model_dump(exclude={"state_dir", "state_dir_trusted"})) as runtime:
            incident, report = await it.respond(runtime)
    assert incident.status == "remediated" and report is not None
    services = AwsServices(state)
    used = services.ask("dynamodb", "scan", TableName=state.used_permits_table)["Items"]
    assert sorted(item["id"]["S"].partition("#")[0] for item in used) == ["incident", "permit", "permit-keys"]
    assert services.ask("dynamodb", "scan", TableName=state.checkpoint_table)["Count"] > 0
    files = {path.name for path in (tmp_path / "state").rglob("*") if path.is_file()}
    assert {name for name in files if name.endswith(HERE)} <= set(), files
