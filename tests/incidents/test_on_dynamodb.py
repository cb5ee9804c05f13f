"""Whole incidents with their state in DynamoDB and S3 end as they do with it in files of this machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from sre_agent.aws_services.clients import AwsServices
from sre_agent.aws_services.definitions import create_bucket
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.record.checking import check
from sre_agent.store.dynamodb import evidence
from tests.incidents.conftest import Stage
from tests.slots import moto

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
NAMES = ("state_endpoint_url", "state_region", "store_table", "state_bucket", "record_secret")
RUNS = [
    ("payday-evening", "remediated", "fixed"),
    pytest.param("toll-gate", "escalated", "no_safe_action", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("scenario", "status", "reason"), RUNS)
async def test_an_incident_ends_the_same_wherever_it_is_kept(
    stage: Open, tmp_path: Path, scenario: str, status: str, reason: str
) -> None:
    place = moto.make_slots(moto.state_of_its_own(tmp_path), "store", bucket=True)
    with stage(scenario) as it:
        async with it.runtime(store="dynamodb", **{name: getattr(place, name) for name in NAMES}) as runtime:
            incident, report = await it.respond(runtime)
            store = runtime.store
            outcome = await check(store, await store.record_keys(), await store.heads_apart())
            ledger = await store.ledger(incident.id)

    assert (incident.status, incident.reason) == (status, reason)
    assert report is not None and report.evidence and len(ledger) >= len(report.evidence)
    assert outcome.faults == [] and outcome.entries > 50 and outcome.evidence == len(ledger)


@pytest.mark.long
async def test_an_incident_whose_bucket_is_gone_goes_to_people_and_is_worked_off_when_it_is_delivered_again(
    stage: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "LARGE", 100)
    place = moto.make_slots(moto.state_of_its_own(tmp_path), "store")
    place = place.model_copy(update={"state_bucket": f"gone-{abs(hash(place.store_table))}"})
    with stage("payday-evening") as it:
        async with it.runtime(store="dynamodb", **{name: getattr(place, name) for name in NAMES}) as runtime:
            incident, report = await it.respond(runtime)
            assert (incident.status, incident.reason) == ("escalated", "tools_unavailable")
            assert report is not None and "NoSuchBucket" in report.statement
            (letter,) = await runtime.store.messages("dead")
            assert "what the settings name is not there" in letter.why

            create_bucket(AwsServices(place), place.state_bucket)
            assert await runtime.responder.redrive(letter.message.dedup)
            (again,) = await runtime.store.incidents(only_open=True)
            incident, report = await drive(runtime, again.id, SilentView(), "always")
    assert (incident.status, incident.reason) == ("remediated", "fixed") and report is not None
