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


def explained_facts(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, those that follow from another believed one marked with it; no two explain each other."""
    parents: dict[int, int] = {}
    for place in sorted(range(len(drafts)), key=lambda i: _rank(drafts[i])):
        cause = drafts[place]
        if not cause.is_credible:
            continue
        for other, effect in enumerate(drafts):
            if other == place or other in parents or cause.current < effect.current:
                continue
            if other not in _line(place, parents) and _brings_about(cause, effect):
                parents[other] = place
    return [replace(d, explained_by=drafts[parents[i]]) if i in parents else d for i, d in enumerate(drafts)]


def covered_facts(cause: Draft, drafts: Iterable[Draft]) -> Facts:
    """What the cause explains: the facts in its favour, the symptoms of its class, and all of what follows from it."""
    facts: Facts = set()
    for draft in [cause, *followers(cause, drafts)]:
        facts |= {fact(draft, observed_fact) for observed_fact in draft.supporting}
        for effect in draft.kind.effects:
            if effect.observation:
                within = draft.view.place(effect.place)
                facts |= {
                    fact(draft, observed_fact)
                    for observed_fact in draft.view.evidence_set.with_code(effect.observation)
                    if observed_fact.subject.key in within
                    and (effect.place != "callers" or _is_about(draft, observed_fact))
                }
    return facts


def followers(cause: Draft, drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts that follow from it, directly or through others."""
    every, line, edge = list(drafts), [], [cause]
    while edge:
        one = edge.pop()
        later = [d for d in every if d.explained_by is not None and same(d.explained_by, one) and d not in line]
        line += later
        edge += later
    return line


def further(
    leading: Draft, rivals: Sequence[Draft], drafts: Sequence[Draft], abnormal: Sequence[ObservedFact]
) -> list[Draft]:
    """Concurrent causes beside the leading one: each believed by proof, for something that nothing before explains."""
    left = {fact(leading, observed_fact) for observed_fact in abnormal} - covered_facts(leading, drafts)
    selection: list[Draft] = []
    rest = [
        d for d in rivals if not same(d, leading) and d.is_credible and d.decisive and d.current and not d.unrelated
    ]
    while rest and left:
        best = max(rest, key=lambda d: (len(covered_facts(d, drafts) & left), d.score))
        gains = covered_facts(best, drafts) & left
        if not gains:
            break
        selection.append(best)
        left -= gains
        rest.remove(best)
    return selection


def independent(one: Draft, other: Draft, drafts: Sequence[Draft]) -> bool:
    """Whether both are proven, about different things, and neither explains the other's proof: no rivals then.

    One thing of the cloud can lack two things at once, each measured by itself; of one workload one pod can fail by one
    thing and the next by another.
    """
    if not (one.decisive and other.decisive):
        return False
    if same(one, other):
        return False
    if one.subject == other.subject and one.subject.kind not in OF_THE_CLOUD and not _of_other_pods(one, other):
        return False
    return not proof(one) & covered_facts(other, drafts) and not proof(other) & covered_facts(one, drafts)


def _of_other_pods(one: Draft, other: Draft) -> bool:
    pods, others = ({s.subject.key for s in _proving(draft) if s.subject.kind == "Pod"} for draft in (one, other))
    return bool(pods and others) and not pods & others


def proof(draft: Draft) -> Facts:
    return {fact(draft, observed_fact) for observed_fact in _proving(draft)}


def _proving(draft: Draft) -> list[ObservedFact]:
    codes = {rule.observation for rule in draft.kind.supports if rule.decisive}
    return [observed_fact for observed_fact in draft.supporting if observed_fact.code in codes]


def fact(draft: Draft, observed_fact: ObservedFact) -> Fact:
    attribute = DEPENDENCY_ATTRIBUTES.get(observed_fact.code, "of")
    of = str(observed_fact.observation.attributes.get(attribute, ""))
    return observed_fact.code, of, draft.view.topology.workload(observed_fact.subject.key)


def _is_about(draft: Draft, observed_fact: ObservedFact) -> bool:
    """Whether what a caller says, where it names somebody, names the subject of the draft."""
    return draft.view.topology.is_meant(observed_fact, draft.subject.key)


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
        group_effect.group in effect.kind.shows_as
        and key in view.place(group_effect.place)
        and view.holds(group_effect.when)
        for group_effect in cause.kind.effects
        if group_effect.group
    )
