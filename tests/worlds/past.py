"""What was: ends, removals and outages with their times, on workloads that may be well by now."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.workloads import labels

RESTARTS = (
    ("KubePodCrashLooping", "{} restarts again and again"),
    ("PodRestarted", "Containers of {} were restarted"),
)
AWAY = (
    ("KubePodNotReady", "Pods of {} are not ready"),
    ("KubeDeploymentReplicasMismatch", "{} has not matched the expected number of replicas"),
)


def alarm(draw: Draw, app: App, kinds: tuple[tuple[str, str], ...], *, minutes: float) -> Obj:
    name, text = draw.pick(*kinds)
    return triggers.alertmanager(name, labels(draw, app), {"summary": text.format(app.name)}, minutes=minutes)


def end_run(app: App, minutes: float, *, code: int, reason: str = "Error", restarts: int = 1) -> None:
    """Every pod's container ended then, was started again at once, and runs since."""
    for pod in app.pods:
        status = pod["status"]
        last = {
            "exitCode": code,
            "reason": reason,
            "startedAt": objects.at(minutes + 200),
            "finishedAt": objects.at(minutes),
        }
        status["containerStatuses"][0].update(
            restartCount=restarts,
            lastState={"terminated": last},
            state={"running": {"startedAt": objects.at(minutes - 0.2)}},
        )
        status["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 0.6)


def old_pod(draw: Draw, app: App, replica_set: str = "") -> Obj:
    """A pod of the workload that is no more, for events; of its present ReplicaSet unless another is given."""
    name = f"{replica_set or f'{app.name}-{app.hash}'}-{draw.suffix()}"
    return {"kind": "Pod", "metadata": {"name": name, "namespace": app.namespace}}


def renew(app: App, minutes: float) -> None:
    """All its pods are this young, and serve."""
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes)
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 0.3)
        pod["status"]["conditions"][1]["lastTransitionTime"] = objects.at(minutes)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(minutes - 0.2)}}


def back(draw: Draw, name: str, minutes: float, duration: float) -> None:
    """The node was lost, and has been back for that long."""
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == name:
            one["status"]["conditions"][-1]["lastTransitionTime"] = objects.at(minutes)
            beginning = f"Node {name} status is now: "
            draw.objects += [
                objects.event(
                    one, "NodeNotReady", f"{beginning}NodeNotReady", minutes=minutes + duration, count=1, kind="Normal"
                ),
                objects.event(one, "NodeReady", f"{beginning}NodeReady", minutes=minutes, count=1, kind="Normal"),
            ]


def rolled_out(draw: Draw, app: App, minutes: float, *, image: str = "") -> Obj:
    """Its present revision is the second and this young; the ReplicaSet of the first is kept, with its own hash."""
    before = {**app.replica_set, "metadata": {**app.replica_set["metadata"]}, "spec": {**app.replica_set["spec"]}}
    digest = draw.suffix(10)
    before["metadata"].update(
        name=f"{app.name}-{digest}",
        labels={**app.replica_set["metadata"]["labels"], "pod-template-hash": digest},
        annotations={"deployment.kubernetes.io/revision": "1"},
    )
    template = app.replica_set["spec"]["template"]
    old = {**template["spec"]["containers"][0], "image": image or f"{app.image}-rc{draw.number(1, 9)}"}
    before["spec"] = {
        **app.replica_set["spec"],
        "replicas": 0,
        "template": {"metadata": before["metadata"], "spec": {"containers": [old]}},
    }
    before["status"] = {"replicas": 0}
    app.deployment["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "2"}
    app.replica_set["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "2"}
    app.replica_set["metadata"]["creationTimestamp"] = objects.at(minutes)
    draw.objects.append(before)
    return before
