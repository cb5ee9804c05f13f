"""What holds pods up at the two ends of their lives, and autoscalers that get in each other's way."""

from __future__ import annotations

import copy

from tests.worlds import objects, triggers
from tests.worlds.controllers import stateful
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import WELL, Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, labels, serving_app

GATES = (
    "target-health.elbv2.k8s.aws/{}",
    "cloud.google.com/load-balancer-neg-ready",
    "platform.example.com/warmed-up",
    "mesh.example.com/sidecar-registered",
)


def unready(app: App, reason: str, minutes: float) -> None:
    for pod in app.pods:
        pod["status"]["conditions"][0].update(status="False", reason=reason, lastTransitionTime=objects.at(minutes))
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "False",
            "reason": "MinimumReplicasUnavailable",
            "lastTransitionTime": objects.at(minutes),
        }
    ]


def replicas_alarm(draw: Draw, app: App) -> Obj:
    text = draw.pick(
        f"{app.name} has been in a non-ready state for 15 minutes",
        f"Deployment {app.name} has not matched the expected number of replicas",
    )
    return triggers.alertmanager("KubeDeploymentReplicasMismatch", labels(draw, app), {"summary": text})


def with_gate(draw: Draw, app: App, gate: str, minutes: float, status: str) -> None:
    """Containers are ready, the gate is missing, false or true."""
    for pod in app.pods:
        pod["spec"]["readinessGates"] = [{"conditionType": gate}]
        pod["status"]["conditions"].append(
            {"type": "ContainersReady", "status": "True", "lastTransitionTime": objects.at(minutes)}
        )
        if status:
            pod["status"]["conditions"].append(
                {
                    "type": gate,
                    "status": status,
                    "reason": "TargetNotRegistered",
                    "lastTransitionTime": objects.at(minutes),
                }
            )


@situation("classes")
def a_gate_that_nobody_opens(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    draw.bystanders()
    gate = draw.pick(*GATES).format(app.name)
    minutes = draw.number(8, 90)
    with_gate(draw, app, gate, minutes, draw.pick("", "False"))
    unready(app, "ReadinessGatesNotReady", minutes)
    expect = Expect(("cause",), ("readiness_gate_unmet",), (app.subject,), says=(gate.split("/")[0],))
    return Told(draw.world(), replicas_alarm(draw, app), expect)


@situation("classes")
def a_gate_that_is_open(draw: Draw) -> Told:
    app = serving_app(draw)
    with_gate(draw, app, draw.pick(*GATES).format(app.name), draw.number(20, 900), "True")
    return Told(draw.world(), replicas_alarm(draw, app), WELL)


@situation("classes")
def a_probe_that_fails_beside_a_gate(draw: Draw) -> Told:
    """The containers themselves are not ready: the gate is not what is missing."""
    app = draw.app()
    draw.chatter(app)
    with_gate(draw, app, draw.pick(*GATES).format(app.name), 400, "True")
    for pod in app.pods:
        pod["status"]["conditions"][-2].update(status="False", lastTransitionTime=objects.at(15))
        pod["status"]["containerStatuses"][0]["ready"] = False
        pod["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/ready", "port": app.port}}
        text = f"Readiness probe failed: HTTP probe failed with statuscode: {draw.pick(500, 503)}"
        draw.objects.append(objects.event(pod, "Unhealthy", text, minutes=0.2, count=60))
    unready(app, "ContainersNotReady", 15)
    expect = Expect(
        ("cause", "open"), ("readiness_wrong", "dependency_unreachable"), never=("readiness gate",), may_propose=True
    )
    return Told(draw.world(), replicas_alarm(draw, app), expect)


@situation("classes")
def a_hook_that_fails_after_the_start(draw: Draw) -> Told:
    app = draw.app()
    break_app(app, exit_code=137, restarts=draw.number(4, 20))
    name = app.pods[0]["spec"]["containers"][0]["name"]
    command = draw.pick("/bin/warm-up", "/scripts/register.sh", "/usr/local/bin/notify")
    for body in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        body["spec"]["containers"][0]["lifecycle"] = {"postStart": {"exec": {"command": [command]}}}
    for pod in app.pods:
        draw.log(app, ["listening", "shutting down"], pod=pod, every=1)
        text = draw.pick(
            f'PostStartHook failed: rpc error: code = Unknown desc = failed to exec: exec: "{command}": not found',
            f"Exec lifecycle hook ([{command}]) for Container \"{name}\" failed - error: '{command}' exited with 1",
        )
        draw.objects.append(objects.event(pod, "FailedPostStartHook", text, minutes=1, count=8))
    draw.bystanders()
    text = {"summary": f"{app.name} restarts again and again"}
    expect = Expect(("cause",), ("hook_failing",), (app.subject,), says=("postStart", command))
    return Told(draw.world(), triggers.alertmanager("KubePodCrashLooping", labels(draw, app), text), expect)


def ending(draw: Draw, app: App, *, ready: bool) -> int:
    """Its last pod was told to end minutes ago, and has as many left; the grace period in seconds."""
    minutes, grace = draw.number(4, 20), draw.pick(1800, 3600, 7200)
    pod = app.pods[-1]
    pod["metadata"]["deletionTimestamp"] = objects.at(minutes - grace / 60)
    pod["metadata"]["deletionGracePeriodSeconds"] = grace
    for body in (app.deployment["spec"]["template"], *app.pods):
        body["spec"]["terminationGracePeriodSeconds"] = grace
        body["spec"]["containers"][0]["lifecycle"] = {"preStop": {"exec": {"command": ["/bin/drain"]}}}
    if not ready:
        pod["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(minutes))
        pod["status"]["containerStatuses"][0]["ready"] = False
    return int(grace)


@situation("classes")
def a_pod_that_takes_an_hour_to_end(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(1, 3))
    draw.bystanders()
    subject = stateful(draw, app)
    draw.chatter(app)
    grace = ending(draw, app, ready=False)
    app.deployment["status"].update(readyReplicas=app.replicas - 1, availableReplicas=app.replicas - 1)
    where = {"namespace": app.namespace, "statefulset": app.name}
    text = {"summary": f"StatefulSet {app.name} has not matched the expected number of replicas"}
    expect = Expect(("cause",), ("shutdown_slow",), (subject,), says=("preStop", str(grace)))
    return Told(draw.world(), triggers.alertmanager("KubeStatefulSetReplicasMismatch", where, text), expect)


@situation("classes")
def a_pod_that_may_take_its_time(draw: Draw) -> Told:
    """All replicas that are wanted serve, and an old one works off what it has."""
    app = serving_app(draw)
    old = copy.deepcopy(app.pods[0])
    old["metadata"]["name"] = f"{app.name}-{app.hash}-{draw.suffix()}"
    app.pods.append(old)
    draw.objects.append(old)
    ending(draw, app, ready=False)
    return Told(draw.world(), replicas_alarm(draw, app), WELL)


def second(draw: Draw, app: App) -> Obj:
    other = autoscaler(draw, app, most=20, desired=app.replicas)
    other["metadata"]["name"] = f"{app.name}-{draw.pick('cpu', 'memory', 'keda', 'night')}"
    return other


@situation("classes")
def two_autoscalers_of_one_workload(draw: Draw) -> Told:
    app = serving_app(draw)
    both = [autoscaler(draw, app, most=10, desired=app.replicas), second(draw, app)]
    text = f"pods by selector app={app.name} are controlled by multiple HPAs: [{app.namespace}/{app.name}]"
    for one in both:
        one["status"]["conditions"] = [
            {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
            {"type": "ScalingActive", "status": "False", "reason": "AmbiguousSelector", "message": text},
        ]
    draw.objects += both
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    summary = draw.pick(f"HPA {app.name} cannot scale", f"Autoscaler {app.name} has not matched the desired replicas")
    expect = Expect(("cause",), ("autoscalers_conflict",), says=(both[1]["metadata"]["name"],))
    return Told(draw.world(), triggers.alertmanager("KubeHpaReplicasMismatch", where, {"summary": summary}), expect)


@situation("classes")
def two_autoscalers_of_two_workloads(draw: Draw) -> Told:
    app = serving_app(draw)
    other = draw.app(app.namespace)
    draw.objects += [autoscaler(draw, one, most=10, desired=one.replicas) for one in (app, other)]
    where = {"namespace": app.namespace, "deployment": app.name}
    text = {"summary": f"Deployment {app.name} has not matched the expected number of replicas"}
    return Told(draw.world(), triggers.alertmanager("KubeDeploymentReplicasMismatch", where, text), WELL)
