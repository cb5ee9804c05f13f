"""An incident that is open in a backup goes on where it is restored, and nothing that was done is done again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from sre_agent.backup.taking_over import take_over
from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.progress import Event
from sre_agent.record.checking import check
from sre_agent.settings import Settings, StateAccess
from tests.backup.installations import back_up, bring_back
from tests.incidents.conftest import Stage, stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]
__all__ = ["stage"]


def access(folder: Path) -> StateAccess:
    return Settings(state_dir=folder).state_access


@pytest.mark.parametrize("until", ["question", "write"])
async def test_an_open_incident_goes_on_from_its_checkpoint_and_writes_once(
    stage: Open, tmp_path: Path, until: str
) -> None:
    place, other = tmp_path / "place", tmp_path / "other"
    with stage("payday-evening") as it:
        policies = "default" if until == "question" else "demo"
        async with it.runtime(policies=policies) as runtime:

            def stop(event: Event) -> None:
                if until == "write" and event.kind == "write.answered":
                    runtime.worker.drain()

            runtime.progress.listen(stop)
            left, _ = await it.respond(runtime, "ask" if until == "question" else "always")
            assert left.open
            if until == "write":  # its worker is killed after this: the lease stays
                await runtime.store.lease(left.id, "pid:1:dead00@another-machine", runtime.clock.now(), 3600)
            name = back_up(access(it.folder / "state"), place).name
        bring_back(access(other), place, name)
        generation = it.object("/apis/apps/v1/namespaces/shop/deployments/payments-api")["metadata"]["generation"]

        async with it.runtime(state_dir=other, policies=policies) as runtime:
            taken = await take_over(runtime.store, runtime.outbox, runtime.responder)
            assert (taken.incidents, taken.leases) == (1, until == "write")
            incident, report = await drive(runtime, left.id, SilentView(), "always")
            outcome = await check(runtime.store, await runtime.store.record_keys(), await runtime.store.heads_apart())
        after = it.object("/apis/apps/v1/namespaces/shop/deployments/payments-api")["metadata"]["generation"]
    assert (incident.status, incident.reason) == ("remediated", "fixed") and report is not None
    assert [one.call.tool for one in report.remediations] == ["kubectl_rollout_undo"]
    assert after == generation + (until == "question"), "what was written before the backup is not written again"
    assert outcome.faults == []
