"""Every failure class on every subject near the focus: what speaks for it, what against, and whether it can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from mcp_servers.contract.facts import Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.call_path import CallPath, is_missed
from sre_agent.diagnosis.contradictions import Rejection
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.requirements import excluding, lacking, nothing_shows
from sre_agent.diagnosis.timing import ROLLOUTS, changes_of, felt_since, in_time, not_long_before, when
from sre_agent.diagnosis.topology import Keys, Topology
from sre_agent.diagnosis.view import SubjectView, noticing
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import RuledOut, Term
from sre_agent.failures import Catalogue, FailureClass
from sre_agent.failures.model import Place, WeightedCondition

CLAIMED_ALIKE: Final[tuple[Place, ...]] = ("unreachable", "slow", "uncertified")
TIMED_FROM_START = frozenset(code for code, entry in OBSERVATIONS.items() if entry.timed_from_start)


def drafts(
    catalogue: Catalogue,
    path: CallPath,
    near: Keys,
    focus: Iterable[SubjectKey],
    started_at: datetime | None,
    *,
    claims: Sequence[AlarmClaim] = (),
) -> tuple[list[Draft], list[Rejection]]:
    """All hypotheses with something in their favour, and what cannot be at all."""
    focus = list(focus)
    own, evidence_set, topology = set(path.own), path.evidence_set, path.topology
    drafts: list[Draft] = []
    ruled_out: list[Rejection] = []
    felt_at = felt_since(evidence_set, own) or started_at
    for subject in candidates(topology, near):
        view = SubjectView(evidence_set, topology, subject, focus, claims=claims)
        for kind in catalogue:
            if subject.kind not in kind.subject_kinds:
                continue
            if not view.holds(kind.requires):
                if reason := _change_only(kind, view):
                    ruled_out.append(reason)
                continue
            draft = _weigh(kind, view, started_at)
            if draft.supporting:
                draft = _place(draft, path)
                is_old = felt_at is not None and not is_missed(view, own)
                drafts.append(not_long_before(draft, own, felt_at) if felt_at is not None and is_old else draft)
    return drafts, ruled_out


def candidates(topology: Topology, near: Keys) -> list[Subject]:
    """What a cause may sit on: the workload instead of its pods, everything else as it is."""
    keys = {topology.workload(key) for key in near}
    return [topology.subjects[key] for key in sorted(keys) if key in topology.subjects]


def _weigh(kind: FailureClass, view: SubjectView, started_at: datetime | None) -> Draft:
    terms: list[Term] = []
    supporting: list[ObservedFact] = []
    quotes: set[str] = set()  # in the source's words: what speaks for a hypothesis does not count against it as well
    decisive = False
    for rule, sign in [(r, 1) for r in kind.supports] + [(r, -1) for r in kind.contradicts]:
        matches = view.matching(rule) if view.subject.kind in (rule.subject_kinds or kind.subject_kinds) else []
        if sign < 0:
            matches = [match for match in matches if match.observation.excerpt not in quotes]
        if not matches:
            continue
        terms.append(_term(rule, matches[0], sign))
        if sign > 0:
            supporting += matches
            quotes |= {match.observation.excerpt for match in matches} - {""}
            decisive = decisive or (rule.decisive and view.holds(rule.proves))
    mechanism = [s for c in (*kind.requires.all, *kind.requires.any) for s in view.matching(c)] or supporting
    current = any(_is_current(s, view) for s in mechanism) and _more_than_words(supporting, view)
    draft = Draft(kind, view, tuple(terms), tuple(supporting), decisive, current, _since(kind, view, supporting))
    return in_time(draft, started_at) if kind.change else draft


def _term(rule: WeightedCondition, observed_fact: ObservedFact, sign: int) -> Term:
    return Term(
        observation=observed_fact.code,
        subject=observed_fact.subject.short,
        weight=sign * rule.weight,
        evidence=observed_fact.evidence,
        excerpt=observed_fact.observation.excerpt,
        note=rule.note,
    )


def _is_current(observed_fact: ObservedFact, view: SubjectView) -> bool:
    """Whether it says that something is wrong now; the last words of a Job that gave up hold as long as that stands,
    and no later run of it has done its work."""
    if view.is_claimed(observed_fact) or _still_leaves_pods_out(observed_fact, view):
        return True
    if view.evidence_set.current(observed_fact) or observed_fact.code not in recency.REPORTS:
        return view.evidence_set.current(observed_fact)
    family, root = view.topology.workload_tree(observed_fact.subject.key), view.topology.root(observed_fact.subject.key)
    if any(root.kind in OBSERVATIONS[s.code].proves_well for s in view.evidence_set.facts if s.subject.key == root):
        return False
    return any(gave_up.subject.key in family for gave_up in view.evidence_set.with_code("job.failed"))


def _still_leaves_pods_out(observed_fact: ObservedFact, view: SubjectView) -> bool:
    """Whether it took away pods that are gone, and those that replace them have been in trouble since."""
    last = recency.last_seen(observed_fact.observation)
    if observed_fact.code not in recency.PAST or observed_fact.subject.kind == "Pod" or last is None:
        return False
    family = view.topology.workload_tree(observed_fact.subject.key)
    pods = [s for s in view.evidence_set.facts if s.subject.key in family and s.subject.kind == "Pod"]
    since = [s.observation.at for s in pods if s.code in recency.ABNORMAL]
    return any(at is not None and at >= last - recency.STATE_TURNS for at in since)


def _more_than_words(supporting: list[ObservedFact], view: SubjectView) -> bool:
    """Lines of a log alone are a failure only when they repeat, or when who says them is in trouble, or calls."""
    if any(view.place(name) for name in CLAIMED_ALIKE):  # the signal says of it what the lines say
        return True
    if any(s.code not in recency.REPORTS or s.code in recency.STATES for s in supporting):
        return True
    near = view.neighbourhood.union(*(view.topology.workload_tree(s.subject.key) for s in supporting))
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


def _change_only(kind: FailureClass, view: SubjectView) -> Rejection | None:
    """Why a change that was seen is no cause: what the class requires and nothing shows, or excludes and is seen."""
    started = (
        next((observed_fact for code in ROLLOUTS if (observed_fact := view.strongest(code))), None)
        if kind.change
        else None
    )
    if started is None or started.subject.key not in view.same:
        return None
    change_text = f"revision {started.observation.attributes.get('revision', '?')} was rolled out"
    if missing := lacking(kind.requires, view):
        denied = tuple(condition.observation for condition in missing)
        otherwise = f"{change_text}, but nothing ties the failure to it"
        return _rejection(kind, view, f"{change_text}, but {nothing_shows(missing)}", denied, otherwise)
    return _rejection(kind, view, f"{change_text}, but this rules it out: {excluding(kind.requires, view)}")


def _rejection(
    kind: FailureClass, view: SubjectView, why: str, denies: tuple[str, ...] = (), otherwise: str = ""
) -> Rejection:
    out = RuledOut(failure_class=kind.name, subject=view.subject.short, why=why)
    return Rejection(out, view.topology.workload(view.subject.key), denies, otherwise)


def _place(draft: Draft, path: CallPath) -> Draft:
    """The draft with what ties it to the focus: itself, what a log names, or only what the focus is configured with."""
    if not _aside(draft, path.named_keys):
        return draft
    if not _aside(draft, path.configured_keys):
        return replace(draft, decisive=False, only_configured=True)  # nobody says that it is this one that is missed
    return replace(draft, unrelated=True)


def _aside(draft: Draft, own: Keys) -> bool:
    """Whether nothing about the focus itself points at it: it sits elsewhere, and no log of the focus, nor of those
    whom its log complains of, names it."""
    view = draft.view
    if view.subject.key in own or any(s.subject.key in own for s in draft.supporting):
        return False
    complaining = {name for observed_fact in draft.supporting for name in noticing(observed_fact)}
    if any(view.topology.subjects[key].short in complaining for key in own if key in view.topology.subjects):
        return False
    own_facts = (s for s in view.evidence_set.facts if s.subject.key in own)
    return not any(
        (target := view.topology.target(s)) is not None and target.key in view.neighbourhood for s in own_facts
    )


def symptoms(draft: Draft) -> list[str]:
    """The observations that follow from it by its class, as `code subject`."""
    view = draft.view
    follows = [(e.observation, view.place(e.place)) for e in draft.kind.effects if e.observation]
    observed_facts = [
        s for s in view.evidence_set.facts if any(s.code == code and s.subject.key in where for code, where in follows)
    ]
    return list(dict.fromkeys(f"{s.code} {s.subject.short}" for s in observed_facts))
