"""When a cause has to have come: not long before the trouble, not after it, and remembered as long as it stands."""

from __future__ import annotations

from tests.worlds import objects, past, triggers, unstarted
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels, serving_app, sick


def old(draw: Draw, app: App) -> None:
    """It has been crashing for weeks: hundreds of restarts, and no event of its beginning is left."""
    since = draw.number(10, 40) * 1440
    break_app(app, restarts=draw.number(900, 4000))
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(since)
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since - 2)
        draw.log(app, ["starting", "FATAL licence file has no valid signature"], pod=pod, every=1)
    app.deployment["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since - 2)


@situation("time")
def old_crash_beside_memory_that_runs_out_now(draw: Draw) -> Told:
    app = serving_app(draw)
    old(draw, draw.app(app.namespace))
    draw.logs = [one for one in draw.logs if one["pod"] not in [p["metadata"]["name"] for p in app.pods]]
    break_app(app, exit_code=137, restarts=draw.number(4, 8))
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    says, never = ("OOM|memory",), ("licence",)
    return Told(
        draw.world(), trigger, Expect(("cause",), ("oom_killed",), (app.subject,), says, never, may_propose=True)
    )


@situation("time")
def old_crash_of_what_the_slow_one_calls(draw: Draw) -> Told:
    """The callee has been broken for weeks, while latency rose only now: it explains nothing that is new."""
    app = serving_app(draw)
    other = draw.app(app.namespace)
    old(draw, other)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        host = f"http://{other.name}.{other.namespace}.svc.cluster.local"
        one["spec"]["containers"][0]["env"] = [{"name": "PEER_URL", "value": host}]
    expression = f'histogram_quantile(0.99, rate(request_seconds_bucket{{app="{app.name}"}}[5m])) > 0.5'
    text = {"summary": f"p99 latency of {app.name} is above 500 ms"}
    trigger = triggers.alertmanager("LatencyHigh", labels(draw, app), text, minutes=12, generator=expression)
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("time")
def old_claim_without_a_volume_beside_a_crash(draw: Draw) -> Told:
    app = serving_app(draw)
    days = draw.number(20, 90) * 1440
    draw.objects.append(
        {
            "kind": "PersistentVolumeClaim",
            "metadata": objects.meta(f"data-{draw.suffix()}", app.namespace, days, {}),
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}},
                     "storageClassName": "gone"},
            "status": {"phase": "Pending"},
        }
    )  # fmt: skip
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", "panic: runtime error: index out of range [3] with length 3"], pod=pod, every=1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    expect = Expect(("cause", "open"), (), (app.subject,), ("panic",), ("gone",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def old_route_to_nowhere_beside_errors_of_now(draw: Draw) -> Told:
    app = serving_app(draw)
    stale = objects.ingress(draw.name(), app.namespace, "old.example.com", draw.name())
    stale["metadata"]["creationTimestamp"] = objects.at(draw.number(40, 90) * 1440)
    draw.objects += [stale, objects.ingress(f"{app.name}-web", app.namespace, "www.example.com", app.name)]
    text = {"summary": f"{app.name} answers 5xx", "description": "5xx ratio above 5 %"}
    trigger = triggers.alertmanager("HighErrorRate", labels(draw, app), text, minutes=10)
    return Told(draw.world(), trigger, Expect(("open",), never=(stale["spec"]["rules"][0]["host"],)))


@situation("time")
def rollout_that_the_alarm_says_came_later(draw: Draw) -> Told:
    """The alarm has been on for another reason since yesterday: what is seen of the pods tells when they broke."""
    app = serving_app(draw)
    minutes = draw.number(15, 35)
    past.rolled_out(draw, app, minutes)
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    break_app(app, restarts=draw.number(5, 9))
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes - 0.2)
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes - 0.3)
        draw.log(app, ["starting", "Error: Cannot find module './routes'"], pod=pod, every=1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=draw.number(120, 1500))
    expect = Expect(("cause",), ("bad_rollout",), (app.subject,), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def rollout_after_pods_had_begun_to_fail(draw: Draw) -> Told:
    """The pods had failed for hours before somebody rolled out another revision, which fails as well."""
    app = serving_app(draw)
    before = past.rolled_out(draw, app, draw.number(8, 14))
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    break_app(app, restarts=draw.number(3, 5))
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(8)
        draw.log(app, ["starting", "FATAL cannot parse rates.yaml: line 7"], pod=pod, every=1)
    old_pod = past.old_pod(draw, app, before["metadata"]["name"])
    back_off = objects.event(
        old_pod,
        "BackOff",
        f"Back-off restarting failed container in pod {old_pod['metadata']['name']}",
        minutes=15,
        count=40,
    )
    back_off["firstTimestamp"] = objects.at(55)
    draw.objects.append(back_off)
    app.deployment["status"]["conditions"][0]["lastTransitionTime"] = objects.at(55)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=50)
    expect = Expect(("cause", "open"), ("crash_loop", "config_wrong"), (app.subject,), may_propose=False)
    return Told(draw.world(), trigger, expect)


@situation("time")
def probe_that_the_kubelet_no_longer_tells_of(draw: Draw) -> Told:
    """The spam filter let the last event through long ago; the pods are still not ready, and nothing changed since."""
    app = serving_app(draw)
    minutes = draw.number(35, 55)
    path, code = draw.pick("/ready", "/health", "/status"), draw.pick(500, 503, 404)
    probe = {"httpGet": {"path": path, "port": app.port}, "periodSeconds": 10, "failureThreshold": 3}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "readinessProbe": probe}]
    for pod in app.pods:
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(minutes)
        )
        pod["status"]["containerStatuses"][0].update(ready=False)
        probe_failure = objects.event(
            pod,
            "Unhealthy",
            f"Readiness probe failed: HTTP probe failed with statuscode: {code}",
            minutes=draw.number(18, 28),
            count=25,
        )
        probe_failure["firstTimestamp"] = objects.at(minutes)
        draw.objects.append(probe_failure)
    unstarted.unavailable(app, minutes)
    trigger = past.alarm(draw, app, past.AWAY, minutes=minutes - 5)
    expect = Expect(("cause", "open"), ("readiness_wrong",), (app.subject,), (str(code),), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def quota_whose_events_are_gone(draw: Draw) -> Told:
    """After an hour only the condition of the Deployment still says what the API server refused."""
    app = serving_app(draw)
    trigger = past.alarm(draw, app, past.AWAY, minutes=100)
    name, most = f"team-{draw.suffix(3)}", draw.number(2, 6)
    text = f"exceeded quota: {name}, requested: pods=1, used: pods={most}, limited: pods={most}"
    unstarted.refuse(draw, app, 'pods "{pod}" is forbidden: ' + text, minutes=draw.number(100, 300))
    draw.objects = [one for one in draw.objects if one["kind"] != "Event"]
    hard = {"pods": str(most)}
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(9000)},
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": hard},
        }
    )
    return Told(draw.world(), trigger, Expect(("cause",), ("quota_exceeded",), says=(name,), may_propose=True))


@situation("time")
def configuration_missing_without_events(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{app.name}-{draw.pick('config', 'rules')}"
    unstarted.takes(app, {"configMapRef": {"name": name}})
    unstarted.waiting(draw, app, "CreateContainerConfigError", f'configmap "{name}" not found', minutes=150)
    trigger = past.alarm(draw, app, past.AWAY, minutes=130)
    return Told(draw.world(), trigger, Expect(("cause",), ("config_missing",), says=(name,), may_propose=True))


@situation("time")
def restarts_of_pods_that_were_replaced(draw: Draw) -> Told:
    """The pods are new and serve for the moment; those before them crashed until a minute ago."""
    app = serving_app(draw)
    past.renew(app, 2)
    for _ in range(draw.number(1, 3)):
        was = past.old_pod(draw, app)
        text = f"Back-off restarting failed container in pod {was['metadata']['name']}_{app.namespace}(1-2)"
        draw.objects.append(objects.event(was, "BackOff", text, minutes=2.5, count=draw.number(15, 60)))
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=20)
    return Told(draw.world(), trigger, Expect(("well", "open"), says=("(?i)back-off|restart|crash|before",)))


@situation("time")
def change_of_configuration_weeks_ago(draw: Draw) -> Told:
    app = serving_app(draw)
    name = f"{app.name}-config"
    unstarted.takes(app, {"configMapRef": {"name": name}})
    days = draw.number(15, 60) * 1440
    draw.objects.append(
        {
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": objects.at(days + 900),
                         "managedFields": [{"manager": "kubectl", "operation": "Update", "time": objects.at(days),
                                            "apiVersion": "v1", "fieldsType": "FieldsV1",
                                            "fieldsV1": {"f:data": {"f:LIMIT": {}}}}]},
            "data": {"LIMIT": "10"},
        }
    )  # fmt: skip
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", "panic: assignment to entry in nil map"], pod=pod, every=1)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    expect = Expect(("cause", "open"), ("crash_loop",), (app.subject,), ("panic",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def neighbour_that_broke_long_ago_and_one_that_is_well(draw: Draw) -> Told:
    app = serving_app(draw)
    old(draw, draw.app(app.namespace))
    old(draw, sick(draw, app.namespace))
    trigger = past.alarm(draw, app, past.AWAY, minutes=10)
    return Told(draw.world(), trigger, Expect(("well",)))
