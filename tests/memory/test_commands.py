"""What is remembered, on the command line, and how a past incident reads beside a new one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent import reports
from sre_agent.cli import memory
from sre_agent.cli.main import app
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import RuledOut
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.past_incident import PastCause, PastIncident, PastRemedy
from sre_agent.memory.wording import seen_before
from sre_agent.settings import Settings
from sre_agent.store.sqlite import from_settings
from tests.reports.test_reports import report_of_fix
from tests.slots.test_past_incidents import past
from tests.slots.test_store import NOON

CAUSE = PastCause(
    failure_class="oom_killed",
    title="A container is killed at its memory limit",
    subject=past("a").subjects[0],
    confidence=0.97,
    observations=["container.oom_killed"],
)
TOLD = past("inc-1").model_copy(
    update={
        "causes": [CAUSE],
        "remedies": [
            PastRemedy(purpose="Restart it", has_helped=False, why="2 of 3 pods are not ready"),
            PastRemedy(purpose="Raise the limit to 512Mi", has_helped=True),
        ],
        "ruled_out": [RuledOut(failure_class="bad_rollout", subject="Deployment/shop/payments-api", why="no rollout")],
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder in which two incidents are remembered."""

    async def keep(*some: PastIncident) -> None:
        store = from_settings(Settings(state_dir=tmp_path).state)
        for one in some:
            await store.keep_past_incident(one)
        await store.close()

    asyncio.run(keep(TOLD, past("inc-2", 5)))
    return tmp_path


def run(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(memory.app, [*words, "--state-dir", str(folder)])
    assert done.exit_code == 0, done.output
    return done.output


def test_what_is_remembered_is_listed_read_exported_and_forgotten(folder: Path) -> None:
    assert [one["incident"] for one in json.loads(run(folder, "list", "--json"))] == ["inc-2", "inc-1"]
    assert "oom_killed on Deployment/shop/payments-api" in run(folder, "list")
    page = run(folder, "show", "inc-1")
    for line in ("worked: Raise the limit to 512Mi", "failed: Restart it (2 of 3 pods are not ready)", "also checked:"):
        assert line in page
    run(folder, "export", "--out", str(folder / "all.jsonl"))
    lines = (folder / "all.jsonl").read_text().splitlines()
    assert PastIncident.model_validate_json(lines[1]) == TOLD
    run(folder, "forget", "inc-1")
    assert [one["incident"] for one in json.loads(run(folder, "list", "--json"))] == ["inc-2"]
    again = CliRunner().invoke(app, ["memory", "forget", "inc-1", "--state-dir", str(folder)])
    assert "Nothing is remembered of an incident 'inc-1'" in str(again.exception)


def test_a_report_says_what_worked_what_failed_and_what_people_made_of_it() -> None:
    grade = IncidentGrade(incident=IncidentId("inc-1"), correctness="right", by="ada", at=NOON, verdict="cause")
    past_incident = seen_before(TOLD, grade, ["the same cause", "the same alarm"])
    text = reports.markdown(report_of_fix().model_copy(update={"seen_before": [past_incident], "recurs": "inc-1"}))
    section = text.partition("## Seen before")[2].partition("##")[0]
    for part in (
        "Worked: Raise the limit",
        "Failed: Restart it (2 of 3",
        "Also checked: bad_rollout",
        "Graded right",
    ):
        assert part in section
    assert "nothing else was read" in section


def test_a_cause_that_a_person_called_wrong_is_told_as_a_mistake() -> None:
    grade = IncidentGrade(
        incident=IncidentId("inc-1"), correctness="wrong", note="it was the disk", by="ada", at=NOON, verdict="cause"
    )
    sentence = seen_before(TOLD, grade, ["the same alarm"]).sentence
    assert "Concluded wrongly: A container is killed" in sentence and "Graded wrong: it was the disk" in sentence
    assert ". Cause:" not in sentence
