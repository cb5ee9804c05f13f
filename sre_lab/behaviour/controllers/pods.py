"""Pods as controllers see them: made from a template, and judged active, ready, available."""

from __future__ import annotations

from sre_lab.behaviour.ownership import controller_reference
from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes.admission import admit
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.objects.copies import deep_copy
from sre_lab.objects.store import Obj
from sre_lab.world import World


def create_pod(world: World, owner: Obj, template: Obj, *, name: str = "", labels: dict[str, str] | None = None) -> Obj:
    """Create a pod of `owner` from its template, complete as admission leaves it; AdmissionError when refused."""
    meta = deep_copy(template.get("metadata") or {})
    meta.pop("creationTimestamp", None)
    meta["namespace"] = owner["metadata"]["namespace"]
    meta["labels"] = {**(meta.get("labels") or {}), **(labels or {})}
    meta["ownerReferences"] = [controller_reference(owner)]
    prefix = owner["metadata"]["name"] + "-"
    meta["name"] = name or prefix + world.objects.suffix(5)
    meta["generateName"] = prefix
    pod: Obj = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": deep_copy(template["spec"])}
    pod = with_defaults(pod)
    admit(world, pod)
    return world.objects.create(pod)


def is_active(pod: Obj) -> bool:
    """Counts as a replica: neither finished nor on its way out."""
    return phase(pod) not in ("Succeeded", "Failed") and not pod["metadata"].get("deletionTimestamp")


def phase(pod: Obj) -> str:
    return str((pod.get("status") or {}).get("phase", "Pending"))


def condition(pod: Obj, name: str) -> Obj | None:
    conditions: list[Obj] = (pod.get("status") or {}).get("conditions") or []
    for entry in conditions:
        if entry.get("type") == name:
            return entry
    return None


def is_ready(pod: Obj) -> bool:
    return (condition(pod, "Ready") or {}).get("status") == "True"


def ready_since(pod: Obj) -> float | None:
    """Epoch seconds of the last change to Ready; None while not ready or where a recording does not tell."""
    ready = condition(pod, "Ready") or {}
    if ready.get("status") != "True" or not ready.get("lastTransitionTime"):
        return None
    return from_rfc3339(ready["lastTransitionTime"])


def available_at(pod: Obj, min_ready_seconds: float) -> float | None:
    """When the pod becomes (or became) available; None while it is not ready."""
    ready = condition(pod, "Ready")
    if ready is None or ready.get("status") != "True":
        return None
    since = ready.get("lastTransitionTime")
    return (from_rfc3339(since) if since else 0.0) + min_ready_seconds


def restarts(pod: Obj) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return max((int(s.get("restartCount", 0)) for s in statuses), default=0)
