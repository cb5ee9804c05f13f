"""What is told of an incident: each part as lines. A report's statement has its time: things may have changed."""

from __future__ import annotations

from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.incident_history import clock_text
from sre_agent.domain.duration import duration
from sre_agent.domain.finding import Claim
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report

LINES = 4


def head(incident: Incident) -> str:
    """In one line: when, what, and how it ended or stands."""
    about = ", ".join(subject.short for subject in incident.subjects[:2])
    title = incident.title if not about else f"{incident.title}, about {about}"
    return f"Incident {incident.id}, {clock_text(incident.opened_at)}, {title}: {state(incident)}"


def state(incident: Incident) -> str:
    if incident.question:
        return "it waits for an approval."
    if incident.open:
        return "it is being worked on."
    reason = f" ({incident.reason.replace('_', ' ')})" if incident.reason else ""
    who = ", a person has to act" if incident.status == "escalated" else ""
    return f"{incident.status}{reason} after {duration(incident.seconds)}{who}."


def verdict(incident: Incident, report: Report | None, talk: AnswerContext) -> list[str]:
    """What it came to, as of then."""
    if report is None:
        return [f"It has {incident.lacks_report}."] if not incident.open else []
    lines = {line.id: line for line in report.evidence}
    marks = [talk.lookups.adopt(lines[key]) for key in report.diagnosis.evidence if key in lines][:LINES]
    return [" ".join([f"Its report of {clock_text(report.ended_at)}: {report.statement}", *marks])]


def doing(report: Report | None) -> list[str]:
    """What was done, and what was not."""
    if report is None:
        return []
    lines = [f"Done: {one}" for one in _texts(report.actions_taken)]
    lines += [f"Not done: {one}" for one in _texts(report.actions_not_taken)]
    return lines or ["Nothing was changed."]


def unsolved(report: Report | None) -> list[str]:
    """What is left to a person."""
    if report is None or report.status != "escalated":
        return []
    return [f"Next: {step.what}{f' ({step.owner})' if step.owner else ''}" for step in report.next_steps[:2]]


async def decisions(incident: Incident, talk: AnswerContext) -> list[str]:
    """Who decided what and when, and what the policy said; each as a sentence."""
    lines: list[str] = []
    for event in await talk.history.events(incident, "policy_decision", "approval.asked", "approval.decided"):
        at, data = clock_text(event.at), event.data
        if event.kind == "policy_decision":
            lines.append(
                f"{at}: the policy says {_VERDICTS.get(str(data['verdict']), str(data['verdict']))}: {data['reason']}"
            )
        elif event.kind == "approval.decided":
            why = f', with the words "{data["comment"]}"' if data.get("comment") else ""
            lines.append(f"{at}: {_CHOICES.get(str(data['choice']), str(data['choice']))} by {data['by']}{why}.")
    if incident.question:
        lines.append("Nobody has decided yet: it waits for an approval.")
    elif not any("by " in line and ": the policy" not in line for line in lines):
        lines.append("Nobody was asked for an approval, and nobody gave one.")
    return list(dict.fromkeys(lines))


def _texts(claims: list[Claim]) -> list[str]:
    return [claim.text for claim in claims[:LINES]]


_VERDICTS = {"allow": "allowed without an approval", "approve": "a person has to approve", "deny": "denied"}
_CHOICES = {"approve": "approved", "reject": "rejected", "edit": "edited"}
