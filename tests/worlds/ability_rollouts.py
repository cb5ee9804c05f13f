"""Whether a rollout is complete is told from pods of its newest template, not from ready ones; and what holds it."""

from __future__ import annotations

from typing import Any

from tests.worlds import controllers, triggers, unstarted
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import TROUBLE, WELL, Expect, Told, situation
from tests.worlds.workloads import serving_app

STANDS: dict[str, tuple[str, ...]] = {  # names of alarms
    "Deployment": ("KubeDeploymentRolloutStuck", "DeploymentRolloutNotProgressing", "KubeDeploymentGenerationMismatch"),
    "StatefulSet": (
        "KubeStatefulSetUpdateNotRolledOut",
        "StatefulSetRolloutStuck",
        "KubeStatefulSetGenerationMismatch",
    ),
    "DaemonSet": ("KubeDaemonSetRolloutStuck", "DaemonSetRolloutNotComplete"),
}


def stands_still(draw: Draw, app: App) -> Obj:
    """An alarm that the workload's rollout does not go on."""
    kind = str(app.deployment["kind"])
    where = {"namespace": app.namespace, kind.lower(): app.name}
    text = draw.pick(f"Rollout of {app.name} does not go on", f"{app.name} is not rolled out", f"{kind} {app.name}")
    return triggers.alertmanager(draw.pick(*STANDS[kind]), where, {"summary": text})


def of_new_template(app: App, updated: int) -> None:
    """The template has another image since a while, and so many pods run with it; all are ready."""
    body = app.deployment
    template = body["spec"]["template"]
    image = f"{app.image.rpartition(':')[0]}:99.1.0"
    container = {**template["spec"]["containers"][0], "image": image}
    body["spec"]["template"] = {**template, "spec": {**template["spec"], "containers": [container]}}
    body["metadata"]["generation"] = body["status"]["observedGeneration"] = 7
    count = "updatedNumberScheduled" if body["kind"] == "DaemonSet" else "updatedReplicas"
    body["status"].pop(count, None)
    if updated:
        body["status"][count] = updated
        for pod in app.pods[-updated:]:
            pod["spec"]["containers"] = [{**pod["spec"]["containers"][0], "image": image}]


def expect_stuck(app: App, *, by_tool: str = "", says: str = "") -> Expect:
    remedy: tuple[str, dict[str, Any]] | None = (by_tool, {"name": app.name}) if by_tool else None
    return Expect(("cause",), ("rollout_stuck",), (app.subject,), (says,) if says else (), remedy=remedy)


def deployment(draw: Draw, least: int = 2) -> App:
    app = draw.app(replicas=draw.number(least, 6))
    draw.bystanders(2)
    return app


def pause(app: App) -> None:
    app.deployment["spec"]["paused"] = True
    conditions = [c for c in app.deployment["status"]["conditions"] if c["type"] != "Progressing"]
    why = {"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused", "message": "Deployment is paused"}
    app.deployment["status"]["conditions"] = [*conditions, why]


@situation("rollouts")
def paused_before_its_first_pod(draw: Draw) -> Told:
    app = deployment(draw, 1)
    of_new_template(app, 0)
    pause(app)
    return Told(
        draw.world(), stands_still(draw, app), expect_stuck(app, by_tool="kubectl_rollout_resume", says="paused")
    )


@situation("rollouts")
def paused_in_the_middle(draw: Draw) -> Told:
    app = deployment(draw)
    of_new_template(app, draw.number(1, app.replicas - 1))
    pause(app)
    return Told(
        draw.world(), stands_still(draw, app), expect_stuck(app, by_tool="kubectl_rollout_resume", says="paused")
    )


@situation("rollouts")
def paused_with_nothing_to_replace(draw: Draw) -> Told:
    app = deployment(draw)
    pause(app)
    return Told(draw.world(), stands_still(draw, app), WELL)


@situation("rollouts")
def completed_since_the_alarm(draw: Draw) -> Told:
    app = deployment(draw)
    kind = draw.pick("Deployment", "StatefulSet", "DaemonSet")
    if kind == "DaemonSet":
        controllers.daemon(draw, app)
    elif kind == "StatefulSet":
        controllers.stateful(draw, app)
        app.deployment["status"]["currentRevision"] = "b"
    of_new_template(app, app.replicas)
    app.replica_set["spec"]["template"]["spec"] = app.deployment["spec"]["template"]["spec"]
    return Told(draw.world(), stands_still(draw, app), WELL)


@situation("rollouts")
def daemons_replaced_in_part_for_no_reason_that_shows(draw: Draw) -> Told:
    app = deployment(draw)
    controllers.daemon(draw, app)
    of_new_template(app, app.replicas - 1)
    return Told(draw.world(), stands_still(draw, app), TROUBLE)


@situation("rollouts")
def partition_that_keeps_old_pods(draw: Draw) -> Told:
    app = deployment(draw)
    controllers.stateful(draw, app)
    updated = draw.number(1, app.replicas - 1)
    of_new_template(app, updated)
    partition = {"partition": app.replicas - updated}
    app.deployment["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": partition}
    return Told(draw.world(), stands_still(draw, app), expect_stuck(app, says="partition"))


@situation("rollouts")
def pods_that_somebody_has_to_delete(draw: Draw) -> Told:
    app = deployment(draw)
    draw.pick(controllers.stateful, controllers.daemon)(draw, app)
    of_new_template(app, draw.number(0, app.replicas - 1))
    app.deployment["spec"]["updateStrategy"] = {"type": "OnDelete"}
    return Told(draw.world(), stands_still(draw, app), expect_stuck(app, says="OnDelete"))


@situation("rollouts")
def last_change_that_no_controller_has_acted_on(draw: Draw) -> Told:
    app = deployment(draw)
    app.deployment["metadata"]["generation"] = 8
    app.deployment["status"]["observedGeneration"] = 7
    return Told(draw.world(), stands_still(draw, app), TROUBLE)


@situation("rollouts")
def new_pods_that_cannot_be_pulled_beside_old_ones_that_serve(draw: Draw) -> Told:
    app = serving_app(draw)
    of_new_template(app, 1)
    whole, app.pods = app.pods, app.pods[-1:]
    unstarted.fail_pull(draw, app, f"{app.pods[0]['spec']['containers'][0]['image']}: not found")
    app.pods = whole
    expect = Expect(("cause",), ("image_pull_failed", "bad_rollout"), says=("image",), may_propose=True)
    return Told(draw.world(), stands_still(draw, app), expect)


@situation("rollouts")
def slow_requests_beside_a_paused_rollout(draw: Draw) -> Told:
    """The pause explains nothing of what is said, and nobody measured it."""
    app = deployment(draw)
    of_new_template(app, 1)
    pause(app)
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager(
        "HighRequestLatency", where, {"summary": f"p99 of {app.name} is {draw.number(2, 9)} s"}
    )
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("rollouts")
def restarts_that_are_over_beside_a_paused_rollout(draw: Draw) -> Told:
    """Ready pods disprove what the alarm says; that a rollout is paused is no trouble."""
    app = deployment(draw)
    of_new_template(app, 1)
    pause(app)
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager("KubePodCrashLooping", where, {"summary": f"pods of {app.name} restart"})
    return Told(draw.world(), trigger, WELL)


@situation("rollouts")
def question_about_a_paused_neighbour(draw: Draw) -> Told:
    """The alarm is about one that is complete; its neighbour is paused."""
    app = deployment(draw)
    other = draw.app(namespace=app.namespace, replicas=3)
    of_new_template(other, 1)
    pause(other)
    return Told(draw.world(), stands_still(draw, app), WELL)


@situation("rollouts")
def failing_requests_since_a_rollout_that_is_paused(draw: Draw) -> Told:
    """The pause explains no failing request, and nobody measured these."""
    app = deployment(draw)
    of_new_template(app, 1)
    pause(app)
    title = draw.pick("Requests to {} fail since its rollout", "{}: errors since the last rollout").format(app.name)
    trigger = triggers.webhook(title, labels={"namespace": app.namespace, "deployment": app.name})
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("rollouts")
def sentence_about_a_rollout_that_is_paused(draw: Draw) -> Told:
    """What holds it is told; whether more is meant than that, nobody knows."""
    app = deployment(draw)
    of_new_template(app, draw.number(0, app.replicas - 1))
    pause(app)
    title = draw.pick("The rollout of {} does not complete", "{} is not rolled out").format(app.name)
    trigger = triggers.webhook(title, labels={"namespace": app.namespace, "deployment": app.name})
    expect = Expect(("open", "cause"), ("rollout_stuck",), says=("paused",), may_propose=True)
    return Told(draw.world(), trigger, expect)
