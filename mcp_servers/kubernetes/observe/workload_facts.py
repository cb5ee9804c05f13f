"""Every fact on one workload with all that it made, from what the extractors find: they know nothing of each other."""

from __future__ import annotations

from collections.abc import Hashable

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import admission as extract_admission
from mcp_servers.kubernetes.observe import allowances as extract_allowances
from mcp_servers.kubernetes.observe import architectures as extract_architectures
from mcp_servers.kubernetes.observe import config_writes as extract_config_writes
from mcp_servers.kubernetes.observe import constraints as extract_guards
from mcp_servers.kubernetes.observe import containers as extract_containers
from mcp_servers.kubernetes.observe import control_plane as extract_control_plane
from mcp_servers.kubernetes.observe import declarations as extract_declared
from mcp_servers.kubernetes.observe import dns as extract_dns
from mcp_servers.kubernetes.observe import drift as extract_drift
from mcp_servers.kubernetes.observe import earlier_pods as extract_earlier_pods
from mcp_servers.kubernetes.observe import named_hosts as extract_hosts
from mcp_servers.kubernetes.observe import needs as extract_needs
from mcp_servers.kubernetes.observe import never_ran as extract_never_ran
from mcp_servers.kubernetes.observe import nodes as extract_nodes
from mcp_servers.kubernetes.observe import other_values as extract_other_values
from mcp_servers.kubernetes.observe import placement as extract_placement
from mcp_servers.kubernetes.observe import pod_lifecycle as extract_lifecycle
from mcp_servers.kubernetes.observe import pods as extract_pods
from mcp_servers.kubernetes.observe import readings as extract_readings
from mcp_servers.kubernetes.observe import references as extract_references
from mcp_servers.kubernetes.observe import refusals as extract_refusals
from mcp_servers.kubernetes.observe import registry_hosts as extract_registry_hosts
from mcp_servers.kubernetes.observe import rollout_progress as extract_rollout_progress
from mcp_servers.kubernetes.observe import rollouts as extract_rollouts
from mcp_servers.kubernetes.observe import sandboxes as extract_sandboxes
from mcp_servers.kubernetes.observe import service_targets as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe import sibling_images as extract_sibling_images
from mcp_servers.kubernetes.observe import sidecars as extract_company
from mcp_servers.kubernetes.observe import volume_sharing as extract_volume_sharing
from mcp_servers.kubernetes.observe import volume_zones as extract_volume_places
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.observe import write_access as extract_write_access
from mcp_servers.kubernetes.observe.mounted_files import with_its_key
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import pod_removals as departures
from mcp_servers.kubernetes.snapshot.namespaces import Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree


def observe(tree: WorkloadTree) -> list[Observation]:
    """Every fact on a family: workload first, then rollout, configuration, Services, pods, nodes, events."""
    services = [*extract_services.in_front_of(tree), *extract_services.meant_for(tree)]
    on_nodes = [
        x for node in nodes(tree) for x in extract_nodes.observe(node, o.subject(tree.scope, node), tree.events(node))
    ]
    around = Surroundings(tree.scope, tree.now, tree.namespace, tree.lists, [tree])
    steering = [x for x in extract_guards.scalers(around, scalers(tree)) if isinstance(x, Observation)]
    on_itself, on_pods = members(tree)
    return [
        *on_itself,
        *extract_services.observe(services, tree.scope, tree.lists),
        *(x for service in services for x in extract_sending.observe(service, tree.scope, tree.lists)),
        *on_pods,
        *on_nodes,
        *extract_placement.observe(tree),
        *extract_volume_places.observe(tree),
        *extract_volume_sharing.observe(tree),
        *extract_architectures.observe(tree),
        *steering,
        *warnings(tree),
    ]


def members(tree: WorkloadTree) -> tuple[list[Observation], list[Observation]]:
    """(facts on the workload itself, facts on its pods), without what stands around them."""
    by_pod = {o.name(pod): _on_pod(tree, pod) for pod in tree.pods}
    on_itself = [
        *extract_workloads.observe(tree),
        *extract_refusals.observe(tree),
        *extract_allowances.observe(tree),
        *extract_rollouts.observe(tree, by_pod),
        *extract_rollout_progress.observe(tree),
        *extract_references.observe(tree),
        *extract_needs.observe(tree),
        *extract_hosts.observe(tree),
        *extract_dns.observe(tree),
        *departures.pod_removals(tree),
        *extract_earlier_pods.observe(tree),
        *extract_declared.observe(tree),
        *extract_readings.observe(tree),
        *extract_config_writes.observe(tree),
        *extract_company.held_open(tree),
        *extract_control_plane.observe(tree),
        *extract_write_access.observe(tree),
        *extract_other_values.observe(tree),
        *extract_never_ran.observe(tree),
        *extract_registry_hosts.observe(tree),
        *extract_sibling_images.observe(tree),
    ]
    return on_itself, [x for facts in by_pod.values() for x in facts]


def warnings(tree: WorkloadTree) -> list[Observation]:
    """The warning events on everything that belongs to the family."""
    return extract_workloads.warnings(tree, [tree.root, *tree.sets, *tree.pods, *scalers(tree)])


def relate(tree: WorkloadTree) -> list[Relation]:
    services = [*extract_services.in_front_of(tree), *extract_services.meant_for(tree)]
    return [
        *tree.relations(),
        *extract_services.relations(services, tree),
        *extract_references.relations(tree),
        *extract_admission.relations(extract_refusals.observe(tree), tree.scope),
        *extract_needs.relations(tree),
        *extract_placement.relations(tree),
        *(_scales(tree, scaler) for scaler in scalers(tree)),
    ]


def nodes(tree: WorkloadTree) -> list[Obj]:
    names = {str(o.spec(p).get("nodeName") or "") for p in tree.pods}
    return [node for name in sorted(names) if (node := tree.lists.by_name("Node", name)) is not None]


def scalers(tree: WorkloadTree) -> list[Obj]:
    """Autoscalers of the root."""
    return tree.lists.by("HorizontalPodAutoscaler", _target_key).get((tree.root["kind"], o.name(tree.root)), [])


def _scales(tree: WorkloadTree, scaler: Obj) -> Relation:
    return Relation(kind="scales", source=o.subject(tree.scope, scaler), target=tree.subject)


def _target_key(scaler: Obj) -> tuple[Hashable]:
    target = o.spec(scaler).get("scaleTargetRef") or {}
    return ((target.get("kind"), target.get("name")),)


def _on_pod(tree: WorkloadTree, pod: Obj) -> list[Observation]:
    subject, events = o.subject(tree.scope, pod), tree.events(pod)
    if terminating := extract_earlier_pods.terminating(pod, tree):
        return [*terminating, *extract_lifecycle.observe(pod, subject, events, tree.now)]
    observations = extract_containers.observe(pod, subject, events, tree.now)
    observations = [with_its_key(extract_company.with_history(x, pod, tree), pod, tree) for x in observations]
    observations += extract_company.observe(pod, subject, observations)
    observations += extract_pods.observe(pod, subject, events, tree.now)
    observations += extract_sandboxes.observe(pod, subject, events)
    observations += extract_lifecycle.observe(pod, subject, events, tree.now)
    if pod is not tree.root and _is_of_present_template(pod, tree):
        observations += extract_drift.observe(pod, tree.template, subject)
        observations += extract_company.injected_containers(pod, tree.template, subject)
    return observations


def _is_of_present_template(pod: Obj, tree: WorkloadTree) -> bool:
    """Only there may a difference not be explained by an older revision."""
    if o.is_over(pod) or tree.root["kind"] not in ("Deployment", "ReplicaSet"):
        return False
    if tree.root["kind"] == "ReplicaSet":
        return True
    newest = max(tree.sets, key=o.revision, default=None)
    return newest is not None and o.owner(pod)[1] == o.name(newest)
