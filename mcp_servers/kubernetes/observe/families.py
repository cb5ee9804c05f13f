"""Every fact on one workload with all that it made, from what the extractors find: they know nothing of each other."""

from __future__ import annotations

from collections.abc import Hashable

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import admission as extract_admission
from mcp_servers.kubernetes.observe import company as extract_company
from mcp_servers.kubernetes.observe import containers as extract_containers
from mcp_servers.kubernetes.observe import declared as extract_declared
from mcp_servers.kubernetes.observe import dns as extract_dns
from mcp_servers.kubernetes.observe import drift as extract_drift
from mcp_servers.kubernetes.observe import guards as extract_guards
from mcp_servers.kubernetes.observe import needs as extract_needs
from mcp_servers.kubernetes.observe import nodes as extract_nodes
from mcp_servers.kubernetes.observe import placement as extract_placement
from mcp_servers.kubernetes.observe import pods as extract_pods
from mcp_servers.kubernetes.observe import readings as extract_readings
from mcp_servers.kubernetes.observe import references as extract_references
from mcp_servers.kubernetes.observe import refusals as extract_refusals
from mcp_servers.kubernetes.observe import rollouts as extract_rollouts
from mcp_servers.kubernetes.observe import sandboxes as extract_sandboxes
from mcp_servers.kubernetes.observe import sending as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import volume_places as extract_volume_places
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import pod_removals as departures
from mcp_servers.kubernetes.snapshot.namespaces import Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import Family


def observe(family: Family) -> list[Observation]:
    """Every fact on a family: workload first, then rollout, configuration, Services, pods, nodes, events."""
    services = [*extract_services.in_front_of(family), *extract_services.meant_for(family)]
    on_nodes = [x for node in nodes(family) for x in extract_nodes.observe(node, o.subject(family.scope, node))]
    around = Surroundings(family.scope, family.now, family.namespace, family.lists, [family])
    steering = [x for x in extract_guards.scalers(around, scalers(family)) if isinstance(x, Observation)]
    on_itself, on_pods = members(family)
    return [
        *on_itself,
        *extract_services.observe(services, family.scope, family.lists),
        *(x for service in services for x in extract_sending.observe(service, family.scope, family.lists)),
        *on_pods,
        *on_nodes,
        *extract_placement.observe(family),
        *extract_volume_places.observe(family),
        *steering,
        *warnings(family),
    ]


def members(family: Family) -> tuple[list[Observation], list[Observation]]:
    """(facts on the workload itself, facts on its pods), without what stands around them."""
    by_pod = {o.name(pod): _on_pod(family, pod) for pod in family.pods}
    on_itself = [
        *extract_workloads.observe(family),
        *extract_refusals.observe(family),
        *extract_rollouts.observe(family, by_pod),
        *extract_references.observe(family),
        *extract_needs.observe(family),
        *extract_dns.observe(family),
        *departures.removed(family),
        *extract_declared.observe(family),
        *extract_readings.observe(family),
        *extract_company.held_open(family),
    ]
    return on_itself, [x for facts in by_pod.values() for x in facts]


def warnings(family: Family) -> list[Observation]:
    """The warning events on everything that belongs to the family."""
    return extract_workloads.warnings(family, [family.root, *family.sets, *family.pods, *scalers(family)])


def relate(family: Family) -> list[Relation]:
    services = [*extract_services.in_front_of(family), *extract_services.meant_for(family)]
    return [
        *family.relations(),
        *extract_services.relations(services, family),
        *extract_references.relations(family),
        *extract_admission.relations(extract_refusals.observe(family), family.scope),
        *extract_needs.relations(family),
        *(_scales(family, scaler) for scaler in scalers(family)),
    ]


def nodes(family: Family) -> list[Obj]:
    names = {str(o.spec(p).get("nodeName") or "") for p in family.pods}
    return [node for name in sorted(names) if (node := family.lists.named("Node", name)) is not None]


def scalers(family: Family) -> list[Obj]:
    """Autoscalers of the root."""
    return family.lists.by("HorizontalPodAutoscaler", _scaled).get((family.root["kind"], o.name(family.root)), [])


def _scales(family: Family, scaler: Obj) -> Relation:
    return Relation(kind="scales", source=o.subject(family.scope, scaler), target=family.subject)


def _scaled(scaler: Obj) -> tuple[Hashable]:
    target = o.spec(scaler).get("scaleTargetRef") or {}
    return ((target.get("kind"), target.get("name")),)


def _on_pod(family: Family, pod: Obj) -> list[Observation]:
    subject, events = o.subject(family.scope, pod), family.events(pod)
    found = extract_containers.observe(pod, subject, events, family.now)
    found = [extract_company.with_history(x, pod, family) for x in found]
    found += extract_company.observe(pod, subject, found)
    found += extract_pods.observe(pod, subject, events, family.now)
    found += extract_sandboxes.observe(pod, subject, events)
    if pod is not family.root and _is_of_present_template(pod, family):
        found += extract_drift.observe(pod, family.template, subject)
        found += extract_company.added(pod, family.template, subject)
    return found


def _is_of_present_template(pod: Obj, family: Family) -> bool:
    """Only there may a difference not be explained by an older revision."""
    if o.is_over(pod) or family.root["kind"] not in ("Deployment", "ReplicaSet"):
        return False
    if family.root["kind"] == "ReplicaSet":
        return True
    newest = max(family.sets, key=o.revision, default=None)
    return newest is not None and o.owner(pod)[1] == o.name(newest)
