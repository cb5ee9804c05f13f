"""Who in the control plane does not do its part: schedulers, controllers, webhooks, and what looks like it."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import OPEN, WELL, Expect, Told, situation
from tests.worlds.workloads import labels, serving_app

CERTIFICATES = (
    "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "x509: certificate has expired or is not yet valid: 2026-03-11T14:00:00Z is after 2026-03-10T00:00:00Z",
    "x509: certificate is valid for old-hook.example.svc, not for this name",
)


def lease(name: str, namespace: str, renewal: float, *, seconds: int = 15, holder: str = "") -> Obj:
    return {
        "kind": "Lease",
        "apiVersion": "coordination.k8s.io/v1",
        "metadata": objects.meta(name, namespace, 9000, {}),
        "spec": {
            "holderIdentity": holder or f"ip-10-0-0-4_{name}",
            "leaseDurationSeconds": seconds,
            "renewTime": objects.at(renewal).replace("Z", ".000000Z"),
            "acquireTime": objects.at(8000).replace("Z", ".000000Z"),
            "leaseTransitions": 2,
        },
    }


def leases(draw: Draw, *, scheduler: float = 0.05, controllers: float = 0.05) -> None:
    """Both of the control plane, renewed that many minutes ago."""
    draw.objects.append(lease("kube-scheduler", "kube-system", scheduler))
    draw.objects.append(lease("kube-controller-manager", "kube-system", controllers))


def unseen(app: App, minutes: float, *, scheduler: str = "") -> None:
    """New pods that no scheduler has said a word of."""
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = objects.at(minutes)
        pod["spec"].pop("nodeName", None)
        pod["status"] = {"phase": "Pending", "qosClass": "Burstable"}
    if scheduler:
        for body in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
            body["spec"]["schedulerName"] = scheduler
    lacking(app, minutes)


def lacking(app: App, minutes: float) -> None:
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "False",
            "reason": "MinimumReplicasUnavailable",
            "lastTransitionTime": objects.at(minutes),
        }
    ]
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)


def pending_alarm(draw: Draw, app: App) -> Obj:
    text = draw.pick(
        f"{app.name} has been in a non-ready state for 15 minutes",
        f"Pods of {app.name} have been Pending for a while",
        f"Deployment {app.name} has not matched the expected number of replicas",
    )
    name = draw.pick("KubePodNotReady", "KubeDeploymentReplicasMismatch", "PodsPending")
    return triggers.alertmanager(name, labels(draw, app), {"summary": text})


def pending(draw: Draw) -> App:
    app = draw.app()
    draw.bystanders()
    return app


@situation("classes")
def nobody_schedules(draw: Draw) -> Told:
    app = pending(draw)
    unseen(app, draw.number(6, 50))
    leases(draw, scheduler=draw.number(10, 90))
    expect = Expect(("cause",), ("scheduler_absent",), (app.subject,), says=("kube-scheduler",))
    return Told(draw.world(), pending_alarm(draw, app), expect)


@situation("classes")
def a_scheduler_that_is_not_there(draw: Draw) -> Told:
    app = pending(draw)
    name = draw.pick("gpu-scheduler", "volcano", "batch-scheduler", "defualt-scheduler")
    unseen(app, draw.number(6, 50), scheduler=name)
    leases(draw)
    return Told(
        draw.world(), pending_alarm(draw, app), Expect(("cause",), ("scheduler_absent",), (app.subject,), says=(name,))
    )


@situation("classes")
def pods_that_are_a_few_seconds_old(draw: Draw) -> Told:
    """Nothing is late yet: the scheduler must not be blamed."""
    app = pending(draw)
    unseen(app, 0.1)
    leases(draw)
    return Told(draw.world(), pending_alarm(draw, app), Expect(("open", "well")))


@situation("classes")
def pods_that_are_held_by_a_gate(draw: Draw) -> Told:
    """A scheduling gate holds them: the scheduler rightly leaves them alone."""
    app = pending(draw)
    unseen(app, draw.number(10, 60))
    gate = f"{draw.pick('kueue.x-k8s.io/admission', 'example.com/quota', 'policy.example.com/review')}"
    for pod in app.pods:
        pod["spec"]["schedulingGates"] = [{"name": gate}]
        pod["status"]["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates",
                "lastTransitionTime": objects.at(10),
            }
        ]
    leases(draw)
    never = Expect(("open", "cause"), never=("no scheduler",), says=("gate",))
    return Told(draw.world(), pending_alarm(draw, app), never)


@situation("classes")
def nobody_runs_the_controllers(draw: Draw) -> Told:
    """A Deployment was written, and nothing has come of it."""
    app = serving_app(draw)
    minutes = draw.number(8, 60)
    app.deployment["metadata"]["generation"] = draw.number(2, 9)
    app.deployment["spec"]["replicas"] = app.replicas + draw.number(1, 4)
    app.deployment["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Update", "time": objects.at(minutes), "apiVersion": "apps/v1"}
    ]
    leases(draw, controllers=minutes + 5)
    expect = Expect(("cause",), ("controller_absent",), (app.subject,), says=("kube-controller-manager",))
    return Told(draw.world(), pending_alarm(draw, app), expect)


@situation("classes")
def a_deployment_that_was_written_just_now(draw: Draw) -> Told:
    app = serving_app(draw)
    app.deployment["metadata"]["generation"] = 2
    app.deployment["spec"]["template"]["metadata"]["annotations"] = {"note": "new"}
    app.deployment["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Update", "time": objects.at(0.05), "apiVersion": "apps/v1"}
    ]
    leases(draw)
    return Told(draw.world(), pending_alarm(draw, app), Expect(("open", "well")))


def with_hook(draw: Draw, app: App, message: str, *, minutes: float = 10, serves: bool = True) -> App:
    """An admission webhook that refuses the app's pods by that message; the Service behind it may serve."""
    hook = draw.app(replicas=2)
    call = f'failed calling webhook "{hook.name}.example.com": failed to call webhook: Post '
    whole = f'{call}"https://{hook.name}.{hook.namespace}.svc:443/mutate?timeout=10s": {message}'
    draw.objects.append(
        {
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": hook.name, "creationTimestamp": objects.at(9000)},
            "webhooks": [
                {
                    "name": f"{hook.name}.example.com",
                    "failurePolicy": "Fail",
                    "timeoutSeconds": 10,
                    "clientConfig": {"service": {"name": hook.name, "namespace": hook.namespace, "port": 443}},
                    "rules": [
                        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
                    ],
                }
            ],
        }
    )
    draw.objects[:] = [one for one in draw.objects if one not in app.pods]
    app.pods.clear()
    app.replica_set["status"] = {"replicas": 0}
    lacking(app, minutes)
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": f"Internal error occurred: {whole}",
        "lastTransitionTime": objects.at(minutes),
    }
    app.deployment["status"]["conditions"].append(failure)
    app.replica_set["status"]["conditions"] = [failure]
    draw.objects.append(
        objects.event(app.replica_set, "FailedCreate", f"Error creating: Internal error occurred: {whole}")
    )
    if serves:
        draw.chatter(hook)
    return hook


def replicas_alarm(draw: Draw, app: App) -> Obj:
    where = {"namespace": app.namespace, "deployment": app.name}
    text = f"Deployment {app.name} has not matched the expected number of replicas"
    return triggers.alertmanager("KubeDeploymentReplicasMismatch", where, {"summary": text})


@situation("classes")
def a_webhook_with_a_certificate_nobody_trusts(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    hook = with_hook(draw, app, draw.pick(*CERTIFICATES))
    expect = Expect(("cause",), ("webhook_certificate_invalid",), says=("certificate", hook.name))
    return Told(draw.world(), replicas_alarm(draw, app), expect)


@situation("classes")
def a_webhook_that_takes_too_long(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    hook = with_hook(
        draw, app, draw.pick("context deadline exceeded", "net/http: request canceled (Client.Timeout exceeded)")
    )
    expect = Expect(("cause",), ("webhook_down",), says=(hook.name,), never=("certificate", "no ready endpoint"))
    return Told(draw.world(), replicas_alarm(draw, app), expect)


@situation("classes")
def a_webhook_that_says_no(draw: Draw) -> Told:
    """It works and refuses by its policy: neither its certificate nor its pods are to blame."""
    app = draw.app()
    draw.bystanders()
    hook = with_hook(draw, app, "x")
    text = f'admission webhook "{hook.name}.example.com" denied the request: image tag latest is not allowed'
    for condition in (*app.deployment["status"]["conditions"], *app.replica_set["status"]["conditions"]):
        if condition["type"] == "ReplicaFailure":
            condition["message"] = text
    for one in draw.objects:
        if one["kind"] == "Event" and one["reason"] == "FailedCreate":
            one["message"] = f"Error creating: {text}"
    return Told(draw.world(), replicas_alarm(draw, app), Expect(("cause",), ("admission_denied",), says=("latest",)))


@situation("classes")
def leases_are_old_and_nothing_waits(draw: Draw) -> Told:
    """A managed control plane keeps no such leases up: an old one alone breaks nothing."""
    app = serving_app(draw)
    leases(draw, scheduler=4000, controllers=4000)
    return Told(draw.world(), pending_alarm(draw, app), WELL)


@situation("classes")
def a_workload_whose_status_is_empty_and_denied(draw: Draw) -> Told:
    """Pods may not be read: who does not see cannot blame the controllers."""
    app = serving_app(draw)
    app.deployment["status"] = {}
    message = 'pods is forbidden: User "sre" cannot list resource "pods" in API group "" at the cluster scope'
    draw.deny.append({"verb": "list", "resource": "pods", "scope": "", "message": message})
    return Told(draw.world(), pending_alarm(draw, app), OPEN)
