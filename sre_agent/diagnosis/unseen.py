"""What could not be seen, in the order in which it matters to what was asked.

First what bears on the claim about the subjects themselves; last what says nothing of them, as a cloud account that
nobody configured where a workload of the cluster is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.observations import Quantity
from mcp_servers.contract.refusals import LASTING
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.diagnosis.topology import OF_THE_CLOUD, Keys
from sre_agent.domain.claim import BEYOND_PODS
from sre_agent.domain.finding import Evidence

ON_THE_WAY: Final = frozenset({"NetworkPolicy", "Service", "Endpoints", "EndpointSlice", "Ingress"})  # of a request
POLICIES: Final = frozenset({"NetworkPolicy"})
OF_THE_PODS: Final = frozenset({"Pod", "Event", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Node"})


@dataclass(frozen=True)
class UnseenSource:
    """`kinds` are those of the objects that were not read, where it was lists of these."""

    text: str
    item: Evidence
    kinds: frozenset[str]
    is_lasting: bool
    is_partial: bool = False


def unseen(evidence_set: EvidenceSet, own: Keys, near: Keys, quantities: Sequence[Quantity]) -> list[str]:
    """One sentence for each, the one that matters most first. `quantities` are those that the signal claims."""
    bearing = _bearing(quantities)
    answering = {
        e.server
        for e in evidence_set.evidence
        if e.answer and any(o.subject.key in near for o in e.answer.observations)
    }
    of_the_cloud = any(key.kind in OF_THE_CLOUD for key in own)
    names = {key.name for key in own}

    def rank(one: UnseenSource) -> tuple[bool, bool, bool]:
        elsewhere = one.is_lasting or (bool(answering) and one.item.server not in answering and not of_the_cloud)
        about = str(one.item.arguments.get("name", "")) in names
        return elsewhere, not (one.kinds & bearing), not about

    sentences = [one.text for one in sorted(_sources(evidence_set), key=rank)]
    sentences += [
        f"{s.subject.short} has no data, which is no sign of health."
        for s in evidence_set.with_code(*sorted(recency.NO_DATA))
        if s.subject.key in near
    ]
    return list(dict.fromkeys(sentences))


def is_unread(draft: Draft) -> bool:
    """Whether only complaints speak for it, and what would decide could not be read: what stands on the way to its
    subject, or the subject itself."""
    if draft.decisive or not all(fact.code in recency.REPORTS for fact in draft.supporting):
        return False
    name = draft.subject.name
    outside = draft.subject.kind == "Address" and "." in name
    deciding = POLICIES if outside else ON_THE_WAY
    for source in _sources(draft.view.evidence_set):
        if source.kinds & deciding and not source.is_partial:
            return True
        asked_names = {str(source.item.arguments.get(key, "")).rpartition("/")[2] for key in ("name", "target")}
        if name in asked_names and not source.kinds and not source.is_partial:
            return True
    return False


def is_reason_unread(draft: Draft) -> bool:
    """Whether the call that would tell why the subject is so was refused, as its class says."""
    tools = {step.tool for step in draft.kind.follow_up if step.gives_reason}
    name = draft.subject.name
    return any(
        source.item.tool in tools and str(source.item.arguments.get("name", "")) == name and not source.is_partial
        for source in _sources(draft.view.evidence_set)
    )


def _sources(evidence_set: EvidenceSet) -> Iterator[UnseenSource]:
    for item in evidence_set.failed_calls():
        if item.refusal is not None:
            yield UnseenSource(str(item.refusal), item, frozenset(), item.refusal.code in LASTING)
    for item, coverage in evidence_set.gaps():
        text = f"{coverage.looked_at}: {coverage.state}. {coverage.detail}".strip()
        is_partial = coverage.state == "partial"
        yield UnseenSource(text, item, frozenset(coverage.kinds), coverage.code in LASTING, is_partial)


def _bearing(quantities: Sequence[Quantity]) -> frozenset[str]:
    """The kinds that decide such a claim."""
    if any(quantity in BEYOND_PODS for quantity in quantities):
        return ON_THE_WAY
    return OF_THE_PODS
