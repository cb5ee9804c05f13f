"""What a human does next, and who. Whoever is handed an incident is never handed an empty list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.write_rights import changes_what_is_declared
from sre_agent.domain.action import Action, PolicyDecision, Remediation, SkippedRemedy
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.git_change import GitChange
from sre_agent.domain.incident import Reason, Status
from sre_agent.domain.report import NextStep
from sre_agent.domain.verification import FailedRemedy, Verification
from sre_agent.reports.files import class_proposal
from sre_agent.reports.gaps import Gap
from sre_agent.reports.owners import ON_CALL, OPERATOR, POLICIES, Owners, of_server
from sre_agent.reports.plain import in_words

MISSING: Final = 5
BY_REASON: Final[dict[Reason, str]] = {
    "approval_denied": "Decide what to do instead: the proposed action was rejected and the cause is still there.",
    "approval_expired": "Decide on the proposed action and investigate again: nobody answered in time.",
    "no_safe_action": "Fix it by hand: no remedy that may run here removes the cause.",
    "writes_off": "Let the responder do it or do it by hand: the remedy is known, and this run was read-only.",
    "inconclusive": "Continue from the evidence: it does not show which cause it is.",
    "verification_failed": "Look at the live system first: the action did not fix it.",
    "tools_unavailable": "Make the tools reachable and investigate again: without them nothing could be seen.",
    "budget_exhausted": "Investigate again with a narrower question or a larger budget: the calls were used up.",
    "cancelled": "Continue by hand or investigate again: the run was cancelled.",
}
UNSEEN: Final = "Look at the live system first: whether the action fixed it could not be seen."
UNDO_UNSEEN: Final = "Look at the live system first: whether the undo restored the previous state could not be checked."
OF_OPERATOR: Final[frozenset[Reason]] = frozenset({"tools_unavailable", "budget_exhausted"})
OF_SUBJECT: Final[frozenset[Reason]] = frozenset({"no_safe_action", "writes_off", "verification_failed"})


@dataclass(frozen=True)
class RunEnding:
    """How a run ended, as far as its next steps follow from it. `class_file` is where a proposed class stands,
    `allow` the command that lets the remedy be done."""

    status: Status
    reason: Reason
    diagnosis: Diagnosis
    owners: Owners
    action: Action | None = None
    skipped: Sequence[SkippedRemedy] = ()
    policy_decision: PolicyDecision | None = None
    remediations: Sequence[Remediation] = ()
    verification: Verification | None = None
    failed: Sequence[FailedRemedy] = ()
    gaps: Sequence[Gap] = ()
    mended: Sequence[str] = ()
    class_file: str = ""
    allow: str = ""
    git_changes: Sequence[GitChange] = ()
    corrections: Sequence[str] = ()  # each in words with its command

    @property
    def owner(self) -> str:
        """Of what the cause sits on; where its failure class says who acts, that role."""
        if self.action is not None:
            return self.owners.of(self.action.subject)
        hypothesis = self.diagnosis.leading
        if hypothesis is None:
            return ON_CALL
        subject = hypothesis.subject.short
        for one in self.skipped:
            if one.owner:
                return self.owners.with_role(one.owner, subject)
        return self.owners.of(subject)


def next_steps(run_ending: RunEnding) -> list[NextStep]:
    """In the order in which they are best taken, each once."""
    steps = list(_unfinished_steps(run_ending))
    if run_ending.status == "escalated":
        steps.append(_first(run_ending))
        steps += _in_git(run_ending)
        steps += [NextStep(what=what, owner=run_ending.owner) for what in run_ending.corrections]
        steps += _about_action(run_ending)
        steps += _failed_checks(run_ending)
        steps += _not_taken(run_ending)
        steps += _unseen(run_ending)
    elif run_ending.status == "remediated" and run_ending.reason == "fixed":
        steps += _source_updates(run_ending)
    steps += _independent(run_ending)
    steps += _draft_review(run_ending)
    return list({step.what: step for step in reversed(steps)}.values())[::-1]


def _first(run_ending: RunEnding) -> NextStep:
    what = BY_REASON.get(run_ending.reason, "Continue by hand: the run ended without an outcome.")
    stop = run_ending.policy_decision.stop if run_ending.policy_decision is not None else None
    if run_ending.reason == "writes_off" and stop is not None:
        what = f"Let the responder do it or do it by hand: the remedy is known, and {stop.reason}."
    last = run_ending.verification
    if run_ending.reason == "verification_failed" and last is not None and last.verdict == "inconclusive":
        what = UNDO_UNSEEN if last.of_undo else UNSEEN
    if run_ending.reason in OF_OPERATOR:
        return NextStep(what=what, owner=OPERATOR)
    return NextStep(what=what, owner=run_ending.owner if run_ending.reason in OF_SUBJECT else ON_CALL)


def _in_git(run_ending: RunEnding) -> Iterator[NextStep]:
    for change in run_ending.git_changes:
        if change.pull_request:
            what = f"Review and merge {change.pull_request}: {change.purpose}."
        elif change.branch:
            what = f"Review and merge the branch {change.branch}: {change.purpose}."
        elif change.patch:
            what = f"Apply the patch of {', '.join(change.files)} in Git: {change.purpose}."
        else:
            what = f"Change it where {change.owner} takes it from: {change.purpose} ({change.why_not.rstrip('.')})."
        yield NextStep(what=what, owner=run_ending.owner)


def _unfinished_steps(run_ending: RunEnding) -> Iterator[NextStep]:
    for write in run_ending.remediations:
        if write.outcome == "in_doubt":
            what = f"Check whether {write.call.tool} took effect (permit {write.permit}). {write.text}"
            yield NextStep(what=what, owner=ON_CALL)


def _about_action(run_ending: RunEnding) -> Iterator[NextStep]:
    action, reason, writes = run_ending.action, run_ending.reason, run_ending.remediations
    if action is None:
        return
    is_undone = any(write.is_undo and write.outcome == "done" for write in writes)
    if reason == "writes_off" and run_ending.allow:
        decision = run_ending.policy_decision
        is_unasked = decision is not None and (decision.by_policy or decision.verdict) == "allow"
        if decision is not None and decision.stop is not None and decision.stop.lifted_by.startswith("rule"):
            yield NextStep(what=f"Change {decision.stop.lifted_by}: it keeps this from being done.", owner=POLICIES)
        if decision is not None and decision.stop is not None and decision.stop.until is not None:
            yield NextStep(what=f"Nothing lifts this before {decision.stop.until:%Y-%m-%d %H:%M} UTC.", owner=ON_CALL)
        needs = "" if is_unasked else " (it asks for approval first)"
        yield NextStep(what=f"To have it done{needs}: {run_ending.allow}", owner=ON_CALL)
    elif reason in ("approval_denied", "approval_expired"):
        yield NextStep(what=f"The proposed action was: {action.purpose}.", owner=ON_CALL)
    elif reason == "verification_failed" and is_undone:
        yield NextStep(what=f"The change was undone: {action.purpose}.", owner=run_ending.owner)
    elif reason == "verification_failed" and any(write.outcome == "done" for write in writes):
        what = f"The change is still in place: {action.purpose}. Undo it or build on it."
        yield NextStep(what=what, owner=run_ending.owner)
    elif run_ending.policy_decision is not None and run_ending.policy_decision.verdict == "deny":
        what = f"Policy does not let the responder do this: {action.purpose} ({run_ending.policy_decision.reason})."
        yield NextStep(what=what, owner=POLICIES)


def _failed_checks(run_ending: RunEnding) -> Iterator[NextStep]:
    last = run_ending.failed[-1].verification if run_ending.failed else run_ending.verification
    if last is None:
        return
    for check in last.checks:
        if check.ok is False:
            yield NextStep(what=f"Failed when last checked: {check.what}: {check.reading}.", owner=run_ending.owner)
    for worse in last.worse:
        yield NextStep(what=f"Got worse: {worse}.", owner=run_ending.owners.of(worse.partition(":")[0]))


def _not_taken(run_ending: RunEnding) -> Iterator[NextStep]:
    """What was considered, and the failure class's own advice."""
    for one in run_ending.skipped:
        text = in_words(one.text, {one.remedy})
        yield NextStep(what=f"Considered and not done: {text}" if one.remedy else text, owner=run_ending.owner)


def _unseen(run_ending: RunEnding) -> Iterator[NextStep]:
    """Only where the verdict waits for it: a believed cause needs no more sight."""
    if run_ending.diagnosis.verdict == "cause":
        return
    for gap in list(run_ending.gaps)[:MISSING]:
        yield NextStep(what=f"Find out: {gap.text}", owner=_sees_to(gap))


def _sees_to(gap: Gap) -> str:
    """A server of the responder's own that does not start is nothing that the cluster's administrator could mend."""
    if gap.of_tools:
        return OPERATOR
    return of_server(gap.server) if gap.evidence else ON_CALL


def _source_updates(run_ending: RunEnding) -> Iterator[NextStep]:
    """A write that went around the source of the configuration is lost with the next delivery from there."""
    action = run_ending.action
    writes = [write for write in run_ending.remediations if write.outcome == "done" and not write.is_undo]
    if action is not None and any(changes_what_is_declared(write.call.tool) for write in writes):
        what = (
            f"Make it permanent: make the same change where {action.subject} is configured (Git, chart or pipeline);"
            " otherwise the next deployment reverts it."
        )
        yield NextStep(what=what, owner=run_ending.owner)


def _independent(run_ending: RunEnding) -> Iterator[NextStep]:
    for cause in run_ending.diagnosis.also:
        if cause.key not in run_ending.mended and run_ending.status == "escalated":
            what = f"Take care of the other cause: {cause.title[:1].lower()}{cause.title[1:]} ({cause.subject.short})."
            yield NextStep(what=what, owner=run_ending.owners.of(cause.subject.short))


def _draft_review(run_ending: RunEnding) -> Iterator[NextStep]:
    """A cause that was proposed once can be known the next time."""
    if run_ending.class_file and class_proposal(run_ending.diagnosis, run_ending.status) is not None:
        what = (
            f"Review the failure class that the model proposes ({run_ending.class_file}, next to this report). If it is"
            " right, edit its wording and put it into a folder listed in failure_folders, so that the rules know it."
        )
        yield NextStep(what=what, owner=OPERATOR)
