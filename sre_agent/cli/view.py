"""How a verb shows a run: the contract, and the plain one that prints a line for each turn."""

from __future__ import annotations

import getpass
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

from sre_agent.cli.printing import say
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import ApprovalAnswer, Question
from sre_agent.domain.report import Report
from sre_agent.event_lines import event_line
from sre_agent.progress import Event

if TYPE_CHECKING:
    pass

Approval = Literal["ask", "always", "never"]


class IncidentView(Protocol):
    def on_event(self, event: Event) -> None:
        """Called with everything that happens."""

    def ask(self, question: Question, now: datetime) -> ApprovalAnswer | None:
        """A human's answer; None when there is nobody to ask, or the person leaves it open."""

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
            lines = [f"{event.at:%H:%M:%S}  {whose}{told_lines[0]}", *_indent(told_lines[1:])]
            say("\n".join(lines), err=True, file=self._err)

    def ask(self, question: Question, now: datetime) -> ApprovalAnswer | None:
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


def _indent(lines: list[str]) -> list[str]:
    return [f"            {line}" for line in lines]


def operator(configured: str) -> str:
    """Who decides here."""
    return configured or getpass.getuser()
