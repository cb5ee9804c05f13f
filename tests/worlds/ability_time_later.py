"""Old trouble beside new, changes that came too late or did no harm, and what is over by the time anybody looks."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import calling, controllers, objects, past, triggers, unstarted
from tests.worlds.objects import Obj
from tests.worlds.outages import uses
from tests.worlds.parts import App, Draw
from tests.worlds.path_layouts import together
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, calm, labels, lose, rule, serving_app


def write(app: App, draw: Draw, lines: Sequence[tuple[float, str]]) -> None:
    """Lines with the minutes before the present at which they were written, in every pod's log."""
    text = "\n".join(f"{objects.at(minutes)} {line}" for minutes, line in sorted(lines, reverse=True))
    for pod in app.pods:
        container = pod["spec"]["containers"][0]["name"]
        log = {"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": container, "previous": False}
        draw.logs.append({**log, "text": text})


def older(app: App, days: int) -> None:
    """The workload has been there for at least so many days, and so have its pods."""
    app.age = max(app.age, days * 1440)
    for one in (app.deployment, app.replica_set, app.service, *app.pods):
        one["metadata"]["creationTimestamp"] = objects.at(app.age)
    for pod in app.pods:
        pod["status"]["startTime"] = objects.at(app.age)


def forget_logs(draw: Draw, app: App) -> None:
    names = [pod["metadata"]["name"] for pod in app.pods]
    draw.logs = [one for one in draw.logs if one["pod"] not in names]


def crash(draw: Draw, app: App, *lines: str, exit_code: int = 1) -> None:
    forget_logs(draw, app)
    break_app(app, exit_code=exit_code, restarts=draw.number(5, 9))
    for pod in app.pods:
        draw.log(app, ["starting", *lines], pod=pod, every=1)
    controllers.fresh(draw, app)


def run_out_of_memory(draw: Draw, app: App) -> None:
    crash(draw, app, "INFO serving", exit_code=137)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"


@situation("time")
def rollout_of_yesterday_before_a_node_is_lost(draw: Draw) -> Told:
    """The revision served a whole day; what is new is that the node under it is gone."""
    app = draw.app(replicas=1)
    older(app, 6)
    hours = draw.number(14, 30)
    past.rolled_out(draw, app, hours * 60)
    past.renew(app, hours * 60)
    draw.bystanders(2)
    node = app.pods[0]["spec"]["nodeName"]
    lose(draw, node)
    unstarted.unavailable(app)
    app.pods[0]["status"]["conditions"][0]["reason"] = "NodeNotReady"
    trigger = past.alarm(draw, app, past.AWAY, minutes=14)
    expect = Expect(("cause",), ("node_not_ready",), says=(node.replace(".", r"\."),), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def node_that_came_back_before_memory_ran_out(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    past.back(draw, node, draw.number(50, 80), draw.number(4, 9))
    run_out_of_memory(draw, app)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=9)
    expect = Expect(
        ("cause",), ("oom_killed", "limits_shrunk"), (app.subject,), ("OOM|memory",), may_propose=True, innocent=(node,)
    )
    return Told(draw.world(), trigger, expect)


@situation("time")
def restarts_of_last_week_of_one_that_is_slow_today(draw: Draw) -> Told:
    """It has run without a break for days: the old ends explain nothing, and nothing else is seen."""
    app = serving_app(draw)
    older(app, 14)
    past.end_run(app, draw.number(4, 8) * 1440, code=draw.pick(1, 137, 143), restarts=draw.number(2, 6))
    level = draw.pick(1.4, 2.2, 3.5)
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus("request_seconds_p99", own, [*calm(draw, 0.2, 45), *calm(draw, level, 15)])
    expression = f'request_seconds_p99{{namespace="{app.namespace}",service="{app.name}"}} > 1'
    text = {"summary": f"p99 of {app.name} is {level} s"}
    trigger = triggers.alertmanager("SlowRequests", labels(draw, app), text, minutes=13, generator=rule(expression))
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("time")
def settings_that_were_changed_after_the_first_crash(draw: Draw) -> Told:
    """Somebody edited the ConfigMap while the pods had been failing for most of an hour."""
    app = serving_app(draw)
    name, since, later = f"{app.name}-{draw.pick('settings', 'config')}", draw.number(45, 90), draw.number(4, 9)
    unstarted.takes(app, {"configMapRef": {"name": name}})
    key = draw.pick("BATCH", "WORKERS", "CACHE_TTL")
    edit = {
        "manager": draw.pick("kubectl-edit", "kubectl", "argocd"), "operation": "Update", "time": objects.at(later),
        "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {f"f:{key}": {}}},
    }  # fmt: skip
    meta = {**objects.meta(name, app.namespace, 9000, {}), "managedFields": [edit]}
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {key: str(draw.number(2, 90))}})
    line = draw.pick(
        "panic: runtime error: slice bounds out of range [:9] with capacity 4",
        "Fatal: unexpected token at line 31 of catalogue.json",
    )
    crash(draw, app, line)
    for pod in app.pods:
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since)
        pod["status"]["containerStatuses"][0]["restartCount"] = 12 + since // 6
        back_off = objects.event(pod, "BackOff", "Back-off restarting failed container", minutes=1, count=since * 3)
        back_off["firstTimestamp"] = objects.at(since)
        draw.objects.append(back_off)
    app.deployment["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=since - 8)
    classes = ("crash_loop", "config_wrong")
    says = ("slice bounds|unexpected token",)
    expect = Expect(("cause", "open"), classes, (app.subject,), says, may_propose=True, innocent=(name,))
    return Told(draw.world(), trigger, expect)


@situation("time")
def pods_that_a_drain_replaced_an_hour_ago(draw: Draw) -> Told:
    """The alarm is of the minutes in which the pods moved; all of them have served since."""
    app = serving_app(draw)
    nodes = [one for one in draw.objects if one["kind"] == "Node"]
    left, other = draw.rng.sample(nodes, 2)
    left["spec"].update(
        unschedulable=True, taints=[{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    )
    minutes = draw.number(40, 58)
    past.renew(app, minutes)
    text = f"Node {left['metadata']['name']} status is now: NodeNotSchedulable"
    draw.objects.append(objects.event(left, "NodeNotSchedulable", text, minutes=minutes + 1, count=1, kind="Normal"))
    for pod in app.pods:
        pod["spec"]["nodeName"] = other["metadata"]["name"]
        was = past.old_pod(draw, app)
        name = pod["spec"]["containers"][0]["name"]
        killing = objects.event(was, "Killing", f"Stopping container {name}", minutes=minutes, count=1, kind="Normal")
        draw.objects.append(killing)
    trigger = past.alarm(draw, app, past.AWAY, minutes=minutes)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def nightly_run_that_waits_for_the_one_before(draw: Draw) -> Told:
    """Last night's run never began: the one of the night before is still going and allows no other beside it."""
    place = draw.app().namespace
    draw.bystanders(2)
    name = f"{draw.name()}-{draw.pick('close', 'backup', 'rollup')}"
    run_name, since = f"{name}-{draw.number(28000000, 29000000)}", 2180
    run_labels = {"job-name": run_name, "batch.kubernetes.io/job-name": run_name}
    container = {"name": "main", "image": f"registry.example.com/{place}/{name}:{draw.number(2, 40)}"}
    template = {"metadata": {"labels": run_labels}, "spec": {"containers": [container], "restartPolicy": "Never"}}
    spec = {"backoffLimit": 2, "completions": 1, "parallelism": 1, "template": template}
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}
    run_meta = {**objects.meta(run_name, place, since, run_labels), "ownerReferences": [owner]}
    pod = objects.pod(
        f"{run_name}-{draw.suffix()}", place, since, run_labels, container, draw.node(), ("Job", run_name)
    )
    cron = {
        "kind": "CronJob",
        "metadata": objects.meta(name, place, 90000, {}),
        "spec": {"schedule": "0 2 * * *", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": spec}},
        "status": {
            "active": [{"apiVersion": "batch/v1", "kind": "Job", "name": run_name, "namespace": place}],
            "lastScheduleTime": objects.at(since),
            "lastSuccessfulTime": objects.at(since + 1440 - draw.number(10, 40)),
        },
    }
    run = {"kind": "Job", "metadata": run_meta, "spec": spec, "status": {"active": 1, "startTime": objects.at(since)}}
    draw.objects += [cron, run, pod]
    lines = [f"{objects.at(since - n)} INFO copied part {n} of 40" for n in range(1, draw.number(6, 20))]
    log = {"namespace": place, "pod": pod["metadata"]["name"], "container": "main", "previous": False}
    draw.logs.append({**log, "text": "\n".join(lines)})
    summary = draw.pick(f"{name} missed its run last night", f"{name} has not succeeded for more than a day")
    trigger = triggers.alertmanager("CronJobMissed", {"namespace": place, "cronjob": name}, {"summary": summary})
    says = (rf"{run_name}|still (?:run|active|go)|Forbid|has not (?:ended|finished|completed)|active",)
    classes = ("jobs_pile_up", "job_failing")
    return Told(draw.world(), trigger, Expect(("cause", "open"), classes, says=says, may_propose=True))


@situation("time")
def rate_of_errors_that_fell_again(draw: Draw) -> Told:
    """The alarm's own measurement has been back at its usual level for a good while."""
    app = serving_app(draw)
    share = draw.number(20, 70) / 100
    own = {"namespace": app.namespace, "service": app.name}
    during, since = draw.number(5, 9), draw.number(25, 40)
    values = [*calm(draw, 0.002, 50), *calm(draw, share, during), *calm(draw, 0.002, since)]
    draw.prometheus("http_errors_share", own, values)
    expression = f'http_errors_share{{namespace="{app.namespace}",service="{app.name}"}} > 0.05'
    text = {"summary": f"{round(share * 100)}% of requests to {app.name} fail"}
    trigger = triggers.alertmanager(
        "HighErrorRate", labels(draw, app), text, minutes=since + during - 2, generator=rule(expression)
    )
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("time")
def question_about_an_end_that_is_hours_ago(draw: Draw) -> Told:
    """It is asked about in the past, and has to be answered as past."""
    app = serving_app(draw)
    older(app, 3)
    hours = draw.number(4, 9)
    past.end_run(app, hours * 60, code=137, reason="OOMKilled")
    text = draw.pick(
        f"why did {app.name} in {app.namespace} restart this morning?",
        f"What made {app.name} (namespace {app.namespace}) restart some hours ago?",
    )
    expect = Expect(("answered", "well", "open", "cause"), ("oom_killed",), says=("OOM|memory",), may_propose=True)
    return Told(draw.world(), triggers.question(text), expect)


@situation("time")
def warning_that_repeats_since_anybody_remembers(draw: Draw) -> Told:
    """The kubelet says it of every pod and has done so for weeks; the pods crash since a few minutes."""
    app = serving_app(draw)
    module = draw.pick("tariffs", "seatmap", "ledgerlib")
    crash(draw, app, "Traceback (most recent call last):", f"ModuleNotFoundError: No module named '{module}'")
    text = draw.pick(
        "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: "
        "10.0.0.2 10.0.0.3 10.0.0.4",
        'Search Line limits were exceeded, some search paths have been omitted, the applied search line is: "corp"',
    )
    about: list[Obj] = [*app.pods, *(one for one in draw.objects if one["kind"] == "Pod" and one not in app.pods)]
    for pod in about:
        event = objects.event(pod, "DNSConfigForming", text, minutes=draw.number(0, 2), count=draw.number(900, 7000))
        event["firstTimestamp"] = objects.at(draw.number(12, 30) * 1440)
        draw.objects.append(event)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    classes = ("crash_loop", "bad_rollout", "config_wrong")
    expect = Expect(("cause", "open"), classes, (app.subject,), (module,), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("time")
def deployment_that_served_until_its_database_failed(draw: Draw) -> Told:
    """The new revision worked for a while, and clients that nobody touched complain in the same minute."""
    first = draw.app()
    others = [draw.app(first.namespace) for _ in range(draw.number(1, 2))]
    minutes, since = draw.number(28, 40), draw.number(8, 12)
    host = f"{draw.name()}-db.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    for app in (first, *others):
        uses(app, **{draw.pick("DB_HOST", "PGHOST", "DATABASE_HOST"): host})
    past.rolled_out(draw, first, minutes)
    past.renew(first, minutes)
    for app in (first, *others):
        what = draw.pick(
            f'ERROR connection to server at "{host}", port 5432 failed: FATAL:  the database system is starting up',
            f'level=error msg="query failed" host={host} err="FATAL: the database system is shutting down"',
            f"Error: connect ECONNREFUSED {host}:5432",
        )
        calls = [(n, f"INFO booked {draw.suffix()} in {draw.number(3, 30)} ms") for n in range(since + 1, minutes - 1)]
        write(app, draw, [*calls, *((n / 3, what) for n in range(1, since * 3))])
    trigger = calling.complaint(draw, first, "its database")
    together(draw, trigger, others)
    classes = ("database_degraded", "dependency_unreachable", "database_read_only")
    expect = Expect(("cause", "open"), classes, says=(host.split(".")[0],))
    return Told(draw.world(), trigger, expect)
