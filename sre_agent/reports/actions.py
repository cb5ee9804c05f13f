"""What was done, and how it is known that it helped; what was weighed and fell; what stands beside the cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.diagnosis import recency
from sre_agent.diagnosis.proposals import PROPOSED
from sre_agent.domain.action import (
    Action,
    ApprovalDecision,
    PolicyDecision,
    RejectedRemedy,
    Remediation,
    SkippedRemedy,
)
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.incident import Reason
from sre_agent.domain.run import Denial
from sre_agent.domain.verification import FailedRemedy, Verification
from sre_agent.reports.facts import Line, ReportFacts, group_facts
from sre_agent.reports.plain import in_words
from sre_agent.reports.verdict import target
from sre_agent.reports.words import clock, sentence_about

DONE: Final = ("done", "in_doubt")
RULED_OUT = 12
ELSEWHERE = 8
READING_LIMIT = 12


@dataclass(frozen=True)
class ProposalOutcome:
    """What decides whether something that was proposed came about. `denials` are what no policy let pass,
    `rejections` what a person turned down, `refused_in_rehearsal` what was neither written nor asked about."""

    reason: Reason
    action: Action | None = None
    policy_decision: PolicyDecision | None = None
    decision: ApprovalDecision | None = None
    denials: Sequence[Denial] = ()
    rejections: Sequence[RejectedRemedy] = ()
    remediations: Sequence[Remediation] = ()
    refused_in_rehearsal: Sequence[SkippedRemedy] = ()

    @property
    def was_done(self) -> bool:
        return done_of(self.action, self.remediations)


def done_of(action: Action | None, remediations: Sequence[Remediation]) -> bool:
    """Whether this action was written, or may have been."""
    digests = {write.call.digest for write in remediations if write.outcome in DONE}
    return action is not None and action.call.digest in digests


def actions_taken(
    remediations: Sequence[Remediation],
    verification: Verification | None,
    failed: Sequence[FailedRemedy],
    facts: ReportFacts,
) -> Iterator[Line]:
    """Each write that was or may have been made with its permit, what did not heal and why, and each check of the last
    look with what was seen."""
    for write in remediations:
        if write.outcome in DONE:
            yield _write_line(write, facts), [write.permit]
    for one in failed:
        yield _failure_text(one), [one.permit]
    for check in verification.checks if verification else []:
        holds = {True: "Passes", False: "Fails", None: "Unknown"}[check.ok]
        reading = f"; seen: {check.reading}" if check.reading else ""
        shows = [check.evidence] if check.evidence else facts.about(check.subject, after=True)[:1]
        yield f"{holds}: {check.what}{reading}.", shows
    for worse in verification.worse if verification else []:
        yield f"Worse than before: {worse}.", []


def actions_not_taken(proposal_outcome: ProposalOutcome, facts: ReportFacts) -> Iterator[Line]:
    """What was proposed and did not come about, and on whose word; writes that the server refused or failed at."""
    action, policy_decision = proposal_outcome.action, proposal_outcome.policy_decision
    purpose = action.purpose.rstrip(".") if action else ""
    decision = proposal_outcome.decision
    comment = f": {decision.comment}" if decision and decision.comment else ""
    for rejection in proposal_outcome.rejections:
        why = f": {rejection.why.rstrip('.')}" if rejection.why else ""
        yield f"{rejection.purpose.rstrip('.')}: rejected by {rejection.by}{why}.", []
    if action is not None and not proposal_outcome.was_done:
        match proposal_outcome.reason:
            case "approval_denied" if not proposal_outcome.rejections:
                yield f"{purpose}: rejected{f' by {decision.by}' if decision else ''}{comment}.", []
            case "approval_expired":
                yield f"{purpose}: nobody answered in time.", []
            case "writes_off":
                by_policy = policy_decision and (policy_decision.by_policy or policy_decision.verdict)
                needs = "needs no approval" if by_policy == "allow" else "needs a person's approval"
                if policy_decision is not None and policy_decision.stop is not None:
                    yield f"{purpose}: {policy_decision.stop.reason}. Without that limit it {needs}.", []
                else:
                    yield f"{purpose}: this run is read-only. With writes on, it {needs}.", []
            case "cancelled":
                yield f"{purpose}: the run was cancelled before it.", []
    for skipped in proposal_outcome.refused_in_rehearsal:
        yield f"{skipped.remedy.rstrip('.')}: {skipped.why} Nothing was written, and nobody was asked.", []
    for one in proposal_outcome.denials:
        yield f"{one.purpose.rstrip('.')}: denied by policy. {one.reason}", []
    for write in proposal_outcome.remediations:
        if write.outcome not in DONE:
            yield _write_line(write, facts), [write.permit]


def _failure_text(failed: FailedRemedy) -> str:
    """Why a remedy counts as failed, and whether its undo is known to have given the state back."""
    wrong = [f"{check.what}: {check.reading}" for check in failed.verification.checks if check.ok is False]
    why = "; ".join([*wrong, *(f"worse: {worse}" for worse in failed.verification.worse)]) or "it ended badly"
    undo = {
        None: "It was not undone.",
        "proved": "It was undone, and the undo is verified.",
        "not_healed": "It was undone, and the undo did not restore the previous state.",
        "inconclusive": "It was undone; whether that restored the previous state could not be checked.",
    }[failed.undo.verdict if failed.undo else None]
    return f"Did not fix it: {failed.action.purpose.rstrip('.')}. {why}. {undo}"


def _write_line(write: Remediation, facts: ReportFacts) -> str:
    word = "Undo" if write.is_undo else "Write"
    outcome = write.outcome.replace("_", " ")
    return (
        f"{word} {write.call.tool} on {target(write)}: {outcome} at {clock(write.at, facts.day)}, {permitted(write)}."
    )


def permitted(write: Remediation) -> str:
    """On whose word it was sent."""
    how, _, who = write.allowed_by.partition(":")
    return f"allowed by policy {who}" if how == "policy" else f"approved by {who or how}"


def ruled_out(facts: ReportFacts) -> Iterator[Line]:
    """By what was seen of the subject."""
    for other in facts.diagnosis.ruled_out[:RULED_OUT]:
        why = in_words(other.why.rstrip("."), own_words(facts.diagnosis))
        text = f"{_words(other.failure_class)} of {other.subject}: {why}."
        yield text, facts.about(other.subject)[:1]


def also(diagnosis: Diagnosis) -> Iterator[Line]:
    """Independent causes: each in its own words."""
    for cause in diagnosis.also:
        shows = list(dict.fromkeys(str(term.evidence) for term in cause.terms if term.evidence and term.weight > 0))
        yield cause.statement, shows


def considered(diagnosis: Diagnosis) -> Iterator[Line]:
    """What a chat model proposes where another cause is believed; where none is, the statement tells it."""
    if diagnosis.proposal is not None and diagnosis.verdict == "cause":
        yield f"{PROPOSED}{diagnosis.proposal.statement}", diagnosis.proposal.evidence


def elsewhere(facts: ReportFacts) -> Iterator[Line]:
    for text in facts.diagnosis.elsewhere[:ELSEWHERE]:
        yield f"{text.rstrip('.')}.", facts.about(text.partition(":")[0])[:1]


def unexplained(facts: ReportFacts) -> Iterator[Line]:
    """What is wrong near the subjects, where no cause explains it."""
    if facts.diagnosis.verdict in ("inconclusive", "proposed"):
        wrong = sorted(recency.ABNORMAL | recency.PAST | recency.REPORTS)
        for group in group_facts(facts.observed_near(*wrong))[:READING_LIMIT]:
            yield f"{sentence_about(group, facts.day)}.", [one.evidence for one in group]


def own_words(diagnosis: Diagnosis) -> set[str]:
    """Names of failure classes that the diagnosis uses: ours, and in no evidence."""
    proposal_hypothesis = diagnosis.proposal.hypothesis if diagnosis.proposal is not None else None
    hypotheses = [diagnosis.hypothesis, proposal_hypothesis, *diagnosis.also, *diagnosis.others]
    return {hypothesis.failure_class for hypothesis in hypotheses if hypothesis is not None} | {
        other.failure_class for other in diagnosis.ruled_out
    }


def _words(failure_class: str) -> str:
    return failure_class.replace("_", " ").capitalize()
