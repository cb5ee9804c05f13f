"""What is unwise though nothing is broken by it. Told only when asked for, in codes of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe.lifecycles import DEFAULT_CLASS
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.observe.service_targets import keeps_to_node
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.network_policies import types
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

PROBES: Final = ("livenessProbe", "readinessProbe")
BOOTSTRAP: Final = "kubernetes.io/bootstrapping"
NODES: Final = 20  # that are named
OF_EVERY_NAMESPACE: Final = ("kube-root-ca.crt", "default")
SIDES: Final = (("Ingress", "ingress"), ("Egress", "egress"))


def observe(around: Surroundings) -> Iterator[Fact]:
    """All hygiene of one namespace."""
    for tree in around.trees:
        yield from _containers(around, tree)
        yield from _workload(around, tree)
    for service in around.lists.of("Service"):
        if o.selector(service) and extract_services.ready_endpoints(service, around.lists) == 1:
            yield around.observed("hygiene.single_endpoint", service)
        if o.spec(service).get("type") == "NodePort" and keeps_to_node(service, "external"):
            yield from _kept_on_node(around, service)
    for policy in around.lists.of("NetworkPolicy"):
        for what in _one_sided(around, policy):
            yield around.observed("hygiene.policy_one_sided", policy, what=what)
    yield from _wildcards(around, "Role")
    yield from _unused_objects(around)


def of_cluster(cluster: Surroundings) -> Iterator[Fact]:
    """Hygiene of what belongs to no namespace."""
    yield from _wildcards(cluster, "ClusterRole")
    default = [c for c in cluster.lists.of("StorageClass") if o.marks(c).get(DEFAULT_CLASS) == "true"]
    for class_ in default if len(default) > 1 else []:
        yield cluster.observed(
            "hygiene.several_defaults", class_, others=[o.name(c) for c in default if c is not class_]
        )


def _wildcards(around: Surroundings, kind: str) -> Iterator[Fact]:
    """Roles that allow everything on something, but for those that every cluster comes with."""
    for role in around.lists.of(kind):
        if BOOTSTRAP in o.labels(role):
            continue
        for rule in role.get("rules") or []:
            if "*" in (rule.get("verbs") or []) or "*" in (rule.get("resources") or []):
                yield around.observed("hygiene.wildcard_role", role, what=", ".join(rule.get("resources") or []))
                break


def _kept_on_node(around: Surroundings, service: Obj) -> Iterator[Fact]:
    """Of a port that every node opens the nodes that answer nobody there. Before a load balancer that is well: it
    asks each node whether it has a pod."""
    having = {o.spec(p).get("nodeName") for p in selection.pods_of(service, around.lists) if o.is_ready(p)}
    if bare := sorted(o.name(node) for node in around.lists.of("Node") if o.name(node) not in having):
        yield around.observed("hygiene.kept_on_node", service, policy="external", without=bare[:NODES])


def _containers(around: Surroundings, tree: WorkloadTree) -> Iterator[Fact]:
    short = tree.root.get("kind") in ("Job", "CronJob")
    for field, container in o.containers(tree.template):
        name, image = str(container.get("name", "")), str(container.get("image", ""))
        tag = image.rpartition("/")[2].partition("@")
        if not tag[1] and tag[0].partition(":")[2] in ("", "latest"):
            yield around.observed("hygiene.image_unpinned", tree.root, container=name, image=image)
        resources = container.get("resources") or {}
        if lacking := [part for part in ("requests", "limits") if not resources.get(part)]:
            yield around.observed("hygiene.no_limits", tree.root, container=name, missing=lacking)
        if (container.get("securityContext") or {}).get("privileged"):
            yield around.observed("hygiene.privileged", tree.root, container=name)
        if field == "containers" and not short and (bare := [p for p in PROBES if p not in container]):
            yield around.observed("hygiene.no_probes", tree.root, container=name, missing=bare)


def _workload(around: Surroundings, tree: WorkloadTree) -> Iterator[Fact]:
    root, spec, labels = tree.root, o.spec(tree.template), o.labels(tree.template)
    if (spec.get("serviceAccountName") or "default") == "default":
        yield around.observed("hygiene.default_account", root)
    if root.get("kind") == "Pod" and not o.owner(root)[0]:
        yield around.observed("hygiene.no_controller", root)
    if o.spec(root).get("suspend"):
        yield around.observed("hygiene.suspended", root)
    replicas = int(o.spec(root).get("replicas") or 0)
    budgets = around.lists.of("PodDisruptionBudget")
    if replicas > 1 and not any(selects(o.spec(b).get("selector"), labels) for b in budgets):
        yield around.observed("hygiene.no_budget", root, replicas=replicas)
    if not around.lists.has("NetworkPolicy"):
        return
    about = [p for p in around.lists.of("NetworkPolicy") if selects(o.spec(p).get("podSelector") or {}, labels)]
    bare = [word for type_, word in SIDES if not any(type_ in types(p) for p in about)]
    if bare:
        yield around.observed("hygiene.no_policy", root, directions=bare)


def _one_sided(around: Surroundings, policy: Obj) -> Iterator[str]:
    spec = o.spec(policy)
    if not spec.get("podSelector"):
        for type_, field in SIDES:
            if type_ in types(policy):
                rules = spec.get(field) or []
                if not rules or any(not rule.get("from" if field == "ingress" else "to") for rule in rules):
                    yield f"{'allows' if rules else 'denies'} all {field} of every pod"
    for field, side in (("ingress", "from"), ("egress", "to")):
        for peer in (p for rule in spec.get(field) or [] for p in rule.get(side) or []):
            places, pods = peer.get("namespaceSelector"), peer.get("podSelector")
            if places and not any(selects(places, o.labels(n)) for n in around.lists.of("Namespace")):
                yield f"{field} selects namespaces that do not exist"
            elif pods and places is None and not selection.pods(pods, around.lists):
                yield f"{field} selects pods that do not exist"


def _unused_objects(around: Surroundings) -> Iterator[Fact]:
    """Objects that no pod, template, account or binding of the namespace names."""
    used = {(r.kind, r.name) for tree in around.trees for r in references(tree.template)}
    used |= {(r.kind, r.name) for pod in around.lists.of("Pod") for r in references(pod)}
    for account in around.lists.of("ServiceAccount"):
        used |= {("Secret", str(s.get("name"))) for f in ("secrets", "imagePullSecrets") for s in account.get(f) or []}
    for ingress in around.lists.of("Ingress"):
        used |= {("Secret", str(entry.get("secretName"))) for entry in o.spec(ingress).get("tls") or []}
    for binding in around.lists.of("RoleBinding"):
        referents = [*(binding.get("subjects") or []), binding.get("roleRef") or {}]
        used |= {(str(one.get("kind")), str(one.get("name"))) for one in referents}
    for kind in ("ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "Role"):
        for obj in around.lists.of(kind) if around.lists.has("Pod") else []:
            if (kind, o.name(obj)) not in used and o.name(obj) not in OF_EVERY_NAMESPACE:
                yield around.observed("hygiene.unused", obj)
            if kind == "ConfigMap" and not obj.get("data"):
                yield around.observed("hygiene.empty", obj)
