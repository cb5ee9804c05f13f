"""A recorded namespace whose workloads are called like words of the language, beside one that is broken."""

from __future__ import annotations

from typing import Any

from tests.chat.world import CLOCK, deployment, new_object, pod

Obj = dict[str, Any]
PLACE = "hall"
BROKEN = "turnstile"
_NAMES = """
    greeter router recorder scaler updater scheduler resolver reporter writer rating relay routes seats rooms users
    search images metrics jobs backup events logs orders alerts tracker logger counter checker limiter notifier
    collector renderer indexer loader reader sender mailer runner builder worker cache queue store storage status
    health monitor messages comments history versions secrets config settings registry proxy volumes nodes services
    tags ports labels roles traffic requests
"""
NAMES = tuple(_NAMES.split())
RUNS = ("nightly", "weekly", "ongoing", "seasonal")


def world() -> Obj:
    return {"schema": "sre-world/1", "clock": CLOCK, "k8s": {"objects": _objects(), "logs": _logs(), "recorded": []}}


def _objects() -> list[Obj]:
    objects = [new_object("Namespace", name, status={"phase": "Active"}) for name in (PLACE, "annex", "stage")]
    objects.append(new_object("Node", "node-a", status={"conditions": [{"type": "Ready", "status": "True"}],
                                                "allocatable": {"cpu": "4", "memory": "8Gi"}}))  # fmt: skip
    for name in NAMES:
        one = deployment(name, PLACE, 1, 1, f"example.test/{name}:1")
        objects += [*one, pod(one[1], "aaaa2", "node-a", image=f"example.test/{name}:1")]
    turnstile = deployment(BROKEN, PLACE, 2, 1, "example.test/turnstile:1")
    objects += [*turnstile, pod(turnstile[1], "well2", "node-a", image="example.test/turnstile:1")]
    ill = pod(turnstile[1], "crash3", "node-a", image="example.test/turnstile:1", restarts=9,
              waiting="CrashLoopBackOff", last_reason="OOMKilled")  # fmt: skip
    return [*objects, ill, *_stage()]


def _stage() -> list[Obj]:
    """A workload that scales, its autoscaler that cannot, a claim without a class, and runs."""
    lamp = deployment("lamp", "stage", 2, 2, "example.test/lamp:1")
    lamp[0]["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "500m"}}
    blind = "unable to fetch metrics from resource metrics API"
    conditions = [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale", "message": "it was able to"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": blind},
    ]
    scaler = new_object(
        "HorizontalPodAutoscaler", "lamp", "stage", status={"conditions": conditions, "currentReplicas": 2},
        spec={"minReplicas": 1, "maxReplicas": 4,
              "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "lamp"}},
    )  # fmt: skip
    scaler["apiVersion"] = "autoscaling/v2"
    curtain = deployment("curtain", "stage", 1, 1, "example.test/curtain:1")
    pods = [pod(lamp[1], tag, "node-a", image="example.test/lamp:1") for tag in ("aaaa2", "aaaa3")]
    pods.append(pod(curtain[1], "aaaa2", "node-a", image="example.test/curtain:1"))
    claim = new_object(
        "PersistentVolumeClaim", "props", "stage", status={"phase": "Pending"},
        spec={"storageClassName": "velvet", "resources": {"requests": {"storage": "1Gi"}}},
    )  # fmt: skip
    return [*lamp, *curtain, scaler, *pods, claim, *(_run(name) for name in RUNS)]


def _run(name: str) -> Obj:
    start, success = {"lastScheduleTime": "2026-01-02T03:00:00Z"}, {"lastSuccessfulTime": "2026-01-02T03:00:40Z"}
    active = {"active": [{"kind": "Job", "name": f"{name}-1", "namespace": "stage"}]}
    status = {"nightly": start | success, "ongoing": start | active, "seasonal": {}}.get(name, start)
    template = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": "example.test/run:1"}]}}}}
    spec = {"schedule": "0 3 * * *", "suspend": name == "seasonal", "jobTemplate": template}
    cron_job = new_object("CronJob", name, "stage", spec=spec, status=status)
    cron_job["apiVersion"] = "batch/v1"
    return cron_job


def _logs() -> list[Obj]:
    texts = {"well2": "INFO turnstile serves\n", "crash3": "ERROR cannot allocate the arm table\n"}
    return [
        {"namespace": PLACE, "pod": f"{BROKEN}-6c8f9d7b5-{tag}", "previous": tag == "crash3", "text": text}
        for tag, text in texts.items()
    ]
