"""Small recorded worlds, as incomplete as real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.kubernetes.patches import strategic_merge
from sre_lab.recording import load
from sre_lab.world import World

RECORDED_AT = "2024-05-01T12:00:00Z"
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
Obj = dict[str, Any]


def pod(state: Obj, *, limit: str = "", last: Obj | None = None, restarts: int = 0, probe: Obj | None = None) -> Obj:
    """A pod of ReplicaSet api-1a2b3c; with a `probe` it is running but not ready."""
    container: Obj = {"name": "api", "image": "api:1"}
    if limit:
        container["resources"] = {"limits": {"memory": limit}}
    if probe:
        container["readinessProbe"] = probe
    rendered: dict[str, Any] = {
        "name": "api",
        "image": "api:1",
        "restartCount": restarts,
        "ready": "running" in state and not probe,
        "state": state,
    }
    rendered |= {"lastState": last} if last else {}
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-1a2b3c", "controller": True}
    meta: Obj = {"name": "api-1a2b3c-xyz", "namespace": "shop", "labels": {"app": "api", "pod-template-hash": "1a2b3c"}}
    meta |= {"ownerReferences": [owner], "creationTimestamp": "2024-05-01T11:30:00Z"}
    conditions = [{"type": "Ready", "status": "True" if rendered["ready"] else "False"}]
    status = {"phase": "Running", "conditions": conditions, "containerStatuses": [rendered], "podIP": "10.1.0.9"}
    return {
        "kind": "Pod",
        "metadata": meta,
        "spec": {"containers": [container], "nodeName": "node-a"},
        "status": status,
    }


def deployment(of: Obj) -> Obj:
    template = {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": of["spec"]["containers"]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "api"}}, "template": template}
    return {
        "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "shop"},
        "spec": spec,
        "status": {"replicas": 1},
    }


def open_world(*objects: Obj, folder: Path | None = None, **parts: Any) -> World:
    document = {"schema": "sre-world/1", "clock": RECORDED_AT, "k8s": {"objects": list(objects)}}
    document["k8s"] |= parts.pop("k8s", {})
    return load({**document, **parts}, folder or Path.cwd(), now=NOW)


def patch_container(world: World, change: Obj) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "api", **change}]}}}}
    old = world.objects.get("Deployment", "shop", "api")
    assert old is not None
    world.objects.replace(with_defaults(strategic_merge("Deployment", old, patch)))


def container_states(world: World) -> list[str]:
    """Of every container: `running`, or the reason it is not."""
    results = []
    for one in world.objects.all("Pod", "shop"):
        for item in one["status"].get("containerStatuses") or []:
            (kind, detail), *_ = item["state"].items()
            results.append(kind if kind == "running" else detail.get("reason", kind))
    return results


def termination(code: int, reason: str = "Error") -> Obj:
    times = {"startedAt": "2024-05-01T11:58:00Z", "finishedAt": "2024-05-01T11:58:03Z"}
    return {"terminated": {"exitCode": code, "reason": reason, **times}}


CRASH_LOOP = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}
