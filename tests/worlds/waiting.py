"""Pods that wait: for a node, a volume, room in a quota, or the sandbox that they run in."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import labels


def _without_containers(app: App, pod: Obj, scheduled: str, message: str) -> None:
    pod["status"] = {
        "phase": "Pending",
        "startTime": objects.at(25),
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": objects.at(25)},
            {
                "type": "PodScheduled",
                "status": scheduled,
                "lastTransitionTime": objects.at(25),
                **({"reason": "Unschedulable", "message": message} if message else {}),
            },
        ],
        "containerStatuses": [
            {
                "name": pod["spec"]["containers"][0]["name"],
                "image": "",
                "ready": False,
                "restartCount": 0,
                "state": {"waiting": {"reason": "ContainerCreating"}},
            }
        ],
    }
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "False",
            "reason": "MinimumReplicasUnavailable",
            "lastTransitionTime": objects.at(25),
        }
    ]


def empty(draw: Draw, app: App) -> None:
    """Nothing ready stands behind its Service any more."""
    name = f"{app.service['metadata']['name']}-abcde"
    draw.objects = [o for o in draw.objects if (o["kind"], o["metadata"]["name"]) != ("EndpointSlice", name)]
    draw.objects.append(objects.endpoint_slice(app.service, []))


def leave_without_node(draw: Draw, app: App, message: str, *, with_event: bool = True) -> None:
    """The scheduler finds no node for its pods; `with_event`: its events are still there."""
    for pod in app.pods:
        pod["spec"].pop("nodeName", None)
        _without_containers(app, pod, "False", message)
        pod["status"].pop("containerStatuses")
        pod["status"].pop("startTime")
        if with_event:
            draw.objects.append(objects.event(pod, "FailedScheduling", message))
    empty(draw, app)


def hold(draw: Draw, app: App, reason: str, message: str) -> None:
    """Placed on a node, and the kubelet does not get as far as starting a container."""
    for pod in app.pods:
        _without_containers(app, pod, "True", "")
        draw.objects.append(objects.event(pod, reason, message, count=draw.number(5, 60)))
    empty(draw, app)


def in_templates(app: App, **fields: object) -> None:
    """The same fields in the specs of the template, the ReplicaSet and the pods."""
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"].update(fields)


def volume(name: str, size: str, *, storage_class: str = "", mode: str = "ReadWriteOnce", **more: object) -> Obj:
    labels_of = more.pop("labels", {})
    return {
        "kind": "PersistentVolume",
        "metadata": {"name": name, "creationTimestamp": objects.at(5000), "labels": labels_of},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": [mode],
            "storageClassName": storage_class,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": "/data"},
            **more,
        },
        "status": {"phase": "Released" if more.get("claimRef") else "Available"},
    }


def complaint(draw: Draw, app: App) -> Obj:
    name, text = draw.pick(
        ("KubeDeploymentReplicasMismatch", f"{app.name} has not matched the expected number of replicas"),
        ("PodsPending", f"Pods of {app.name} are not running"),
        ("ServiceUnavailable", f"{app.name} has no ready pods"),
    )
    return triggers.alertmanager(name, labels(draw, app), {"summary": text})
