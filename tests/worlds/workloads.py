"""Workloads in the states that situations of several abilities share, and where alarms say that they sit."""

from __future__ import annotations

from urllib.parse import quote

from tests.worlds import objects, parts
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw


def serving_app(draw: Draw) -> App:
    """A workload that serves and logs its work, among others that do."""
    app = draw.app()
    draw.chatter(app)
    draw.bystanders()
    return app


def labels(draw: Draw, app: App, **more: str) -> dict[str, str]:
    """Where the alarm says it sits: each monitor in its own way."""
    ways = (
        {"namespace": app.namespace, "deployment": app.name},
        {"namespace": app.namespace, "service": app.name},
        {"namespace": app.namespace, "app": app.name},
        {"namespace": app.namespace, "pod": app.pod},
        {"kube_namespace": app.namespace, "kube_deployment": app.name},
    )
    return {**draw.pick(*ways), **more}


def rule(expression: str) -> str:
    """Where Prometheus says that the alert comes from."""
    return f"http://prometheus.example.com/graph?g0.expr={quote(expression)}&g0.tab=1"


def calm(draw: Draw, level: float, minutes: int = 60) -> list[float]:
    return [round(level * draw.rng.uniform(0.9, 1.1), 4) for _ in range(minutes)]


def claim_volume(draw: Draw, app: App, *, phase: str = "Bound") -> str:
    """A claim that the pods mount; its name."""
    name = f"data-{app.name}"
    bound = {"volumeName": f"pvc-{draw.suffix(8)}"} if phase == "Bound" else {}
    draw.objects.append(
        {
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": name,
                "namespace": app.namespace,
                "creationTimestamp": objects.at(app.age),
                "uid": f"uid-{name}",
            },
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "gp3",
                **bound,
            },
            "status": {"phase": phase, **({"capacity": {"storage": "10Gi"}} if bound else {})},
        }
    )
    if bound:
        draw.objects.append(
            {
                "kind": "PersistentVolume",
                "metadata": {"name": bound["volumeName"], "creationTimestamp": objects.at(app.age)},
                "spec": {
                    "capacity": {"storage": "10Gi"},
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "gp3",
                    "claimRef": {
                        "kind": "PersistentVolumeClaim",
                        "name": name,
                        "namespace": app.namespace,
                        "uid": f"uid-{name}",
                    },
                },
                "status": {"phase": "Bound"},
            }
        )
    if not any(one["kind"] == "StorageClass" for one in draw.objects):
        draw.objects.append({"kind": "StorageClass", "metadata": {"name": "gp3"}, "provisioner": "ebs.csi.aws.com"})
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
    return name


def autoscaler(draw: Draw, app: App, *, most: int, desired: int) -> Obj:
    limited = [
        {
            "type": "ScalingLimited",
            "status": "True" if desired >= most else "False",
            "reason": "TooManyReplicas" if desired >= most else "DesiredWithinRange",
            "message": "as the reason says",
        }
    ]
    able = [{"type": kind, "status": "True", "reason": "ValidMetricFound"} for kind in ("AbleToScale", "ScalingActive")]
    usage = draw.number(95, 140) if desired >= most else draw.number(30, 60)
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": app.name, "namespace": app.namespace, "creationTimestamp": objects.at(app.age)},
        "spec": {
            "minReplicas": 1,
            "maxReplicas": most,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
                }
            ],
        },
        "status": {
            "currentReplicas": desired,
            "desiredReplicas": desired,
            "conditions": able + limited,
            "currentMetrics": [
                {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": usage}}}
            ],
        },
    }


def budget(app: App) -> Obj:
    return {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": f"{app.name}-pdb", "namespace": app.namespace, "creationTimestamp": objects.at(app.age)},
        "spec": {"minAvailable": app.replicas, "selector": app.deployment["spec"]["selector"]},
        "status": {
            "currentHealthy": app.replicas,
            "desiredHealthy": app.replicas,
            "disruptionsAllowed": 0,
            "expectedPods": app.replicas,
        },
    }


def sick(draw: Draw, namespace: str, *, name: str = "") -> App:
    """A neighbour that crashes, and has an earlier revision that it could go back to."""
    app = draw.app(namespace, name=name)
    break_app(app, exit_code=draw.pick(1, 2, 139))
    for pod in app.pods:
        draw.log(
            app,
            ["starting", draw.pick("panic: nil map", "Error: cannot read rates", "FATAL bad schema")],
            pod=pod,
            every=1,
        )
    before = parts.serving(draw, app.name, app.namespace, 1, "", app.port).replica_set
    before["metadata"]["creationTimestamp"] = objects.at(app.age)
    before["spec"]["replicas"] = 0
    before["status"] = {"replicas": 0}
    own = app.replica_set["spec"]["template"]["metadata"]["labels"]
    labels_of_before = {
        **own,
        "pod-template-hash": before["metadata"]["labels"]["pod-template-hash"],
    }  # by the same Deployment
    for one in (before["metadata"], before["spec"]["template"]["metadata"]):
        one["labels"] = labels_of_before
    before["spec"]["selector"] = {"matchLabels": labels_of_before}
    app.deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
    app.replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
    app.replica_set["metadata"]["creationTimestamp"] = objects.at(20)
    draw.objects.append(before)
    return app


def near(draw: Draw) -> App:
    """A workload that serves, and beside it one that crashes."""
    app = draw.app()
    draw.chatter(app)
    sick(draw, app.namespace)
    return app


def lose(draw: Draw, name: str) -> None:
    """The node's kubelet has not been heard for a while."""
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == name:
            for condition in one["status"]["conditions"]:
                condition.update(
                    status="Unknown",
                    reason="NodeStatusUnknown",
                    lastTransitionTime=objects.at(18),
                    message="Kubelet stopped posting node status.",
                    lastHeartbeatTime=objects.at(19),
                )
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}]
        if one["kind"] == "Pod" and one["spec"].get("nodeName") == name:
            one["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(18))


def waits(draw: Draw, app: App, claim: str) -> None:
    """No volume is made for the claim, and the pods wait for it."""
    claim_obj: Obj = next(
        one for one in draw.objects if one["kind"] == "PersistentVolumeClaim" and one["metadata"]["name"] == claim
    )
    claim_obj["spec"]["storageClassName"] = draw.pick("fast-ssd", "premium", "gp9")
    missing = f'storageclass.storage.k8s.io "{claim_obj["spec"]["storageClassName"]}" not found'
    draw.objects.append(objects.event(claim_obj, "ProvisioningFailed", missing))
    message = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    for pod in app.pods:
        pod["spec"].pop("nodeName", None)
        pod["status"] = {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": message,
                    "lastTransitionTime": objects.at(20),
                }
            ],
        }
        pod["status"]["containerStatuses"] = [
            {
                "name": pod["spec"]["containers"][0]["name"],
                "ready": False,
                "restartCount": 0,
                "image": "",
                "state": {"waiting": {"reason": "ContainerCreating"}},
            }
        ]
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)


def break_app(app: App, *, exit_code: int = 1, restarts: int = 9) -> None:
    """All its pods end and start again, and nobody is served."""
    for one in app.pods:
        status = one["status"]
        status["conditions"][0].update(status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(12))
        last_run = {"exitCode": exit_code, "reason": "Error", "startedAt": objects.at(2.4), "finishedAt": objects.at(2)}
        status["containerStatuses"][0].update(
            ready=False,
            started=False,
            restartCount=restarts,
            lastState={"terminated": last_run},
            state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
        )
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "False",
            "reason": "MinimumReplicasUnavailable",
            "lastTransitionTime": objects.at(12),
        }
    ]
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)


def job(draw: Draw, name: str, namespace: str, *, failed: bool) -> list[Obj]:
    container = {"name": "main", "image": f"registry.example.com/{name}:1"}
    labels = {"job-name": name, "batch.kubernetes.io/job-name": name}
    state = "Failed" if failed else "Complete"
    why = {"reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"} if failed else {}
    body: Obj = {
        "kind": "Job",
        "metadata": objects.meta(name, namespace, 40, labels),
        "spec": {
            "backoffLimit": 3,
            "completions": 1,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], "restartPolicy": "Never"}},
        },
        "status": {
            "startTime": objects.at(40),
            "conditions": [{"type": state, "status": "True", "lastTransitionTime": objects.at(20), **why}],
            **({"failed": 4} if failed else {"succeeded": 1, "completionTime": objects.at(20)}),
        },
    }
    pod = objects.pod(f"{name}-{draw.suffix()}", namespace, 30, labels, container, draw.node(), ("Job", name))
    termination = {
        "exitCode": 1 if failed else 0,
        "reason": "Error" if failed else "Completed",
        "startedAt": objects.at(30),
        "finishedAt": objects.at(21),
    }
    pod["status"].update(phase="Failed" if failed else "Succeeded")
    pod["status"]["conditions"][0]["status"] = "False"
    pod["status"]["containerStatuses"][0].update(ready=False, started=False, state={"terminated": termination})
    return [body, pod]
