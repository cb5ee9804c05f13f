"""Workloads whose pods are not made or do not start, in the words of the API server, the kubelet and the registry."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import labels

UNAVAILABLE = (
    ("KubeDeploymentReplicasMismatch", "{} has not matched the expected number of replicas"),
    ("KubePodNotReady", "Pods of {} have been in a non-ready state for longer than 15 minutes"),
    ("DeploymentUnavailable", "{} has no available replicas"),
)


def alarm(draw: Draw, app: App) -> Obj:
    """An alarm that says only that the workload is not there."""
    name, text = draw.pick(*UNAVAILABLE)
    return triggers.alertmanager(
        name, labels(draw, app), {"summary": text.format(app.name)}, minutes=draw.number(6, 15)
    )


def waiting(draw: Draw, app: App, reason: str, message: str, *events: tuple[str, str], minutes: float = 18) -> None:
    """All pods are new and wait with this reason. `events` are events as (reason, message)."""
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes)
        pod["status"]["phase"] = "Pending"
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(minutes)
        )
        pod["status"]["containerStatuses"][0].update(
            ready=False,
            started=False,
            state={"waiting": {"reason": reason, **({"message": message} if message else {})}},
        )
        draw.objects += [objects.event(pod, why, text, minutes=draw.number(1, 4)) for why, text in events]
    unavailable(app, minutes)


def unavailable(app: App, minutes: float = 18) -> None:
    for one in (app.deployment, app.replica_set):
        one["status"].update(readyReplicas=0, availableReplicas=0)
    app.deployment["status"].update(unavailableReplicas=app.replicas)
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "False",
            "reason": "MinimumReplicasUnavailable",
            "lastTransitionTime": objects.at(minutes),
        }
    ]


def fail_pull(draw: Draw, app: App, problem: str, *, minutes: float = 18) -> None:
    """An image that the registry does not give, with the kubelet's and containerd's words around its reason."""
    image = app.pods[0]["spec"]["containers"][0]["image"]
    reason = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {problem}'
    message = f'Back-off pulling image "{image}"'
    if draw.pick(True, False):  # newer kubelets repeat the cause
        message += f": ErrImagePull: {reason}"
    events = (
        ("Failed", f'Failed to pull image "{image}": {reason}'),
        ("Failed", draw.pick("Error: ErrImagePull", "Error: ImagePullBackOff")),
    )
    waiting(draw, app, "ImagePullBackOff", message, *events, minutes=minutes)


def refuse(draw: Draw, app: App, problem: str, *, minutes: float = 16) -> None:
    """The API server makes none of its pods, for this reason."""
    for pod in app.pods:
        draw.objects.remove(pod)
    message = f"Error creating: {problem.format(pod=app.pod)}"
    app.pods.clear()
    unavailable(app, minutes)
    app.replica_set["status"].update(replicas=0)
    app.deployment["status"].update(replicas=0, updatedReplicas=0)
    app.deployment["status"]["conditions"].append(
        {
            "type": "ReplicaFailure",
            "status": "True",
            "reason": "FailedCreate",
            "message": message.removeprefix("Error creating: "),
            "lastTransitionTime": objects.at(minutes),
        }
    )
    event = objects.event(app.replica_set, "FailedCreate", message, minutes=draw.number(1, 6), count=draw.number(3, 15))
    event["source"] = {"component": "replicaset-controller"}
    draw.objects.append(event)
    for one in draw.objects:
        if one["kind"] == "EndpointSlice" and one["metadata"]["labels"]["kubernetes.io/service-name"] == app.name:
            one["endpoints"] = []


def mounts(app: App, volume: Obj) -> None:
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["volumes"] = [volume]


def takes(app: App, variable: Obj) -> None:
    """The containers take a variable or all of an object from elsewhere."""
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        key = "env" if "valueFrom" in variable else "envFrom"
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], key: [variable]}]


def holds(draw: Draw, kind: str, name: str, namespace: str, *keys: str) -> None:
    data = dict.fromkeys(keys, "c2V0")
    draw.objects.append(
        {
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": objects.at(9000)},
            "data": data,
        }
    )
