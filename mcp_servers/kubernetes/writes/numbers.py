"""A blast radius in numbers, and who else is at work: what policies compare, beside the sentence that people read.

A number that could not be read is None. Everything is of one namespace, which is as far as a writing identity sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract import blast_radius as contract
from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth
from mcp_servers.kubernetes.connection.client import Obj
from mcp_servers.kubernetes.observe import needs
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ingress_backends import backends
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.writes.blast_radius import desired_replicas
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext

PLURALS: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
STEADY: Final = timedelta(minutes=5)  # without a restart
NETWORKING: Final = "/apis/networking.k8s.io/v1"


def numbers(
    beside: NamespaceContext,
    affected_pods: Sequence[Obj] | None,
    serving: Sequence[Obj] | None,
    services: Sequence[str] | None,
    *,
    as_of: datetime,
    own: str = "",
    added: int = 0,
) -> dict[str, Any]:
    """Keys of a preview's data. `affected_pods` are those that the write touches, `serving` those whose ready ones are
    the capacity that they are a share of, `services` the Services that send to them, `own` the workload's uid, `added`
    how many pods are new."""
    figures = BlastRadiusFigures(
        replicas=None if affected_pods is None else len(affected_pods) + added,
        ready_share=_ready_share(affected_pods, serving),
        nodes=None
        if affected_pods is None
        else len({node for pod in affected_pods if (node := o.spec(pod).get("nodeName"))}),
        callers=_callers(beside, services, own),
        **contract.NONE_ON_AWS,
    )
    return {
        contract.FIGURES: figures.model_dump(mode="json"),
        contract.NAMESPACE: namespace_health(beside, as_of).model_dump(mode="json"),
    }


def namespace_health(beside: NamespaceContext, as_of: datetime) -> NamespaceHealth:
    """How the namespace stands as a whole: whether a write is about one fault, or about one of very many."""
    workloads, pods = _workloads(beside), beside.list("/api/v1", "pods", lambda pod: not o.is_over(pod))
    labels = beside.labels()
    if workloads is None or pods is None:
        return NamespaceHealth(labels=labels)
    running_workloads = [one for one in workloads if desired_replicas(one) > 0]
    failing = [one for one in running_workloads if 2 * len(_steady_pods(one, pods, as_of)) < desired_replicas(one)]
    return NamespaceHealth(labels=labels, workloads=len(running_workloads), failing=len(failing))


def _steady_pods(workload: Obj, pods: Sequence[Obj], as_of: datetime) -> list[Obj]:
    """Those that are ready and did not restart lately: what crashes is ready for a moment after each start."""
    mine = [pod for pod in pods if selects(o.spec(workload).get("selector"), o.labels(pod))]
    return [pod for pod in mine if o.is_ready(pod) and not _restarted_lately(pod, as_of)]


def _restarted_lately(pod: Obj, as_of: datetime) -> bool:
    ends = [
        o.instant(((one.get("lastState") or {}).get("terminated") or {}).get("finishedAt"))
        for one in o.status(pod).get("containerStatuses") or []
    ]
    return any(end is not None and as_of - end < STEADY for end in ends)


def _ready_share(affected_pods: Sequence[Obj] | None, serving: Sequence[Obj] | None) -> int | None:
    """Per cent, rounded up: what is almost everything is not told as less."""
    if affected_pods is None or serving is None:
        return None
    capacity = {o.meta(pod).get("uid") for pod in serving if o.is_ready(pod)}
    lost_ids = {o.meta(pod).get("uid") for pod in affected_pods if o.is_ready(pod)} & capacity
    return -(-100 * len(lost_ids) // len(capacity)) if capacity else 0


def _callers(beside: NamespaceContext, services: Sequence[str] | None, own: str) -> int | None:
    if services is None:
        return None
    all_workloads = _workloads(beside)
    routes = beside.list(NETWORKING, "ingresses", lambda i: any(b.service in services for b in backends(i)))
    if all_workloads is None or routes is None:
        return None
    others = [one for one in all_workloads if o.meta(one).get("uid") != own]
    naming = [one for one in others if any(needs.names(o.spec(one).get("template") or {}, s, {}) for s in services)]
    return len(naming) + len(routes)


def _workloads(beside: NamespaceContext) -> list[Obj] | None:
    workloads: list[Obj] = []
    for kind, plural in PLURALS.items():
        items = beside.list("/apis/apps/v1", plural, lambda _: True)
        if items is None:
            return None
        workloads += [{"kind": kind, **item} for item in items]  # the items of a list do not say it
    return workloads
