"""Why a failure class is, or is not, the cause: how it stands on each thing that it could be about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sre_agent.diagnosis import hypotheses as weighed
from sre_agent.diagnosis.case import Case
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.requirements import excluding, lacking, means, nothing_shows
from sre_agent.diagnosis.topology import Topology
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.diagnosis import Diagnosis, Term
from sre_agent.failures import FailureClass

ClassState = Literal["cause", "rival", "rejected", "required", "excluded", "unsupported"]


@dataclass(frozen=True)
class ClassStanding:
    """`why` is the rest of a sentence. `terms` speak for it and against it; `unseen` are supporting observations that
    nothing shows, each with what it would add."""

    subject: str
    state: ClassState
    why: str
    score: int = 0
    terms: tuple[Term, ...] = ()
    unseen: tuple[str, ...] = ()


def standings(kind: FailureClass, case: Case, topology: Topology) -> list[ClassStanding]:
    """One for each subject of the class's kinds that a cause may sit on, the best first."""
    diagnosis = case.diagnosis()
    drafts = {draft.subject.key: draft for draft in case.hypotheses if draft.kind.name == kind.name}
    subjects = [one for one in weighed.candidates(topology, case.near) if one.kind in kind.subject_kinds]
    result = []
    for subject in subjects:
        draft = drafts.get(subject.key)
        view = draft.view if draft is not None else SubjectView(case.evidence_set, topology, subject)
        result.append(_standing(draft, diagnosis) if draft is not None else _not_weighed(kind, view))
    return sorted(result, key=lambda one: (-one.score, one.subject))


def _standing(draft: Draft, diagnosis: Diagnosis) -> ClassStanding:
    name, subject = draft.kind.name, draft.subject.short
    causes = [one for one in diagnosis.causes if (one.failure_class, one.subject.short) == (name, subject)]
    out = next((one for one in diagnosis.ruled_out if (one.failure_class, one.subject) == (name, subject)), None)
    state: ClassState = "cause" if causes else "rejected" if out else "rival"
    if causes:
        why = f"it is a cause ({causes[0].confidence:.0%} sure)"
    elif out is not None:
        why = out.why
    else:
        leading = diagnosis.hypothesis
        other = f"; {leading.failure_class} on {leading.subject.short} has {leading.score}" if leading else ""
        why = f"it has {draft.score} points{'' if draft.current else ', from what is over'}{other}"
    return ClassStanding(subject, state, why, draft.score, draft.terms, _unseen(draft.kind, draft.view))


def _not_weighed(kind: FailureClass, view: SubjectView) -> ClassStanding:
    subject = view.subject.short
    if missing := lacking(kind.requires, view):
        return ClassStanding(subject, "required", nothing_shows(missing), unseen=_unseen(kind, view))
    if exclusion := excluding(kind.requires, view):
        return ClassStanding(subject, "excluded", f"this rules it out: {exclusion}")
    return ClassStanding(subject, "unsupported", "nothing that was seen speaks for it", unseen=_unseen(kind, view))


def _unseen(kind: FailureClass, view: SubjectView) -> tuple[str, ...]:
    rules = [rule for rule in kind.supports if view.subject.kind in (rule.subject_kinds or kind.subject_kinds)]
    lines = [f"+{rule.weight}  {rule.observation}  {means(rule)}" for rule in rules if not view.matching(rule)]
    return tuple(dict.fromkeys(lines))
