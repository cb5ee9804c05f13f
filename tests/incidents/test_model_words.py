"""A chat model picks what of a report stands first, and says of it in the language of who is on call what it likes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from sre_agent.cli.drive import drive
from sre_agent.cli.main import app
from sre_agent.cli.view import PlainView, SilentView
from sre_agent.domain.prompt_release import PromptRelease
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Hint
from sre_agent.entrances import sentence
from sre_agent.errors import BadInputError
from sre_agent.event_lines import event_line
from sre_agent.prompting import prompts_folder
from sre_agent.reports.authoring import Author
from sre_agent.reports.statements import statements_of
from sre_agent.settings import save
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Opens = Callable[[str], AbstractContextManager[Stage]]
WORDS = "numbered statements"  # of the prompt for words


def account(*words: tuple[str, str], statement_ids: str = "") -> dict[str, Any]:
    statements = [{"statement": number} for number in statement_ids.split()]
    return {"items": [*statements, *({"words": text, "cites": numbers.split()} for text, numbers in words)]}


async def test_who_asks_in_german_about_a_known_trouble_gets_a_german_account_for_one_call_of_the_model(
    stage: Opens, tmp_path: Path
) -> None:
    verdict = (
        "Behoben: Die neueste Revision von Deployment/shop/payments-api schlug fehl, geändert zurück auf Revision 1."
    )
    since = "Der Fehler heißt Revision 2 und besteht seit 2026-09-21T14:12:20Z, für Gäste wie für Öffentliches."
    turn = {
        "expects": {"system": WORDS, "last": "Write in German (de)."},
        "calls": [
            {"tool": "Narrative", "arguments": account((verdict, "R1"), (since, "R3 R5"), statement_ids="R5 R1 R3")}
        ],
        "seconds": 3,
        "cache_read_tokens": 900,
    }
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump({"turns": [turn]}))
    (tmp_path / "versions" / "trial").mkdir(parents=True)
    prompt = prompts_folder().joinpath("words.md").read_text("utf-8")
    (tmp_path / "versions" / "trial" / "words.md").write_text(prompt + "\nBe brief.\n")
    with stage("payday-evening") as it:
        it.alarm()
        async with it.runtime(model=f"scripted:{script}", prompt_folder=tmp_path / "versions") as runtime:
            release = PromptRelease(id="1", at=runtime.clock.now(), trial="trial", share=1.0)
            await runtime.store.keep_prompt_release(release)
            complaint = "Warum ist payments-api im Namespace shop seit einer Weile nicht mehr zu erreichen?"
            hint = Hint(kind="Deployment", namespace="shop", name="payments-api", said_in="sentence")
            signal = sentence.signal(complaint, intent="respond", received_at=runtime.clock.now(), hints=[hint])
            incident, _ = await runtime.responder.submit(signal)
            final, report = await drive(runtime, incident.id, SilentView(), "always")
            save(runtime.settings)
        assert report is not None

    assert (final.status, report.language) == ("remediated", "de")
    assert report.prompt_version == "trial" and report.prompts[0].endswith("/trial")
    assert [claim.text for claim in report.words] == [verdict, since]
    assert [claim.text for claim in report.summary] == [
        one.text for one in statements_of(report) if one.id in ("R5", "R3")
    ][::-1]
    assert report.cost.model_calls == 1 and report.cost.cached_tokens == 900
    text = (tmp_path / "state" / "reports" / f"{final.id}.md").read_text()
    assert (
        text.index(report.verdict) < text.index("In the model's words, not verified: Behoben:") < text.index("## Cause")
    )
    (writing,) = [event for event in it.events if event.kind == "model.words"]
    assert event_line(writing) == "writing the report (de)" and writing.data["prompts"] == "trial"
    await asyncio.to_thread(_costs_are_told, final.id, report, tmp_path / "state")


def _costs_are_told(incident: str, report: Report, state: Path) -> None:
    result = CliRunner().invoke(app, ["costs", "--incident", incident, "--json", "--state-dir", str(state)])
    (group,) = json.loads(result.stdout)["groups"]
    assert [group["prompt"]] == report.prompts and report.prompts[0].startswith("words@")
    assert (group["agent"], group["outcome"], group["hit_rate"]) == ("report", "answered", report.cost.cache_hit_rate)


async def test_what_bedrock_says_of_an_escalated_incident_is_told_apart_and_as_not_verified(
    stage: Opens, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = "Übergeben: Ein Container von Deployment/tolling/pricing stürzt wieder ab, nichts wurde geändert."
    since = "Betroffen ist zuerst Service/pricing, seit 14:11 UTC."
    well = "Entwarnung: Alles läuft wieder, es ist nichts zu tun."
    lie = "Deployment/tolling/pricing läuft wieder."
    log = 'Ihr Log sagt: "licence TARIFF-CORE is not valid after 2026-09-20".'
    retold = account(
        (verdict, "R1"),
        (since, "R7"),
        (log, "R4"),
        (well, "R1"),
        (lie, "R1"),
        ("Seit 14:09:00 UTC.", "R7"),
        statement_ids="R7",
    )
    with stage("toll-gate") as it:
        it.lab.control.play_model(
            {"turns": [{"when": {"system": WORDS}, "calls": [{"tool": "Narrative", "input": retold}]}]}
        )
        async with it.runtime(model="bedrock", language="de") as runtime:
            incident, report = await it.respond(runtime)
            calls = it.lab.control.model_calls()["calls"]
    assert report is not None

    assert (incident.status, incident.reason) == ("escalated", "no_safe_action")
    assert [claim.text for claim in report.words] == [verdict, since, log, lie]
    assert report.model_notes == [
        "2 sentences of the model's were dropped: 1 for having no name, number or time,"
        " 1 for a time that is not in what it cites."
    ]
    assert len(calls) == report.cost.model_calls == 1
    assert report.cost.dollars > 0
    PlainView().ended(incident, report, [])
    own_words, _, words = " ".join(capsys.readouterr().out.split()).partition("In the model's words, not verified: ")
    assert report.verdict in own_words and lie in words


async def test_a_script_that_does_not_fit_leaves_the_verdict_as_it_is_and_is_named_in_the_report(
    stage: Opens, tmp_path: Path
) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump({"turns": [{"expects": {"last": "no such words"}, "text": "Hi."}]}))
    with stage("toll-gate") as it:
        async with it.runtime(model=f"scripted:{script}") as runtime:
            incident, report = await it.respond(runtime)
    assert report is not None

    assert (incident.status, incident.reason, report.summary) == ("escalated", "no_safe_action", [])
    assert report.model_notes[0] == (
        "The summary is in the responder's own words, because the script has no turn for this request."
    )
    assert report.cost.model_calls == report.cost.failed_calls == 1


async def test_without_an_answer_the_incident_ends_the_same_in_the_responders_own_words(stage: Opens) -> None:
    with stage("toll-gate") as it:
        it.lab.control.play_model({"turns": [{"fault": "AccessDeniedException", "repeats": True}]})
        async with it.runtime(model="bedrock") as runtime:
            incident, report = await it.respond(runtime)
    assert report is not None

    assert (incident.status, incident.reason, report.summary) == ("escalated", "no_safe_action", [])
    assert (
        report.model_notes[0] == "The summary is in the responder's own words, because access to the model is denied."
    )
    assert report.cost.failed_calls == report.cost.model_calls > 0


async def test_a_model_that_says_nothing_is_told_as_that_at_once_and_in_the_report(stage: Opens) -> None:
    nothing = "The summary is in the responder's own words: the model had nothing to say."
    with stage("toll-gate") as it:
        async with it.runtime(model="bedrock") as runtime:  # nobody has given the lab's model any words
            _, report = await it.respond(runtime)
    assert report is not None

    assert report.model_notes == [nothing]
    assert f"warning: {nothing}" in [event_line(event) for event in it.events]
    entries = [entry.what for entry in report.timeline if "chat model" in entry.what]
    assert len(entries) == 1 and entries[0].startswith("report asked a chat model: 1 call (")


@pytest.mark.parametrize(
    "problem",
    [
        RecursionError("too deep"),
        *(pytest.param(one, marks=pytest.mark.long) for one in (ValueError("no such thing"), BadInputError("no"))),
    ],
)
async def test_words_that_cannot_be_read_change_nothing_of_how_an_incident_ends(
    stage: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    async def broken(self: Author, report: Report) -> Report:
        raise problem

    monkeypatch.setattr(Author, "retold", broken)
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump({"turns": [{"repeats": True, "fault": "refused"}]}))
    with stage("payday-evening") as it:
        async with it.runtime(model=f"scripted:{script}") as runtime:
            incident, report = await it.respond(runtime)
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert report is not None and not report.summary
    assert "The summary is in the responder's own words: what the model wrote could not be read." in report.model_notes
