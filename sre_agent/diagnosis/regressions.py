"""What is worse in a namespace than just before a write, apart from what the write was for.

Each workload is compared with itself by what its users feel: more kinds of the same trouble are no regression, trouble
where there was none is, and so is nobody served where somebody was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.facts import SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import Keys, Topology
from sre_agent.domain.finding import Evidence
from sre_agent.domain.verification import Check

DEGREES: Final = {"": 1, "fewer_serve": 2, "requests_fail": 3, "nobody_served": 4}  # of trouble, by what is felt of it
Troubles = dict[SubjectKey, ObservedFact]


def regressions(
    baseline: Sequence[Evidence], around: Sequence[Evidence], namespace: str, own: Keys
) -> list[str] | None:
    """Sentences; None where the look cannot tell: it was not answered, or not as a whole. `own` is left out."""
    if not is_whole(around):
        return None
    baseline_troubles, present = (_troubles(EvidenceSet(looks), namespace) for looks in (baseline, around))
    return [
        f"{fact.subject.short}: {OBSERVATIONS[fact.code].meaning}"
        for place, fact in present.items()
        if place not in own and fact.subject.key not in own
        if place not in baseline_troubles or _degree(fact) > _degree(baseline_troubles[place])
    ]


def namespace_check(namespace: str, worse: Sequence[str] | None, around: Sequence[Evidence]) -> Check:
    """`worse` as `regressions` tells it of the look `around`."""
    what = f"nothing else in namespace {namespace} is worse than before"
    if worse is None:
        return Check(what=what, about="namespace", ok=None, reading="could not be read as a whole")
    reading = f"{len(worse)} that were not so before" if worse else "as before"
    return Check(what=what, about="namespace", ok=not worse, reading=reading, evidence=around[0].id)


def is_whole(looks: Sequence[Evidence]) -> bool:
    """Whether all of a look was answered."""
    answers = [item.answer for item in looks]
    return bool(answers) and all(
        answer is not None and not any(part.state == "unavailable" for part in answer.coverage) for answer in answers
    )


def _troubles(look: EvidenceSet, namespace: str) -> Troubles:
    """The worst that is wrong now with each workload of the namespace."""
    topology, worst = Topology(look), Troubles()
    for fact in look.facts:
        if fact.code in recency.ABNORMAL and fact.subject.namespace == namespace:
            place = topology.workload(fact.subject.key)
            if place not in worst or _degree(fact) > _degree(worst[place]):
                worst[place] = fact
    return worst


def _degree(fact: ObservedFact) -> int:
    return DEGREES[OBSERVATIONS[fact.code].felt_by_users]
