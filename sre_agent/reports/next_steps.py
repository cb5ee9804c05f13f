"""What a human does next. Whoever is handed an incident is never handed an empty list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sre_agent.domain.action import Action, Remediation, Ruling, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Reason, Status

MISSING: Final = 5
BY_REASON: Final[dict[Reason, str]] = {
    "approval_denied": "Decide what is done instead: the proposed action was rejected and the cause is still there.",
    "approval_expired": "Decide about the proposed action and investigate again: nobody answered in time.",
    "no_safe_action": "Act by hand: nothing that may be done here removes the cause.",
    "inconclusive": "Go on from the evidence: it does not decide what the cause is.",
    "verification_failed": "Look at the live system first: the action did not heal it.",
    "tools_unavailable": "Bring the tools back within reach and investigate again: without them nothing could be seen.",
    "budget_exhausted": "Investigate again with a narrower question or a larger budget: the calls were used up.",
    "cancelled": "Go on by hand or investigate again: the run was cancelled.",
}


def next_steps(
    status: Status,
    reason: Reason,
    diagnosis: Diagnosis,
    action: Action | None,
    skipped: Sequence[str],
    ruling: Ruling | None,
    remediations: Sequence[Remediation],
    verification: Verification | None,
    *,
    has_gaps: bool,
) -> list[str]:
    """In the order in which they are best taken, each once."""
    steps = list(_unfinished(remediations))
    if status == "escalated":
        steps.append(BY_REASON.get(reason, "Go on by hand: the run ended without an outcome."))
        steps += _about_action(reason, action, ruling, remediations)
        steps += _failed_checks(verification)
        steps += [f"Find out: {missing}" for missing in diagnosis.missing[:MISSING]]
        steps += [_not_taken(text) for text in skipped]
        if reason in ("inconclusive", "tools_unavailable") and has_gaps:
            steps.append("Give the responder sight of what it could not see (listed under that heading).")
    elif status == "remediated" and reason == "fixed":
        steps += _kept(action, remediations)
    return list(dict.fromkeys(steps))


def _unfinished(remediations: Sequence[Remediation]) -> Iterator[str]:
    for write in remediations:
        if write.outcome == "in_doubt":
            yield f"See on the live system whether {write.call.tool} took effect (permit {write.permit}). {write.text}"


def _about_action(
    reason: Reason, action: Action | None, ruling: Ruling | None, remediations: Sequence[Remediation]
) -> Iterator[str]:
    if action is None:
        return
    undone = any(write.is_undo and write.outcome == "done" for write in remediations)
    if reason in ("approval_denied", "approval_expired"):
        yield f"The proposed action was: {action.purpose}."
    elif reason == "verification_failed" and undone:
        yield f"What was done is undone again: {action.purpose}."
    elif reason == "verification_failed" and any(write.outcome == "done" for write in remediations):
        yield f"What was done still stands: {action.purpose}. Take it back or build on it."
    elif ruling is not None and ruling.verdict == "deny":
        yield f"Policy does not let the responder do this: {action.purpose} ({ruling.reason})."


def _failed_checks(verification: Verification | None) -> Iterator[str]:
    if verification is None:
        return
    for check in verification.checks:
        if check.ok is False:
            yield f"Not true when it was last checked: {check.what} ({check.seen})."
    for worse in verification.worse:
        yield f"Became worse: {worse}."


def _not_taken(text: str) -> str:
    """`remedy: why` was considered; a plain sentence is the failure class's own advice."""
    return f"Considered and not done: {text}" if ": " in text else text


def _kept(action: Action | None, remediations: Sequence[Remediation]) -> Iterator[str]:
    """A write that went around the source of the configuration is lost with the next delivery from there."""
    if action is not None and any(write.outcome == "done" and not write.is_undo for write in remediations):
        yield f"Make it last: bring the change to where {action.subject} is configured; a new delivery undoes it."
