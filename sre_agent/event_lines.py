"""What happened, one line an event: for terminals, and for the time line of an incident that has no report yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mcp_servers.contract.visible import one_line
from sre_agent.domain.action import Action
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.domain.verification import Verification
from sre_agent.progress import Event


def event_line(event: Event) -> str:
    """One event in one line; empty for those that only the live view shows. What follows in further lines belongs to
    the first: text from outside is always within a line."""
    data: dict[str, Any] = event.data
    match event.kind:
        case "incident.opened":
            signal = data["signal"]
            reason = signal.get("labels", {}).get("reason", "") or signal.get("description", "")
            return one_line(f"incident {event.incident} opened: {event.name}" + (f". {reason}" if reason else ""))
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
            return _diagnosis_line(Diagnosis.model_validate(data["data"]))
        case "action.proposed":
            action = Action.model_validate(data["data"])
            return "\n".join([one_line(f"proposes: {action.asks}. {action.blast_radius}"), *action.diff])
        case "git.proposed":
            where = data["pull_request"] or ", ".join(data["files"]) or f"no file: {data['why_not']}"
            return one_line(f"change in Git for {event.name}: {where}")
        case "policy_decision":
            return one_line(f"policy: {data['verdict']}, {lowered(data['reason'].rstrip('.'))}")
        case "rehearsal.started":
            return one_line(f"rehearses: {event.name}")
        case "rehearsal.ended":
            return "  " + one_line(Rehearsal.model_validate(data["data"]).text)
        case "write.sent":
            return one_line(f"writes: {event.name}")
        case "write.answered":
            return "  " + one_line(f"{event.name}: {data['outcome']}")
        case "automation":
            return "  " + one_line(f"runbook {event.name}: {data['status']} {data.get('current_step', '')}".rstrip())
        case "guardian":
            return {"proved": "checked again: still healthy", "not_healed": "checked again: no longer healthy"}.get(
                event.name, "checked again: its state could not be read"
            )
        case "incident.reopened":
            return one_line(f"incident {event.incident} is opened again as {event.name}")
        case "verification":
            return one_line(_verification_line(Verification.model_validate(data["data"])))
        case "waiting":
            return f"next check at {datetime.fromisoformat(data['until']):%H:%M:%S}"
        case "model.words":
            return one_line(f"writing the report ({event.name})")
        case "incident.ended":
            return f"ended {event.name}/{data['reason']}"
        case "warning":
            return one_line(f"warning: {data['text']}")
    return _line_of_people(event)


def _line_of_people(event: Event) -> str:
    """What people were asked and what they did; empty for any other event."""
    data: dict[str, Any] = event.data
    match event.kind:
        case "approval.asked":
            return "asking for approval"
        case "approval.decided":
            return one_line(f"{data.get('choice')} by {data.get('by')}")
        case "incident.graded":
            note = f": {data['note']}" if data["note"] else ""
            return one_line(f"verdict graded {event.name} by {data['by']}{note}")
        case "memory.forgotten":
            return one_line(f"not recalled any more, by {data['by']}")
    return ""


def _diagnosis_line(diagnosis: Diagnosis) -> str:
    hypothesis = diagnosis.leading
    if hypothesis is None:
        return one_line(f"diagnosis: {diagnosis.verdict}. {diagnosis.statement}")
    weights = [f"{term.weight:+4d}  {term.observation}  {one_line(term.note)}".rstrip() for term in hypothesis.terms]
    head = one_line(f"diagnosis: {diagnosis.verdict} ({whole_percent(hypothesis.confidence)}%). {diagnosis.statement}")
    return "\n".join([head, *weights, f"{hypothesis.score:+4d}  sum"])


def _verification_line(verification: Verification) -> str:
    passes = sum(check.ok is True for check in verification.checks)
    missing = [f"{check.what}: {check.reading}" for check in verification.checks if check.ok is not True]
    worse = [f"worse: {what}" for what in verification.worse]
    what = "verification of the undo" if verification.of_undo else "verification"
    text = f"{what}: {passes}/{len(verification.checks)} checks pass"
    if not missing and not worse and verification.confirming:
        text += f"; confirming for another {verification.confirming:.0f} s"
    return text + ("; not yet: " + "; ".join([*missing, *worse]) if missing or worse else "")


def lowered(text: str) -> str:
    """As the rest of a sentence that another begins."""
    return text[:1].lower() + text[1:]
