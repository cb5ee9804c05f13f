"""An incident that is open in a backup goes on where it is restored, and nothing that was done is done again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from sre_agent.backup.taking_over import take_over
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.progress import Event
from sre_agent.record.checking import check
from sre_agent.settings import StateAccess
from tests.backup.installations import back_up, bring_back, empty
from tests.incidents.conftest import Stage, stage

pytestmark = pytest.mark.anyio
LONG = pytest.mark.long
Open = Callable[[str], AbstractContextManager[Stage]]
__all__ = ["stage"]


NAMES = (
    *("store", "checkpoint", "used_permits", "state_endpoint_url", "state_region", "store_table", "checkpoint_table"),
    *("used_permits_table", "state_bucket", "record_secret"),
)
STAY = "pid:1:dead00@another-machine"  # who holds the lease of an incident whose worker was killed
PATH = "/apis/apps/v1/namespaces/shop/deployments/payments-api"


@pytest.mark.parametrize(
    ("until", "technology"),
    [
        ("write", "sqlite"),
        pytest.param("question", "sqlite", marks=LONG),
        pytest.param("write", "dynamodb", marks=LONG),
    ],
)
async def test_an_open_incident_goes_on_from_its_checkpoint_and_writes_once(
    stage: Open, tmp_path: Path, until: str, technology: str
) -> None:
    policies = "default" if until == "question" else "demo"
    with stage("payday-evening") as it:
        here, there = empty(technology, it.folder / "state"), empty(technology, tmp_path / "other")
        place = f"s3://{there.state_bucket}/copies" if technology == "dynamodb" else str(tmp_path / "place")
        async with it.runtime(policies=policies, **engines(here)) as runtime:

            def stop(event: Event) -> None:
                if until == "write" and event.kind == "write.answered":
                    runtime.worker.drain()

            runtime.progress.listen(stop)
            left, _ = await it.respond(runtime, "ask" if until == "question" else "always")
            assert left.open
            if until == "write":
                await runtime.store.lease(left.id, STAY, runtime.clock.now(), 3600)
            await runtime.store.recorded()
            name = (await to_thread.run_sync(back_up, here, place)).name
        await to_thread.run_sync(bring_back, there, place, name)
        generation = it.object(PATH)["metadata"]["generation"]

        async with it.runtime(policies=policies, state_dir=tmp_path / "other", **engines(there)) as runtime:
            resumption = await take_over(runtime.store, runtime.outbox, runtime.responder)
            assert (resumption.incidents, resumption.leases) == (1, until == "write")
            incident, report = await drive(runtime, left.id, SilentView(), "always")
            outcome = await check(runtime.store, await runtime.store.record_keys(), await runtime.store.heads_apart())
        after = it.object(PATH)["metadata"]["generation"]
    assert (incident.status, incident.reason) == ("remediated", "fixed") and report is not None
    assert [one.call.tool for one in report.remediations] == ["kubectl_rollout_undo"]
    assert after == generation + (until == "question"), "what was written before the backup is not written again"
    assert outcome.faults == []


def engines(access: StateAccess) -> dict[str, Any]:
    return {name: getattr(access, name) for name in NAMES} if access.store == "dynamodb" else {}
