"""Whatever stands in an incident, the terminal of who reads it obeys none of it."""

from __future__ import annotations

import ast
import asyncio
import io
import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.panel import Panel
from rich.text import Text
from typer.testing import CliRunner

import sre_agent.cli
from sre_agent.cli import chat_output, reading, tables
from sre_agent.cli.consoles import Terminal
from sre_agent.cli.live import LiveView
from sre_agent.cli.main import app
from sre_agent.cli.view import PlainView
from sre_agent.clock import SystemClock
from sre_agent.domain.finding import Claim
from sre_agent.domain.report import Report
from sre_agent.progress import Event
from sre_agent.settings import Settings, save
from sre_agent.store.sqlite import from_settings
from tests.cli.attacks import ATTACKS, seen_raw
from tests.cli.kubeconfigs import kubeconfig
from tests.cli.test_cli import COMMAND
from tests.reports.test_reports import incident as opened
from tests.reports.test_reports import report_of_fix
from tests.terminals import OnATerminal

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
EVERYTHING = " ".join(ATTACKS.values())
STORED = EVERYTHING.replace("\ud800", "")  # which no file and no command line can hold
PRINTERS = {"printing.py", "consoles.py"}


def console(**options: Any) -> Terminal:
    return Terminal(file=io.StringIO(), width=100, _environ={}, **options)


def output_of(out: Terminal) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_console_prints_no_character_that_commands_it(attack: str, terminal: bool) -> None:
    out = console(force_terminal=terminal)
    text = ATTACKS[attack]
    out.print(text)
    out.print(Panel(Text(text), title=Text(text)))
    tables.show(out, ("title",), [(text,)])
    assert not seen_raw(output_of(out), terminal=terminal)
    assert "\x1b]" not in output_of(out) and "\x1b[35" not in output_of(out) and "💀" not in output_of(out)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_line_of_progress_is_text_and_no_second_line_looks_like_one(attack: str) -> None:
    text, err = ATTACKS[attack], io.StringIO()
    view, live = PlainView(err=err), LiveView(console(force_terminal=True, height=50), SystemClock())
    signal = {"labels": {"reason": text}, "description": text}
    for event in (
        Event(kind="incident.opened", incident="inc-2", at=NOW, name=text, data={"signal": signal}),
        Event(kind="subject.resolved", incident="inc-2", at=NOW, name=text),
        Event(kind="agent.started", incident="inc-2", at=NOW, name="logs", data={"calls": 1, "question": text}),
        Event(kind="warning", incident="inc-2", at=NOW, data={"text": text}),
        Event(kind="write.sent", incident="inc-2", at=NOW, name=text),
    ):
        view.on_event(event)
        live.on_event(event)
    live.close()
    assert not seen_raw(err.getvalue(), terminal=False)
    assert all(line.startswith("12:00:00  ") for line in err.getvalue().splitlines())
    assert len(err.getvalue().splitlines()) == 5, "each event is a line"
    assert not seen_raw(output_of(live._console), terminal=True)  # type: ignore[arg-type]


def store_report(folder: Path, report: Report | None) -> None:
    """An incident as an earlier version may have stored it, when titles were kept as they came."""

    async def keep() -> None:
        settings = Settings(state_dir=folder)
        save(settings)
        store = from_settings(settings.state)
        signal = opened().signals[0].model_copy(update={"title": STORED})
        await store.attach_or_create(signal, opened().model_copy(update={"title": STORED, "signals": [signal]}))
        if report is not None:
            await store.keep_report(report, epoch=0)
        await store.close()

    asyncio.run(keep())


@pytest.mark.parametrize("with_report", [True, False])
def test_lists_and_reports_of_older_incidents_are_as_harmless(with_report: bool, tmp_path: Path) -> None:
    hostile = {"title": STORED, "statement": STORED, "verdict": STORED, "gaps": [Claim(text=STORED, evidence=[])]}
    report = report_of_fix().model_copy(update=hostile) if with_report else None
    store_report(tmp_path, report)
    for words in (["list"], ["list", "--json"], ["show", "inc"], ["show", "inc", "--json"]):
        done = CliRunner().invoke(app, ["incidents", *words, "--state-dir", str(tmp_path)])
        assert done.exit_code in (0, 4), done.exception
        assert not seen_raw(done.output, terminal=False)
        if "--json" in words:
            body = json.loads(done.output)
            assert (body[0] if isinstance(body, list) else body)["title"] == STORED, "JSON tells it as it is"
    if report is not None:
        out = console(force_terminal=True)
        reading.show(report, out)
        assert not seen_raw(output_of(out), terminal=True)
        assert "http://evil.test\x1b" not in output_of(out)


def alarm(folder: Path) -> Path:
    """A delivery of Alertmanager whose every text is an attack, one alert each."""
    labels = {"namespace": "shop", "deployment": "web", "severity": "page"}
    annotations = {f"a{n}": text for n, text in enumerate(ATTACKS.values())}
    body = {
        "version": "4",
        "status": "firing",
        "receiver": EVERYTHING,
        "alerts": [
            {
                "status": "firing",
                "labels": {**labels, "alertname": EVERYTHING, "reason": EVERYTHING},
                "annotations": {**annotations, "summary": EVERYTHING, "description": EVERYTHING},
                "startsAt": "2026-03-04T10:00:00Z",
            }
        ],
    }
    path = folder / "alarm.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


NOWHERE = ["--kubeconfig", "config", "--aws-endpoint-url", "http://127.0.0.1:9", "--aws-region", "eu-west-1"]


def test_the_attack_reaches_neither_a_terminal_nor_a_pipe_by_any_verb(tmp_path: Path) -> None:
    path, state = alarm(tmp_path), ["--state-dir", str(tmp_path / "state")]
    kubeconfig(tmp_path)
    asks = STORED.replace("\0", "")
    calls = {
        "investigate": [*COMMAND, "investigate", str(path), *NOWHERE, *state],
        "list": [*COMMAND, "incidents", "list", *state],
        "show": [*COMMAND, "incidents", "show", "inc", *state],
        "chat": [*COMMAND, "chat", f"why is web in shop down {asks}", *NOWHERE, *state],
    }
    for verb, command in calls.items():
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=100, stdin=subprocess.DEVNULL)
        text = (done.stdout + done.stderr).decode()
        assert not seen_raw(text, terminal=False), (verb, text)
        assert "Traceback" not in text and text.strip(), (verb, text)
        with OnATerminal(command, tmp_path, os.environ | {"NO_COLOR": "1"}) as terminal:
            terminal.end()
        assert not seen_raw(terminal.shown, terminal=True), (verb, terminal.shown)
        for raw in (b"\x1b[2J", b"\x1b[35", b"\x1b]", b"\x9b", b"\x1bP"):
            assert raw not in terminal.raw.replace("›".encode(), b""), (verb, raw)
    report = next((tmp_path / "state" / "reports").glob("*.md")).read_text(encoding="utf-8")
    assert not seen_raw(report, terminal=False)


def test_an_answer_in_a_conversation_is_as_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    from sre_agent.chat import ChatReply

    reply = ChatReply(question="?", intent="x", text=STORED, notes=[STORED])
    chat_output.show(reply, as_json=False, session="s")
    chat_output.show(reply, as_json=True, session="s")
    output = capsys.readouterr().out
    assert not seen_raw(output, terminal=False)
    assert json.loads(output.splitlines()[-1])["text"] == reply.text


def test_no_other_module_of_the_command_line_prints_or_opens_a_console() -> None:
    """By syntax tree: text from outside has one way out, and it is careful."""
    problems = []
    for path in sorted(Path(sre_agent.cli.__path__[0]).glob("*.py")):
        if path.name in PRINTERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if call in ("print", "Console", "sys.stdout.write", "sys.stderr.write", "typer.echo", "typer.confirm"):
                problems.append(f"{path.name}:{node.lineno}: {call}")  # type: ignore[attr-defined]
            if isinstance(node, ast.keyword) and node.arg == "markup":
                problems.append(f"{path.name}:{node.lineno}: markup")
            if call.endswith(("from_markup", "from_ansi")):
                problems.append(f"{path.name}:{node.lineno}: {call}")  # type: ignore[attr-defined]
    assert problems == []
