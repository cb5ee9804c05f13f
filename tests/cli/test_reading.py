"""What a user reads: a report in the terminal, and the live view while healing is waited for."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from sre_agent import reports
from sre_agent.cli import incidents, reading
from sre_agent.cli.live import LiveView
from sre_agent.cli.view import PlainView
from sre_agent.clock import SystemClock
from sre_agent.domain.finding import Claim
from sre_agent.domain.report import Report
from sre_agent.errors import SreAgentError
from sre_agent.progress import Event
from sre_agent.settings import SAVED, Settings
from sre_agent.store.sqlite import from_settings
from tests.reports.test_reports import at, report_of_fix, verification_of
from tests.reports.test_reports import incident as opened
from tests.reports.test_story import DOWN, FAILING, FIRING, escalate


def on_screen(report: Report, **console: Any) -> str:
    out = io.StringIO()
    reading.show(report, Console(file=out, width=100, _environ={}, **console))
    return out.getvalue()


def test_a_report_has_colours_in_a_terminal_and_is_plain_markdown_in_a_pipe() -> None:
    report = escalate(DOWN, FAILING, FIRING)
    plain = on_screen(report)
    assert plain == reports.markdown(report) and "\x1b" not in plain
    assert "\x1b[31m" in on_screen(report, force_terminal=True, color_system="standard")
    quiet = on_screen(report, force_terminal=True, no_color=True)
    assert "\x1b[31m" not in quiet and "SEV1" in quiet and report.verdict[:40] in quiet


def test_text_from_outside_cannot_steer_the_terminal() -> None:
    report = escalate(DOWN, gaps=["\x1b]0;owned\x07 \x1b[2J gone"])
    screen = on_screen(report, force_terminal=True)
    assert "gone" in screen and "\x1b]0" not in screen and "\x1b[2J" not in screen


def test_a_kept_report_is_shown_by_the_beginning_of_its_incident_s_id(tmp_path: Path) -> None:
    report = report_of_fix().model_copy(update={"severity": "SEV1"})
    asyncio.run(keep(report, tmp_path))
    result = CliRunner().invoke(incidents.app, ["show", "inc", "--state-dir", str(tmp_path)])
    assert result.output == reports.markdown(report), result.output


@pytest.mark.parametrize("what", ["incident", "report"])
def test_what_another_version_has_kept_is_said_to_be_so(what: str, tmp_path: Path) -> None:
    asyncio.run(keep(report_of_fix(), tmp_path))
    with closing(sqlite3.connect(tmp_path / "incidents.sqlite")) as database, database:
        database.execute(f"UPDATE {what} SET body = json_remove(body, '$.severity', '$.title')")
    result = CliRunner().invoke(incidents.app, ["show", "inc", "--state-dir", str(tmp_path)])
    assert isinstance(result.exception, SreAgentError), "which the command tells in one line"
    assert str(result.exception).startswith(
        f"The store holds what this version of sre-agent cannot read ({what}: title: "
    )


async def keep(report: Report, state_dir: Path) -> None:
    settings = Settings(state_dir=state_dir)
    (state_dir / SAVED).write_text(settings.model_dump_json())
    store = from_settings(settings.state)
    await store.attach_or_create(opened().signals[0], opened())
    await store.keep_report(report, epoch=0)
    await store.close()


@pytest.mark.parametrize(("heals", "mark"), [(None, "…"), (False, "✗"), (True, "✓")])
def test_a_check_that_does_not_hold_yet_is_shown_as_waited_for_and_not_as_failed(heals: bool | None, mark: str) -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, width=100, height=50, force_terminal=True, _environ={}), SystemClock())
    verification = verification_of(bool(heals)).model_copy(update={"failed": heals is False, "worse": []})
    view.on_event(
        Event(kind="verification", incident="inc-1", at=at(3), data={"data": verification.model_dump(mode="json")})
    )
    view.close()
    line = next(line for line in reversed(out.getvalue().splitlines()) if "all desired replicas are ready" in line)
    assert mark in line


@pytest.mark.parametrize("is_over", [False, True])
def test_the_live_view_says_that_a_model_writes_until_the_incident_has_ended(is_over: bool) -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, width=100, height=50, force_terminal=True, _environ={}), SystemClock())
    view.on_event(Event(kind="model.words", incident="inc-1", at=at(3), name="pt-BR"))
    if is_over:
        view.on_event(
            Event(kind="incident.ended", incident="inc-1", at=at(4), name="escalated", data={"reason": "cancelled"})
        )
    view.close()
    last_picture = out.getvalue().rpartition("inc-1")[2]
    assert ("writing the report (pt-BR)" in last_picture) is not is_over


def test_the_account_of_a_model_stands_where_people_look_first(capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of_fix().model_copy(update={"summary": [Claim(text="Behoben.", evidence=[])], "language": "de"})
    incident = opened(status="remediated", reason="fixed")
    PlainView().ended(incident, report, [])
    assert capsys.readouterr().out.splitlines()[2].split() == ["Why", "Behoben."]
    out = io.StringIO()
    LiveView(Console(file=out, width=100), SystemClock()).ended(incident, report, [])
    assert "Behoben." in out.getvalue() and report.statement not in out.getvalue()
    assert on_screen(report).index(report.verdict[:30]) < on_screen(report).index("Behoben.")
