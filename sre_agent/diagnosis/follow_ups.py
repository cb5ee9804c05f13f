"""What to ask next: the calls that would decide between the best hypotheses, as their classes say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import names as naming
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import EvidenceSet, question
from sre_agent.diagnosis.requirements import fits
from sre_agent.diagnosis.texts import TextProblem, Texts
from sre_agent.diagnosis.topology import OF_THE_CLOUD, WORKLOADS, Topology
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.finding import EvidenceRequest
from sre_agent.failures.model import FIND_RUNBOOKS, RUNBOOKS_AGENT

ENTRANCE, OBJECT, LOGS, SHIPPED = "kubectl_entrance", "kubectl_get", "kubectl_logs", "workload_logs"
# What the opening calls of the specialists look at; of anything else the object itself is read.
LOOKED_AT = (
    *(*WORKLOADS, "ReplicaSet", "Pod", "Service", "HorizontalPodAutoscaler", "PersistentVolumeClaim", "Ingress"),
    *("PodDisruptionBudget", "ResourceQuota", "Node", "Alarm", "LogGroup", "Address"),
)
BEST = 4  # hypotheses that are worth a question


def looked_for(
    claims: Sequence[AlarmClaim],
    focus: Sequence[Subject],
    evidence_set: EvidenceSet,
    topology: Topology,
    *,
    budget_left: int,
) -> list[EvidenceRequest]:
    """What would show or disprove what is claimed of the subjects themselves, where it was not asked yet: for what
    pods say nothing about, the requests at the entrance; and objects of kinds that no opening call looks at."""
    requests: list[EvidenceRequest] = []
    beyond = [claim for claim in claims if claim.is_beyond_pods or claim.quantity == "health"]
    for subject in focus:
        one: dict[str, object] = {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name}
        if subject.kind not in (*LOOKED_AT, *OF_THE_CLOUD) and question(OBJECT, one) not in evidence_set.calls:
            decides = f"what {subject.short} shows by itself"
            requests.append(EvidenceRequest(agent="kubernetes", tool=OBJECT, arguments=one, decides=decides))
    for subject in focus if beyond else ():
        arguments: dict[str, object] = {"namespace": subject.namespace, "name": subject.name}
        if subject.kind not in (*WORKLOADS, "Pod", "Service", "Ingress"):
            continue
        if _is_silent(subject, arguments, evidence_set, topology):
            log_arguments = {**arguments, "kind": subject.kind, "cluster": subject.scope}
            decides = f"what the pods of {subject.short} wrote, of which the cluster has no log"
            if subject.kind in WORKLOADS and question(SHIPPED, log_arguments) not in evidence_set.calls:
                requests.append(EvidenceRequest(agent="logs", tool=SHIPPED, arguments=log_arguments, decides=decides))
        if url := next((claim.url for claim in beyond if claim.url), ""):
            arguments = {**arguments, "url": url}
        if question(ENTRANCE, arguments) not in evidence_set.calls:
            decides = f"whether requests to {subject.short} fail at the entrance, which its pods do not see"
            requests.append(EvidenceRequest(agent="kubernetes", tool=ENTRANCE, arguments=arguments, decides=decides))
    return requests[: max(0, budget_left)]


def _is_silent(subject: Subject, arguments: dict[str, object], evidence_set: EvidenceSet, topology: Topology) -> bool:
    """Whether its pods' logs were asked for, and nothing was in them."""
    family = topology.workload_tree(topology.resolve(subject).key)
    has_logs = any(OBSERVATIONS[fact.code].from_log and fact.subject.key in family for fact in evidence_set.facts)
    return question(LOGS, arguments) in evidence_set.calls and not has_logs


def follow_ups(
    ranked: Sequence[Draft], evidence_set: EvidenceSet, *, started_at: datetime | None, budget_left: int
) -> tuple[list[EvidenceRequest], list[str]]:
    """Questions of the best hypotheses, at most `budget_left`, none that was asked before in whatever window; and what
    is wrong with those that cannot be asked."""
    by_digest: dict[bytes, EvidenceRequest] = {}
    faults: list[str] = []
    for place, draft in enumerate(ranked[:BEST]):
        values = naming.names(draft.view, draft.supporting, draft.kind, started_at=started_at, leads=place == 0)
        texts = Texts(draft.view, values)
        for entry in draft.kind.follow_up:
            try:
                if not texts.holds(entry):
                    continue
                arguments = texts.fill(entry.arguments)
            except TextProblem as problem:
                faults.append(draft.kind.fault(f"question {entry.tool}", problem))
                continue
            key = question(entry.tool, arguments)
            if key not in evidence_set.calls:
                request = EvidenceRequest(
                    agent=entry.agent, tool=entry.tool, arguments=arguments, decides=entry.decides
                )
                by_digest.setdefault(key, request)
        for request in _for_runbooks(draft) if place == 0 else ():
            if (key := question(request.tool, request.arguments)) not in evidence_set.calls:
                by_digest.setdefault(key, request)
    return list(by_digest.values())[: max(0, budget_left)], list(dict.fromkeys(faults))


def _for_runbooks(draft: Draft) -> list[EvidenceRequest]:
    """A search for each remedy that a runbook would do here: what is documented for the class, then what reads so."""
    return [
        EvidenceRequest(
            agent=RUNBOOKS_AGENT,
            tool=FIND_RUNBOOKS,
            arguments={"text": draft.kind.title, "failure_class": remedy.runbook_tag},
            decides=f"whether there is a runbook to {remedy.name.replace('_', ' ')}",
        )
        for remedy in draft.kind.remedies
        if remedy.runbook_tag
        and draft.view.subject.kind in (remedy.subject_kinds or draft.kind.subject_kinds)
        and fits(remedy.requires, draft.view)
    ]
