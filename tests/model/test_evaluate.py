"""`sre-agent evaluate`: finished reports told anew by a model, judged as in production, at once and by a batch job."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from typer.testing import CliRunner, Result

from sre_agent.cli.evaluation_view import FELL_BACK
from sre_agent.cli.main import app
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Claim
from sre_agent.domain.report import Report
from sre_agent.errors import BadInputError, SettingsError
from sre_agent.language.grounding import REASONS, Fault
from sre_agent.reports.evaluation import Fallback
from sre_agent.settings import Settings, StateSettings, save
from sre_agent.store.sqlite import from_settings
from tests.model.conftest import BATCH, LONG_ENOUGH, SMALL, Bedrock
from tests.reports.test_narrative import HELPFUL, of
from tests.reports.test_reports import NOW, incident
from tests.reports.test_story import CALLED, DOWN, FAILING, FIRING, escalate

ENGLISH = [("Escalated: the newest revision of Deployment/shop/web fails; nothing was changed.", "R1")]
INVENTED = ("Betroffen ist checkout-service seit 09:58:00 UTC.", "R4")


@pytest.fixture(scope="module")
def report() -> Report:
    return escalate(DOWN, FAILING, FIRING, CALLED)


@pytest.fixture
def folder(tmp_path: Path, report: Report) -> Path:
    """Three finished incidents, inc-3 the newest; one that is open, and one that was only a question."""
    settings = Settings(state_dir=tmp_path / "state")
    save(settings)

    async def keep() -> None:
        store = from_settings(settings.state)
        for number, status in enumerate(("escalated", "escalated", "escalated", "investigating", "answered"), 1):
            one = incident(id=f"inc-{number}", fingerprint=str(number), opened_at=NOW + timedelta(hours=number))
            await store.attach_or_create(one.signals[0].model_copy(update={"fingerprint": str(number)}), one)
            epoch = await store.lease(one.id, "w", NOW, 60)
            assert epoch is not None
            await store.update(one.id, epoch, status=status)
            if status != "investigating":
                claims = [Claim(text="Told before.", evidence=["E1"])]
                await store.keep_report(report.model_copy(update={"incident": one.id, "summary": claims}), epoch)
        await store.close()

    asyncio.run(keep())
    return settings.state.state_dir


def account(*words: tuple[str, str], statement_ids: str = "") -> dict[str, Any]:
    statements = [{"statement": id_} for id_ in statement_ids.split()]
    return {"items": [*statements, *({"words": text, "cites": ids.split()} for text, ids in words)]}


def script(folder: Path, *turns: dict[str, Any]) -> str:
    """The name of a model that plays these turns."""
    file = folder / "script.yaml"
    file.write_text(yaml.safe_dump({"turns": list(turns)}))
    return f"scripted:{file}"


def turn(*words: tuple[str, str], statement_ids: str = "", last: str = "", **fields: Any) -> dict[str, Any]:
    call = {"tool": "Narrative", "arguments": account(*words, statement_ids=statement_ids)}
    return {"expects": {"last": last}, "calls": [call], "repeats": True, **fields}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *words])


def stored_state(folder: Path) -> list[str]:
    async def read() -> list[str]:
        store = from_settings(StateSettings(state_dir=folder))
        incidents = await store.incidents()
        reports = [await store.report(one.id) for one in incidents]
        await store.close()
        return [one.model_dump_json() for one in (*incidents, *reports) if one is not None]

    return asyncio.run(read())


def test_accounts_are_counted_by_language_with_what_was_cut_and_why_and_nothing_stored_is_changed(
    folder: Path, report: Report, tmp_path: Path
) -> None:
    bare = ("Das geht so nicht.", of(report, "0 of 2 replicas"))
    model = script(
        tmp_path,
        turn(
            *HELPFUL, INVENTED, bare, statement_ids="R4", last="Write in German", input_tokens=1000, output_tokens=100
        ),
        turn(*ENGLISH, last="Write in English", input_tokens=900, output_tokens=50),
    )
    before = stored_state(folder)

    done = run("--state-dir", str(folder), "--model", model, "--language", "de", "--language", "en", "--json")

    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    german, english = result["languages"]
    assert (german["language"], german["reports"], german["used"], german["told"]) == ("de", 3, 3, 27)
    assert (german["picked"], german["kept"], german["cut"]) == (3, 21, {"name": 3, "bare": 3})
    assert (german["input_tokens"], german["output_tokens"]) == (3000, 300)
    assert (english["language"], english["used"], english["cut"]) == ("en", 3, {})
    assert (result["together"]["reports"], result["together"]["calls"]) == (6, 6)
    assert [(one["cut"], one["sentence"]) for one in result["examples"]] == [("name", INVENTED[0]), ("bare", bare[0])]
    assert {one["incident"] for one in result["accounts"]} == {"inc-3", "inc-2", "inc-1"}
    assert stored_state(folder) == before


def test_it_is_told_as_tables_with_a_sentence_for_each_reason_and_what_fell_back(folder: Path, tmp_path: Path) -> None:
    model = script(tmp_path, turn(*HELPFUL[:1], INVENTED))

    done = run("--state-dir", str(folder), "--model", model, "--language", "de", "--limit", "2")

    assert done.exit_code == 0, done.output
    assert "2 summaries by scripted:" in done.stderr and "$1.00 at most" in done.stderr
    output = " ".join(done.stdout.split())
    assert f"a name that is not in what it cites (name) │ {INVENTED[0]} (inc-3, R4)" in output


def test_another_version_of_the_prompts_is_asked_with_and_judged_alike(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (brief := tmp_path / "versions" / "brief").mkdir(parents=True)
    (brief / "words.md").write_text("Be brief.")
    monkeypatch.setenv("SRE_AGENT_PROMPT_FOLDER", str(brief.parent))
    model = script(tmp_path, turn(*HELPFUL, INVENTED) | {"expects": {"system": "Be brief."}})

    words = ("--state-dir", str(folder), "--model", model, "--language", "de", "--limit", "1", "--json")
    (account_,) = json.loads(run(*words, "--prompts", "brief").stdout)["accounts"]

    assert (account_["kept"], account_["cut"]) == (6, {"name": 1})
    assert isinstance(run(*words, "--prompts", "gone").exception, SettingsError)


def test_the_same_sentences_are_cut_as_when_the_report_was_written(folder: Path, tmp_path: Path) -> None:
    """An earlier account is no source: only it says `checkout-service`."""
    model = script(tmp_path, turn(*HELPFUL, INVENTED))

    (first,) = json.loads(
        run("--state-dir", str(folder), "--model", model, "--language", "de", "--limit", "1", "--json").stdout
    )["accounts"]

    assert (first["incident"], first["kept"], first["cut"]) == ("inc-3", 6, {"name": 1})


@pytest.mark.parametrize(
    ("words", "why"),
    [([], "silent"), ([INVENTED], "dropped")],
)
def test_an_account_of_which_nothing_can_be_told_fell_back(
    folder: Path, tmp_path: Path, words: list[tuple[str, str]], why: str
) -> None:
    model = script(tmp_path, turn(*words))

    done = run("--state-dir", str(folder), "--model", model, "--language", "de", "--limit", "1", "--json")

    assert done.exit_code == 0, done.output
    whole = json.loads(done.stdout)["together"]
    assert (whole["fell_back"], whole["used"], whole["unwritten"]) == ({why: 1}, 0, 0)


def test_what_no_model_wrote_is_told_with_why_and_in_the_exit_status(folder: Path, tmp_path: Path) -> None:
    german, languages = turn(*HELPFUL, last="Write in German"), ("--language", "de", "--language", "en")
    refusal = {"expects": {"last": "Write in English"}, "fault": "refused", "repeats": True}

    some = run("--state-dir", str(folder), "--model", script(tmp_path, german, refusal), *languages)
    assert some.exit_code == 5
    assert "Why nothing was written" in some.stdout and "3 × No chat model answered evaluation en" in some.stdout
    none = run("--state-dir", str(folder), "--model", script(tmp_path, refusal), "--language", "en")
    assert none.exit_code == 1


@pytest.fixture
def account_of_aws(lab_bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Bedrock:
    settings = {"aws_endpoint_url": lab_bedrock.url, "aws_region": "eu-west-1", "model": "bedrock", "state_dir": folder}
    for name, value in (settings | BATCH).items():
        monkeypatch.setenv(f"SRE_AGENT_{name.upper()}", str(value))
    return lab_bedrock


def german(**usage: int) -> dict[str, Any]:
    return {"calls": [{"tool": "Narrative", "input": account(*HELPFUL)}], "usage": usage, "repeats": True}


def test_it_ends_at_its_own_budget_which_is_told_apart_from_the_days(account_of_aws: Bedrock, folder: Path) -> None:
    account_of_aws.play(german(input_tokens=2_000, output_tokens=6_000))  # $0.0032 each

    done = run("--language", "de", "--language", "en", "--dollars", "0.012", "--json")

    assert done.exit_code == 5, done.output
    result = json.loads(done.stdout)
    assert result["together"]["unwritten"] > 0 and result["together"]["dollars"] < 0.02
    (why,) = [text for text in result["unwritten"] if "Raise" in text][:1]
    assert why.startswith("The evaluation's model budget") and "Raise --dollars if more is meant." in why
    assert {call["incident"] for call in costs("--by", "incident")["groups"]} == {result["run"]}


def costs(*words: str) -> Any:
    return json.loads(CliRunner().invoke(app, ["costs", "--json", *words]).stdout)


def test_a_batch_job_writes_the_accounts_and_another_process_judges_them(account_of_aws: Bedrock, bucket: Any) -> None:
    account_of_aws.play(german(input_tokens=1_000, output_tokens=200), batch={"minimum": 2})
    submission = run("--batch", "--language", "de")
    assert submission.exit_code == 0, submission.output
    job = submission.stdout.rpartition("sre-agent evaluate --collect ")[2].strip()
    before = costs()["together"]
    assert (before["held"], before["calls"]) == (3, 0) and before["held_dollars"] > 0
    waits = run("--collect", job)
    assert (waits.exit_code, waits.stdout) == (4, "") and "is Submitted" in waits.stderr
    account_of_aws.advance(LONG_ENOUGH)

    other = CliRunner().invoke(app, ["sweep", "--collect", job])
    assert isinstance(other.exception, BadInputError) and "is of evaluation de, not of sweep" in str(other.exception)
    done = run("--collect", job, "--json")

    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["together"]["used"], result["together"]["kept"], result["models"]) == (3, 18, [f"{SMALL}@eu-west-1"])
    assert result["together"]["dollars"] == pytest.approx(3 * (1_000 * 0.10 + 200 * 0.50) / 1e6 / 2)
    assert costs()["together"]["held"] == 0
    assert json.loads(run("--collect", job, "--json").stdout) == result
    records = [call["body"]["toolConfig"]["tools"][0]["toolSpec"]["name"] for call in account_of_aws.calls]
    assert records == ["Narrative"] * 3


def test_what_a_batch_job_holds_of_the_day_is_not_spent_in_real_time_until_it_is_collected(
    account_of_aws: Bedrock, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_of_aws.play(german(input_tokens=100, output_tokens=10), batch={"minimum": 2})
    monkeypatch.setenv("SRE_AGENT_MODEL_DAY_DOLLARS", "0.0036")
    job = run("--batch", "--language", "de").stdout.rpartition("--collect ")[2].strip()
    live = ("--language", "de", "--limit", "1", "--json")

    refused = run(*live)
    assert refused.exit_code == 1, refused.output
    (why,) = json.loads(refused.stdout)["unwritten"]
    assert why.startswith("The day's model budget has no room") and "Batch jobs hold $0.003" in why
    account_of_aws.advance(LONG_ENOUGH)
    assert run("--collect", job).exit_code == 0
    assert run(*live).exit_code == 0


def test_every_reason_for_which_a_sentence_is_cut_or_an_account_not_used_has_its_words() -> None:
    assert set(REASONS) == set(get_args(Fault))
    assert set(FELL_BACK) == set(get_args(Fallback)) - {""}


def test_too_few_for_a_batch_are_written_at_once_and_that_is_said(account_of_aws: Bedrock, bucket: Any) -> None:
    account_of_aws.play(german())

    done = run("--batch", "--language", "de", "--limit", "1", "--json")

    assert done.exit_code == 0, done.output
    assert "1 request is fewer than the 2 that make a batch job; it was asked in real time" in done.stderr
    assert json.loads(done.stdout)["together"]["used"] == 1


def test_a_model_that_is_named_is_the_only_one_that_is_asked(
    account_of_aws: Bedrock, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_of_aws.play({"fault": "AccessDeniedException", "repeats": True})
    monkeypatch.setenv("SRE_AGENT_MODEL_SMALL", f"{SMALL},global.anthropic.claude-sonnet-5-5")

    assert run("--language", "de", "--limit", "1").exit_code == 1
    result = run("--language", "de", "--limit", "1", "--model", script(tmp_path, turn(*HELPFUL)), "--json")

    assert {call["model"] for call in account_of_aws.calls} == {SMALL}
    assert json.loads(result.stdout)["models"][0].startswith("scripted:")


def test_what_is_missing_is_said_in_a_sentence(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(*words: str, of: type[Exception] = BadInputError) -> str:
        done = run(*words)
        assert isinstance(done.exception, of), done.output
        return str(done.exception)

    monkeypatch.chdir(tmp_path)
    at, model = ("--state-dir", str(folder)), ("--model", script(tmp_path, turn(*HELPFUL)))
    assert "Name one, for example sre-agent evaluate --model bedrock" in said(*at)
    assert "There are no incidents in .sre-agent" in said(*model, of=SettingsError)
    assert "'in German' is not a language tag. Give a BCP 47 tag" in said(*at, *model, "--language", "in German")
    assert "There is no batch job 'batch-0'" in said(*at, *model, "--collect", "batch-0")
    assert "no batch inference for the model scripted:" in said(*at, *model, "--batch", of=SettingsError)
    save(Settings(state_dir=tmp_path / "new"))
    assert "has finished with a report" in said("--state-dir", str(tmp_path / "new"), *model)


def test_without_a_language_each_report_is_told_in_its_own_or_in_the_configured_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--state-dir", str(folder), "--model", script(tmp_path, turn(*HELPFUL)), "--limit", "1", "--json")

    assert [one["language"] for one in json.loads(run(*arguments).stdout)["languages"]] == ["en"]
    monkeypatch.setenv("SRE_AGENT_LANGUAGE", "de")
    assert [one["language"] for one in json.loads(run(*arguments).stdout)["languages"]] == ["de"]
    monkeypatch.setenv("SRE_AGENT_LANGUAGE", "fi")
    assert [one["language"] for one in json.loads(run(*arguments).stdout)["languages"]] == ["fi"]


def test_the_model_of_the_last_run_is_evaluated_where_none_is_configured_now(folder: Path, tmp_path: Path) -> None:
    save(Settings(state_dir=folder, model=script(tmp_path, turn(*HELPFUL)), language="de"))

    done = run("--state-dir", str(folder), "--limit", "2", "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["together"]["used"] == 2


def test_a_report_that_was_written_anew_meanwhile_is_not_judged_by_what_was_asked_before(
    account_of_aws: Bedrock, bucket: Any, folder: Path, report: Report
) -> None:
    account_of_aws.play(german(), batch={"minimum": 2})
    job = run("--batch", "--language", "de", "--limit", "2").stdout.rpartition("--collect ")[2].strip()
    account_of_aws.advance(LONG_ENOUGH)

    async def write() -> None:
        store = from_settings(StateSettings(state_dir=folder))
        stored_incident = await store.incident(IncidentId("inc-3"))
        assert stored_incident is not None
        anew = report.model_copy(update={"incident": stored_incident.id, "verdict": "Another one."})
        await store.keep_report(anew, stored_incident.epoch)
        await store.close()

    asyncio.run(write())
    done = run("--collect", job, "--json")

    assert done.exit_code == 5, done.output
    assert json.loads(done.stdout)["unwritten"] == {"The report was written anew after the model was asked.": 1}
