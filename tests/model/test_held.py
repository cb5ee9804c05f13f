"""Money of batch jobs: held while nobody knows the price, in the budgets of real time and in `sre-agent costs`."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from typer.testing import CliRunner

from sre_agent.cli.main import app
from sre_agent.domain.sweep import Sweep
from sre_agent.errors import ModelUnavailableError
from sre_agent.model.batch.client import BatchClient
from sre_agent.model.batch.job import BatchRequest
from sre_agent.reports.summary import request_of
from sre_agent.settings import save
from tests.model.conftest import BATCH, LONG_ENOUGH, NOON, Bedrock, ModelStage, Opens, ask_messages

pytestmark = pytest.mark.anyio

MOST = 4096 * 0.50 / 1e6 / 2  # dollars that the longest answer of the small model takes, by batch


def over(services: ModelStage) -> BatchClient:
    settings, folder = services.settings.model_access, services.settings.state.state_dir
    return BatchClient(
        settings,
        folder,
        models=services.models,
        ledger=services.store,
        clock=services.clock,
        progress=services.progress,
    )


def requests(of: int, incident: str = "") -> list[BatchRequest]:
    talk = [HumanMessage("Why?")]
    return [BatchRequest(id=f"s-{n}", system="", messages=talk, agent="sweep", incident=incident) for n in range(of)]


def short(**batch: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model whose answers take next to nothing of what was held for them."""
    usage = {"input_tokens": 0, "output_tokens": 10}
    return {"text": "Said.", "usage": usage, "repeats": True}, {"minimum": 2} | batch


async def refusal_of(services: ModelStage, incident: str = "") -> str:
    with pytest.raises(ModelUnavailableError) as problem:
        await services.models.ask("small", ask_messages(), agent="logs", incident=incident)
    assert problem.value.reason == "budget"
    return str(problem.value)


async def test_what_a_batch_may_cost_is_taken_from_the_days_budget_of_real_time_until_it_is_collected(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    turn, batch = short()
    lab_bedrock.play(turn, batch=batch)
    here, there = (opens(**BATCH, model_day_dollars=4.2 * MOST) for _ in range(2))
    job = await over(here).submit(requests(4))

    for services in (here, there):
        refusal = await refusal_of(services)
        assert "The day's model budget" in refusal
        assert "Batch jobs hold $0.0041 of it until they are collected." in refusal
    assert any("of the day's model budget" in warning for warning in here.warnings)
    lab_bedrock.advance(LONG_ENOUGH)
    await over(there).collect(job.id)
    await here.models.ask("small", ask_messages(), agent="logs")

    dollars = await here.store.model_dollars()
    assert dollars == pytest.approx(sum(row.dollars for row in await here.store.model_calls()))
    assert dollars < MOST and await here.store.held_model_calls() == []


async def test_a_batch_of_an_incident_is_held_in_its_budget_and_in_no_others(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    turn, batch = short()
    lab_bedrock.play(turn, batch=batch)
    services = opens(**BATCH, model_incident_dollars=2.2 * MOST)
    job = await over(services).submit(requests(2, "inc-1"))

    assert "The incident's model budget" in await refusal_of(services, "inc-1")
    assert await services.models.used_share("inc-1") > 0.9
    await services.models.ask("small", ask_messages(), agent="logs", incident="inc-2")
    await services.models.ask("small", ask_messages(), agent="logs")
    with pytest.raises(ModelUnavailableError, match="incident's"):
        await over(services).submit(requests(2, "inc-1"))

    lab_bedrock.advance(LONG_ENOUGH)
    await over(services).collect(job.id)
    await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")


@pytest.mark.parametrize("script", [{"minimum": 3}, {"queue_seconds": 25 * 3600}], ids=["failed", "expired"])
async def test_a_batch_that_failed_or_expired_holds_nothing_as_soon_as_that_is_known(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any, script: dict[str, Any]
) -> None:
    turn, batch = short(**script)
    lab_bedrock.play(turn, batch=batch)
    services = opens(**BATCH, model_incident_dollars=2.2 * MOST)
    job = await over(services).submit(requests(2, "inc-1"))
    await refusal_of(services, "inc-1")
    lab_bedrock.advance(25 * 3600)

    await over(services).look(job.id)

    assert await services.store.held_model_dollars() == 0.0
    await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")
    await over(services).collect(job.id)
    assert [row.agent for row in await services.store.model_calls()] == ["logs"]


async def test_a_batch_that_was_refused_holds_nothing_and_one_in_doubt_does(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    wrong, away = (
        opens(**BATCH | {"model_batch_bucket": "s3://nowhere/x"}),
        opens(**BATCH, aws_endpoint_url="http://127.0.0.1:9"),
    )
    with pytest.raises(Exception, match="bucket does not exist"):
        await over(wrong).submit(requests(2))
    assert await wrong.store.model_dollars() == 0.0
    with pytest.raises(ModelUnavailableError, match="not known"):
        await over(away).submit(requests(2))
    assert await away.store.held_model_dollars() == pytest.approx(2 * MOST, rel=0.1)
    (job,) = over(wrong).jobs()
    assert (await over(wrong).look(job.id)).state == "Failed"
    assert await away.store.model_dollars() == 0.0


def costs(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["costs", "--state-dir", str(folder), *words])
    assert done.exit_code == 0, done.output
    return done.stdout


async def test_costs_tell_what_is_held_until_the_true_price_stands_in_its_place(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any, tmp_path: Path
) -> None:
    turn, batch = short()
    lab_bedrock.play(turn, batch=batch)
    services = opens(**BATCH)
    save(services.settings)
    await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")
    job = await over(services).submit(requests(3, "inc-1"))

    (row,) = csv.DictReader(io.StringIO(await asyncio.to_thread(costs, tmp_path, "--csv", "--by", "incident")))
    assert (row["calls"], row["held"], row["dollars"]) == ("1", "3", "5e-06")
    assert float(row["held_dollars"]) == pytest.approx(3 * MOST, rel=0.01)
    output = await asyncio.to_thread(costs, tmp_path)
    assert "held" in output and "0.0031" in output
    assert "the most that 3 requests can cost, $0.0031" in output and f"sre-agent sweep --collect {job.id}" in output
    lab_bedrock.advance(LONG_ENOUGH)
    await over(services).collect(job.id)

    output = await asyncio.to_thread(costs, tmp_path, "--json", "--by", "outcome")
    (group,) = json.loads(output)["groups"]
    assert (group["outcome"], group["calls"], group["held"], group["held_dollars"]) == ("answered", 4, 0, 0.0)
    assert "held" not in await asyncio.to_thread(costs, tmp_path)


async def test_a_failed_job_is_told_as_held_until_somebody_asks_for_its_answers(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, batch = short(minimum=3)
    lab_bedrock.play(turn, batch=batch)
    services = opens(**BATCH)
    save(services.settings)
    sweep = Sweep(id="sweep-1", taken_at=NOON, looked_at="3 Deployments")
    job = await over(services).submit([request_of(sweep), *requests(1)])
    lab_bedrock.advance(LONG_ENOUGH)
    monkeypatch.setenv("SRE_AGENT_STATE_DIR", str(tmp_path))

    assert "sre-agent sweep --collect" in await asyncio.to_thread(costs, tmp_path)
    done = await asyncio.to_thread(CliRunner().invoke, app, ["sweep", "--collect", job.id])

    assert done.exit_code == 0, done.output
    assert "less records (2) than the required minimum" in done.stdout
    assert await asyncio.to_thread(costs, tmp_path) == f"No chat model calls in {tmp_path}.\n"
