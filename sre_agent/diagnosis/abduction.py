"""The smallest set of causes that explains what is abnormal: who follows from whom, and what is left over.

Hypotheses are weighed one by one (`hypotheses`). Here they are held against each other: one that another brings about
is a symptom, and a second cause is believed only for what the first does not explain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mcp_servers.contract.facts import SubjectKey
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.topology import DEPENDENCY_ATTRIBUTES, OF_THE_CLOUD

# An observation's code, what of a thing it is about, and the workload or other root that it is about.
Fact = tuple[str, str, SubjectKey]
Facts = set[Fact]


def explained_facts(found: Sequence[Draft]) -> list[Draft]:
    """The drafts, those that follow from another believed one marked with it; no two explain each other."""
    parents: dict[int, int] = {}
    for place in sorted(range(len(found)), key=lambda i: _rank(found[i])):
        cause = found[place]
        if not cause.is_credible:
            continue
        for other, effect in enumerate(found):
            if other == place or other in parents or cause.current < effect.current:
                continue
            if other not in _line(place, parents) and _brings_about(cause, effect):
                parents[other] = place
    return [replace(d, explained_by=found[parents[i]]) if i in parents else d for i, d in enumerate(found)]


def covered_facts(cause: Draft, found: Iterable[Draft]) -> Facts:
    """What the cause explains: the facts in its favour, the symptoms of its class, and all of what follows from it."""
    facts: Facts = set()
    for draft in [cause, *followers(cause, found)]:
        facts |= {fact(draft, seen) for seen in draft.supporting}
        for effect in draft.kind.effects:
            if effect.observation:
                within = draft.view.place(effect.place)
                facts |= {
                    fact(draft, seen)
                    for seen in draft.view.evidence_set.with_code(effect.observation)
                    if seen.subject.key in within and (effect.place != "callers" or _is_about(draft, seen))
                }
    return facts


def followers(cause: Draft, found: Iterable[Draft]) -> list[Draft]:
    """The drafts that follow from it, directly or through others."""
    every, line, edge = list(found), [], [cause]
    while edge:
        one = edge.pop()
        later = [d for d in every if d.explained_by is not None and same(d.explained_by, one) and d not in line]
        line += later
        edge += later
    return line


def further(
    leading: Draft, rivals: Sequence[Draft], found: Sequence[Draft], abnormal: Sequence[ObservedFact]
) -> list[Draft]:
    """Concurrent causes beside the leading one: each believed by proof, for something that nothing before explains."""
    left = {fact(leading, seen) for seen in abnormal} - covered_facts(leading, found)
    chosen: list[Draft] = []
    rest = [
        d for d in rivals if not same(d, leading) and d.is_credible and d.decisive and d.current and not d.unrelated
    ]
    while rest and left:
        best = max(rest, key=lambda d: (len(covered_facts(d, found) & left), d.score))
        gained = covered_facts(best, found) & left
        if not gained:
            break
        chosen.append(best)
        left -= gained
        rest.remove(best)
    return chosen


def independent(one: Draft, other: Draft, found: Sequence[Draft]) -> bool:
    """Whether both are proven, about different things, and neither explains the other's proof: no rivals then.

    One thing of the cloud can lack two things at once, each measured by itself.
    """
    if not (one.decisive and other.decisive):
        return False
    if one.subject == other.subject and (one.subject.kind not in OF_THE_CLOUD or same(one, other)):
        return False
    return not proof(one) & covered_facts(other, found) and not proof(other) & covered_facts(one, found)


def proof(draft: Draft) -> Facts:
    codes = {rule.observation for rule in draft.kind.supports if rule.decisive}
    return {fact(draft, seen) for seen in draft.supporting if seen.code in codes}


def fact(draft: Draft, seen: ObservedFact) -> Fact:
    named = DEPENDENCY_ATTRIBUTES.get(seen.code, "of")
    of = str(seen.observation.attributes.get(named, ""))
    return seen.code, of, draft.view.topology.workload(seen.subject.key)


def _is_about(draft: Draft, seen: ObservedFact) -> bool:
    """Whether what a caller says, where it names somebody, names the subject of the draft."""
    return draft.view.topology.is_meant(seen, draft.subject.key)


def same(one: Draft, other: Draft) -> bool:
    return one.kind is other.kind and one.subject == other.subject


def _rank(draft: Draft) -> tuple[bool, int, str, str]:
    return not draft.decisive, -draft.score, draft.kind.name, draft.subject.short


def _line(place: int, parents: dict[int, int]) -> set[int]:
    """A draft and all that it follows from."""
    line = {place}
    while (above := parents.get(place)) is not None and above not in line:
        line.add(above)
        place = above
    return line


def _brings_about(cause: Draft, effect: Draft) -> bool:
    """Whether one of the groups that the effect's class shows as is what the cause's class brings about where it is."""
    view, key = cause.view, effect.subject.key
    return any(
        brought.group in effect.kind.shows_as and key in view.place(brought.place) and view.holds(brought.when)
        for brought in cause.kind.effects
        if brought.group
    )
