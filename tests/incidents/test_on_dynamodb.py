"""Whole incidents with their state in DynamoDB and S3 end as they do with it in files of this machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from sre_agent.record.checking import check
from tests.incidents.conftest import Stage
from tests.slots import moto

pytestmark = pytest.mark.anyio
RUNS = [
    ("payday-evening", "remediated", "fixed"),
    pytest.param("film-night", "escalated", "no_safe_action", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("scenario", "status", "reason"), RUNS)
async def test_an_incident_ends_the_same_wherever_it_is_kept(
    stage: Callable[[str], AbstractContextManager[Stage]], tmp_path: Path, scenario: str, status: str, reason: str
) -> None:
    place = moto.made(moto.state_of_its_own(tmp_path), "store", bucket=True)
    own = {name: getattr(place, name) for name in ("state_endpoint_url", "state_region", "store_table", "state_bucket")}
    with stage(scenario) as it:
        async with it.runtime(store="dynamodb", record_secret=place.record_secret, **own) as runtime:
            incident, report = await it.respond(runtime)
            store = runtime.store
            outcome = await check(store, await store.record_keys(), await store.heads_apart())
            ledger = await store.ledger(incident.id)

    assert (incident.status, incident.reason) == (status, reason)
    assert report is not None and report.evidence and len(ledger) >= len(report.evidence)
    assert outcome.faults == [] and outcome.entries > 50 and outcome.evidence == len(ledger)
