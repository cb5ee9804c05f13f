"""CronJobs whose runs pile up, in whose zone a schedule is read, and those that only run for long."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import serving_app


def cron_job(draw: Draw, namespace: str, *, every: int, active: int, **spec: str) -> tuple[str, list[Obj]]:
    """A CronJob that starts every so many minutes, with its runs that go on: the CronJob's name and the objects."""
    name = draw.name()
    container = {"name": "main", "image": f"registry.example.com/{name}:1"}
    objs: list[Obj] = []
    for run in range(active):
        age = every * run + 1
        job = f"{name}-{29000000 - run}"
        labels = {"job-name": job, "batch.kubernetes.io/job-name": job}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "restartPolicy": "Never"}}
        owner = [{"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}]
        objs.append(
            {
                "kind": "Job",
                "metadata": {**objects.meta(job, namespace, age, labels), "ownerReferences": owner},
                "spec": {"completions": 1, "parallelism": 1, "template": template},
                "status": {"startTime": objects.at(age), "active": 1, "ready": 1},
            }
        )
        objs.append(objects.pod(f"{job}-{draw.suffix()}", namespace, age, labels, container, draw.node(), ("Job", job)))
    body: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, namespace, 9000, {}),
        "spec": {
            "schedule": f"*/{every} * * * *",
            "jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}},
            **spec,
        },
        "status": {
            "lastScheduleTime": objects.at(0.5),
            "lastSuccessfulTime": objects.at(600),
            "active": [{"kind": "Job", "name": one["metadata"]["name"]} for one in objs if one["kind"] == "Job"],
        },
    }
    return name, [body, *objs]


@situation("classes")
def runs_that_overtake_each_other(draw: Draw) -> Told:
    app = serving_app(draw)
    active = draw.number(4, 9)
    name, objs = cron_job(draw, app.namespace, every=draw.pick(1, 2, 5), active=active)
    draw.objects += objs
    where = {"namespace": app.namespace, "cronjob": name}
    text = {"summary": draw.pick(f"CronJob {name} is taking too long", f"Too many pods of {name}")}
    expect = Expect(("cause",), ("jobs_pile_up",), (f"CronJob/{app.namespace}/{name}",), says=(str(active),))
    return Told(draw.world(), triggers.alertmanager("KubeCronJobRunning", where, text), expect)


@situation("classes")
def one_run_that_takes_its_time(draw: Draw) -> Told:
    app = serving_app(draw)
    name, objs = cron_job(draw, app.namespace, every=30, active=1, concurrencyPolicy="Forbid")
    draw.objects += objs
    where = {"namespace": app.namespace, "cronjob": name}
    text = {"summary": f"CronJob {name} is taking more than 1h to complete"}
    trigger = triggers.alertmanager("KubeCronJobRunning", where, text)
    return Told(draw.world(), trigger, Expect(("open", "well"), never=("pile", "at once")))


@situation("classes")
def a_zone_that_nobody_knows(draw: Draw) -> Told:
    app = serving_app(draw)
    zone = draw.pick("Europe/Berln", "Mars/Olympus", "CEST/Summer")
    name, objs = cron_job(draw, app.namespace, every=30, active=0, timeZone=zone)
    draw.objects += objs
    where = {"namespace": app.namespace, "cronjob": name}
    text = {"summary": f"CronJob {name} has not run"}
    expect = Expect(("cause", "open"), says=(zone,), may_propose=True)
    return Told(draw.world(), triggers.alertmanager("CronJobNotRunning", where, text), expect)
