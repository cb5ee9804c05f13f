"""Whether there is room: what pods ask for beside what nodes can give, and nodes that take no new pods."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from mcp_servers.kubernetes.observe import nodes as extract_nodes
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount

RESOURCES: Final = ("cpu", "memory")
OF_THE_SYSTEM: Final = ("node.kubernetes.io/", "node-role.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
FULL: Final = Decimal("0.95")


def nodes(around: Surroundings) -> Iterator[Fact]:
    """Trouble of nodes; where the whole cluster was read also what keeps pods away from them."""
    for node in around.lists.of("Node"):
        yield from extract_nodes.observe(node, around.subject(node))
        if o.spec(node).get("unschedulable"):
            yield around.observed("node.closed", node, why="cordoned", taint="")
    if not around.namespace:
        yield from _closed_by_taint(around)
        if any(_lacks_room(p) for p in around.lists.of("Pod")):
            yield from _full(around)


def largest(nodes: Iterable[Obj]) -> dict[str, Decimal]:
    """The most that one node can give of each resource that any of them tells of, in cores, bytes or pieces."""
    most = dict.fromkeys(RESOURCES, Decimal(0))
    for node in nodes:
        for resource in o.status(node).get("allocatable") or {}:
            most[resource] = max(most.get(resource, Decimal(0)), allocatable(node, resource))
    return most


def workloads(around: Surroundings, most: Mapping[str, Decimal]) -> Iterator[Fact]:
    """Workloads of which one pod asks for more than `most`, the largest node, has at all."""
    for tree in around.trees:
        for attributes in too_large(tree.template, most):
            yield around.observed("workload.too_large", tree.root, **attributes)


def too_large(template: Obj, most: Mapping[str, Decimal]) -> Iterator[dict[str, Any]]:
    """Attributes of `workload.too_large` for each resource of which one pod asks for more than `most`. Of what no node
    tells of, only a device is certain not to be there."""
    for resource in _resources(template):
        request, offer = requested(template, resource), most.get(resource, Decimal(0))
        if request > offer and (offer or (any(most.values()) and "/" in resource)):
            amounts = {"requested": request, "largest": offer}
            yield {"resource": resource} | {name: quantity_text(value, resource) for name, value in amounts.items()}


def _resources(template: Obj) -> list[str]:
    """The resources that the containers ask for by name."""
    resources = [c.get("resources") or {} for _, c in o.containers(template)]
    fields = [one.get(field) or {} for one in resources for field in ("requests", "limits")]
    return list(dict.fromkeys([*RESOURCES, *(resource for field in fields for resource in field)]))


def requested(pod: Obj, resource: str) -> Decimal:
    """What the scheduler counts for a pod, in cores or bytes: all containers together, or its largest init one."""
    total, first = Decimal(0), Decimal(0)
    for field, container in o.containers(pod):
        resources = container.get("resources") or {}
        quantity = (resources.get("requests") or {}).get(resource) or (resources.get("limits") or {}).get(resource)
        value = amount(quantity) or Decimal(0)
        if field == "containers" or container.get("restartPolicy") == "Always":
            total += value
        else:
            first = max(first, value)
    return max(total, first) + (amount((o.spec(pod).get("overhead") or {}).get(resource)) or Decimal(0))


def _full(around: Surroundings) -> Iterator[Fact]:
    """Nodes without room, told only while a pod waits for some: a cluster that is used well is no trouble."""
    index = around.lists.by("Pod", _node_key)
    for node in around.lists.of("Node"):
        pods = [p for p in index.get(o.name(node), []) if not o.is_over(p)]
        for resource in RESOURCES:
            has, request = allocatable(node, resource), sum((requested(p, resource) for p in pods), Decimal(0))
            if has and request >= FULL * has:
                yield around.observed(
                    "node.full", node, resource=resource, requested=quantity_text(request, resource),
                    allocatable=quantity_text(has, resource),
                )  # fmt: skip


def _closed_by_taint(around: Surroundings) -> Iterator[Fact]:
    """Taints that somebody set and no pod or workload tolerates."""
    bodies = [f.template for f in around.trees] or around.lists.of("Pod")
    tolerations = [t for body in bodies for t in o.spec(body).get("tolerations") or []]
    for node in around.lists.of("Node"):
        for text in untolerated(node, tolerations, but=OF_THE_SYSTEM):
            yield around.observed("node.closed", node, why="taint", taint=text)


def untolerated(node: Obj, tolerations: Iterable[Obj], but: tuple[str, ...] = ()) -> list[str]:
    """Taints of a node that keep pods with these tolerations away, as `key=value:effect`, but those of some keys."""
    toleration_list = list(tolerations)
    return [
        f"{taint.get('key', '')}={taint.get('value', '')}:{taint.get('effect', '')}"
        for taint in o.spec(node).get("taints") or []
        if taint.get("effect") != "PreferNoSchedule"
        and not str(taint.get("key", "")).startswith(but or ("node.kubernetes.io/unschedulable",))
        and not any(_tolerates(t, taint) for t in toleration_list)
    ]


def _tolerates(toleration: Obj, taint: Obj) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")


def _lacks_room(pod: Obj) -> bool:
    condition = o.condition(pod, "PodScheduled")
    return condition.get("status") == "False" and "Insufficient" in str(condition.get("message", ""))


def _node_key(pod: Obj) -> tuple[Hashable, ...]:
    node = o.spec(pod).get("nodeName")
    return (node,) if node else ()


def allocatable(node: Obj, resource: str) -> Decimal:
    return amount((o.status(node).get("allocatable") or {}).get(resource)) or Decimal(0)


def quantity_text(value: Decimal, resource: str) -> str:
    """As people write it: whole cores and gibibytes where they are whole; devices are counted."""
    if resource == "cpu":
        return f"{value:.0f}" if value and value == value.to_integral_value() else f"{value * 1000:.0f}m"
    if resource not in ("memory", "ephemeral-storage") and not resource.startswith("hugepages-"):
        return f"{value:.0f}"
    gibibytes = value / 1024**3
    return f"{gibibytes:.0f}Gi" if value and gibibytes == gibibytes.to_integral_value() else f"{value / 1024**2:.0f}Mi"
