"""Every fact on one workload with all that it made, from what the extractors find: they know nothing of each other."""

from __future__ import annotations

from collections.abc import Hashable

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes import (
    extract_containers,
    extract_drift,
    extract_nodes,
    extract_pods,
    extract_references,
    extract_rollouts,
    extract_services,
    extract_workloads,
)
from mcp_servers.kubernetes import objects as o
from mcp_servers.kubernetes.family import Family
from mcp_servers.kubernetes.objects import Obj


def observe(family: Family) -> list[Observation]:
    """Every fact on a family: workload first, then rollout, configuration, Services, pods, nodes, events."""
    services = [*extract_services.in_front_of(family), *extract_services.meant_for(family)]
    on_nodes = [x for node in nodes(family) for x in extract_nodes.observe(node, o.subject(family.scope, node))]
    on_itself, on_pods = members(family)
    return [
        *on_itself,
        *extract_services.observe(services, family.scope, family.lists),
        *on_pods,
        *on_nodes,
        *warnings(family),
    ]


def members(family: Family) -> tuple[list[Observation], list[Observation]]:
    """(facts on the workload itself, facts on its pods), without what stands around them."""
    by_pod = {o.name(pod): _on_pod(family, pod) for pod in family.pods}
    on_itself = [
        *extract_workloads.observe(family),
        *extract_rollouts.observe(family, by_pod),
        *extract_references.observe(family),
    ]
    return on_itself, [x for facts in by_pod.values() for x in facts]


def warnings(family: Family) -> list[Observation]:
    """The warning events on everything that belongs to the family."""
    return extract_workloads.warnings(family, [family.root, *family.sets, *family.pods, *scalers(family)])


def relate(family: Family) -> list[Relation]:
    services = extract_services.in_front_of(family)
    return [
        *family.relations(),
        *extract_services.relations(services, family),
        *extract_references.relations(family),
    ]


def nodes(family: Family) -> list[Obj]:
    names = {str(o.spec(p).get("nodeName") or "") for p in family.pods}
    return [node for name in sorted(names) if (node := family.lists.named("Node", name)) is not None]


def scalers(family: Family) -> list[Obj]:
    """Autoscalers of the root."""
    return family.lists.by("HorizontalPodAutoscaler", _scaled).get((family.root["kind"], o.name(family.root)), [])


def _scaled(scaler: Obj) -> tuple[Hashable]:
    target = o.spec(scaler).get("scaleTargetRef") or {}
    return ((target.get("kind"), target.get("name")),)


def _on_pod(family: Family, pod: Obj) -> list[Observation]:
    subject, events = o.subject(family.scope, pod), family.events(pod)
    found = extract_containers.observe(pod, subject, events, family.now)
    found += extract_pods.observe(pod, subject, events, family.now)
    if pod is not family.root and _is_of_present_template(pod, family):
        found += extract_drift.observe(pod, family.template, subject)
    return found


def _is_of_present_template(pod: Obj, family: Family) -> bool:
    """Only there may a difference not be explained by an older revision."""
    if o.is_over(pod) or family.root["kind"] not in ("Deployment", "ReplicaSet"):
        return False
    if family.root["kind"] == "ReplicaSet":
        return True
    newest = max(family.sets, key=lambda s: int(o.marks(s).get(o.REVISION, "0") or 0), default=None)
    return newest is not None and o.owner(pod)[1] == o.name(newest)
