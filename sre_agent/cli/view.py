"""How a verb shows a run: the contract, and the plain one that prints a line for each turn."""

from __future__ import annotations

import getpass
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO

from mcp_servers.contract.visible import one_line
from sre_agent.cli.printing import say
from sre_agent.domain.action import Action, Choice, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Incident
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.question import Question
from sre_agent.domain.report import Report
from sre_agent.progress import Event

if TYPE_CHECKING:
    pass

Approval = Literal["ask", "always", "never"]


class IncidentView(Protocol):
    def on_event(self, event: Event) -> None:
        """Called with everything that happens."""

    def ask(self, question: Question, now: datetime) -> Choice | None:
        """A human's choice; None when there is nobody to ask, or the person leaves it open."""

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None: ...

    def close(self) -> None: ...


class PlainView:
    """One line a turn on standard error, the outcome on standard output."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None, *, about: Collection[str] = ()) -> None:
        """`about` are the incidents that were asked for, beside those that a signal opens or joins here. The lines of
        any other, which an earlier run left open, carry its name."""
        self._out, self._err = out, err
        self._about = set(about)

    def on_event(self, event: Event) -> None:
        told_lines = event_line(event).split("\n")
        if event.kind in ("incident.opened", "incident.attached"):
            self._about.add(event.incident)
        if told_lines[0]:
            other = self._about and event.incident and event.incident not in self._about
            whose = f"(not finished, {event.incident})  " if other else ""
            lines = [f"{event.at:%H:%M:%S}  {whose}{told_lines[0]}", *_indented(told_lines[1:])]
            say("\n".join(lines), err=True, file=self._err)

    def ask(self, question: Question, now: datetime) -> Choice | None:
        from sre_agent.cli import approval  # noqa: PLC0415 - rich, which a run that asks nothing does not need

        return approval.ask(question, now)

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None:
        say("waiting for approval" if incident.open else f"{incident.status}/{incident.reason}", file=self._out)
        if report is not None:
            say(report.verdict, file=self._out)
            say(account(report), file=self._out)
        for path in paths:
            say(f"Report: {path}", file=self._out)

    def close(self) -> None:
        return None


class SilentView(PlainView):
    """For --json: nothing but the result, which the verb prints itself."""

    def on_event(self, event: Event) -> None:
        return None

    def ended(self, incident: Incident, report: Report | None, paths: list[str]) -> None:
        return None


def account(report: Report) -> str:
    """The report's head below its verdict: why, impact, what was done, what is left to do, and the commands for it; and
    apart from them the model's own words, if there are any."""
    from sre_agent.language.narrative import UNVERIFIED  # noqa: PLC0415 - prompts, which `--help` does not need
    from sre_agent.reports import head  # noqa: PLC0415 - the engine

    words = " ".join(claim.text for claim in report.words)
    return f"{head.text(report)}\n{UNVERIFIED}: {words}" if words else head.text(report)


def event_line(event: Event) -> str:
    """One event in one line; empty for those that only the live view shows. What follows in further lines belongs to
    the first: text from outside is always within a line."""
    data: dict[str, Any] = event.data
    match event.kind:
        case "incident.opened":
            signal = data["signal"]
            said = signal.get("labels", {}).get("reason", "") or signal.get("description", "")
            return one_line(f"incident {event.incident} opened: {event.name}" + (f". {said}" if said else ""))
        case "incident.attached":
            return one_line(f"another signal for incident {event.incident}: {event.name}")
        case "subject.resolved":
            return one_line(f"about {event.name}")
        case "agent.started" if data.get("question"):
            return one_line(f"{event.name} working on: {data['question']}")
        case "agent.started":
            return f"{event.name} working ({data['calls']} {'call' if data['calls'] == 1 else 'calls'})"
        case "call.ended":
            what = data["error"] or ", ".join(dict.fromkeys(data["observations"])) or "answered"
            return "  " + one_line(f"{data['agent']} {event.name}: {what} ({data['ms']:.0f} ms)")
        case "call.repeated":
            return "  " + one_line(f"{data['agent']} {event.name}: {data['error']} Retrying.")
        case "server.waited":
            return f"waiting for the {event.name} server to start"
        case "model.asked":
            return one_line(f"asking the model {data['about']}")
        case "model.routed" if not data["questions"]:
            return "the model has no further questions"
        case "diagnosis":
            return _diagnosed(Diagnosis.model_validate(data["data"]))
        case "action.proposed":
            action = Action.model_validate(data["data"])
            return "\n".join([one_line(f"proposes: {action.asks}. {action.blast_radius}"), *action.diff])
        case "policy_decision":
            return one_line(f"policy: {data['verdict']}, {lowered(data['reason'].rstrip('.'))}")
        case "approval.asked":
            return "asking for approval"
        case "approval.decided":
            return one_line(f"{data.get('choice')} by {data.get('by')}")
        case "write.sent":
            return one_line(f"writes: {event.name}")
        case "write.answered":
            return "  " + one_line(f"{event.name}: {data['outcome']}")
        case "verification":
            return one_line(_verified(Verification.model_validate(data["data"])))
        case "waiting":
            return f"next check at {datetime.fromisoformat(data['until']):%H:%M:%S}"
        case "model.words":
            return one_line(f"writing the report ({event.name})")
        case "incident.ended":
            return f"ended {event.name}/{data['reason']}"
        case "warning":
            return one_line(f"warning: {data['text']}")
    return ""


def _diagnosed(diagnosis: Diagnosis) -> str:
    found = diagnosis.leading
    if found is None:
        return one_line(f"diagnosis: {diagnosis.verdict}. {diagnosis.statement}")
    weights = [f"{term.weight:+4d}  {term.observation}  {one_line(term.note)}".rstrip() for term in found.terms]
    head = one_line(f"diagnosis: {diagnosis.verdict} ({whole_percent(found.confidence)}%). {diagnosis.statement}")
    return "\n".join([head, *weights, f"{found.score:+4d}  sum"])


def _verified(verification: Verification) -> str:
    held = sum(check.ok is True for check in verification.checks)
    missing = [f"{check.what}: {check.reading}" for check in verification.checks if check.ok is not True]
    worse = [f"worse: {what}" for what in verification.worse]
    text = f"verification: {held}/{len(verification.checks)} checks pass"
    if not missing and not worse and not verification.recovered:
        text += f"; confirming for another {verification.confirming:.0f} s"
    return text + ("; not yet: " + "; ".join([*missing, *worse]) if missing or worse else "")


def lowered(text: str) -> str:
    """As the rest of a sentence that another begins."""
    return text[:1].lower() + text[1:]


def _indented(lines: list[str]) -> list[str]:
    return [f"            {line}" for line in lines]


def operator(configured: str) -> str:
    """Who decides here."""
    return configured or getpass.getuser()
