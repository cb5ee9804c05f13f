"""What a twin shows of a cause: the calls that found it, made again to the twin, and weighed alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.calls import canonical
from mcp_servers.kubernetes.connection.api import Api
from sre_agent.compose import Runtime
from sre_agent.diagnosis import Engine
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.graph.evidence import VERIFIER
from sre_agent.rehearsal.capture import CaptureError, capture
from sre_agent.rehearsal.looks import OF_LOGS
from sre_agent.rehearsal.opening import LazyRehearsals
from sre_agent.rehearsal.twin import Twin, open_twin

DECIDED: Final = frozenset(  # failure classes that follow from objects of Kubernetes alone
    {
        *("quota_exceeded", "placement_impossible", "capacity_insufficient", "preempted", "config_missing"),
        *("service_misdirected", "service_deleted", "service_overselects", "ingress_misrouted", "scaled_to_zero"),
        *("volume_unprovisioned", "volume_unattachable", "image_pull_failed", "autoscaler_blocked", "drain_blocked"),
    }
)
SETTLES: Final = 5.0
PLACES: Final = ("namespace", "source", "target")


@dataclass(frozen=True)
class TwinDiagnosis:
    """The class and subject that the cluster's own evidence leads to, live and in the twin; empty where it leads to
    none."""

    live: str
    twin: str

    @property
    def is_same(self) -> bool:
        return self.live == self.twin


async def twin_diagnosis(runtime: Runtime, incident: Incident, report: Report) -> TwinDiagnosis | None:
    """None where the cause is none that Kubernetes alone decides, or its namespace cannot be copied."""
    causes = [cause for cause in report.diagnosis.causes if cause.failure_class in DECIDED and cause.subject.namespace]
    context = await runtime.runtimes.context(incident, 1)
    if not causes or not isinstance(context.rehearsals, LazyRehearsals) or context.rehearsals.cluster is None:
        return None
    reads = [item for item in await runtime.store.ledger(incident.id) if item.server == "kubernetes"]
    live = [item for item in reads if item.agent != VERIFIER]
    with closing(context.rehearsals.cluster.open()) as clusters:
        api = Api(clusters.of())
        try:
            copy, name = capture(api, causes[0].subject.namespace, seconds=5), api.name
        except CaptureError:  # a recording of somebody who may not read all of it
            return None
    async with open_twin(copy, name, context.rehearsals.open_signer, seconds=20) as (twin, _):
        await twin.advance(SETTLES)
        again = {canonical(item.tool, item.arguments): item for item in live}
        evidence_of_twin = [await _again(twin, item) for item in again.values()]
    return TwinDiagnosis(*(_led_to(context.engine, incident, evidence) for evidence in (live, evidence_of_twin)))


async def _again(twin: Twin, item: Evidence) -> Evidence:
    """From the twin, but for what it has not: logs, the values of ConfigMaps, and other namespaces."""
    places = {str(item.arguments[name]) for name in PLACES if item.arguments.get(name)}
    if item.tool in OF_LOGS or any(place.partition("/")[0] != twin.namespace for place in places):
        return item
    return await twin.ask(item.agent, item.tool, dict(item.arguments))


def _led_to(engine: Engine, incident: Incident, evidence: Sequence[Evidence]) -> str:
    started = min(incident.signals[0].started_at or incident.opened_at, incident.opened_at)
    weighing = engine.weigh(list(incident.subjects), evidence, started_at=started, budget_left=0)
    hypothesis = weighing.diagnosis.hypothesis
    return hypothesis.key if hypothesis is not None else ""
