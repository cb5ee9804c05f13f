"""What a new pod names of the cluster and takes over from it: its ServiceAccount, PriorityClass and RuntimeClass.

A pod that names one that is not there is refused, by the admission plugins and in their words.
"""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes import priority_classes
from sre_lab.world import World

Obj = dict[str, Any]
TOKEN_SECONDS = 3607
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


def resolve(world: World, pod: Obj) -> str:
    """Complete the pod, in place, with what its references say; why it is refused, in the plugin's words, or empty."""
    return _account(world, pod) or _priority(world, pod["spec"]) or _runtime(world, pod["spec"])


def _account(world: World, pod: Obj) -> str:
    spec, namespace = pod["spec"], pod["metadata"].get("namespace", "default")
    name = spec.get("serviceAccountName") or "default"
    account = world.objects.get("ServiceAccount", namespace, name)
    if account is None:
        return f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [dict(reference) for reference in account["imagePullSecrets"]]
    mounts = spec.get("automountServiceAccountToken")
    if mounts is None:
        mounts = account.get("automountServiceAccountToken")
    if mounts is not False:
        _mount_token(world, spec)
    return ""


def _priority(world: World, spec: Obj) -> str:
    name = spec.get("priorityClassName") or ""
    priority_class = priority_classes.find(world, name) if name else priority_classes.default(world)
    if priority_class is None:
        return f"no PriorityClass with name {name} was found" if name else ""
    priority, value = spec.get("priority") or 0, priority_class["value"]
    if priority not in (0, value):
        return (
            f"the integer value of priority ({priority}) must not be provided in pod spec; "
            f"priority admission controller computed {value} from the given PriorityClass name"
        )
    spec["priorityClassName"] = priority_class["metadata"]["name"]
    spec["priority"] = value
    spec["preemptionPolicy"] = priority_class.get("preemptionPolicy", "PreemptLowerPriority")
    return ""


def _runtime(world: World, spec: Obj) -> str:
    name = spec.get("runtimeClassName")
    if not name:
        return ""
    runtime = world.objects.get("RuntimeClass", "", name)
    if runtime is None:
        return f'pod rejected: RuntimeClass "{name}" not found'
    if fixed := (runtime.get("overhead") or {}).get("podFixed"):
        spec["overhead"] = dict(fixed)
    scheduling = runtime.get("scheduling") or {}
    if scheduling.get("nodeSelector"):
        spec["nodeSelector"] = {**(spec.get("nodeSelector") or {}), **scheduling["nodeSelector"]}
    tolerations = spec.get("tolerations") or []
    added = [t for t in scheduling.get("tolerations") or [] if t not in tolerations]
    if added:
        spec["tolerations"] = [*tolerations, *added]
    return ""


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
