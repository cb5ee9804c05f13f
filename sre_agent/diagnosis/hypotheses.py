"""Every failure class on every subject near the focus: what speaks for it, what against, and whether it can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mcp_servers.contract.facts import Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS, Quantity
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.contradictions import Rejected
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.requirements import excluding, lacking, nothing_shows
from sre_agent.diagnosis.topology import Keys, Topology
from sre_agent.diagnosis.view import SubjectView, onset
from sre_agent.domain.diagnosis import RuledOut, Term
from sre_agent.failures import Catalogue, FailureClass
from sre_agent.failures.model import Condition, WeightedCondition

BELIEVED = 40  # a decisive fact, or several lesser ones
TOLERANCE = timedelta(minutes=2)  # between the clocks of two sources
TIMED_FROM_START = frozenset(code for code, entry in OBSERVATIONS.items() if entry.timed_from_start)
LONG_BEFORE = timedelta(hours=6)
SERVED_LONG = timedelta(minutes=10)  # a revision that did its work so long did not break what ends now
SLOW_TO_SHOW = tuple(code for code, entry in OBSERVATIONS.items() if entry.slow_to_show)
TOO_OLD = -25
ROLLOUTS = tuple(code for code, entry in OBSERVATIONS.items() if entry.replaces_earlier)
EFFECTS = tuple(code for code, entry in OBSERVATIONS.items() if entry.dates_failure)


@dataclass(frozen=True)
class Draft:
    """A hypothesis being weighed. `supporting` are the facts behind the terms in its favour; `aside` says that nothing
    about the focus itself points at it."""

    kind: FailureClass
    view: SubjectView
    terms: tuple[Term, ...]
    supporting: tuple[ObservedFact, ...]
    decisive: bool
    current: bool
    since: datetime | None
    impossible: str = ""
    unrelated: bool = False
    explained_by: Draft | None = field(default=None, compare=False)

    @property
    def subject(self) -> Subject:
        return self.view.subject

    @property
    def score(self) -> int:
        return sum(term.weight for term in self.terms)

    @property
    def believed(self) -> bool:
        return not self.impossible and self.score >= BELIEVED


def drafts(
    catalogue: Catalogue,
    evidence_set: EvidenceSet,
    topology: Topology,
    own: Keys,
    near: Keys,
    focus: Iterable[SubjectKey],
    started_at: datetime | None,
    *,
    claimed: frozenset[Quantity] = frozenset(),
) -> tuple[list[Draft], list[Rejected]]:
    """All hypotheses with something in their favour, and what cannot be at all."""
    focus = list(focus)
    found: list[Draft] = []
    ruled_out: list[Rejected] = []
    for subject in candidates(topology, near):
        view = SubjectView(evidence_set, topology, subject, focus, claimed=claimed)
        for kind in catalogue:
            if subject.kind not in kind.subject_kinds:
                continue
            if not view.holds(kind.requires):
                if reason := _change_only(kind, view):
                    ruled_out.append(reason)
                continue
            draft = _weighed(kind, view, started_at)
            if draft.supporting:
                found.append(replace(draft, unrelated=_aside(draft, own)))
    return found, ruled_out


def candidates(topology: Topology, near: Keys) -> list[Subject]:
    """What a cause may sit on: the workload instead of its pods, everything else as it is."""
    keys = {topology.workload(key) for key in near}
    return [topology.subjects[key] for key in sorted(keys) if key in topology.subjects]


def _weighed(kind: FailureClass, view: SubjectView, started_at: datetime | None) -> Draft:
    terms: list[Term] = []
    supporting: list[ObservedFact] = []
    decisive = False
    for rule, sign in [(r, 1) for r in kind.supports] + [(r, -1) for r in kind.contradicts]:
        matches = view.matching(rule) if view.subject.kind in (rule.subject_kinds or kind.subject_kinds) else []
        if not matches:
            continue
        terms.append(_term(rule, matches[0], sign))
        if sign > 0:
            supporting += matches
            decisive = decisive or (rule.decisive and view.holds(rule.proves))
    mechanism = [s for c in (*kind.requires.all, *kind.requires.any) for s in view.matching(c)] or supporting
    current = any(_is_current(s, view) for s in mechanism) and _more_than_words(supporting, view)
    draft = Draft(kind, view, tuple(terms), tuple(supporting), decisive, current, _since(kind, view, supporting))
    return _in_time(draft, started_at) if kind.change else draft


def _term(rule: WeightedCondition, seen: ObservedFact, sign: int) -> Term:
    return Term(
        observation=seen.code,
        subject=seen.subject.short,
        weight=sign * rule.weight,
        evidence=seen.evidence,
        excerpt=seen.observation.excerpt,
        note=rule.note,
    )


def _in_time(draft: Draft, started_at: datetime | None) -> Draft:
    """A change after the failure began did not cause it; one long before it hardly did."""
    changes = changes_of(draft.kind, draft.view)
    began = min((t for t in (onset(draft.view, EFFECTS), started_at) if t is not None), default=None)
    if not changes or began is None:
        return draft
    before = [seen for seen in changes if when(seen) <= began + TOLERANCE]
    if not before:
        what = "rollout" if changes[-1].code in ROLLOUTS else "change"
        after = f"{when(changes[-1]):%H:%M:%S} UTC, after the failure had begun at {began:%H:%M:%S}"
        return replace(draft, impossible=f"the {what} came at {after}")
    change = before[-1]
    if change.code in ROLLOUTS and _served_before(draft.view, when(change), began):
        served = f"from {when(change):%H:%M:%S} UTC on, until the failure began at {began:%H:%M:%S}"
        return replace(draft, impossible=f"its pods had served {served}")
    if began - when(change) > LONG_BEFORE and draft.view.strongest("rollout.stuck") is None:
        late = Term(
            observation=change.code,
            subject=change.subject.short,
            weight=TOO_OLD,
            evidence=change.evidence,
            note="the change came long before the failure began",
        )
        return replace(draft, terms=(*draft.terms, late))
    return draft


def changes_of(kind: FailureClass, view: SubjectView) -> list[ObservedFact]:
    """The changes that a class blames, as far as their time is known, the latest last.

    Of a workload's rollouts the newest alone: what came before it is no longer running.
    """
    rules = [c for c in (*kind.requires.all, *kind.requires.any, *kind.supports) if c.observation in recency.CHANGES]
    found = {seen.observation.model_dump_json(): seen for rule in rules for seen in view.matching(rule)}
    dated = sorted((seen for seen in found.values() if seen.observation.at is not None), key=when)
    newest = {seen.code: seen for seen in dated if seen.code in ROLLOUTS}
    return [seen for seen in dated if newest.get(seen.code, seen) is seen]


def when(change: ObservedFact) -> datetime:
    assert change.observation.at is not None
    return change.observation.at


def _served_before(view: SubjectView, changed: datetime, began: datetime) -> bool:
    """Whether the newest revision is known to have worked for long before anything failed: its first warning came
    late, and nothing shows that needs time to grow."""
    warnings = [recency.first_seen(s.observation) for s in view.matching(Condition(observation="event.warning"))]
    first = min((t for t in warnings if t is not None), default=None)
    if first is None or any(view.matching(Condition(observation=code)) for code in SLOW_TO_SHOW):
        return False
    return min(first, began) - changed > SERVED_LONG


def _is_current(seen: ObservedFact, view: SubjectView) -> bool:
    """Whether it says that something is wrong now; the last words of a Job that gave up hold as long as that stands."""
    if view.evidence_set.current(seen) or seen.code not in recency.SAID:
        return view.evidence_set.current(seen)
    family = view.topology.workload_tree(seen.subject.key)
    return any(gave_up.subject.key in family for gave_up in view.evidence_set.with_code("job.failed"))


def _more_than_words(supporting: list[ObservedFact], view: SubjectView) -> bool:
    """Lines of a log alone are a failure only when they repeat, or when who says them is in trouble, or calls."""
    if view.place("unreachable") or view.place("slow"):  # the signal says of it what the lines say
        return True
    if any(s.code not in recency.SAID or s.code in recency.STATES for s in supporting):
        return True
    near = view.related.union(*(view.topology.workload_tree(s.subject.key) for s in supporting))
    if any(s.code in recency.ABNORMAL for s in view.evidence_set.facts if s.subject.key in near):
        return True
    return any(recency.insists(s.observation) for s in supporting)


def _since(kind: FailureClass, view: SubjectView, supporting: list[ObservedFact]) -> datetime | None:
    """The change where there is one, else the first of the supporting facts that has a time."""
    if kind.change and (changes := changes_of(kind, view)):
        return when(changes[-1])
    codes = {rule.observation for rule in kind.supports if rule.decisive} | TIMED_FROM_START
    times = [recency.first_seen(s.observation) for s in supporting if s.code in codes]
    return min((t for t in times if t is not None), default=None)


def _change_only(kind: FailureClass, view: SubjectView) -> Rejected | None:
    """Why a change that was seen is no cause: what the class requires and nothing shows, or excludes and is seen."""
    started = next((seen for code in ROLLOUTS if (seen := view.strongest(code))), None) if kind.change else None
    if started is None or started.subject.key not in view.same:
        return None
    came = f"revision {started.observation.attributes.get('revision', '?')} was rolled out"
    if missing := lacking(kind.requires, view):
        denied = tuple(condition.observation for condition in missing)
        otherwise = f"{came}, but nothing ties the failure to it"
        return _rejected(kind, view, f"{came}, but {nothing_shows(missing)}", denied, otherwise)
    return _rejected(kind, view, f"{came}, but this rules it out: {excluding(kind.requires, view)}")


def _rejected(
    kind: FailureClass, view: SubjectView, why: str, denies: tuple[str, ...] = (), otherwise: str = ""
) -> Rejected:
    out = RuledOut(failure_class=kind.name, subject=view.subject.short, why=why)
    return Rejected(out, view.topology.workload(view.subject.key), denies, otherwise)


def _aside(draft: Draft, own: Keys) -> bool:
    """Whether nothing about the focus itself points at it: it sits elsewhere, and no log of the focus names it."""
    view = draft.view
    if view.subject.key in own or any(s.subject.key in own for s in draft.supporting):
        return False
    said = (s for s in view.evidence_set.facts if s.subject.key in own)
    return not any((target := view.topology.target(s)) is not None and target.key in view.related for s in said)


def symptoms(draft: Draft) -> list[str]:
    """The observations that follow from it by its class, as `code subject`."""
    view = draft.view
    follows = [(e.observation, view.place(e.place)) for e in draft.kind.effects if e.observation]
    seen = [
        s for s in view.evidence_set.facts if any(s.code == code and s.subject.key in where for code, where in follows)
    ]
    return list(dict.fromkeys(f"{s.code} {s.subject.short}" for s in seen))
