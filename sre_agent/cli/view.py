"""How a verb shows a run: the contract, and the plain one that prints a line for each turn."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from typing import Any, Literal, Protocol, TextIO

from rich.console import Console

from sre_agent.domain.action import Action, Choice
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.progress import Event

Approval = Literal["ask", "always", "never"]


class View(Protocol):
    def heard(self, event: Event) -> None:
        """Called with everything that happens."""

    def ask(self, incident: Incident, action: Action) -> Choice | None:
        """A human's choice; None when there is nobody to ask."""

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None: ...

    def close(self) -> None: ...


class PlainView:
    """One line a turn on standard error, the outcome on standard output."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def heard(self, event: Event) -> None:
        line = told(event)
        if line:
            print(f"{event.at:%H:%M:%S}  {line}", file=self._err, flush=True)

    def ask(self, incident: Incident, action: Action) -> Choice | None:
        if not sys.stdin.isatty():
            return None
        for line in action.diff:
            print(f"    {line}", file=self._err)
        print(f"{action.purpose}. {action.blast_radius}", file=self._err)
        print("Approve? [y/N] ", end="", file=self._err, flush=True)
        return "approve" if sys.stdin.readline().strip().lower() in ("y", "yes") else "reject"

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None:
        print("waiting for approval" if incident.open else f"{incident.status}/{incident.reason}", file=self._out)
        if report is not None:
            print(report.verdict, file=self._out)
            print(report.statement, file=self._out)
        for path in paths:
            print(f"Report: {path}", file=self._out)

    def close(self) -> None:
        return None


class SilentView(PlainView):
    """For --json: nothing but the result, which the verb prints itself."""

    def heard(self, event: Event) -> None:
        return None

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None:
        return None


def told(event: Event) -> str:
    """One event in one line; empty for those that only the live view shows."""
    data: dict[str, Any] = event.data
    match event.kind:
        case "incident.opened":
            return f"incident {event.incident} opened: {event.name}"
        case "incident.attached":
            return f"another signal for incident {event.incident}: {event.name}"
        case "subject.resolved":
            return f"about {event.name}"
        case "agent.started":
            return f"{event.name}: {data['calls']} calls"
        case "call.ended":
            what = data["error"] or ", ".join(dict.fromkeys(data["observations"])) or "nothing abnormal"
            return f"  {data['agent']} {event.name}: {what} ({data['ms']:.0f} ms)"
        case "diagnosis":
            diagnosis = Diagnosis.model_validate(data["data"])
            sure = f" ({diagnosis.hypothesis.confidence:.0%})" if diagnosis.hypothesis else ""
            return f"diagnosis: {diagnosis.verdict}{sure}. {diagnosis.statement}"
        case "action.proposed":
            return f"proposes: {data['data']['purpose']}; {data['data']['blast_radius']}"
        case "ruling":
            return f"law: {data['verdict']}. {data['reason']}"
        case "approval.asked":
            return "asks for approval"
        case "approval.decided":
            return f"{data.get('choice')} by {data.get('by')}"
        case "write.sent":
            return f"writes: {event.name}"
        case "write.answered":
            return f"  {event.name}: {data['outcome']}"
        case "verification":
            return "verification: " + _checks(data["data"])
        case "waiting":
            return f"looks again at {datetime.fromisoformat(data['until']):%H:%M:%S}"
        case "incident.ended":
            return f"ended {event.name}/{data['reason']}"
        case "warning":
            return f"warning: {data['text']}"
    return ""


def _checks(verification: dict[str, Any]) -> str:
    words = {True: "ok", False: "no", None: "not seen"}
    return "; ".join(f"{check['what']}: {words[check['ok']]}" for check in verification["checks"])


def console() -> Console:
    """For tables: the terminal's width, and room enough for whole rows in a pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=160)


def operator(configured: str) -> str:
    """Who decides here."""
    return configured or getpass.getuser()
