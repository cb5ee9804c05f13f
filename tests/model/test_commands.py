"""`sre-agent costs` and `sre-agent doctor --model`, as their users meet them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sre_agent.cli.main import app
from sre_agent.domain.model_call import ModelCall
from sre_agent.errors import BadInputError
from sre_agent.settings import Settings, StateSettings, save
from sre_agent.store.sqlite import from_settings
from tests.model.conftest import LARGE, NOON, SMALL, Bedrock


def call(number: int, **fields: Any) -> ModelCall:
    defaults: dict[str, Any] = {
        "id": str(number),
        "incident": "inc-1",
        "agent": "logs",
        "model": LARGE,
        "tier": "large",
        "at": NOON + timedelta(minutes=40 * number),
        "seconds": 2.5,
        "outcome": "answered",
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_read_tokens": 300,
        "dollars": 0.01,
    }
    return ModelCall.model_validate(defaults | fields)


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    settings = Settings(state_dir=tmp_path)
    save(settings)

    async def keep() -> None:
        store = from_settings(settings.state)
        await store.keep_model_call(call(1, prompt="logs@0123456789ab"))
        await store.keep_model_call(call(2, agent="metrics", outcome="throttled", dollars=0.0, input_tokens=0))
        await store.keep_model_call(call(3, incident="inc-2", model="openai:gpt-x", priced=False, dollars=0.5))
        await store.close()

    asyncio.run(keep())
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def test_costs_are_told_by_incident_agent_and_model_with_the_date_of_their_prices(state_dir: Path) -> None:
    done = run("costs", "--state-dir", str(state_dir))

    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines() if "inc-" in line]
    assert [(row[1], row[3], row[5]) for row in rows] == [
        ("inc-1", "logs", LARGE),
        ("inc-1", "metrics", LARGE),
        ("inc-2", "logs", "openai:gpt-x"),
    ]
    assert "0.5100" in done.stdout
    assert "list prices of 2026-" in done.stdout
    assert "1 calls are to models without a known price" in done.stdout


def test_costs_that_are_estimated_are_marked(state_dir: Path) -> None:
    async def keep() -> None:
        store = from_settings(StateSettings(state_dir=state_dir))
        await store.keep_model_call(call(4, incident="inc-3", outcome="interrupted", estimated=True))
        await store.close()

    asyncio.run(keep())

    assert "1 call ended before the answer was complete" in run("costs", "--state-dir", str(state_dir)).stdout
    (row,) = csv.DictReader(
        io.StringIO(run("costs", "--state-dir", str(state_dir), "--csv", "--incident", "inc-3").stdout)
    )
    assert (row["outcome"], row["estimated"]) == ("interrupted", "1")


def test_costs_as_json_hold_the_groups_the_sum_and_the_hit_rate_of_the_cache(state_dir: Path) -> None:
    costs = json.loads(
        run("costs", "--state-dir", str(state_dir), "--json", "--by", "agent", "--incident", "inc-1").stdout
    )

    assert [(group["agent"], group["calls"], group["failed"]) for group in costs["groups"]] == [
        ("logs", 1, 0),
        ("metrics", 1, 1),
    ]
    assert costs["groups"][0]["hit_rate"] == 0.75
    assert costs["together"]["dollars"] == 0.01
    assert costs["prices"]["source"].startswith("https://")


def test_costs_as_csv_have_a_line_for_each_hour(state_dir: Path) -> None:
    done = run("costs", "--state-dir", str(state_dir), "--csv", "--by", "hour")

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["hour"], row["calls"]) for row in rows] == [
        ("2026-11-21 12:00", "1"),
        ("2026-11-21 13:00", "1"),
        ("2026-11-21 14:00", "1"),
    ]


def test_the_costs_of_one_incident_are_told_by_agent_prompt_model_and_outcome(state_dir: Path) -> None:
    rows = run("costs", "--state-dir", str(state_dir), "--incident", "inc-1", "--csv").stdout

    groups = list(csv.DictReader(io.StringIO(rows)))
    assert [(row["agent"], row["prompt"], row["outcome"], row["hit_rate"]) for row in groups] == [
        ("logs", "logs@0123456789ab", "answered", "0.75"),
        ("metrics", "", "throttled", "1.0"),
    ]


def test_costs_of_nothing_and_by_nonsense_are_said_plainly(tmp_path: Path, state_dir: Path) -> None:
    wrong = run("costs", "--state-dir", str(state_dir), "--by", "colour")
    assert isinstance(wrong.exception, BadInputError)
    assert "by colour" in str(wrong.exception) and "incident, agent" in str(wrong.exception)
    nothing = run("costs", "--state-dir", str(tmp_path / "no"))
    assert nothing.exit_code == 0 and "No chat model calls" in nothing.stdout, "an empty list is a list"
    assert "No chat model calls" in run("costs", "--state-dir", str(state_dir), "--days", "0").stdout


@pytest.fixture
def account(lab_bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch) -> Bedrock:
    monkeypatch.setenv("SRE_AGENT_AWS_ENDPOINT_URL", lab_bedrock.url)
    monkeypatch.setenv("SRE_AGENT_AWS_REGION", "eu-west-1")
    monkeypatch.setenv("SRE_AGENT_MODEL", "bedrock")
    return lab_bedrock


def test_the_doctor_finds_models_that_answer(account: Bedrock) -> None:
    done = run("doctor", "--model")

    assert done.exit_code == 0, done.stdout
    assert done.stdout.count("answers") == 4
    assert SMALL in done.stdout and LARGE in done.stdout


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"fault": "AccessDeniedException"}, "needs bedrock:InvokeModel"),
        ({"fault": "UnrecognizedClientException"}, "credentials are invalid"),
        ({"fault": "ThrottlingException"}, "Service Quotas"),
        ({"fault": "ResourceNotFoundException"}, "list-inference-profiles --region eu-west-1"),
        ({"fault": "ServiceUnavailableException"}, "Bedrock answers, but fails with this model at the moment"),
        ({"fault": "ModelNotReadyException"}, "Bedrock still loads it"),
        ({"fault": "empty"}, "answered with nothing"),
        ({"text": "Blocked.", "stop": "guardrail_intervened"}, "stops even a harmless answer"),
    ],
)
def test_the_doctor_says_in_words_what_is_in_the_way(account: Bedrock, fault: dict[str, Any], says: str) -> None:
    account.play({**fault, "repeats": True})

    done = run("doctor", "--model", "--json")

    assert done.exit_code == 1
    assert all(says in one["do"] and not one["answers"] for one in json.loads(done.stdout))


def test_the_doctor_tells_a_slow_model_from_a_missing_way_and_says_meanwhile_what_it_does(
    account: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRE_AGENT_MODEL_CALL_SECONDS", "0.3")
    account.play({"fault": "hangs", "repeats": True})

    slow = run("doctor", "--model", "--json")
    monkeypatch.setenv("SRE_AGENT_AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    nowhere = run("doctor", "--model", "--json")

    assert all("did not answer in time" in one["do"] for one in json.loads(slow.stdout))
    assert slow.stderr.startswith("Asks ") and f"{SMALL}@eu-west-1 does not answer" in slow.stderr
    assert all("com.amazonaws.eu-west-1.bedrock-runtime" in one["do"] for one in json.loads(nowhere.stdout))


def test_a_model_that_cannot_stream_does_not_answer_a_chat_and_the_doctor_finds_it(
    account: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRE_AGENT_MODEL_SMALL", SMALL)
    monkeypatch.setenv("SRE_AGENT_MODEL_LARGE", SMALL)
    cut_stream = {"text": "ready", "fault": "ModelStreamErrorException", "in_stream": True, "repeats": True}
    account.play({"text": "ready"}, cut_stream)

    done = run("doctor", "--model", "--json")

    assert done.exit_code == 1
    assert [call["operation"] for call in account.calls] == ["converse", "converse-stream"]
    for one in json.loads(done.stdout):
        assert not one["answers"] and one["says"].startswith("not as a stream: ")


def test_the_doctor_cuts_long_errors_between_words(account: Bedrock) -> None:
    account.play({"fault": "ValidationException", "message": "unfathomable " * 40, "repeats": True})

    messages = [one["says"] for one in json.loads(run("doctor", "--model", "--json").stdout)]

    assert all(text.endswith("unfathomable …") and len(text) <= 200 for text in messages)


def test_a_script_that_does_not_expect_the_doctor_is_told_from_a_provider_without_a_key(
    account: Bedrock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("turns: [{expects: {last: metrics}, text: Fine.}]")
    monkeypatch.setenv("SRE_AGENT_MODEL", f"scripted:{script}")

    one, _ = json.loads(run("doctor", "--model", "--json").stdout)

    assert one["says"] == "the script has no turn for this request"
    assert "key" not in one["do"] and "A turn without `expects`" in one["do"]


def test_the_doctor_knows_models_that_are_only_to_be_had_through_a_profile(
    account: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRE_AGENT_MODEL_SMALL", "anthropic.claude-haiku-5-5")

    done = run("doctor", "--model")

    assert done.exit_code == 1
    assert "inference profile" in done.stdout
    assert "The small tier has no model that answers" in done.stdout


def test_the_doctor_misses_credentials_region_and_package(account: Bedrock, monkeypatch: pytest.MonkeyPatch) -> None:
    def advice() -> str:
        return str(json.loads(run("doctor", "--model", "--json").stdout)[0]["do"])

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "No AWS credentials were found" in advice()
    monkeypatch.delenv("SRE_AGENT_AWS_REGION")
    monkeypatch.delenv("SRE_AGENT_AWS_ENDPOINT_URL")
    assert "No AWS region is set" in advice()
    monkeypatch.setenv("SRE_AGENT_AWS_PROFILE", "nobody")
    assert "There is no AWS profile 'nobody'" in advice()
    monkeypatch.setenv("SRE_AGENT_MODEL", "openai:gpt-5")
    assert "pip install langchain-openai" in advice()


def test_without_a_configured_model_the_doctor_checks_what_bedrock_would_be(
    account: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SRE_AGENT_MODEL")

    done = run("doctor", "--model")

    assert done.exit_code == 0
    assert "No chat model is configured; everything works without one" in done.stdout
