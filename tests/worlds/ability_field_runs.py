"""Field reports about waiting: a container that waits for a store before it starts, a run that waits for a lock."""

from __future__ import annotations

import copy

from tests.worlds import controllers, objects, triggers, unstarted, waiting, workloads
from tests.worlds.field_pages import page
from tests.worlds.field_scenes import either, keep, link, rises, stamped, system, unheard, writes
from tests.worlds.objects import Obj
from tests.worlds.outages import outage
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation


@situation("field reports")
def init_container_that_waits_for_a_store(draw: Draw) -> Told:
    """The new pods wait for a database that has been scaled away."""
    scene = system(draw)
    role = draw.pick("reservation", "accounting", "profile")
    front, app, store = scene.front(), scene.app(role), scene.store("postgres", role, stateful=False)
    first_host, store_host = link(draw, front, app), link(draw, app, store, key="DB_ADDR")
    pod_names = {pod["metadata"]["name"] for pod in store.pods}
    draw.objects[:] = [one for one in draw.objects if one["kind"] != "Pod" or one["metadata"]["name"] not in pod_names]
    store.pods.clear()
    store.deployment["spec"]["replicas"] = store.replica_set["spec"]["replicas"] = 0
    store.deployment["status"], store.replica_set["status"] = {"observedGeneration": 2}, {"replicas": 0}
    controllers.fresh(draw, store)
    host, _, port = store_host.partition(":")
    wait = {"name": draw.pick("wait-for-db", "init-db", "wait"), "image": "busybox:1.36"}
    command = ["sh", "-c", f"until nc -z {host} {port}; do sleep 2; done"]
    waiting.in_templates(app, initContainers=[{**wait, "command": command}])
    unstarted.waiting(draw, app, "PodInitializing", "", minutes=19)
    controllers.fresh(draw, app)
    line = draw.pick(
        f"waiting for {store_host}...",
        f"{host}:{port} not open yet",
        f"nc: {host} (10.96.7.9:{port}): Connection refused",
    )
    for pod in app.pods:
        pod["status"]["initContainerStatuses"] = [
            {"name": wait["name"], "image": wait["image"], "ready": False, "restartCount": 0, "started": True,
             "state": {"running": {"startedAt": objects.at(18.5)}}}
        ]  # fmt: skip
        pod["status"]["conditions"].append(
            {"type": "Initialized", "status": "False", "reason": "ContainersNotInitialized",
             "message": f"containers with incomplete status: [{wait['name']}]", "lastTransitionTime": objects.at(19)}
        )  # fmt: skip
        keep(draw, app, pod, [one for i in range(70) for one in stamped(18 - i * 0.25, line)], container=wait["name"])
    writes(draw, front, unheard(draw, first_host, "refused"))
    return outage(
        draw, [front, app, store], draw.pick(page(draw, front, "errors"), unstarted.alarm(draw, app)), ends=("cause",),
        classes=("init_blocked", "scaled_to_zero", "dependency_unreachable"),
        says=(f"{either(store.name, wait['name'])}|init",),
        innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def nightly_run_that_does_not_end(draw: Draw) -> Told:
    """It waits for a lock since the morning, and as no second one may run beside it, none has begun since."""
    scene = system(draw)
    front, store = scene.front(), scene.store("postgres", "main")
    name = f"{draw.pick('price', 'stock', 'settlement')}-{draw.pick('refresh', 'sync', 'export')}"
    hours = draw.number(5, 9)
    body, pod = workloads.job(draw, f"{name}-29{draw.number(100000, 999999)}", scene.namespace, failed=False)
    body["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}
    ]
    began = objects.at(hours * 60)
    body["metadata"]["creationTimestamp"] = pod["metadata"]["creationTimestamp"] = began
    body["status"] = {"active": 1, "ready": 1, "startTime": began}
    pod["status"].update(phase="Running", startTime=began)
    pod["status"]["conditions"][0].update(status="True", lastTransitionTime=began)
    state = {"running": {"startedAt": began}}
    pod["status"]["containerStatuses"][0].update(ready=True, started=True, state=state)
    schedule: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, scene.namespace, 60 * 24 * 40, {}),
        "spec": {"schedule": "*/30 * * * *", "concurrencyPolicy": "Forbid",
                 "jobTemplate": {"spec": copy.deepcopy(body["spec"])}},
        "status": {"lastScheduleTime": began, "lastSuccessfulTime": objects.at(hours * 60 + 27),
                   "active": [{"kind": "Job", "name": body["metadata"]["name"], "namespace": scene.namespace}]},
    }  # fmt: skip
    reason_text = "Not starting job because prior execution is running and concurrency policy is Forbid"
    refused = objects.event(schedule, "JobAlreadyActive", reason_text, minutes=3, count=hours * 2, kind="Normal")
    draw.objects += [body, pod, schedule, {**refused, "source": {"component": "cronjob-controller"}}]
    words = draw.pick("INFO waiting for advisory lock 4711", "INFO LOCK TABLE prices IN EXCLUSIVE MODE: waiting")
    text = [one for i in range(60) for one in stamped(hours * 60 - 1 - i * 5, words if i else "INFO begins")]
    draw.logs.append(
        {
            "namespace": scene.namespace,
            "pod": pod["metadata"]["name"],
            "container": "main",
            "previous": False,
            "text": "\n".join(text),
        }
    )
    writes(draw, front)
    writes(
        draw, store, f"<time> [188] LOG:  process 188 still waiting for ExclusiveLock after {hours * 3600000}.112 ms"
    )
    rises(draw, "cronjob_age_seconds", {"namespace": scene.namespace, "cronjob": name}, 1800.0, hours * 3600.0)
    where = {"namespace": scene.namespace, "cronjob": name}
    trigger = draw.pick(
        triggers.alertmanager("CronJobStale", where, {"summary": f"{name} has not succeeded for {hours}h"}),
        triggers.alertmanager(
            "KubeJobNotCompleted", {"namespace": scene.namespace, "job_name": body["metadata"]["name"]},
            {"summary": f"Job {body['metadata']['name']} is taking more than {hours - 1}h to complete."},
        ),
    )  # fmt: skip
    return outage(
        draw, [front, store], trigger, classes=("jobs_pile_up", "job_failing", "database_degraded", "calls_slow"),
        says=(f"lock|still running|prior|Forbid|{either(name)}",), innocent=(front.name, *scene.others()),
    )  # fmt: skip
