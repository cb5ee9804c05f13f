"""Claims that the cluster's own state shows or disproves."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import WELL, Expect, Told, situation
from tests.worlds.workloads import break_app, budget, job, labels, serving_app


@situation("claims")
def not_ready_and_all_are(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"Pod {app.pod} is not ready", f"{app.name} has been in a non-ready state for 15 minutes", "KubePodNotReady"
    )
    return Told(draw.world(), triggers.alertmanager("KubePodNotReady", labels(draw, app), {"summary": text}), WELL)


@situation("claims")
def replicas_missing_and_none_is(draw: Draw) -> Told:
    app = serving_app(draw)
    name = draw.pick("KubeDeploymentReplicasMismatch", "DeploymentReplicasUnavailable")
    text = f"Deployment {app.name} has not matched the expected number of replicas"
    trigger = triggers.alertmanager(name, {"namespace": app.namespace, "deployment": app.name}, {"summary": text})
    return Told(draw.world(), trigger, WELL)


@situation("claims")
def crash_loop_that_nobody_sees(draw: Draw) -> Told:
    app = serving_app(draw)
    name = draw.pick("KubePodCrashLooping", "PodRestartingOften", "ContainerRestarts")
    text = {"summary": f"{app.name} restarts again and again"}
    return Told(draw.world(), triggers.alertmanager(name, labels(draw, app), text), WELL)


@situation("claims")
def crash_loop_that_is_one(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs = []
    break_app(app, exit_code=draw.pick(1, 2, 3))
    for pod in app.pods:
        draw.log(
            app,
            ["starting", f"fatal: cannot parse {draw.pick('rates', 'routes', 'limits')}.yaml: line 7"],
            pod=pod,
            every=1,
        )
    text = {"summary": f"{app.name} restarts again and again"}
    trigger = triggers.alertmanager("KubePodCrashLooping", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("cause", "open"), subjects=(app.subject,), may_propose=True))


@situation("claims")
def node_not_ready_and_it_is(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    name = draw.pick("KubeNodeNotReady", "NodeUnreachable", "NodeDown")
    return Told(draw.world(), triggers.alertmanager(name, {"node": node}, {"summary": f"{node} is not ready"}), WELL)


@situation("claims")
def node_without_the_pressure_it_is_said_to_have(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    what = draw.pick("disk", "memory", "PID")
    text = {"summary": f"Node {node} has {what} pressure"}
    return Told(draw.world(), triggers.alertmanager("KubeNodePressure", {"node": node}, text), WELL)


@situation("claims")
def job_said_to_have_failed_completed(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{draw.name()}-{draw.number(1, 99)}"
    draw.objects += job(draw, name, app.namespace, failed=False)
    where = {"namespace": app.namespace, "job_name": name}
    return Told(
        draw.world(), triggers.alertmanager("KubeJobFailed", where, {"summary": f"Job {name} failed to complete"}), WELL
    )


@situation("claims")
def job_that_failed(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{draw.name()}-{draw.number(1, 99)}"
    draw.objects += job(draw, name, app.namespace, failed=True)
    where = {"namespace": app.namespace, "job_name": name}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"Job {name} failed to complete"})
    return Told(
        draw.world(),
        trigger,
        Expect(("open", "cause"), subjects=(f"Job/{app.namespace}/{name}",), says=(name,), may_propose=True),
    )


@situation("claims")
def drain_that_a_budget_blocks(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.objects.append(budget(app))
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["spec"]["unschedulable"] = True
    text = draw.pick(
        f"Cannot evict pod as it would violate the pod's disruption budget: {app.pod}",
        f"Drain of {node} does not end: pods of {app.name} cannot be evicted",
    )
    where = {"node": node, "namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager(draw.pick("NodeDrainBlocked", "EvictionBlocked"), where, {"summary": text})
    return Told(
        draw.world(),
        trigger,
        Expect(("open", "cause"), classes=("drain_blocked",), says=("budget|evict|drain",), may_propose=True),
    )


@situation("claims")
def namespace_that_does_not_end(draw: Draw) -> Told:
    app = serving_app(draw)
    namespace = draw.place()
    space = draw.namespace(namespace)
    message = "Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances"
    space["metadata"]["deletionTimestamp"] = objects.at(draw.number(30, 900))
    space["status"] = {
        "phase": "Terminating",
        "conditions": [
            {
                "type": "NamespaceFinalizersRemaining",
                "status": "True",
                "reason": "SomeFinalizersRemain",
                "message": message,
                "lastTransitionTime": objects.at(25),
            }
        ],
    }
    text = draw.pick(f"Namespace {namespace} is stuck in Terminating", f"Namespace {namespace} cannot be deleted")
    trigger = triggers.alertmanager("NamespaceStuckTerminating", {"namespace": namespace}, {"summary": text})
    assert app.namespace != namespace
    return Told(draw.world(), trigger, Expect(("open", "cause"), classes=("finalizer_stuck",), says=(namespace,)))


@situation("claims")
def watchdog_fires_as_it_should(draw: Draw) -> Told:
    serving_app(draw)
    name = draw.pick("Watchdog", "DeadMansSwitch", "AlwaysFiring")
    text = draw.pick(
        "This is an alert meant to ensure that the entire alerting pipeline is functional.",
        "This alert is always firing; it is a heartbeat of the monitoring.",
    )
    return Told(draw.world(), triggers.alertmanager(name, {"severity": "none"}, {"summary": text}), WELL)


@situation("claims")
def an_alarm_that_says_nothing(draw: Draw) -> Told:
    """With nothing said, nothing can be disproved but that the workload is there."""
    app = serving_app(draw)
    trigger = triggers.webhook(
        draw.pick("Something is off", "Custom check 17", "Rule 4711"), namespace=app.namespace, workload=app.name
    )
    return Told(draw.world(), trigger, Expect(("open", "well")))
