"""One whole incident, from its alarm to `remediated`, with everything that lasts kept in AWS: `--profile aws`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.creation import create
from sre_agent.settings import load
from tests.slots import moto

pytestmark = [pytest.mark.anyio, pytest.mark.long]


async def test_an_incident_is_remediated_and_nothing_of_it_lies_on_the_machine(stage: Any, tmp_path: Path) -> None:
    names = moto.state_of_its_own(tmp_path)
    state = names.model_copy(update=create(names))
    profile = load("aws", environment={}).state
    engines = {name: getattr(profile, name) for name in ("queue", "checkpoint", "permit_keys", "used_permits")}
    own = state.model_dump(exclude=set(profile.model_dump()))
    with stage("payday-evening") as it:
        async with it.runtime(**engines, **own) as runtime:
            incident, report = await it.respond(runtime)
    assert incident.status == "remediated" and report is not None
    services = AwsServices(state)
    used = services.ask("dynamodb", "scan", TableName=state.used_permits_table)["Items"]
    assert sorted(item["id"]["S"].partition("#")[0] for item in used) == ["incident", "permit", "permit-keys"]
    assert services.ask("dynamodb", "scan", TableName=state.checkpoint_table)["Count"] > 0
    files = {path.name for path in (tmp_path / "state").rglob("*") if path.is_file()}
    assert not {name for name in files if name.endswith((".sqlite", ".key"))}, files
