"""A run whose checkpoint somebody else has written: the incident ends in words, nothing that the row names is run."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent import reports
from sre_agent.cli import incidents
from sre_agent.compose import Runtime
from sre_agent.domain.incident import Incident
from sre_agent.errors import CheckpointError
from tests.incidents.conftest import Stage
from tests.slots.test_checkpoint import hostile

pytestmark = pytest.mark.anyio
RECOMMENDER = "/apis/apps/v1/namespaces/discovery/deployments/recommender"
Open = Callable[[str], AbstractContextManager[Stage]]


def plant(state: Path, table: str, trace: Path) -> None:
    kind, body = hostile(trace, "planted_module")["constructor of one argument"]
    column = "checkpoint" if table == "checkpoints" else "value"
    with closing(sqlite3.connect(state / "checkpoints.sqlite")) as rows, rows:
        rows.execute(f"UPDATE {table} SET type = ?, {column} = ?", (kind, body))


async def wait_for_end(runtime: Runtime, incident: Incident) -> Incident:
    async def done() -> bool:
        return not (await runtime.responder.incident(incident.id)).open

    await runtime.worker.run_until(done)
    return await runtime.responder.incident(incident.id)


async def question(it: Stage) -> Incident:
    async with it.runtime() as runtime:
        return (await it.respond(runtime, "ask"))[0]


@pytest.mark.parametrize("table", ["checkpoints", "writes"])
async def test_an_incident_whose_checkpoint_cannot_be_trusted_ends_in_words(stage: Open, table: str) -> None:
    with stage("evening-traffic") as it:
        trace, before = it.folder / "it-ran", it.object(RECOMMENDER)["metadata"]["generation"]
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            plant(it.folder / "state", table, trace)
            with pytest.raises(CheckpointError, match="cannot be trusted"):
                await runtime.worker.proposed(incident.id)
            await runtime.responder.decide(incident.id, "approve", by="ada")
            began = runtime.clock.now()
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
            assert runtime.clock.now() == began, "what cannot be trusted is not tried again"
        assert (final.status, final.reason) == ("escalated", "inconclusive")
        assert report is not None and "not known whether anything was changed" in report.verdict
        assert "cannot be trusted (it names os.system" in reports.markdown(report)
        assert not report.remediations and report.evidence, "what the ledger holds is still told"
        assert it.object(RECOMMENDER)["metadata"]["generation"] == before
        assert not trace.exists()


async def test_such_an_incident_can_be_cancelled(stage: Open) -> None:
    with stage("evening-traffic") as it:
        trace = it.folder / "it-ran"
        async with it.runtime() as runtime:
            incident, _ = await it.respond(runtime, "ask")
            plant(it.folder / "state", "checkpoints", trace)
            await runtime.responder.cancel(incident.id)
            final = await wait_for_end(runtime, incident)
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("escalated", "cancelled")
        assert report is not None and "not known whether anything was changed" in report.verdict
        assert not trace.exists()


def test_who_asks_for_such_an_incident_is_told_in_one_line(stage: Open) -> None:
    with stage("evening-traffic") as it:
        incident = asyncio.run(question(it))
        plant(it.folder / "state", "checkpoints", it.folder / "it-ran")
    result = CliRunner().invoke(incidents.app, ["show", incident.id, "--state-dir", str(it.folder / "state")])
    assert isinstance(result.exception, CheckpointError), result.output
    assert f"The checkpoint of incident {incident.id} cannot be trusted" in str(result.exception)
