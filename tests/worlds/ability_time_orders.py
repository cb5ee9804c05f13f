"""Orders of events: what came first, what is over, what stays, and what only happens to stand near in time."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers, unstarted
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, job, labels, lose, serving_app


def quiet(draw: Draw, app: App) -> None:
    draw.logs[:] = [one for one in draw.logs if one["namespace"] != app.namespace]


@situation("time")
def change_of_a_neighbour_minutes_before(draw: Draw) -> Told:
    """Another workload was rolled out just before, and is well; the crash has its own words."""
    app = serving_app(draw)
    other = draw.app(app.namespace)
    past.rolled_out(draw, other, 14)
    past.renew(other, 14)
    draw.chatter(other)
    quiet(draw, app)
    break_app(app, restarts=draw.number(4, 8))
    for pod in app.pods:
        draw.log(app, ["starting", "FATAL: cannot parse /etc/app/rates.yaml: line 3"], pod=pod, every=1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=10)
    never = (rf"\b{other.name}\b",)
    expect = Expect(("cause", "open"), (), (app.subject,), (r"rates\.yaml",), never, may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def crash_of_a_stateful_one_that_is_over(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(1, 3))
    controllers.stateful(draw, app)
    controllers.fresh(draw, app)
    past.end_run(app, draw.number(100, 300), code=draw.pick(1, 2, 139), restarts=draw.number(1, 3))
    draw.chatter(app)
    draw.bystanders()
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=draw.number(320, 400))
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def memory_of_a_daemon_that_ran_out_yesterday(draw: Draw) -> Told:
    app = draw.app()
    controllers.daemon(draw, app)
    past.end_run(app, draw.number(1200, 1700), code=137, reason="OOMKilled", restarts=draw.number(1, 2))
    draw.chatter(app)
    where = {"namespace": app.namespace, "daemonset": app.name}
    text = {"summary": f"DaemonSet {app.name} is not complete"}
    trigger = triggers.alertmanager("KubeDaemonSetNotReady", where, text, minutes=1750)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def run_of_a_job_that_failed_before_one_that_worked(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    subject = controllers.run(draw, place, "ERROR could not connect to ledger-db:5432", cron=True)
    name = subject.split("/")[2]
    body, pod = job(draw, f"{name}-{draw.number(29000001, 29900000)}", place, failed=False)
    body["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}
    ]
    body["metadata"]["creationTimestamp"] = body["status"]["startTime"] = objects.at(10)
    body["status"]["completionTime"] = body["status"]["conditions"][0]["lastTransitionTime"] = objects.at(8)
    draw.objects += [body, pod]
    for one in draw.objects:
        if one["kind"] == "CronJob":
            one["status"] = {"lastScheduleTime": objects.at(10), "lastSuccessfulTime": objects.at(8)}
    where = {"namespace": place, "cronjob": name}
    trigger = triggers.alertmanager("KubeCronJobFailing", where, {"summary": f"runs of {name} fail"}, minutes=18)
    return Told(draw.world(), trigger, Expect(("well", "open"), never=("because.*ledger-db",)))


@situation("time")
def callee_that_was_down_and_is_back(draw: Draw) -> Told:
    """The caller's errors stopped when the callee came back."""
    caller, callee = calling.pair(draw)
    past.end_run(callee, 45, code=1, restarts=draw.number(2, 4))
    draw.chatter(callee)
    host = calling.host_of(draw, callee, caller)
    bad = calling.refusals(draw, host)[:12]
    draw.log(caller, [*bad, *[f"INFO GET http://{host}/v1 200 in {draw.number(3, 30)} ms"] * 40], every=66)
    trigger = past.alarm(draw, caller, past.AWAY, minutes=50)
    expect = Expect(("well", "open"), never=(rf"{callee.name}\S* cannot be reached",))
    return Told(draw.world(), trigger, expect)


@situation("time")
def crash_that_began_with_a_change_of_its_configuration(draw: Draw) -> Told:
    app = serving_app(draw)
    quiet(draw, app)
    minutes = draw.number(12, 25)
    name = f"{app.name}-config"
    draw.objects.append(
        {
            "kind": "ConfigMap",
            "metadata": {
                **objects.meta(name, app.namespace, 9000, {}),
                "managedFields": [
                    {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": objects.at(minutes),
                     "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:rates.json": {}}}}
                ],
            },
            "data": {"rates.json": '{"eur": 1.1,'},
        }
    )  # fmt: skip
    unstarted.mounts(app, {"name": "config", "configMap": {"name": name}})
    break_app(app, restarts=draw.number(4, 7))
    for pod in app.pods:
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 1)
        line = draw.pick(
            "FATAL cannot parse /config/rates.json: unexpected end of JSON input",
            "json.decoder.JSONDecodeError: Expecting property name: /config/rates.json line 1 column 12",
        )
        draw.log(app, ["starting", line], pod=pod, every=1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=minutes - 2)
    expect = Expect(("cause", "open"), (), (app.subject,), (r"rates\.json", name), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def node_that_is_away_now_beside_an_old_crash(draw: Draw) -> Told:
    app = serving_app(draw)
    other = draw.app(app.namespace, replicas=1)
    break_app(other, restarts=2500)
    for pod in other.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(30 * 1440)
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(30 * 1440 - 2)
        draw.log(other, ["starting", "FATAL licence file has no valid signature"], pod=pod, every=1)
    node = app.pods[0]["spec"]["nodeName"]
    for pod in app.pods:
        pod["spec"]["nodeName"] = node
    lose(draw, node)
    unstarted.unavailable(app)
    trigger = past.alarm(draw, app, past.AWAY, minutes=12)
    expect = Expect(
        ("cause",), ("node_not_ready",), says=(node.replace(".", r"\."),), never=("licence",), may_propose=True
    )
    return Told(draw.world(), trigger, expect)


@situation("time")
def errors_that_began_weeks_ago_beside_an_alarm_of_now(draw: Draw) -> Told:
    """One line has been logged every minute for ever; latency rose now."""
    app = draw.app()
    line = draw.pick("WARN deprecated option ttl", "ERROR metrics push failed: 404", "error: cannot load favicon")
    draw.log(app, [line, "INFO served in 4 ms"] * 200, every=120)
    text = {"summary": f"p95 latency of {app.name} is above 900 ms"}
    trigger = triggers.alertmanager("LatencyHigh", labels(draw, app), text, minutes=10)
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("time")
def scaled_down_yesterday_as_somebody_wanted(draw: Draw) -> Told:
    app = serving_app(draw)
    first_pods, other_pods = app.pods[:1], app.pods[1:]
    draw.objects[:] = [o for o in draw.objects if not any(o is p for p in other_pods)]
    app.pods[:] = first_pods
    app.replicas = 1
    for one in (app.deployment, app.replica_set):
        one["spec"]["replicas"] = 1
        one["status"].update(replicas=1, readyReplicas=1, availableReplicas=1)
    app.deployment["status"]["updatedReplicas"] = 1
    controllers.fresh(draw, app)
    message = f"Scaled down replica set {app.replica_set['metadata']['name']} from 3 to 1"
    draw.objects.append(
        objects.event(app.deployment, "ScalingReplicaSet", message, minutes=1300, count=1, kind="Normal")
    )
    trigger = past.alarm(draw, app, past.AWAY, minutes=15)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def image_fixed_an_hour_ago_asked_about(draw: Draw) -> Told:
    app = serving_app(draw)
    before = past.rolled_out(draw, app, 60, image=f"{app.image}-typo")
    past.renew(app, 60)
    pod = past.old_pod(draw, app, before["metadata"]["name"])
    message = f'Failed to pull image "{app.image}-typo": {app.image}-typo: not found'
    old: Obj = objects.event(pod, "Failed", message, minutes=62, count=9)
    draw.objects.append(old)
    text = draw.pick(f"is {app.name} ok now?", f"is {app.name} in {app.namespace} healthy?", f"{app.name} fine again?")
    expect = Expect(("well", "answered"), says=(rf"\b{app.replicas} of {app.replicas}\b",), never=("cannot be pulled",))
    return Told(draw.world(), triggers.question(text), expect)


@situation("time")
def eviction_hours_ago_of_pods_that_were_replaced(draw: Draw) -> Told:
    app = serving_app(draw)
    for _ in range(draw.number(1, 3)):
        pod = objects.pod(
            past.old_pod(draw, app)["metadata"]["name"], app.namespace, 600, app.replica_set["metadata"]["labels"],
            app.pods[0]["spec"]["containers"][0], draw.node(), ("ReplicaSet", app.replica_set["metadata"]["name"]),
        )  # fmt: skip
        pod["status"] = {"phase": "Failed", "reason": "Evicted", "startTime": objects.at(600),
                          "message": "The node was low on resource: ephemeral-storage."}  # fmt: skip
        draw.objects.append(pod)
    trigger = past.alarm(draw, app, past.AWAY, minutes=draw.number(20, 40))
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def probe_that_failed_while_it_started(draw: Draw) -> Told:
    app = serving_app(draw)
    past.renew(app, 35)
    for pod in app.pods:
        message = f'Readiness probe failed: Get "http://10.2.3.4:{app.port}/": dial tcp: connect: connection refused'
        draw.objects.append(objects.event(pod, "Unhealthy", message, minutes=34, count=2))
    trigger = past.alarm(draw, app, past.AWAY, minutes=36)
    return Told(draw.world(), trigger, Expect(("well",)))
