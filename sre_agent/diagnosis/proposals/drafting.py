"""A proposed cause as a failure class of its own: what the run goes by, and what the operator is offered as a file.

It has no proof of its own, so nothing in it is decisive. It asks for what marks the case, as the words of a log, so
that it does not speak up in every other one. What may be done is taken over from the class whose remedy was named, and
what recovered means too; besides, what was wrong with the subject has to be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.view import SubjectView
from sre_agent.failures import FailureClass, literal
from sre_agent.failures.checking import attributes
from sre_agent.failures.model import Condition, Place, RecoveryCondition, Remedy, Requirement, WeightedCondition
from sre_agent.failures.sentences import Scalar

WEIGHT: Final = 10
RULES: Final = 12
MARKS: Final = ("message", "variable")  # attributes of a log that tell this case from others
KINDS: Final = ("reason", "why", "exit_code", "probe", "condition", "metric")  # attributes that say what kind it is
COMMON: Final = recency.PASSING | recency.ALARM_FIRING  # follows from too many causes
UNREVIEWED: Final = "No remedy is known for it: whoever owns the workload has to judge what is proposed here."
Cure = tuple[FailureClass, Remedy]  # the remedy and the class that it is of


def rules(telling: Sequence[ObservedFact], view: SubjectView) -> list[tuple[Condition, ObservedFact]]:
    """Each kind of fact once, as a condition, with the first that fulfils it; what marks the case first."""
    by_condition: dict[str, tuple[Condition, ObservedFact]] = {}
    for observed_fact in telling:
        condition = Condition(
            observation=observed_fact.code, where=_kind_of(observed_fact), on=_where(observed_fact, view)
        )
        by_condition.setdefault(condition.model_dump_json(exclude={"on"}), (condition, observed_fact))
    return sorted(by_condition.values(), key=lambda rule: (not _marks(rule[0]), rule[0].observation in COMMON))[:RULES]


def draft(
    name: str, title: str, mechanism: str, view: SubjectView, speaking: Sequence[Condition], cure: Cure | None
) -> FailureClass:
    """The class on kinds like the subject's, for which `speaking` counts."""
    taken_over: dict[str, object] = {"owner": "application team", "unfixable_note": UNREVIEWED}
    if cure is not None:
        kind, remedy = cure
        taken_over = {
            "remedies": [remedy],
            "facts": kind.facts,
            "deadline": kind.deadline,
            "poll": kind.poll,
            "settle": kind.settle,
        }
    return FailureClass(
        **{"class": name},
        title=title,
        subject_kinds=[view.subject.kind],
        requires=_requirement(speaking),
        supports=[WeightedCondition(**dict(condition), weight=WEIGHT) for condition in speaking],
        statement=["{subject}: " + literal(f"{title}. {mechanism}")],
        recovered_when=_recovery_lines(speaking, cure),
        **taken_over,
    )


def _requirement(speaking: Sequence[Condition]) -> Requirement:
    """One of what marks the case; where nothing does, one of what does not follow from nearly everything."""
    marks = [condition for condition in speaking if _marks(condition)]
    apart = [c for c in speaking if c.observation in recency.ABNORMAL | recency.PAST and c.observation not in COMMON]
    return Requirement(any=marks or apart)


def _marks(condition: Condition) -> bool:
    return bool(set(MARKS) & set(condition.where))


def _kind_of(observed_fact: ObservedFact) -> dict[str, Scalar | list[Scalar]]:
    """What kind of fact it is. Braces would be a template in a class file, so such a text is left out; words other than
    a log's pattern name this very pod."""
    names = attributes(observed_fact.code) & {*KINDS, *(MARKS if observed_fact.code in recency.FROM_LOGS else ())}
    values = {name: observed_fact.observation.attributes.get(name, "") for name in sorted(names)}
    return {
        name: value
        for name, value in values.items()
        if value != "" and not isinstance(value, list) and "{" not in str(value)
    }


def _where(observed_fact: ObservedFact, view: SubjectView) -> Place:
    return "same" if observed_fact.subject.key in view.same else "related"


def _recovery_lines(speaking: Sequence[Condition], cure: Cure | None) -> list[RecoveryCondition]:
    """The lines of the remedy's class may hold all along where it is not the cause, so what was wrong counts as well.

    Not metrics and logs, which tell of the past for a while, nor what is only near and may be wrong for reasons of its
    own: these count without a remedy alone, where nothing waits for them.
    """
    wrong = [c for c in speaking if c.observation in recency.ABNORMAL]
    if cure is None:
        return _absence_lines(wrong or speaking)
    known_codes = {line.absent for line in cure[0].recovered_when}
    own = [c for c in wrong if c.on == "same" and c.observation in recency.STATES and c.observation not in known_codes]
    return [*cure[0].recovered_when, *_absence_lines(own)]


def _absence_lines(conditions: Sequence[Condition]) -> list[RecoveryCondition]:
    lines = [RecoveryCondition(absent=c.observation, on="subject" if c.on == "same" else "related") for c in conditions]
    return list({line.absent: line for line in lines}.values())
