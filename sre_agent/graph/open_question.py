"""The approval question that a run stands at, read back from what the run remembers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from langgraph.types import Interrupt

from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.domain.action import Action
from sre_agent.domain.diagnosis import Term
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import Question
from sre_agent.graph import state_values
from sre_agent.reports.commands import ConnectionOptions, by_hand
from sre_agent.reports.words import sentence_about

STRONGEST: Final = 3  # lines of evidence


def question_of(
    incident: Incident, values: dict[str, Any], interrupts: Sequence[Interrupt], ledger: Sequence[Evidence]
) -> Question | None:
    """None where the incident asks nothing. `values` are the run's state, `interrupts` what it stands at."""
    plan = state_values.plan(values)
    if not incident.question or plan is None or plan.action is None:
        return None
    standing = any(one.value["kind"] == "approval" for one in interrupts)
    questions = state_values.question(values) if standing else None
    action = plan.action
    question = Question(
        incident=incident.id,
        title=incident.title,
        action=action,
        diagnosis=state_values.diagnosis(values),
        undo=_undo(action),
        action_digest=action.digest,
        diff_digest=action.diff_digest,
        seen_before=state_values.seen_before(values),
    )
    if questions is not None:
        fields = ("changes", "expectations", "approvals", "sign_offs")
        field_values = {name: getattr(questions, name) for name in fields}
        question = question.model_copy(update={**field_values, "until": questions.expires_at})
    evidence = [*_over(incident), *_evidence(question, incident, ledger)]
    return question.model_copy(update={"evidence": evidence})


def _undo(action: Action) -> str:
    """What takes it back, as a command where one can; empty where nothing does."""
    if action.undo is None or not action.reversible:
        return ""
    arguments = ", ".join(f"{name}={value}" for name, value in action.undo.arguments.items())
    return by_hand(action.undo, ConnectionOptions()) or f"{action.undo.tool}({arguments})"


def _over(incident: Incident) -> list[str]:
    """That what opened the incident is over by its sender's word: who answers has to know."""
    first_signal = incident.signals[0]
    last = [one for one in incident.signals if one.fingerprint == first_signal.fingerprint][-1]
    if last.state != "resolved" or last.id == first_signal.id:
        return []
    since = last.changed_at or last.received_at
    return [f"The alarm has been reported resolved since, at {since:%Y-%m-%d %H:%M} UTC."]


def _evidence(question: Question, incident: Incident, ledger: Sequence[Evidence]) -> list[str]:
    """What weighs most for the cause, each kind of fact once."""
    evidence_set = EvidenceSet(list(ledger))
    terms = sorted(question.cause.terms if question.cause else [], key=lambda term: -term.weight)
    term_lines = (_term_line(term, evidence_set, incident.opened_at) for term in terms if term.weight > 0)
    return list(dict.fromkeys(term_lines))[:STRONGEST]


def _term_line(term: Term, evidence_set: EvidenceSet, day: datetime) -> str:
    facts = [one for one in evidence_set.with_code(term.observation) if one.subject.short == term.subject]
    if facts:
        return sentence_about(facts[:1], day)
    return f"{term.subject}: {term.note or term.excerpt or term.observation}"
