"""The first line of a report: what it is, how sure that is, and what was done."""

from __future__ import annotations

from collections.abc import Sequence

from sre_agent.domain.action import Action, Remediation
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Reason, Status
from sre_agent.domain.percent import whole_percent
from sre_agent.domain.verification import Verification


def verdict(
    status: Status,
    reason: Reason,
    diagnosis: Diagnosis,
    action: Action | None,
    remediations: Sequence[Remediation],
    verification: Verification | None,
) -> str:
    head = status.capitalize() + (f" ({reason.replace('_', ' ')})" if status == "escalated" else "")
    parts = [f"{head}: {_what(diagnosis)}.", _action_outcome(reason, action, remediations)]
    if status == "remediated" and reason == "fixed" and verification is not None:
        parts.append(_recovery_text(verification))
    return " ".join(parts)


def _what(diagnosis: Diagnosis) -> str:
    hypothesis, proposal = diagnosis.hypothesis, diagnosis.proposal
    if diagnosis.verdict == "no_fault":
        return "everything that was checked is healthy"
    if diagnosis.verdict in ("proposed", "inconclusive") and proposal is not None:
        title = proposal.title[:1].lower() + proposal.title[1:]
        cause = f"{title} ({proposal.subject.short}, {percent(proposal.confidence)} sure)"
        return f"no cause was established; proposed by the model, not proven: {cause}"
    if hypothesis is None:
        return (
            "it was over before anything was done" if diagnosis.verdict == "recovered" else "no cause was established"
        )
    title = hypothesis.title[:1].lower() + hypothesis.title[1:]
    cause = f"{title} ({hypothesis.subject.short}, {percent(hypothesis.confidence)} sure)"
    if diagnosis.verdict == "inconclusive":
        return f"no cause was established; the closest match is that {cause}"
    besides = [f"{other.title[:1].lower()}{other.title[1:]} ({other.subject.short})" for other in diagnosis.also]
    if besides:
        cause += f"; independently: {'; '.join(besides)}"
    return cause + (", already over" if diagnosis.verdict == "recovered" else "")


def percent(confidence: float) -> str:
    """Never 100 %: a cause that is believed may still be wrong. Never rounded up: a policy compares the same number."""
    return f"{min(whole_percent(confidence), 99)} %"


def _action_outcome(reason: Reason, action: Action | None, remediations: Sequence[Remediation]) -> str:
    """What became of the action, after what was done about other causes before it."""
    purpose = action.purpose.rstrip(".") if action else "the change"
    before, own = _apart(action, remediations)
    earlier = [f"Done before: {write.call.tool} on {target(write)}." for write in before if write.outcome == "done"]
    writes = [r for r in own if not r.is_undo and r.outcome == "done"]
    taken_back = [r for r in own if r.is_undo and r.outcome == "done"]
    if any(r.outcome == "in_doubt" for r in remediations):
        last = f"It is not known whether this took effect: {purpose}."
    elif writes:
        last = f"Done and undone again: {purpose}." if taken_back else f"Done: {purpose}."
    else:
        nothing = "Nothing else was changed." if earlier else "Nothing was changed."
        answer = {"approval_denied": "rejected", "approval_expired": "not answered in time"}.get(reason, "")
        last = f"Proposed and {answer}: {purpose}. {nothing}" if answer and action else nothing
    return " ".join([*earlier, last])


def _apart(action: Action | None, remediations: Sequence[Remediation]) -> tuple[list[Remediation], list[Remediation]]:
    """The writes before the action's own, and these; an undo belongs to the write before it."""
    own = len(remediations)
    for index, write in enumerate(remediations):
        if not write.is_undo and (action is None or write.call.digest == action.call.digest):
            own = min(own, index)
        elif not write.is_undo:
            own = len(remediations)
    return list(remediations[:own]), list(remediations[own:])


def target(write: Remediation) -> str:
    """What a write was about, by its arguments."""
    arguments = write.call.arguments
    parts = [str(arguments[key]) for key in ("kind", "namespace", "name") if arguments.get(key)]
    return "/".join(parts) or str(arguments.get("document", "") or "its target")


def _recovery_text(verification: Verification) -> str:
    alarms = [check for check in verification.checks if check.about == "alarm"]
    passes = sum(check.ok is True for check in verification.checks)
    text = f"{passes} of {len(verification.checks)} checks pass"
    if any(check.ok for check in alarms):
        text += "; the alarm is OK again"
    elif alarms:
        text += "; the alarm's state could not be read"
    return f"{text}."
