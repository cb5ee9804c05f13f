"""A recorded namespace whose things differ in what is declared: users, mounts, labels, sizes, ages and schedules."""

from __future__ import annotations

from typing import Any

from tests.chat.world import CLOCK, deployment, new_object, pod

Obj = dict[str, Any]
SPACE = "aviary"
RAVEN_POD: Obj = {
    "securityContext": {"runAsUser": 1000},
    "priorityClassName": "vip",
    "terminationGracePeriodSeconds": 50,
    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "raven-data"}}],
}
RAVEN: Obj = {
    "resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "256Mi"}},
    "volumeMounts": [{"name": "data", "mountPath": "/var/data"}],
}
FINCH: Obj = {
    "resources": {"requests": {"cpu": "200m"}, "limits": {"memory": "512Mi"}},
    "securityContext": {"privileged": True},
}


def world() -> Obj:
    minutes = ((minute, "ERROR upstream timed out" if minute % 10 == 3 else "INFO served") for minute in range(30))
    text = "\n".join(f"2026-01-02T11:{minute:02}:00Z {line}" for minute, line in minutes)
    logs = [{"namespace": SPACE, "pod": "jay-6c8f9d7b5-p0", "previous": False, "text": text}]
    return {"schema": "sre-world/1", "clock": CLOCK, "k8s": {"objects": _objects(), "logs": logs, "recorded": []}}


def _objects() -> list[Obj]:
    return [
        new_object("Namespace", SPACE, status={"phase": "Active"}),
        *_app("raven-feed", 3, "2025-12-28T08:00:00Z", RAVEN_POD, RAVEN),
        *_app("jay", 1, "2026-01-02T09:00:00Z", {"securityContext": {"runAsUser": 0}}, {}),
        *_app("finch-api", 5, "2026-01-01T08:00:00Z", {}, FINCH, team="pricing-crew"),
        _claim("raven-data", "20Gi"),
        _claim("wren-data", "100Gi"),
        _run_plan("nightly-report", "30 2 * * *", stops=True),
        _run_plan("hourly-sync", "15 * * * *", stops=False),
        new_object("ConfigMap", "raven-conf", SPACE, data={"MODE": "fast"}),
        new_object("ConfigMap", "front-conf", SPACE, data={"THEME": "dark"}),
    ]


def _app(name: str, replicas: int, at: str, spec: Obj, container: Obj, **labels: str) -> list[Obj]:
    image = f"example.test/{name}:7.1"
    root, made_set = deployment(name, SPACE, replicas, replicas, image)
    pods = [pod(made_set, f"p{number}", "node-a", image=image, restarts=number) for number in range(replicas)]
    full_spec = {**spec, "containers": [{"name": name, "image": image, **container}]}
    for template in (root["spec"]["template"], made_set["spec"]["template"]):
        template["spec"] = full_spec
    for one in pods:
        one["spec"] |= full_spec
    root["metadata"] |= {"creationTimestamp": at, "labels": labels}
    return [root, made_set, *pods]


def _claim(name: str, size: str) -> Obj:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "storageClassName": "fast"}
    return new_object("PersistentVolumeClaim", name, SPACE, spec=spec, status={"phase": "Bound"})


def _run_plan(name: str, schedule: str, *, stops: bool) -> Obj:
    container = {"name": "run", "image": "example.test/run:1"}
    job = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}}
    spec = {"schedule": schedule, "suspend": stops, "jobTemplate": job}
    return new_object("CronJob", name, SPACE, spec=spec, status={}) | {"apiVersion": "batch/v1"}
