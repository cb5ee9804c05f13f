"""What happens to a new object between its defaults and the store: it is completed, limited, counted, or refused."""

from __future__ import annotations

from typing import Any

from sre_agent.lab.kubernetes import limits, quota
from sre_agent.lab.kubernetes.defaults import first_status
from sre_agent.lab.kubernetes.kinds import of_kind
from sre_agent.lab.world import World

Obj = dict[str, Any]
TOKEN_SECONDS = 3607
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
PROTECTED = {"PersistentVolumeClaim": "kubernetes.io/pvc-protection", "PersistentVolume": "kubernetes.io/pv-protection"}


class AdmissionError(Exception):
    """The object may not exist; the message is the API's."""


def admit(world: World, obj: Obj) -> None:
    """Complete a new object, already with its defaults and named, in place. AdmissionError when it is refused."""
    if obj["kind"] in PROTECTED:
        _protect(obj, PROTECTED[obj["kind"]])
    if obj["kind"] == "Pod":
        limits.fill_in(world, obj)
    problem = limits.problem(world, obj)
    if not problem:
        if obj["kind"] == "Pod":
            _complete(world, obj)
        problem = quota.problem(world, obj)
    if problem:
        meta = obj["metadata"]
        name = meta.get("name") or meta.get("generateName", "")
        raise AdmissionError(f'{of_kind(obj["kind"]).qualified} "{name}" is forbidden: {problem}')


def _protect(obj: Obj, finalizer: str) -> None:
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if finalizer not in finalizers:
        finalizers.append(finalizer)


def _complete(world: World, pod: Obj) -> None:
    """Token volume, priority of the pod's class, first status."""
    spec = pod["spec"]
    if spec.get("automountServiceAccountToken") is not False:
        _mount_token(world, spec)
    chosen = world.objects.get("PriorityClass", "", spec.get("priorityClassName") or "")
    if chosen is not None:
        spec["priority"] = chosen["value"]
        spec["preemptionPolicy"] = chosen.get("preemptionPolicy", "PreemptLowerPriority")
    pod["status"] = first_status(pod)


def _mount_token(world: World, spec: Obj) -> None:
    if any(v.get("name", "").startswith("kube-api-access-") for v in spec.get("volumes") or []):
        return
    volume = f"kube-api-access-{world.objects.suffix(5)}"
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
    ]
    spec.setdefault("volumes", []).append(
        {"name": volume, "projected": {"sources": sources, "defaultMode": 420}},
    )
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        mounts = container.setdefault("volumeMounts", [])
        if not any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
            mounts.append({"name": volume, "readOnly": True, "mountPath": MOUNT_PATH})
