"""Outages of a cluster itself: its store, its extensions, its schedules, and machines short of what is small."""

from __future__ import annotations

from tests.worlds import objects, triggers, unstarted, waiting
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import complains, outage
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import serving_app


@situation("outages")
def store_of_the_cluster_without_room(draw: Draw) -> Told:
    """etcd has reached its quota: nothing can be written any more, and a workload gets no pods."""
    app = draw.app()
    draw.bystanders(2)
    trigger = unstarted.alarm(draw, app)
    unstarted.refuse(draw, app, "etcdserver: mvcc: database space exceeded")
    return outage(draw, [app], trigger, classes=("api_server_overloaded",),
                  says=("space exceeded",))  # fmt: skip


@situation("outages")
def machine_with_room_and_without_inodes(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    node, pod = app.pods[0]["spec"]["nodeName"], app.pods[0]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["status"]["conditions"][1].update(
                status="True", reason="KubeletHasDiskPressure", message="kubelet has disk pressure",
                lastTransitionTime=objects.at(17),
            )  # fmt: skip
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]
    message = "The node was low on resource: inodes. Threshold quantity: 304876, available: 10211. "
    pod["status"].update(phase="Failed", reason="Evicted", message=message, containerStatuses=[])
    pod["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(14))
    draw.objects.append(objects.event(pod, "Evicted", message, minutes=14, count=1))
    unstarted.unavailable(app, 14)
    waiting.empty(draw, app)
    return outage(draw, [app], unstarted.alarm(draw, app), classes=("disk_pressure",), ends=("cause",),
                  says=("inodes", node.replace(".", r"\.")))  # fmt: skip


@situation("outages")
def objects_that_nobody_converts(draw: Draw) -> Told:
    """A resource has two versions, and the webhook that converts between them was removed with its chart."""
    app = draw.app()
    draw.bystanders(2)
    hook, place = f"{draw.name()}-webhook", draw.place()
    draw.namespace(place)
    kind, group = draw.pick(("Issuer", "certs"), ("Bucket", "stores"), ("Pipeline", "flows")), f"{draw.suffix(5)}.io"
    complains(draw, app, draw.pick(
        f"E0311 14:11:02.1 1 reflector.go:147] Failed to watch *v1.{kind[0]}: failed to list *v1.{kind[0]}: conversion"
        f" webhook for {kind[1]}.{group}/v1alpha1, Kind={kind[0]} failed: Post"
        f' "https://{hook}.{place}.svc:443/convert?timeout=30s": service "{hook}" not found',
        f'{{"level":"error","logger":"controller-runtime.source","msg":"failed to get informer","error":"conversion'
        f" webhook for {kind[1]}.{group}/v1beta1, Kind={kind[0]} failed: Post \\\"https://{hook}.{place}.svc:443/convert\\\":"
        f' service \\"{hook}\\" not found"}}',
    ))  # fmt: skip
    text = {"summary": draw.pick(f"{app.name} does not reconcile", f"Reconcile errors of {app.name}")}
    trigger = triggers.alertmanager("ReconcileErrors", {"namespace": app.namespace, "deployment": app.name}, text)
    return outage(draw, [app], trigger, classes=("webhook_down", "dependency_unreachable", "service_deleted"),
                  says=("conversion webhook", hook))  # fmt: skip


@situation("outages")
def pods_that_an_updater_sends_away(draw: Draw) -> Told:
    """The vertical autoscaler evicts pod after pod to give each another request, at the busiest hour."""
    app = draw.app(replicas=3)
    draw.chatter(app)
    for number, pod in enumerate(app.pods):
        minutes = 4 + 3 * number
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(minutes - 0.2)}}
        before: Obj = {"kind": "Pod", "metadata": {"name": f"{app.name}-{app.hash}-{draw.suffix()}",
                                                   "namespace": app.namespace}}  # fmt: skip
        eviction = objects.event(before, "EvictedByVPA",
                             "Pod was evicted by VPA Updater to apply resource recommendation.",
                             minutes=minutes, count=1, kind="Normal")  # fmt: skip
        eviction["source"] = {"component": "vpa-updater"}
        draw.objects.append(eviction)
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=True), classes=("autoscalers_conflict",),
                  says=("VPA",))  # fmt: skip


@situation("outages")
def schedule_in_a_zone_that_nobody_knows(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    name, zone = f"{draw.name()}-{draw.pick('closing', 'export')}", draw.pick("Europe/Frankfurt", "CEST", "US/Seattle")
    container = {"name": "main", "image": f"registry.example.com/{name}:2"}
    body: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, place, 60 * 24 * 30, {}),
        "spec": {"schedule": "0 6 * * *", "timeZone": zone,
                 "jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}}},
        "status": {"lastScheduleTime": objects.at(60 * draw.number(30, 90))},
    }  # fmt: skip
    message = f'invalid timeZone: "{zone}": unknown time zone {zone}'
    draw.objects += [body, objects.event(body, "UnknownTimeZone", message, minutes=3, count=draw.number(40, 200))]
    text = draw.pick(f"{name} has not run for a day", f"CronJob {name} does not start its runs")
    trigger = triggers.alertmanager("CronJobStale", {"namespace": place, "cronjob": name}, {"summary": text})
    app = draw.app(place)
    return outage(draw, [app], trigger, classes=("config_wrong", "job_failing"), says=("time zone",))


@situation("outages")
def probe_that_asks_in_the_wrong_scheme(draw: Draw) -> Told:
    """A release serves TLS on its port; the probe still speaks HTTP."""
    app = draw.app(port=8443)
    draw.bystanders(2)
    text = draw.pick(
        "Readiness probe failed: HTTP probe failed with statuscode: 400",
        'Readiness probe failed: Get "http://10.2.3.4:8443/ready": net/http: HTTP/1.x transport connection broken:'
        ' malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"',
    )
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/ready", "port": 8443}}
    for pod in app.pods:
        pod["status"]["conditions"][0].update(status="False", reason="ContainersNotReady",
                                              lastTransitionTime=objects.at(16))  # fmt: skip
        pod["status"]["containerStatuses"][0]["ready"] = False
        draw.objects.append(objects.event(pod, "Unhealthy", text, count=draw.number(40, 90), minutes=0.4))
    unstarted.unavailable(app, 16)
    waiting.empty(draw, app)
    complains(draw, app, "http: TLS handshake error from 10.0.3.1:40122: tls: first record does not look like a TLS"
              " handshake")  # fmt: skip
    return outage(draw, [app], unstarted.alarm(draw, app), ends=("cause",), classes=("readiness_wrong", "bad_rollout"),
                  subjects=(app.subject,), says=("probe",))  # fmt: skip
