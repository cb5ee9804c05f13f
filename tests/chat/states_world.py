"""A recorded namespace: each pod is in another state, as kubectl prints them, and one workload has much declared."""

from __future__ import annotations

from typing import Any

from tests.chat.world import CLOCK, new_object

Obj = dict[str, Any]
HOLDS: Obj = {"waiting": {"reason": "PodInitializing"}}
NOT_READY = [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}]


def world() -> Obj:
    failing = "ERROR cannot open /srv/index: no such table\n"
    logs = [{"namespace": "ops", "pod": "sorter", "container": "prepare", "previous": False, "text": failing}]
    return {"schema": "sre-world/1", "clock": CLOCK, "k8s": {"objects": _objects(), "logs": logs, "recorded": []}}


def pod(name: str, state: Obj | None, *, phase: str = "Pending", init: Obj | None = None, **more: Any) -> Obj:
    """`state` and `init` are those of its container and of its init container."""
    image = "example.test/app:1"
    statuses = [{"name": "app", "image": image, "ready": False, "restartCount": 0, "state": state}] if state else []
    spec: Obj = {"nodeName": "node-a", "containers": [{"name": "app", "image": image}], **more.pop("spec", {})}
    status: Obj = {"phase": phase, "containerStatuses": statuses, "conditions": NOT_READY, **more.pop("status", {})}
    if init is not None:
        spec["initContainers"] = [{"name": "prepare", "image": image}]
        status["initContainerStatuses"] = [
            {"name": "prepare", "image": image, "ready": False, "restartCount": 3, "state": init}
        ]
    return new_object("Pod", name, "ops", meta={"labels": {"app": name}, **more}, spec=spec, status=status)


def warning(of: str, reason: str, message: str) -> Obj:
    about = {"kind": "Pod", "name": of, "namespace": "ops", "uid": f"pod-ops-{of}"}
    times = {"firstTimestamp": "2026-01-02T11:30:00Z", "lastTimestamp": "2026-01-02T11:58:00Z"}
    return new_object(
        "Event", f"{of}.{reason.lower()}", "ops", type="Warning", reason=reason, message=message,
        involvedObject=about, count=5, **times,
    )  # fmt: skip


def _objects() -> list[Obj]:
    waiting = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": "2026-01-02T11:58:00Z"}}
    back_off = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}
    hungry = pod("hungry", back_off, phase="Running")
    hungry["spec"]["containers"][0]["resources"] = {"limits": {"memory": "64Mi"}}
    last = {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-01-02T11:58:00Z"}}
    hungry["status"]["containerStatuses"][0]["lastState"] = last
    waiter = pod("waiter", None, spec={"nodeName": ""})
    waiter["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
         "message": "0/2 nodes are available: 2 Insufficient memory."},
    ]  # fmt: skip
    completion = {"terminated": {"reason": "Completed", "exitCode": 0, "finishedAt": "2026-01-02T11:00:00Z"}}
    deletion: Obj = {"deletionTimestamp": "2026-01-02T11:30:00Z", "finalizers": ["example.com/hold"]}
    full = {"reason": "Evicted", "message": "The node was low on resource: memory. Container app was using 900Mi."}
    return [
        *(new_object("Namespace", name, status={"phase": "Active"}) for name in ("ops", "other")),
        new_object("Node", "node-a", status={"conditions": [{"type": "Ready", "status": "True"}]}),
        pod("ledger", HOLDS, init={"running": {"startedAt": "2026-01-02T08:00:10Z"}}),
        pod("mailer", HOLDS, init=waiting),
        pod("sorter", HOLDS, init=back_off),
        pod("painter", {"waiting": {"reason": "ContainerCreating"}}),
        warning("painter", "FailedMount", 'MountVolume.SetUp failed for volume "cfg" : configmap "paint" not found'),
        pod("planner", {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "key" not found'}}),
        pod("keeper", {"running": {"startedAt": "2026-01-02T08:00:10Z"}}, phase="Running", **deletion),
        pod("export-9", completion, phase="Succeeded", spec={"restartPolicy": "Never"}),
        pod("thrown", None, phase="Failed", status=full),
        pod("puller", {"waiting": {"reason": "ErrImagePull", "message": "example.test/app:1: manifest unknown"}}),
        hungry,
        waiter,
        *_with_specs(),
    ]


def _with_specs() -> list[Obj]:
    """A Deployment with all that can be set on it, and what is aimed at it under names of their own; one without."""
    labels = {"app": "gate"}
    container = {
        "name": "gate",
        "image": "example.test/gate:4.2",
        "args": ["--threads=9"],
        "env": [{"name": "DB_HOST", "value": "db"}, {"name": "TIER", "value": "gold"}],
        "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 5},
    }
    plain = {"name": "plain", "image": "example.test/plain:1"}
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}
    target = {"kind": "Deployment", "name": "gate", "apiVersion": "apps/v1"}
    return [
        _workload("gate", labels, container, strategy=rolling),
        _workload("plain", {"app": "plain"}, plain),
        _of("policy/v1", new_object("PodDisruptionBudget", "keep-two", "ops", status={"disruptionsAllowed": 1},
            spec={"minAvailable": 2, "selector": {"matchLabels": labels}})),
        _of("autoscaling/v2", new_object("HorizontalPodAutoscaler", "elastic", "ops", status={},
            spec={"minReplicas": 2, "maxReplicas": 9, "scaleTargetRef": target})),
        _of("networking.k8s.io/v1", new_object("NetworkPolicy", "only-web", "ops", spec={
            "podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["gate", "wall"]}]},
            "policyTypes": ["Ingress"], "ingress": [{}]})),
    ]  # fmt: skip


def _workload(name: str, labels: dict[str, str], container: Obj, **spec: Any) -> Obj:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    status = {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "updatedReplicas": 2}
    return new_object("Deployment", name, "ops", status=status,
                spec={"replicas": 2, "selector": {"matchLabels": labels}, "template": template, **spec})  # fmt: skip


def _of(version: str, obj: Obj) -> Obj:
    return {**obj, "apiVersion": version}
