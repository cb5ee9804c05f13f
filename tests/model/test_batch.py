"""Questions asked together: through S3 and a batch job of the lab's Bedrock, by the production clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import BaseModel

from sre_agent.domain.sweep import Sweep
from sre_agent.errors import BadInputError, ModelUnavailableError, PermanentError, SettingsError, TemporaryError
from sre_agent.model.batch.client import BatchClient
from sre_agent.model.batch.job import BatchRequest, new_id
from sre_agent.model.batch.job_files import BatchJobFiles
from sre_agent.model.batch.real_time import answers_now
from sre_agent.reports.summary import request_of, summarise, sweep_of_answer
from sre_lab.aws import moto
from tests.model.conftest import BATCH as SETTINGS
from tests.model.conftest import LONG_ENOUGH, NOON, PLACE, SMALL, Bedrock, ModelStage, Opens

pytestmark = pytest.mark.anyio


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


def request(number: int, **fields: Any) -> BatchRequest:
    defaults: dict[str, Any] = {
        "id": f"sweep-{number}",
        "system": "You summarise.",
        "messages": [HumanMessage(f"Question {number}?")],
        "agent": "sweep",
        "prompt": "sweep@0123456789ab",
    }
    return BatchRequest(**(defaults | fields))


def answers(text: str, last: str = "", **usage: int) -> dict[str, Any]:
    return {"when": {"last": last}, "text": text, "usage": usage, "repeats": True}


def others_may(path: Path) -> int:
    return path.stat().st_mode & 0o077


async def test_a_batch_goes_its_way_and_every_request_gets_its_answer(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(answers("One.", "Question 1?"), answers("Two.", "Question 2?"), batch={"minimum": 2})
    services = over(opens(**SETTINGS))

    job = await services.submit([request(1, about="the first"), request(2)])
    assert (job.state, job.model, job.real_time) == ("Submitted", f"{SMALL}@eu-west-1", False)
    with pytest.raises(TemporaryError, match=r"is Submitted: 0 of 2 requests done\..*later"):
        await services.collect(job.id)
    lab_bedrock.advance(30)
    assert (await services.look(job.id)).state == "Scheduled"
    lab_bedrock.advance(LONG_ENOUGH)

    results = await services.collect(job.id)
    assert [(one.id, one.text, one.error) for one in results] == [("sweep-1", "One.", ""), ("sweep-2", "Two.", "")]
    assert results[0].about == "the first"
    assert (await services.look(job.id)).statement.endswith("is Completed: 2 of 2 requests done.")


async def test_a_record_is_exactly_what_would_be_sent_in_real_time(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(batch={"minimum": 1})
    batch_services = over(
        opens(**SETTINGS | {"model_batch_minimum": 1}, model_guardrail="abc123:1", model_answer_tokens=700)
    )
    live = over(opens(**SETTINGS, model_cache="off", model_guardrail="abc123:1", model_answer_tokens=700))
    talk = [HumanMessage("Why?"), AIMessage("Because of the rollout."), HumanMessage("And now?")]

    await batch_services.submit([request(1, messages=talk)])
    lab_bedrock.advance(LONG_ENOUGH)
    await live.submit([request(2, messages=talk)])

    by_batch, in_time = lab_bedrock.calls
    assert (by_batch["operation"], in_time["operation"]) == ("batch", "converse")
    assert by_batch["body"] == in_time["body"]
    assert by_batch["body"]["system"] == [{"text": "You summarise."}]
    assert by_batch["body"]["guardrailConfig"]["guardrailIdentifier"] == "abc123"


class Verdict(BaseModel):
    """What it is."""

    healthy: bool


async def test_a_record_that_asks_for_a_form_is_what_would_be_sent_and_is_answered_in_it(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(
        {"when": {"last": "1?"}, "calls": [{"tool": "Verdict", "input": {"healthy": True}}], "repeats": True},
        {"when": {"last": "2?"}, "calls": [{"tool": "Verdict", "input": {"healthy": "who knows"}}], "repeats": True},
        batch={"minimum": 2},
    )
    services = over(opens(**SETTINGS, model_cache="off"))
    requests = [request(number, schema=Verdict, most=1) for number in (1, 2)]
    job = await services.submit(requests)
    lab_bedrock.advance(LONG_ENOUGH)
    with pytest.raises(BadInputError, match=f"{job.id} is of sweep, not of evaluation"):
        await services.collect(job.id, "evaluation")

    right, wrong = await services.collect(job.id, "sweep", Verdict)
    assert (right.text, right.error) == ('{"healthy":true}', "")
    assert wrong.text == "" and "could not be used: healthy" in wrong.error
    at_once = await answers_now(requests, "small", opens(model_cache="off").models)
    assert [one.text for one in at_once] == ['{"healthy":true}', ""]
    by_batch, in_time = lab_bedrock.calls[0], lab_bedrock.calls[2]
    assert (by_batch["operation"], in_time["operation"]) == ("batch", "converse")
    assert by_batch["body"]["toolConfig"] == in_time["body"]["toolConfig"]


async def test_a_record_costs_half_and_is_a_row_of_the_same_ledger_once_however_often_it_is_collected(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(answers("So it is.", input_tokens=1000, output_tokens=200), batch={"minimum": 2})
    expected = (1000 * 0.10 + 200 * 0.50) / 1e6 / 2
    here, there = opens(**SETTINGS, model_day_dollars=2 * expected / 0.9, model_answer_tokens=200), opens(**SETTINGS)
    one, other = over(here), over(there)
    job = await one.submit([request(1, incident="inc-1", user="ada"), request(2)])
    lab_bedrock.advance(LONG_ENOUGH)
    assert await here.store.model_calls() == []

    first = await one.collect(job.id)
    assert await one.collect(job.id) == first
    assert await other.collect(job.id) == first

    assert [warning.partition(" of ")[0] for warning in here.warnings] == ["90%"]
    rows = await there.store.model_calls()
    assert [row.dollars for row in rows] == pytest.approx([expected, expected])
    assert [answer.dollars for answer in first] == pytest.approx([expected, expected])
    assert {(row.batch, row.prompt, row.agent, row.outcome) for row in rows} == {
        (True, "sweep@0123456789ab", "sweep", "answered")
    }
    assert (rows[0].incident, rows[0].user, rows[0].at) == ("inc-1", "ada", job.submitted_at)


async def test_another_process_finds_the_job_and_collects_it(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any, tmp_path: Path
) -> None:
    lab_bedrock.play(answers("Said."), batch={"minimum": 2})
    job = await over(opens(**SETTINGS)).submit([request(1), request(2)])
    lab_bedrock.advance(LONG_ENOUGH)
    elsewhere = over(opens(**SETTINGS))

    assert [one.id for one in elsewhere.jobs()] == [job.id]
    assert others_may(tmp_path / "batches" / f"{job.id}.json") == 0
    assert [one.text for one in await elsewhere.collect(job.id)] == ["Said.", "Said."]
    with pytest.raises(BadInputError, match=f"no batch job 'batch-1'.*There are: {job.id}"):
        await elsewhere.look("batch-1")


async def test_fewer_requests_than_a_batch_takes_are_asked_in_real_time_and_it_says_so(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play(
        answers("One.", "Question 1?", input_tokens=1000, output_tokens=0),
        {"when": {"last": "Question 2?"}, "fault": "AccessDeniedException", "repeats": True},
    )
    stage = opens(**SETTINGS | {"model_batch_minimum": 100}, model_small=(SMALL,))
    services = over(stage)

    job = await services.submit([request(1), request(2)])

    assert job.ended and job.real_time
    assert job.statement == (
        "2 requests are fewer than the 100 that make a batch job; they were asked in real time, at the full price."
    )
    one, other = await services.collect(job.id)
    assert (one.text, one.error) == ("One.", "")
    assert other.text == "" and "don't have access" in other.error
    rows = await stage.store.model_calls()
    assert {(row.batch, row.outcome, row.prompt) for row in rows} == {
        (False, "answered", "sweep@0123456789ab"),
        (False, "denied", "sweep@0123456789ab"),
    }
    assert one.dollars == pytest.approx(1000 * 0.10 / 1e6)


async def test_a_record_that_failed_says_why_and_the_others_have_their_answers(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(
        {"when": {"last": "Question 1?"}, "fault": "ThrottlingException"},
        {"when": {"last": "Question 2?"}, "fault": "malformed"},
        {"when": {"last": "Question 3?"}, "fault": "empty"},
        answers("Four."),
        batch={"minimum": 2},
    )
    stage = opens(**SETTINGS)
    services = over(stage)
    job = await services.submit([request(number) for number in range(1, 5)])
    lab_bedrock.advance(LONG_ENOUGH)

    results = await services.collect(job.id)
    assert [one.text for one in results] == ["", "", "", "Four."]
    assert "Too many requests" in results[0].error and "could not be read" in results[1].error
    assert "neither text nor a tool call" in results[2].error
    assert "4 of 4 requests done, 1 of them failed" in (await services.look(job.id)).statement
    rows = await stage.store.model_calls()
    assert [row.outcome for row in rows] == ["throttled", "malformed", "empty", "answered"]
    assert rows[0].dollars == 0.0


@pytest.mark.parametrize(
    ("script", "state", "says"),
    [
        ({"minimum": 3}, "Failed", "contains less records (2) than the required minimum of: 3"),
        ({"minimum": 2, "queue_seconds": 25 * 3600}, "Expired", "It was not answered, the job is Expired."),
    ],
)
async def test_a_job_that_never_asked_says_so_for_each_request_and_costs_nothing(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any, script: dict[str, Any], state: str, says: str
) -> None:
    lab_bedrock.play(batch=script)
    stage = opens(**SETTINGS)
    services = over(stage)
    job = await services.submit([request(1), request(2)])
    lab_bedrock.advance(25 * 3600)

    results = await services.collect(job.id)
    assert (await services.look(job.id)).state == state
    assert len(results) == 2 and all(says in one.error for one in results)
    assert await stage.store.model_calls() == []


async def test_what_a_partial_job_did_answer_is_not_lost(opens: Opens, lab_bedrock: Bedrock, bucket: Any) -> None:
    lab_bedrock.play(answers("Said."), batch={"minimum": 2, "record_seconds": 13 * 3600})
    services = over(opens(**SETTINGS))
    job = await services.submit([request(1), request(2)])
    lab_bedrock.advance(25 * 3600)

    one, other = await services.collect(job.id)
    assert (one.text, other.text) == ("Said.", "")
    assert other.error == "It was not answered, the job is PartiallyCompleted."


async def test_lines_that_are_none_and_ids_that_nobody_gave_are_passed_over(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(answers("Said."), batch={"minimum": 2})
    services = over(opens(**SETTINGS))
    job = await services.submit([request(1), request(2)])
    lab_bedrock.advance(LONG_ENOUGH)
    entries = bucket.list_objects_v2(Bucket="overnight", Prefix=f"sre-agent/{job.id}/out/")["Contents"]
    (key,) = [entry["Key"] for entry in entries if entry["Key"].endswith(".jsonl.out")]
    lines = bucket.get_object(Bucket="overnight", Key=key)["Body"].read().decode().splitlines()
    spoilt = ["no json", '{"recordId": "first"}', '{"recordId": "00000000077", "modelOutput": {}}', lines[1], "[]"]
    bucket.put_object(Bucket="overnight", Key=key, Body="\n".join(spoilt))

    one, other = await services.collect(job.id)
    assert ("not answered" in one.error, other.text) == (True, "Said.")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model_batch_bucket": ""}, "needs model_batch_bucket.*as s3://BUCKET/PREFIX; it is not set"),
        ({"model_batch_bucket": "overnight"}, "'overnight' is none"),
        ({"model_batch_role": ""}, "needs model_batch_role"),
        ({"model": "openai:gpt-x"}, "no batch inference for the model openai:gpt-x"),
    ],
)
async def test_without_bucket_role_or_a_model_of_bedrock_it_says_what_is_missing(
    opens: Opens, fields: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        await over(opens(**SETTINGS | fields)).submit([request(1), request(2)])


async def test_without_a_model_or_with_requests_that_make_no_batch_nothing_is_sent(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    with pytest.raises(ModelUnavailableError, match="No chat model is configured"):
        await over(opens(model="none", **SETTINGS)).submit([request(1)])
    services = over(opens(**SETTINGS))
    with pytest.raises(BadInputError, match="same id"):
        await services.submit([request(1), request(1)])
    with pytest.raises(BadInputError, match="1 to 50,000 requests, not 0"):
        await services.submit([])
    assert lab_bedrock.calls == [] and services.jobs() == []


async def test_a_bucket_that_is_not_there_is_said_before_anything_is_kept(opens: Opens, lab_bedrock: Bedrock) -> None:
    moto.reset()
    services = over(opens(**SETTINGS))

    with pytest.raises(SettingsError, match=r"bucket does not exist.*model_batch_bucket"):
        await services.submit([request(1), request(2)])
    assert services.jobs() == []


async def test_a_model_that_takes_no_batch_is_refused_with_bedrocks_words(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    services = over(opens(**SETTINGS, model_small=("anthropic.claude-sonnet-5-5",)))

    with pytest.raises((SettingsError, PermanentError), match="on-demand throughput"):
        await services.submit([request(1), request(2)])


async def test_a_batch_that_has_no_room_in_the_budget_is_not_submitted(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    most = 4096 * 0.50 / 1e6 / 2  # dollars of one answer, as long as it may be
    lab_bedrock.play(answers("Said.", input_tokens=0, output_tokens=10), batch={"minimum": 2})
    services = over(opens(**SETTINGS, model_day_dollars=most * 5, model_incident_dollars=most * 3))

    with pytest.raises(ModelUnavailableError, match="day's model budget has no room") as day:
        await services.submit([request(number) for number in range(6)])
    with pytest.raises(ModelUnavailableError, match="incident's model budget has no room"):
        await services.submit([request(number, incident="inc-1") for number in range(4)])
    assert day.value.reason == "budget"
    job = await services.submit([request(number) for number in range(4)])
    with pytest.raises(ModelUnavailableError, match="day's"):  # what is not collected is as good as spent
        await services.submit([request(number) for number in range(2)])
    lab_bedrock.advance(LONG_ENOUGH)
    await services.collect(job.id)
    await services.submit([request(number) for number in range(2)])


async def test_a_process_that_died_while_it_submitted_leaves_a_job_that_is_found_again(
    opens: Opens, lab_bedrock: Bedrock, bucket: Any
) -> None:
    lab_bedrock.play(answers("Said."), batch={"minimum": 2})
    stage = opens(**SETTINGS)
    services, shelf = over(stage), BatchJobFiles(stage.settings.state.state_dir / "batches")
    job = await services.submit([request(1), request(2)])
    shelf.keep(job.model_copy(update={"arn": "", "state": "Prepared"}))
    other = {"id": new_id(), "place": f"{PLACE}/never", "arn": "", "state": "Prepared"}
    never = shelf.keep(job.model_copy(update=other))
    lab_bedrock.advance(LONG_ENOUGH)

    assert [one.text for one in await services.collect(job.id)] == ["Said.", "Said."]
    assert (await services.look(never.id)).statement.endswith(
        "is Failed: 0 of 2 requests done. It was never submitted."
    )
    assert all("never submitted" in one.error for one in await services.collect(never.id))


async def test_a_sweep_without_an_answer_has_the_engines_words_and_why(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"fault": "AccessDeniedException", "repeats": True})
    sweep = Sweep(id="sweep-1", taken_at=NOON, looked_at="3 Deployments")

    in_time = (await summarise(sweep, opens().models)).summary
    assert in_time is not None and (in_time.text, in_time.by) == (sweep.statement, "")
    assert "engine's own words" in in_time.note and "don't have access" in in_time.note
    services = over(opens(**SETTINGS))
    job = await services.submit([request_of(sweep)])
    by_batch = sweep_of_answer((await services.collect(job.id))[0])
    assert (by_batch.id, by_batch.summary and by_batch.summary.note) == ("sweep-1", in_time.note)


async def test_a_service_that_does_not_answer_leaves_the_job_in_doubt_and_says_under_which_id(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    services = over(opens(**SETTINGS, aws_endpoint_url="http://127.0.0.1:9"))

    with pytest.raises(ModelUnavailableError, match=r"could not write the requests.*not known; look at batch-") as away:
        await services.submit([request(1), request(2)])
    (job,) = services.jobs()
    assert job.state == "Prepared" and job.id in str(away.value)
