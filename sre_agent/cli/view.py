"""How a verb shows a run: the contract, and the plain one that prints a line for each turn."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal, Protocol, TextIO

from rich.console import Console

from sre_agent.domain.action import Action, Choice, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.language.account import UNVERIFIED
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

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None, *, about: Collection[str] = ()) -> None:
        """`about` are the incidents that were asked for, beside those that a signal opens or joins here. The lines of
        any other, which an earlier run left open, carry its name."""
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._about = set(about)

    def heard(self, event: Event) -> None:
        line = told(event)
        if event.kind in ("incident.opened", "incident.attached"):
            self._about.add(event.incident)
        if line:
            other = self._about and event.incident and event.incident not in self._about
            whose = f"(left open, {event.incident})  " if other else ""
            print(f"{event.at:%H:%M:%S}  {whose}{line}", file=self._err, flush=True)

    def ask(self, incident: Incident, action: Action) -> Choice | None:
        if not sys.stdin.isatty():
            return None
        for line in action.diff:
            print(f"    {line}", file=self._err)
        print(f"{action.asks}. {action.blast_radius}", file=self._err)
        print("Approve? [y/N] ", end="", file=self._err, flush=True)
        return "approve" if sys.stdin.readline().strip().lower() in ("y", "yes") else "reject"

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None:
        print("waiting for approval" if incident.open else f"{incident.status}/{incident.reason}", file=self._out)
        if report is not None:
            print(report.verdict, file=self._out)
            print(account(report), file=self._out)
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


def account(report: Report) -> str:
    """The statements that a model picked, else the cause; and apart from them the model's own words, if there are
    any."""
    stated = " ".join(claim.text for claim in report.summary) or report.statement
    words = " ".join(claim.text for claim in report.words)
    return f"{stated}\n{UNVERIFIED}: {words}" if words else stated


def told(event: Event) -> str:
    """One event in one line; empty for those that only the live view shows."""
    data: dict[str, Any] = event.data
    match event.kind:
        case "incident.opened":
            signal = data["signal"]
            said = signal.get("labels", {}).get("reason", "") or signal.get("description", "")
            return f"incident {event.incident} opened: {event.name}" + (f". {said}" if said else "")
        case "incident.attached":
            return f"another signal for incident {event.incident}: {event.name}"
        case "subject.resolved":
            return f"about {event.name}"
        case "agent.started" if data.get("question"):
            return f"{event.name} at work on: {' '.join(data['question'].split())}"
        case "agent.started":
            return f"{event.name} at work ({data['calls']} {'call' if data['calls'] == 1 else 'calls'})"
        case "call.ended":
            what = data["error"] or ", ".join(dict.fromkeys(data["observations"])) or "answered"
            return f"  {data['agent']} {event.name}: {what} ({data['ms']:.0f} ms)"
        case "model.asked":
            return f"asks the model {data['about']}"
        case "model.routed" if not data["questions"]:
            return "the model has no more questions"
        case "diagnosis":
            return _diagnosed(Diagnosis.model_validate(data["data"]))
        case "action.proposed":
            action = Action.model_validate(data["data"])
            return "\n".join([f"proposes: {action.asks}. {action.blast_radius}", *_indented(action.diff)])
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
            return _verified(Verification.model_validate(data["data"]))
        case "waiting":
            return f"looks again at {datetime.fromisoformat(data['until']):%H:%M:%S}"
        case "model.words":
            return f"writes the report ({event.name})"
        case "incident.ended":
            return f"ended {event.name}/{data['reason']}"
        case "warning":
            return f"warning: {data['text']}"
    return ""


def _diagnosed(diagnosis: Diagnosis) -> str:
    found = diagnosis.leading
    if found is None:
        return f"diagnosis: {diagnosis.verdict}. {diagnosis.statement}"
    weights = [f"{term.weight:+4d}  {term.observation}  {term.note}".rstrip() for term in found.terms]
    head = f"diagnosis: {diagnosis.verdict} ({found.confidence:.0%}). {diagnosis.statement}"
    return "\n".join([head, *_indented([*weights, f"{found.score:+4d}  sum"])])


def _verified(verification: Verification) -> str:
    held = sum(check.ok is True for check in verification.checks)
    missing = [f"{check.what} ({check.seen})" for check in verification.checks if check.ok is not True]
    worse = [f"worse: {what}" for what in verification.worse]
    text = f"verification: {held} of {len(verification.checks)} checks hold"
    if not missing and not worse and not verification.healed:
        text += "; they have to go on holding"
    return text + ("; not yet: " + "; ".join([*missing, *worse]) if missing or worse else "")


def _indented(lines: list[str]) -> list[str]:
    return [f"            {line}" for line in lines]


def console() -> Console:
    """For tables: the terminal's width, and room enough for whole rows in a pipe."""
    found = Console()
    return found if found.is_terminal else Console(width=160)


def operator(configured: str) -> str:
    """Who decides here."""
    return configured or getpass.getuser()
