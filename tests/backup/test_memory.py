"""Past incidents in AgentCore Memory are in a backup, and come back into another memory or into the same one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.installation import Installation
from sre_agent.backup.manifest import BackupManifest
from sre_agent.backup.opening import open_place
from sre_agent.backup.restoring import Restore
from sre_agent.backup.writing import make_backup
from sre_agent.clock import SystemClock
from sre_agent.domain.base import IncidentId
from sre_agent.errors import BadInputError
from sre_agent.settings import ConfigurationCopy, Settings, StateAccess
from tests.backup.installations import BEGIN, SEALING, content, fill, past_incident, store_of
from tests.lab_aws.conftest import Aws

pytestmark = pytest.mark.anyio
INCIDENTS = 120  # three records each: more than a page and more than a batch


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    account = Aws()
    yield account
    account.close()


def remembering(aws: Aws, folder: Path, name: str) -> StateAccess:
    memory = aws.client("bedrock-agentcore-control").create_memory(name=name, eventExpiryDuration=90)["memory"]
    place: dict[str, Any] = {"state_endpoint_url": aws.url, "state_region": "eu-west-1", "memory_id": memory["id"]}
    return Settings(state_dir=folder, past_incidents="agentcore_memory", **place).state_access


def installation(access: StateAccess) -> Installation:
    return Installation(access, ConfigurationCopy.of(Settings()), AwsServices(access), SystemClock())


def back_up(access: StateAccess, place: Path) -> BackupManifest:
    one = installation(access)
    there = open_place(str(place), one.services, access)
    return make_backup(one, there, SEALING, with_keys=True, tell=lambda part: None)


def bring_back(access: StateAccess, place: Path, name: str) -> None:
    one = installation(access)
    Restore(one, open_place(str(place), one.services, access), name, SEALING).run(lambda part: None)


async def test_what_is_remembered_comes_back_into_an_empty_memory(aws: Aws, tmp_path: Path) -> None:
    here, there = remembering(aws, tmp_path / "one", "one"), remembering(aws, tmp_path / "two", "two")
    async with store_of(here) as store:
        await fill(store, 3, open_each=2)
        for number in range(INCIDENTS):
            past = past_incident(IncidentId(f"older-{number}"), BEGIN - timedelta(hours=number))
            await store.keep_past_incident(past.model_copy(update={"title": f"слow {number}"}))
        before = await content(store)
        manifest = back_up(here, tmp_path / "place")
    assert len({one.incident for one in before.past}) == INCIDENTS + 1
    assert manifest.count("memory_records") == 3 * (INCIDENTS + 1)
    assert not manifest.point_in_time, "a memory is read page by page"
    bring_back(there, tmp_path / "place", manifest.name)
    async with store_of(there) as store:
        assert await content(store) == before
        assert await store.forget_past_incident(IncidentId("older-7")), "by each of its ways"
        again = await content(store)
        assert "older-7" not in {one.incident for one in again.past}


async def test_a_memory_that_outlived_the_rest_gets_what_it_lacks_and_keeps_what_it_has(
    aws: Aws, tmp_path: Path
) -> None:
    here = remembering(aws, tmp_path / "one", "survivor")
    there = here.model_copy(update={"state_dir": tmp_path / "two"})
    old, newer = IncidentId("old"), IncidentId("newer")
    async with store_of(here) as store:
        for incident in (old, newer):
            await store.keep_past_incident(past_incident(incident, BEGIN))
        manifest = back_up(here, tmp_path / "place")
        await store.forget_past_incident(old)
        await store.keep_past_incident(past_incident(newer, BEGIN).model_copy(update={"title": "seen again since"}))
    bring_back(there, tmp_path / "place", manifest.name)
    async with store_of(there) as store:
        titles = {one.incident: one.title for one in await store.past_incidents()}
        assert titles == {old: "it is slow", newer: "seen again since"}


async def test_a_backup_with_a_memory_is_not_restored_where_past_incidents_are_elsewhere(
    aws: Aws, tmp_path: Path
) -> None:
    here = remembering(aws, tmp_path / "one", "elsewhere")
    async with store_of(here) as store:
        await fill(store, 1)
        manifest = back_up(here, tmp_path / "place")
    there = Settings(state_dir=tmp_path / "two").state_access
    with pytest.raises(BadInputError, match="past_incidents = agentcore_memory"):
        bring_back(there, tmp_path / "place", manifest.name)
