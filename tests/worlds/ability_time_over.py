"""What is over is told as over, with what happened; what an outage or a fix left behind is no trouble now."""

from __future__ import annotations

from tests.worlds import objects, past, triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import job, serving_app


@situation("time")
def memory_that_ran_out_an_hour_ago(draw: Draw) -> Told:
    app = serving_app(draw)
    past.end_run(app, draw.number(45, 80), code=137, reason="OOMKilled", restarts=draw.number(1, 2))
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=draw.number(40, 44))
    return Told(draw.world(), trigger, Expect(("well",), says=("OOM|memory",)))


@situation("time")
def node_that_was_away_and_came_back(draw: Draw) -> Told:
    """Pods were put elsewhere; those of the lost node still lie about as failed."""
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    minutes = draw.number(30, 70)
    past.back(draw, node, minutes, draw.number(5, 12))
    past.renew(app, minutes + 3)
    for pod in app.pods[:1]:
        left = past.old_pod(draw, app)
        evicted_pod = {
            **pod,
            **left,
            "metadata": {**pod["metadata"], **left["metadata"], "creationTimestamp": objects.at(app.age)},
        }
        evicted_pod["status"] = {
            "phase": "Failed",
            "reason": draw.pick("Terminated", "NodeLost", "NodeShutdown"),
            "message": "Pod was terminated in response to imminent node shutdown.",
            "startTime": objects.at(app.age),
        }
        draw.objects.append(evicted_pod)
    trigger = past.alarm(draw, app, past.AWAY, minutes=minutes + 6)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def node_that_was_not_ready_for_a_moment(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    minutes = draw.number(4, 9)
    past.back(draw, node, minutes, 0.5)
    pod = app.pods[0]
    address = f"10.2.3.4:{app.port}"
    draw.objects += [
        objects.event(pod, "Unhealthy", f"Liveness probe failed: dial tcp {address}: connect: connection refused",
                      minutes=minutes + 0.2, count=3),
        objects.event(pod, "BackOff", f"Back-off restarting failed container in {app.pod}", minutes=minutes, count=2),
    ]  # fmt: skip
    text = {"summary": f"Warning events about {app.name}"}
    trigger = triggers.alertmanager(
        draw.pick("WarningEvents", "KubernetesWarningEventBurst"),
        {"namespace": app.namespace, "deployment": app.name},
        text,
        minutes=minutes,
    )
    return Told(draw.world(), trigger, Expect(("well",), says=("recovered|before|was ",)))


@situation("time")
def crash_loop_that_a_newer_revision_ended(draw: Draw) -> Told:
    app = serving_app(draw)
    minutes = draw.number(25, 55)
    before = past.rolled_out(draw, app, minutes)
    past.renew(app, minutes - 1)
    old = past.old_pod(draw, app, before["metadata"]["name"])
    text = f"Back-off restarting failed container main in pod {old['metadata']['name']}_{app.namespace}(1-2-3)"
    draw.objects.append(objects.event(old, "BackOff", text, minutes=minutes + 1, count=draw.number(20, 60)))
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=minutes + 20)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def image_that_could_not_be_pulled_until_it_was_pushed(draw: Draw) -> Told:
    app = serving_app(draw)
    minutes = draw.number(15, 50)
    past.renew(app, minutes + 15)
    for pod in app.pods:
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(minutes)}}
        text = f'Failed to pull image "{app.image}": {app.image}: not found'
        draw.objects += [
            objects.event(pod, "Failed", text, minutes=minutes + 2),
            objects.event(pod, "Failed", "Error: ImagePullBackOff", minutes=minutes + 1, count=30),
        ]
    trigger = past.alarm(draw, app, past.AWAY, minutes=minutes + 12)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def pod_of_an_old_revision_that_is_being_removed(draw: Draw) -> Told:
    """The last pod of the revision before ends slowly; every pod of the present one serves."""
    app = serving_app(draw)
    minutes = draw.number(3, 9)
    before = past.rolled_out(draw, app, minutes)
    past.renew(app, minutes - 0.5)
    name = f"{before['metadata']['name']}-{draw.suffix()}"
    old = objects.pod(
        name,
        app.namespace,
        app.age,
        before["metadata"]["labels"],
        before["spec"]["template"]["spec"]["containers"][0],
        draw.node(),
        ("ReplicaSet", before["metadata"]["name"]),
    )
    old["metadata"].update(deletionTimestamp=objects.at(0.2), deletionGracePeriodSeconds=30)
    old["status"]["conditions"][0].update(status="False", reason="ContainersNotReady")
    last = {"exitCode": 143, "reason": "Error", "startedAt": objects.at(900), "finishedAt": objects.at(1)}
    waits = {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}
    old["status"]["containerStatuses"][0].update(
        ready=False, restartCount=draw.number(1, 3), lastState={"terminated": last}, state={"waiting": waits}
    )
    draw.objects.append(old)
    text = {"summary": f"Pod {name} is in CrashLoopBackOff"}
    where = {"namespace": app.namespace, draw.pick("service", "deployment"): app.name}
    trigger = triggers.alertmanager("KubernetesPodCrashLooping", where, text, minutes=2)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def volume_that_was_full_and_was_made_larger(draw: Draw) -> Told:
    app = serving_app(draw)
    minutes = draw.number(40, 90)
    past.end_run(app, minutes, code=1, restarts=draw.number(1, 3))
    for pod in app.pods:
        draw.logs.append(
            {
                "namespace": app.namespace,
                "pod": pod["metadata"]["name"],
                "container": pod["spec"]["containers"][0]["name"],
                "previous": True,
                "text": f"{objects.at(minutes)} FATAL write /data/wal/7: no space left on device",
            }
        )
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=minutes - 2)
    return Told(draw.world(), trigger, Expect(("well",), never=("volume is full",)))


@situation("time")
def errors_in_a_log_that_stopped_long_ago(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    minutes = draw.number(30, 50)
    for pod in app.pods:
        name = draw.pick("rates", "ledger", "geo")
        bad = [f"ERROR cannot reach {name}.example.com: connect: connection refused"] * 15
        good = [f"INFO handled GET /v1/{draw.pick('a', 'b')} 200 in {n} ms" for n in range(2, minutes * 3)]
        draw.log(app, bad + good, pod=pod, every=20)
    trigger = past.alarm(draw, app, past.AWAY, minutes=minutes + 3)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def job_that_failed_days_ago_beside_one_that_is_well(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{draw.name()}-{draw.number(1, 9)}"
    days = draw.number(3, 20) * 1440
    for one in job(draw, name, app.namespace, failed=True):
        one["metadata"]["creationTimestamp"] = objects.at(days)
        one["status"]["startTime"] = objects.at(days)
        for condition in one["status"].get("conditions", []):
            condition["lastTransitionTime"] = objects.at(days - 20)
        draw.objects.append(one)
    trigger = past.alarm(draw, app, past.AWAY, minutes=10)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def question_about_a_restart_that_is_over(draw: Draw) -> Told:
    app = serving_app(draw)
    past.end_run(app, draw.number(50, 200), code=137, reason="OOMKilled", restarts=1)
    text = draw.pick(
        f"why did {app.name} in {app.namespace} restart?", f"why was {app.name} restarted in {app.namespace}"
    )
    return Told(draw.world(), triggers.question(text), Expect(("answered", "well", "cause"), says=("OOM|memory",)))
