"""Whether a pod fits a node, and if not, why, in the scheduler's words. Pure but for reading the world."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sre_lab.behaviour.controllers.hosts import Host
from sre_lab.behaviour.tolerations import tolerates
from sre_lab.kubernetes.pod_requests import pod_requests
from sre_lab.kubernetes.quantities import parse
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.world import World

Amounts = dict[str, Decimal]
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - compared, not listened on


@dataclass(frozen=True)
class NodeRejection:
    """Why one node does not take a pod. `curable`: removing other pods from the node could help; `across`: whether it
    does depends on the pods of other nodes too."""

    reasons: tuple[str, ...]
    curable: bool = False
    across: bool = False


def rejection(pod: Obj, host: Host, amounts: Amounts | None = None) -> NodeRejection | None:
    """The first filter that refuses. `amounts`: the pod's requests, where many hosts are tried for it."""
    node = host.node
    if node["spec"].get("unschedulable") and not tolerates(
        pod, {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    ):
        return NodeRejection(("node(s) were unschedulable",))
    for taint in node["spec"].get("taints") or []:
        if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerates(pod, taint):
            return NodeRejection((f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}",))
    if not has_affinity(pod, node):
        return NodeRejection(("node(s) didn't match Pod's node affinity/selector",))
    if _ports_taken(pod, host):
        return NodeRejection(("node(s) didn't have free ports for the requested pod ports",), curable=True)
    short = _shortages(pod_requests(pod) if amounts is None else amounts, host)
    if short:
        return NodeRejection(short, curable=True)
    if _repels(pod, host):
        return NodeRejection(("node(s) didn't match pod anti-affinity rules",), curable=True)
    return None


def fits_by_rules(template: Obj, node: Obj) -> bool:
    """Taints, selector and affinity alone: what decides whether a node gets a daemon pod."""
    taints = [t for t in node["spec"].get("taints") or [] if t["effect"] in ("NoSchedule", "NoExecute")]
    return all(tolerates(template, taint) for taint in taints) and has_affinity(template, node)


def may_stay(template: Obj, node: Obj) -> bool:
    """Whether a daemon pod that runs there may go on; a NoSchedule taint does not send it away."""
    taints = [t for t in node["spec"].get("taints") or [] if t["effect"] == "NoExecute"]
    return all(tolerates(template, taint) for taint in taints) and has_affinity(template, node)


def unbound_claim(world: World, pod: Obj) -> str:
    """The text about a claim that keeps the pod off every node; empty when there is none."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if not name:
            continue
        claim = world.objects.get("PersistentVolumeClaim", namespace, name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if (claim.get("status") or {}).get("phase") != "Bound" and not claim["spec"].get("volumeName"):
            return "pod has unbound immediate PersistentVolumeClaims"
    return ""


def awaits_volume(world: World, pod: Obj) -> bool:
    """Whether a volume is being made for the pod, which is placed once that is there."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName") or ""
        claim = world.objects.get("PersistentVolumeClaim", namespace, name)
        if claim is None or claim["spec"].get("volumeName") or (claim.get("status") or {}).get("phase") == "Bound":
            continue
        storage_class = world.objects.get("StorageClass", "", claim["spec"].get("storageClassName") or "")
        if storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer":
            return str(storage_class.get("provisioner")) != "kubernetes.io/no-provisioner"
    return False


def _shortages(amounts: Amounts, host: Host) -> tuple[str, ...]:
    allocatable = (host.node.get("status") or {}).get("allocatable")
    if not allocatable:
        return ()
    if len(host.pods) + 1 > parse(allocatable.get("pods", "110")):
        return ("Too many pods",)
    return tuple(
        f"Insufficient {name}"
        for name, amount in sorted(amounts.items())
        if amount and host.requests.get(name, Decimal(0)) + amount > parse(allocatable.get(name, "0"))
    )


def has_affinity(pod: Obj, node: Obj) -> bool:
    """Whether the node is one that the pod's node selector and required node affinity allow."""
    labels = node["metadata"].get("labels") or {}
    if not matches({"matchLabels": pod["spec"].get("nodeSelector")}, labels):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    fields = {"metadata.name": node["metadata"]["name"]}
    return any(
        matches({"matchExpressions": term.get("matchExpressions")}, labels)
        and matches({"matchExpressions": term.get("matchFields")}, fields)
        for term in required.get("nodeSelectorTerms") or []
    )


def _repels(pod: Obj, host: Host) -> bool:
    """Required anti-affinity on the host level: a pod that this one must not meet is on the node."""
    rules = (pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}
    terms = rules.get("requiredDuringSchedulingIgnoredDuringExecution") or []
    return any(
        matches(term.get("labelSelector"), one["metadata"].get("labels") or {})
        and one["metadata"]["namespace"] in (term.get("namespaces") or [pod["metadata"]["namespace"]])
        for term in terms
        if term.get("topologyKey") == "kubernetes.io/hostname"
        for one in host.pods.values()
    )


def _ports_taken(pod: Obj, host: Host) -> bool:
    """Whether a port of the machine that the pod wants is another one's."""
    ports = host_ports(pod)
    return bool(ports) and any(
        port == other and protocol == its_protocol and (address == its_address or ANY_ADDRESS in (address, its_address))
        for one in host.pods.values()
        for other, its_protocol, its_address in host_ports(one)
        for port, protocol, address in ports
    )


def host_ports(pod: Obj) -> list[tuple[int, str, str]]:
    """(port, protocol, address) of each port of its machine that a pod takes."""
    return [
        (port["hostPort"], port.get("protocol") or "TCP", port.get("hostIP") or ANY_ADDRESS)
        for container in pod["spec"].get("containers") or []
        for port in container.get("ports") or []
        if port.get("hostPort")
    ]
