"""Before a run does, somebody hears what keeps the state in AWS from being used; and for development it can be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.creation import create
from sre_agent.aws_services.probes import probe
from sre_agent.cli.main import app
from sre_agent.errors import SettingsError
from sre_agent.settings import Settings, StateAccess, load
from tests.lab_aws.conftest import Aws
from tests.slots import moto


def of_the_profile(settings: StateAccess) -> StateAccess:
    """Settings of `--profile aws`, with names of their own."""
    fields = {name: getattr(settings, name) for name in moto_names(settings)}
    return load("aws", environment={}, **fields).state_access


def moto_names(settings: StateAccess) -> set[str]:
    return {name for name, value in Settings().state_access.model_dump().items() if getattr(settings, name) != value}


def test_what_is_missing_is_said_by_its_name_and_what_is_there_is_usable(tmp_path: Path) -> None:
    state = of_the_profile(moto.state_of_its_own(tmp_path, queue_url=f"{moto.address()}/123456789012/none.fifo"))
    results = {one.what: one for one in probe(state)}
    assert {
        "store",
        "checkpoint",
        "used permits",
        "large state",
        "queue",
        "wake-ups",
        "permit key",
        "record key",
    } >= results.keys()
    assert all("not there" in (one.problem or one.remark) for one in results.values()), results
    there = state.model_copy(update=create(state))
    again = {one.what: one for one in probe(there)}
    assert again.keys() == results.keys() and not any(one.problem for one in again.values()), again
    made_later = {what for what, one in again.items() if one.remark}
    assert made_later == {"permit key", "record key"}, "which the first process makes"
    listing = AwsServices(there).ask("s3", "list_objects_v2", Bucket=there.state_bucket)
    assert "Contents" not in listing, "a look at a right writes nothing"
    assert create(there)["queue_url"] == there.queue_url, "and making it twice changes nothing"


def test_a_table_that_cannot_be_restored_is_remarked(tmp_path: Path) -> None:
    state = moto.make_slots(moto.state_of_its_own(tmp_path, checkpoint="dynamodb"), "checkpoint", bucket=True)
    off = {"PointInTimeRecoveryEnabled": False}
    AwsServices(state).ask(
        "dynamodb",
        "update_continuous_backups",
        TableName=state.checkpoint_table,
        PointInTimeRecoverySpecification=off,
    )
    (remark, nothing) = [one.remark for one in probe(state)]
    assert "point-in-time recovery is off" in remark and not nothing


def test_a_memory_is_asked_for_each_right_that_a_run_needs_of_it_and_nothing_is_written(tmp_path: Path) -> None:
    account = Aws()
    try:
        memory = account.client("bedrock-agentcore-control").create_memory(name="past", eventExpiryDuration=90)[
            "memory"
        ]
        place = {"state_endpoint_url": account.url, "state_region": "eu-west-1", "past_incidents": "agentcore_memory"}
        there = Settings(state_dir=tmp_path, memory_id=memory["id"], **place).state_access
        (result,) = probe(there)
        assert (result.what, result.problem, result.remark) == ("past incidents", "", "")
        records = account.client("bedrock-agentcore").list_memory_records(memoryId=memory["id"], namespacePath="/")
        assert records["memoryRecordSummaries"] == []
        (wrong_memory,) = probe(there.model_copy(update={"memory_id": "past-0123456789"}))
        assert "Memory not found" in wrong_memory.problem
        (no_memory,) = probe(there.model_copy(update={"memory_id": ""}))
        assert "needs memory_id" in no_memory.problem
    finally:
        account.close()


def test_nothing_is_made_in_an_account() -> None:
    with pytest.raises(SettingsError, match="only: set state_endpoint_url"):
        create(load("aws", environment={}).state_access)
    done = CliRunner().invoke(app, ["aws", "create"])
    assert isinstance(done.exception, SettingsError)
