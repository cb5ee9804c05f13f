"""Whether a pod fits a node, and if not, why, in the scheduler's words. Pure but for reading the world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sre_agent.lab.kubernetes.pod_requests import pod_requests
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.selectors import matches
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World


@dataclass(frozen=True)
class Misfit:
    """Why one node does not take a pod. `curable`: removing other pods from the node could help."""

    reasons: tuple[str, ...]
    curable: bool = False


def misfit(pod: Obj, node: Obj, on_node: list[Obj], others: list[Obj]) -> Misfit | None:
    """The first filter that refuses; `on_node` are the node's unfinished pods, `others` all placed pods."""
    if node["spec"].get("unschedulable") and not tolerates(
        pod, {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    ):
        return Misfit(("node(s) were unschedulable",))
    for taint in node["spec"].get("taints") or []:
        if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerates(pod, taint):
            return Misfit((f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}",))
    if not _affine(pod, node):
        return Misfit(("node(s) didn't match Pod's node affinity/selector",))
    short = _shortages(pod, node, on_node)
    if short:
        return Misfit(short, curable=True)
    if _repelled(pod, node, others):
        return Misfit(("node(s) didn't match pod anti-affinity rules",), curable=True)
    return None


def fits_by_rules(template: Obj, node: Obj) -> bool:
    """Taints, selector and affinity alone: what decides whether a node gets a daemon pod."""
    taints = [t for t in node["spec"].get("taints") or [] if t["effect"] in ("NoSchedule", "NoExecute")]
    return all(tolerates(template, taint) for taint in taints) and _affine(template, node)


def tolerates(pod: Obj, taint: Obj) -> bool:
    for toleration in pod["spec"].get("tolerations") or []:
        if toleration.get("effect") and toleration["effect"] != taint["effect"]:
            continue
        if not toleration.get("key") and toleration.get("operator") == "Exists":
            return True
        if toleration.get("key") != taint["key"]:
            continue
        if toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", ""):
            return True
    return False


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


def requested(pods: Iterable[Obj]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for pod in pods:
        for name, amount in pod_requests(pod).items():
            total[name] = total.get(name, Decimal(0)) + amount
    return total


def _shortages(pod: Obj, node: Obj, on_node: list[Obj]) -> tuple[str, ...]:
    allocatable = (node.get("status") or {}).get("allocatable")
    if not allocatable:
        return ()
    if len(on_node) + 1 > parse(allocatable.get("pods", "110")):
        return ("Too many pods",)
    taken = requested(on_node)
    return tuple(
        f"Insufficient {name}"
        for name, amount in sorted(pod_requests(pod).items())
        if amount and taken.get(name, Decimal(0)) + amount > parse(allocatable.get(name, "0"))
    )


def _affine(pod: Obj, node: Obj) -> bool:
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


def _repelled(pod: Obj, node: Obj, others: list[Obj]) -> bool:
    """Required anti-affinity on the host level: a pod that this one must not meet is on the node."""
    rules = (pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}
    terms = rules.get("requiredDuringSchedulingIgnoredDuringExecution") or []
    here = [one for one in others if one["spec"].get("nodeName") == node["metadata"]["name"]]
    return any(
        matches(term.get("labelSelector"), one["metadata"].get("labels") or {})
        and one["metadata"]["namespace"] in (term.get("namespaces") or [pod["metadata"]["namespace"]])
        for term in terms
        for one in here
    )
