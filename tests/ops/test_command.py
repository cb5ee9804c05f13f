"""`sre-agent ops` as somebody calls it: output, JSON, exit status, the file, the notice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sre_agent.cli import exits
from sre_agent.cli.main import app
from sre_agent.cli.ops import app as ops
from tests.ops.own import OwnInstallation, own_installation

RUNNER = CliRunner()
VERBS = ("daily", "weekly", "monthly", "quarterly", "slo", "audit")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SRE_AGENT_LISTEN_PORT", "0")
    monkeypatch.chdir(tmp_path)
    asyncio.run(_installation(tmp_path))
    return tmp_path / "state"


async def _installation(folder: Path) -> None:
    async with own_installation(folder) as own:
        await _dead(own)


async def _dead(own: OwnInstallation) -> None:
    await own.dead_letter(await own.incident())


def test_what_is_wrong_is_the_exit_status_the_first_row_the_file_and_the_notice(state: Path) -> None:
    words = ["ops", "daily", "--state-dir", str(state), "--out", "daily.md", "--notify"]
    done = RUNNER.invoke(app, words, catch_exceptions=False)
    assert done.exit_code == exits.ESCALATED
    assert "Something is wrong." in done.stdout and "set aside: 1" in done.stdout
    assert "| queue | problem |" in (state.parent / "daily.md").read_text(encoding="utf-8")
    assert "Checks of sre-agent itself [SEV3] daily checks: queue" in done.stderr and "console: told" in done.stderr


def test_json_has_every_check_with_its_figures_and_nothing_else_on_standard_output(state: Path) -> None:
    done = RUNNER.invoke(app, ["ops", "daily", "--state-dir", str(state), "--json"], catch_exceptions=False)
    report = json.loads(done.stdout)
    queue = next(one for one in report["results"] if one["check"] == "queue")
    assert report["occasion"] == "daily" and queue["figures"]["dead_letters"] == 1


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_examples_and_says_what_its_exit_status_means(verb: str) -> None:
    done = RUNNER.invoke(ops, [verb, "--help"])
    assert done.exit_code == 0 and f"sre-agent ops {verb}" in done.stdout and "Exit status: 0 " in done.stdout


def test_objectives_without_events_are_no_promise_that_was_kept(state: Path) -> None:
    done = RUNNER.invoke(app, ["ops", "slo", "--state-dir", str(state), "--json"], catch_exceptions=False)
    assert done.exit_code == exits.UNANSWERED
    assert [one["name"] for one in json.loads(done.stdout)] == [
        "accepted alarms",
        "time to diagnosis",
        "right verdicts",
    ]
