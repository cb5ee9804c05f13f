"""Versions of the prompts: which incident gets which, what a version replaces, and how it is tried and withdrawn."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sre_agent import failures
from sre_agent.agents.prompt_versions import open_version, rendered, version_names
from sre_agent.agents.roster import roster
from sre_agent.cli.main import app
from sre_agent.domain.base import IncidentId
from sre_agent.domain.prompt_release import PromptRelease, version_of
from sre_agent.errors import NotNowError, SettingsError
from sre_agent.settings import StateSettings
from sre_agent.store.sqlite import from_settings
from tests.reports.test_reports import NOW, incident
from tests.reports.test_story import DOWN, FAILING, escalate

NAMES = [IncidentId(f"inc-{number}") for number in range(2_000)]


def release(minutes: int = 0, **fields: Any) -> PromptRelease:
    return PromptRelease(id=str(minutes), at=NOW + timedelta(minutes=minutes), **fields)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the version `brief`, which says something else to the supervisor and to the specialist of logs."""
    brief = tmp_path / "versions" / "brief"
    (brief / "agents").mkdir(parents=True)
    (brief / "words.md").write_text("Be brief.\n")
    (brief / "agents" / "logs.md").write_text("Read the log.\n")
    monkeypatch.setenv("SRE_AGENT_PROMPT_FOLDER", str(brief.parent))
    return brief.parent


def prompts(state: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["prompts", *words, "--state-dir", str(state)])


def output_of(state: Path, *words: str) -> str:
    result = prompts(state, *words)
    assert result.exit_code == 0, result.output or result.exception
    return result.output


def shares(state: Path) -> dict[str, float]:
    versions: dict[str, float] = json.loads(output_of(state, "list", "--json"))["versions"]
    return versions


def keep(state: Path, version: str, conclusive: int, not_held: int, dollars: float = 0.1) -> None:
    """Ended incidents of a version: so many with a cause, and so many whose remedy did not heal what was sure."""
    well = escalate(DOWN, FAILING)
    wrong = well.model_copy(update={"reason": "verification_failed"})

    async def kept() -> None:
        store = from_settings(StateSettings(state_dir=state))
        for number, report in enumerate([well] * conclusive + [wrong] * not_held):
            one = incident(id=f"{version}-{number}", fingerprint=f"{version}-{number}")
            signal = one.signals[0].model_copy(update={"fingerprint": one.fingerprint})
            await store.attach_or_create(signal, one)
            epoch = await store.lease(one.id, "w", NOW, 60)
            assert epoch is not None
            await store.update(one.id, epoch, status="escalated")
            cost = report.cost.model_copy(update={"dollars": dollars})
            update = {"incident": one.id, "prompt_version": version, "cost": cost}
            await store.keep_report(report.model_copy(update=update), epoch)
        await store.close()

    asyncio.run(kept())


def test_a_trial_gets_its_share_of_the_incidents_and_each_incident_the_same_version_every_time() -> None:
    trial = release(trial="brief", share=0.1)
    on_trial = {name for name in NAMES if trial.version_of(name) == "brief"}
    assert 0.07 < len(on_trial) / len(NAMES) < 0.13
    assert on_trial == {name for name in NAMES if trial.version_of(name) == "brief"}
    larger = trial.model_copy(update={"share": 0.5})
    assert on_trial < {name for name in NAMES if larger.version_of(name) == "brief"}
    other = trial.model_copy(update={"trial": "long"})
    assert on_trial != {name for name in NAMES if other.version_of(name) == "long"}


def test_an_incident_keeps_what_was_released_when_it_was_opened() -> None:
    releases = [release(20, version="shipped"), release(10, version="brief")]
    versions = [version_of(NAMES[0], NOW + timedelta(minutes=minutes), releases) for minutes in (5, 15, 25)]
    assert versions == ["shipped", "brief", "shipped"]


def test_a_version_replaces_what_it_has_and_leaves_the_rest_as_it_is_shipped(folder: Path) -> None:
    members, catalogue = roster().values(), failures.load()
    brief = {one.name: one for one in rendered(open_version("brief", folder), members, catalogue)}
    defaults = {one.name: one for one in rendered(open_version("shipped", folder), members, catalogue)}
    assert {name for name in defaults if brief[name].text != defaults[name].text} == {"words", "logs"}
    assert brief["logs"].text.startswith("Read the log.") and "Conclusion" in brief["logs"].text
    assert brief["words"].label.endswith("/brief") and "/" not in defaults["words"].label


@pytest.mark.parametrize(("path", "text"), [("report.md", "x"), ("agents/network.md", "x"), ("words.md", "{{ gone }}")])
def test_a_version_that_cannot_be_asked_with_is_refused_before_any_incident_gets_it(
    folder: Path, tmp_path: Path, path: str, text: str
) -> None:
    (folder / "brief" / path).write_text(text)
    result = prompts(tmp_path / "state", "use", "brief", "--share", "10")
    assert isinstance(result.exception, SettingsError)
    assert shares(tmp_path / "state") == {"shipped": 1.0, "brief": 0.0}


def test_a_trial_is_begun_and_withdrawn_by_a_command_each_and_the_list_shows_both(folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert version_names(folder) == ["shipped", "brief"]
    assert "10% of them brief as a trial" in output_of(state, "use", "brief", "--share", "10", "--why", "less to read")
    assert shares(state) == {"shipped": 0.9, "brief": 0.1}
    assert "new incidents get shipped" in output_of(state, "rollback", "--why", "says too little")
    assert shares(state) == {"shipped": 1.0, "brief": 0.0}
    listing = output_of(state, "list")
    assert "less to read" in listing and "says too little" in listing


def test_a_version_is_for_all_only_after_a_trial_that_speaks_for_it_and_the_way_back_is_one_command(
    folder: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    refused = prompts(state, "use", "brief")
    assert isinstance(refused.exception, NotNowError) and "20 finished incidents" in str(refused.exception)
    keep(state, "shipped", 20, 2)
    keep(state, "brief", 20, 1)
    assert prompts(state, "compare", "brief").exit_code == 0
    output_of(state, "use", "brief")
    assert shares(state) == {"shipped": 0.0, "brief": 1.0}
    output_of(state, "rollback")
    assert shares(state) == {"shipped": 1.0, "brief": 0.0}
    again = prompts(state, "rollback")
    assert isinstance(again.exception, NotNowError), "it does not return to what was taken back"


@pytest.mark.parametrize(
    ("conclusive", "not_held", "dollars", "status", "why"),
    [
        (20, 0, 0.1, 0, ""),
        (10, 10, 0.1, 3, "comes to a conclusion in 50% of its incidents, shipped in 100%"),
        (19, 1, 0.1, 3, "was wrong and sure in 1 of 20 incidents, shipped in 0 of 20"),
        (20, 0, 2.5, 3, "costs 2.50 $ an incident"),
        (5, 0, 0.1, 5, ""),
    ],
)
def test_a_trial_is_judged_by_what_became_of_its_incidents(
    folder: Path, tmp_path: Path, conclusive: int, not_held: int, dollars: float, status: int, why: str
) -> None:
    state = tmp_path / "state"
    keep(state, "shipped", 20, 0)
    keep(state, "brief", conclusive, not_held, dollars)
    output_of(state, "use", "brief", "--share", "50")
    result = prompts(state, "compare", "--json")
    assert result.exit_code == status, result.output
    assert any(why in line for line in json.loads(result.output)["objections"]) is bool(why)
