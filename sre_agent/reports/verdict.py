"""The first line of a report: what it is, how sure that is, and what was done."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.domain.action import Action, Remediation, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Reason, Status


def verdict(
    status: Status,
    reason: Reason,
    diagnosis: Diagnosis,
    action: Action | None,
    remediations: Sequence[Remediation],
    verification: Verification | None,
) -> str:
    head = status.capitalize() + (f" ({reason.replace('_', ' ')})" if status == "escalated" else "")
    parts = [f"{head}: {_what(diagnosis)}.", _done(reason, action, remediations)]
    if status == "remediated" and reason == "fixed" and verification is not None:
        parts.append(_healed(verification))
    return " ".join(parts)


def _what(diagnosis: Diagnosis) -> str:
    hypothesis = diagnosis.hypothesis
    if diagnosis.verdict == "no_fault":
        return "what was looked at is healthy"
    if hypothesis is None:
        return (
            "it was over before anything was done" if diagnosis.verdict == "recovered" else "no cause was established"
        )
    title = hypothesis.title[:1].lower() + hypothesis.title[1:]
    cause = f"{title} ({hypothesis.subject.short}, {percent(hypothesis.confidence)} sure)"
    if diagnosis.verdict == "inconclusive":
        return f"no cause was established; the nearest is that {cause}"
    return cause + (", already over" if diagnosis.verdict == "recovered" else "")


def percent(confidence: float) -> str:
    """Never 100 %: a cause that is believed may still be wrong."""
    return f"{min(int(confidence * 100 + 0.5), 99)} %"


def _done(reason: Reason, action: Action | None, remediations: Sequence[Remediation]) -> str:
    purpose = action.purpose.rstrip(".") if action else "the change"
    made = [r for r in remediations if not r.is_undo and r.outcome == "done"]
    taken_back = [r for r in remediations if r.is_undo and r.outcome == "done"]
    if any(r.outcome == "in_doubt" for r in remediations):
        return f"It is in doubt whether this took effect: {purpose}."
    if made and taken_back:
        return f"Done and undone again: {purpose}."
    if made:
        return f"Done: {purpose}."
    if reason in ("approval_denied", "approval_expired") and action:
        answer = "rejected" if reason == "approval_denied" else "not answered in time"
        return f"Proposed and {answer}: {purpose}. Nothing was changed."
    return "Nothing was changed."


def _healed(verification: Verification) -> str:
    alarms = [check for check in verification.checks if check.what.startswith("alarm ")]
    held = sum(check.ok is True for check in verification.checks)
    text = f"{held} of {len(verification.checks)} checks hold"
    if any(check.ok for check in alarms):
        text += "; the alarm is OK again"
    elif alarms:
        text += "; the alarm's state could not be read"
    return f"{text}."
