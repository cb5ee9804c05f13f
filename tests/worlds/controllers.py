"""Workloads of other kinds than Deployment: their pods, owners and fields as their controllers make them."""

from __future__ import annotations

import copy

from tests.worlds import objects, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw


def stateful(draw: Draw, app: App) -> str:
    """The app as a StatefulSet; its subject."""
    body = copy.deepcopy(app.deployment)
    body["kind"] = "StatefulSet"
    body["metadata"]["annotations"] = {}
    body["spec"]["serviceName"] = app.name
    body["status"] = {
        "replicas": app.replicas,
        "readyReplicas": app.replicas,
        "currentRevision": "a",
        "updateRevision": "b",
    }
    draw.objects[:] = [one for one in draw.objects if one is not app.deployment and one is not app.replica_set]
    for number, pod in enumerate(app.pods):
        pod["metadata"]["name"] = f"{app.name}-{number}"
        pod["metadata"]["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": app.name, "controller": True}
        ]
    app.deployment = body
    draw.objects.append(body)
    return f"StatefulSet/{app.namespace}/{app.name}"


def daemon(draw: Draw, app: App) -> str:
    """The app as a DaemonSet with a pod on every node; its subject."""
    body = copy.deepcopy(app.deployment)
    body["kind"] = "DaemonSet"
    body["spec"].pop("replicas")
    body["metadata"]["annotations"] = {"deprecated.daemonset.template.generation": "1"}
    nodes = [one["metadata"]["name"] for one in draw.objects if one["kind"] == "Node"]
    draw.objects[:] = [one for one in draw.objects if not any(one is old for old in (*app.pods, app.replica_set))]
    draw.objects.remove(app.deployment)
    first = app.pods[0]
    app.pods[:] = [copy.deepcopy(first) for _ in nodes]
    for pod, node in zip(app.pods, nodes, strict=True):
        pod["metadata"]["name"] = f"{app.name}-{draw.suffix()}"
        pod["metadata"]["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": app.name, "controller": True}
        ]
        pod["spec"]["nodeName"] = node
    count = app.replicas = len(nodes)
    body["status"] = dict.fromkeys(
        ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable",
         "updatedNumberScheduled"), count
    ) | {"numberMisscheduled": 0, "observedGeneration": 1}  # fmt: skip
    app.deployment = body
    draw.objects += [body, *app.pods]
    fresh(draw, app)
    return f"DaemonSet/{app.namespace}/{app.name}"


def unready(app: App) -> None:
    """The status of the workload says that none of its pods is ready."""
    status = app.deployment["status"]
    if app.deployment["kind"] == "DaemonSet":
        status.update(numberReady=0, numberAvailable=0, numberUnavailable=app.replicas)
    else:
        status.update(readyReplicas=0, availableReplicas=0)
    status.pop("conditions", None)


def fresh(draw: Draw, app: App) -> None:
    """The slice of its Service anew, after its pods changed."""
    name = app.slice["metadata"]["name"]
    place = app.namespace
    draw.objects[:] = [
        o
        for o in draw.objects
        if (o["kind"], o["metadata"]["name"], o["metadata"].get("namespace")) != ("EndpointSlice", name, place)
    ]
    draw.objects.append(app.slice)


def run(draw: Draw, namespace: str, *lines: str, cron: bool = False, env: dict[str, str] | None = None) -> str:
    """A Job, or a CronJob's last run, that failed and said this; its subject."""
    name = f"{draw.name()}-{draw.pick('import', 'report', 'sync')}"
    run_name = f"{name}-{draw.number(28000000, 29000000)}" if cron else name
    body, pod = workloads.job(draw, run_name, namespace, failed=True)
    variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
    for one in (body["spec"]["template"], pod):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "env": variables}]
    draw.objects += [body, pod]
    if cron:
        body["metadata"]["ownerReferences"] = [
            {"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}
        ]
        draw.objects.append(_schedule(name, namespace, body))
    text = "\n".join(f"{objects.at(24 - i * 0.05)} {line}" for i, line in enumerate(("INFO begins", *lines)))
    draw.logs.append(
        {"namespace": namespace, "pod": pod["metadata"]["name"], "container": "main", "previous": False, "text": text}
    )
    return f"{'CronJob' if cron else 'Job'}/{namespace}/{name}"


def _schedule(name: str, namespace: str, run: Obj) -> Obj:
    return {
        "kind": "CronJob",
        "metadata": objects.meta(name, namespace, 9000, {}),
        "spec": {"schedule": "40 * * * *", "jobTemplate": {"spec": copy.deepcopy(run["spec"])}},
        "status": {"lastScheduleTime": objects.at(40), "lastSuccessfulTime": objects.at(100)},
    }
