"""Everyday incidents: pairs that do not fit each other, and causes that programs print."""

from __future__ import annotations

from tests.worlds import objects, outages, workloads
from tests.worlds.new_scenes import (
    alarm,
    amid,
    container_of,
    crash,
    edit,
    last_words,
    note,
    others,
    renew,
    say,
    settle,
    surge,
    unplaced,
    work,
)
from tests.worlds.new_tidying import told
from tests.worlds.objects import Obj, at
from tests.worlds.parts import App, Draw
from tests.worlds.situation import End, Expect, Told, situation

JAVA_NOISE = (
    "WARNING: A Java agent has been loaded dynamically (/otel/javaagent.jar)",
    "@sql  WARN 1 --- [           main] o.s.b.f.s.DefaultListableBeanFactory : Overriding bean definition 'clock'",
)


def over(
    draw: Draw, about: App, title: str, text: str, minutes: float, classes: tuple[str, ...] = (), *says: str,
    ends: tuple[End, ...] = ("cause",), names: tuple[str, ...] = (), may_propose: bool = True, never: str = "",
) -> Told:  # fmt: skip
    """The alarm about this workload, beside healthy neighbours; `names` are innocent too."""
    innocent = (*names, *others(draw, about.namespace))
    expect = Expect(ends, classes, says=says, never=(never,) if never else (), may_propose=may_propose,
                    innocent=innocent)  # fmt: skip
    return told(draw, alarm(draw, about, title, text, minutes), expect)


def write(draw: Draw, app: App, form: str, *lines: str) -> None:
    for pod in app.pods:
        say(draw, pod, amid(draw, form, *lines))


def emptied(draw: Draw, app: App, minutes: float) -> None:
    """Somebody scaled it to nothing then."""
    draw.objects[:] = [one for one in draw.objects if not any(one is pod for pod in app.pods)]
    set_name, was = app.replica_set["metadata"]["name"], len(app.pods)
    app.pods.clear()
    app.deployment["spec"]["replicas"] = app.replica_set["spec"]["replicas"] = app.replicas = 0
    settle(app, since=app.age - 40)
    note(draw, app.deployment, "ScalingReplicaSet", f"Scaled down replica set {set_name} from {was} to 0",
         minutes=minutes, count=1, kind="Normal", by="deployment-controller")  # fmt: skip


def refused_caller(draw: Draw, app: App) -> App:
    """A neighbour that is configured with the Service and whose connections to it are refused."""
    caller = draw.app(app.namespace)
    host, address = outages.calls(draw, caller, app), app.service["spec"]["clusterIP"]
    path, form = draw.pick("quotes", "items", "seats"), draw.pick("go", "node")
    line = {
        "go": f'time=@isoZ level=ERROR msg="call failed" err="Get \\"http://{host}/v1/{path}\\": '
              f'dial tcp {address}:80: connect: connection refused"',
        "node": f'{{"level":50,"time":"@isoZ","pid":1,"msg":"connect ECONNREFUSED {address}:80","peer":"{host}"}}',
    }[form]  # fmt: skip
    write(draw, caller, form, line)
    return caller


@situation("fit")
def release_that_listens_elsewhere_than_its_service_sends(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3))
    caller, since, port = refused_caller(draw, app), draw.number(14, 40), app.port + draw.pick(1, 80, 443)
    edit(app, env=[{"name": "PORT", "value": str(app.port)}])
    renew(draw, app, since)
    edit(app, env=[{"name": "PORT", "value": str(port)}], ports=[{"containerPort": port}])
    settle(app, since=since)
    for pod in app.pods:
        said_text = [
            "INFO configuration loaded",
            draw.pick(f"INFO listening on 0.0.0.0:{port}", f"server up, port {port}"),
        ]
        say(draw, pod, said_text, until=since - 0.3, every=1)
    about = draw.pick(app, caller)
    classes = ("service_misdirected", "bad_rollout", "env_wrong", "config_wrong")
    text = f"{draw.number(60, 99)}% of requests to {about.name} fail"
    return over(draw, about, "HighErrorRate", text, since - 4, classes, str(port), str(app.port))


@situation("fit")
def autoscaler_over_containers_that_request_no_cpu(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    edit(app, resources={"requests": {"memory": "128Mi"}, "limits": {"memory": "256Mi"}})
    scaler = workloads.autoscaler(draw, app, most=draw.number(6, 12), desired=2)
    why = f"failed to get cpu utilization: missing request for cpu in container {container_of(app)} of Pod {app.pod}"
    scaler["spec"]["minReplicas"] = 2
    scaler["status"] = {"currentReplicas": 2, "desiredReplicas": 0, "currentMetrics": None, "conditions": [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale", "lastTransitionTime": at(app.age - 1),
         "message": "the HPA controller was able to get the target's current scale"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric",
         "lastTransitionTime": at(app.age - 1),
         "message": f"the HPA was unable to compute the replica count: {why}"},
    ]}  # fmt: skip
    draw.objects.append(scaler)
    note(draw, scaler, "FailedGetResourceMetric", why, minutes=0.3, first=58, count=240, by="horizontal-pod-autoscaler")
    write(draw, app, "java")
    text = draw.pick(f"p95 latency of {app.name} is 2.4 s and it stays at 2 replicas", f"HPA {app.name} does not scale")
    title = draw.pick("HighLatency", "KubeHpaScalingInactive")
    return over(draw, app, title, text, 20, ("autoscaler_blocked",), "cpu", "request")


@situation("fit")
def quota_that_leaves_no_room_for_one_more_pod_in_a_rollout(draw: Draw) -> Told:
    app, since = draw.app(replicas=3), draw.number(16, 40)
    names = others(draw, app.namespace)
    new = surge(draw, app, since)
    draw.objects[:] = [one for one in draw.objects if one is not new.pods[0]]
    new.pods.clear()
    settle(app, new, since=since, is_stuck=True)
    new.replica_set["spec"]["replicas"] = 1
    count = sum(1 for one in draw.objects if one["kind"] == "Pod" and one["metadata"]["namespace"] == app.namespace)
    quota = draw.pick("compute", "team-quota", "budget")
    full = f"{count // 4}Gi" if count % 4 == 0 else f"{count * 256}Mi"
    hard = {"limits.memory": full, "pods": "40"}
    draw.objects.append({
        "kind": "ResourceQuota", "metadata": objects.meta(quota, app.namespace, 90000, {}), "spec": {"hard": hard},
        "status": {"hard": hard, "used": {"limits.memory": full, "pods": str(count)}},
    })  # fmt: skip
    set_name = new.replica_set["metadata"]["name"]
    refusal = (f'pods "{set_name}-{draw.suffix()}" is forbidden: exceeded quota: {quota}, requested: '
               f"limits.memory=256Mi, used: limits.memory={full}, limited: limits.memory={full}")  # fmt: skip
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refusal,
               "lastTransitionTime": at(since)}  # fmt: skip
    new.replica_set["status"]["conditions"] = [failure]
    app.deployment["status"]["conditions"].append(dict(failure))
    note(draw, new.replica_set, "FailedCreate", f"Error creating: {refusal}", minutes=1, first=since, count=17,
         by="replicaset-controller")  # fmt: skip
    write(draw, app, "go")
    text = f"Rollout of {app.name} has made no progress for 10 minutes"
    trigger = alarm(draw, app, "KubeDeploymentRolloutStuck", text, since - 11)
    expect = Expect(("cause",), ("quota_exceeded", "rollout_stuck"), says=("quota",), may_propose=True, innocent=names)
    return told(draw, trigger, expect)


@situation("fit")
def volume_in_a_zone_where_no_node_is_left(draw: Draw) -> Told:
    app, since, zone = draw.app(replicas=1), draw.number(15, 50), draw.pick("eu-central-1b", "eu-central-1c")
    claim = workloads.claim_volume(draw, app)
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    edit(app, volumeMounts=[{"name": "data", "mountPath": "/var/lib/data"}])
    term = {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}
    for one in draw.objects:
        if one["kind"] == "PersistentVolume":
            one["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    gone_name: Obj = {
        "kind": "Node",
        "metadata": {"name": f"ip-10-0-33-{draw.number(10, 250)}.eu-central-1.compute.internal"},
    }
    said_text = (
        f"Node {gone_name['metadata']['name']} event: Removing Node {gone_name['metadata']['name']} from Controller"
    )
    note(draw, gone_name, "RemovingNode", said_text, minutes=since + 1, kind="Normal", by="node-controller")
    words = draw.pick("had volume node affinity conflict", "didn't match PersistentVolume's node affinity")
    unplaced(draw, app.pods[0], since, f"0/2 nodes are available: 2 node(s) {words}. preemption: 0/2 nodes are "
             "available: 2 Preemption is not helpful for scheduling.")  # fmt: skip
    settle(app, since=since)
    text = f"{app.pod} has been pending for 10 minutes"
    classes = ("placement_impossible", "volume_unattachable", "capacity_insufficient", "nodes_not_added")
    says = (f"zone|{zone}|node affinity", f"volume|claim|{claim}")
    return over(draw, app, "KubePodNotReady", text, since - 10, classes, *says)


@situation("fit")
def pod_that_waited_for_a_node_which_came(draw: Draw) -> Told:
    """Scaled out, short of room for four minutes, and served since: nothing is left to do."""
    app = draw.app(replicas=3)
    names = others(draw, app.namespace)
    edit(app, resources={"requests": {"cpu": "2200m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}})
    draw.objects.append(workloads.autoscaler(draw, app, most=8, desired=3))
    for place, one in enumerate([one for one in draw.objects if one["kind"] == "Node"][:2]):
        app.pods[place]["spec"]["nodeName"] = one["metadata"]["name"]
    new, late = objects.node(f"ip-10-0-7-{draw.number(10, 250)}.ec2.internal"), app.pods[2]
    new["metadata"]["creationTimestamp"] = at(10)
    for condition in new["status"]["conditions"]:
        condition["lastTransitionTime"] = at(9.6)
    draw.objects.append(new)
    late["spec"]["nodeName"], late["metadata"]["creationTimestamp"] = new["metadata"]["name"], at(13.5)
    late["status"]["startTime"] = at(9.5)
    late["status"]["conditions"][0]["lastTransitionTime"] = at(8.6)
    late["status"]["conditions"][1]["lastTransitionTime"] = at(9.5)
    late["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": at(8.9)}}
    wait = "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims."
    note(draw, late, "FailedScheduling", wait, minutes=10.5, first=13.5, count=2, by="default-scheduler")
    note(draw, late, "TriggeredScaleUp", "pod triggered scale-up: [{general-1a 2->3 (max: 6)}]", minutes=13,
         kind="Normal", by="cluster-autoscaler")  # fmt: skip
    placed_on = f"Successfully assigned {app.namespace}/{late['metadata']['name']} to {new['metadata']['name']}"
    note(draw, late, "Scheduled", placed_on, minutes=9.5, kind="Normal", by="default-scheduler")
    settle(app, since=300)
    write(draw, app, "go")
    trigger = alarm(draw, app, "KubePodNotReady", f"A pod of {app.name} has been pending", 12)
    return told(draw, trigger, Expect(("well", "open"), innocent=names))


@situation("logs")
def column_that_a_release_reads_and_the_database_lacks(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(12, 35)
    renew(draw, app, since)
    settle(app, since=since)
    table, column = draw.pick(("orders", "discount_code"), ("accounts", "locale_id"), ("bookings", "voucher_ref"))
    lines = (
        f'10.0.3.7 - - [@clf] "GET /v1/{table} HTTP/1.1" 500 141 "-" "python-requests/2.32"',
        f"[@iso] ERROR in app: Exception on /v1/{table} [GET]\nTraceback (most recent call last):\n"
        '  File "/app/api/views.py", line 88, in index\n    rows = session.execute(query).all()\n'
        "sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedColumn) "
        f"column {table}.{column} does not exist\nLINE 1: SELECT {table}.id, {table}.{column} FROM {table}",
        "WARNING opentelemetry: Transient error UNAVAILABLE while exporting traces to otel-agent:4317, retrying",
    )
    for pod in app.pods:
        say(draw, pod, amid(draw, "python", *lines), every=8)
    text, classes = f"{app.name} answers {draw.number(20, 70)}% with 500", ("bad_rollout", "database_degraded")
    return over(draw, app, "HighErrorRate", text, since - 3, classes, column, ends=("cause", "open"))


@situation("logs")
def java_heap_that_is_smaller_than_its_work(draw: Draw) -> Told:
    app, options = draw.app(replicas=2), f"-Xmx{draw.pick(96, 128, 160)}m -XX:+ExitOnOutOfMemoryError"
    edit(app, resources={"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
         env=[{"name": "JAVA_TOOL_OPTIONS", "value": options}])  # fmt: skip
    since = draw.number(25, 90)
    for pod in app.pods:
        end_state = crash(draw, pod, since, code=3, ran=2.5, restarts=draw.number(5, 14))
        said_text = [f"Picked up JAVA_TOOL_OPTIONS: {options}", *JAVA_NOISE, *work(draw, "java", 12),
                "Terminating due to java.lang.OutOfMemoryError: Java heap space"]  # fmt: skip
        last_words(draw, pod, said_text, end_state, every=9)
    settle(app, since=since)
    classes = ("runtime_collapse", "env_wrong", "config_wrong", "crash_loop", "oom_killed", "memory_pressure")
    text = f"Pods of {app.name} restart again and again"
    return over(draw, app, "KubePodCrashLooping", text, since - 8, classes, "heap|OutOfMemoryError|Xmx")


@situation("logs")
def export_that_never_gives_its_connection_back(draw: Draw) -> Told:
    app, since, size = draw.app(replicas=2), draw.number(90, 200), draw.pick(10, 15, 20)
    renew(draw, app, since)
    settle(app, since=since)
    outages.uses(app, DATABASE_URL=f"jdbc:postgresql://{draw.name()}-db.internal.example.com:5432/app")
    place = draw.pick("report.ExportService.run(ExportService.java:88)", "feed.FeedWriter.flush(FeedWriter.java:141)")
    lines = (
        "@sql  WARN 1 --- [l-1 housekeeper] com.zaxxer.hikari.pool.ProxyLeakTask : Connection leak detection triggered "
        f"for org.postgresql.jdbc.PgConnection@{draw.suffix(8)} on thread http-nio-8080-exec-7, stack trace follows\n"
        f"java.lang.Exception: Apparent connection leak detected\n\tat com.acme.{place}",
        "@sql ERROR 1 --- [nio-8080-exec-3] c.acme.web.ErrorHandler : HikariPool-1 - Connection is not available, "
        f"request timed out after 30000ms (total={size}, active={size}, idle=0, waiting={draw.number(11, 60)})",
        JAVA_NOISE[1],
    )
    write(draw, app, "java", *lines)
    text, classes = f"p99 of {app.name} is 30 s, requests fail", ("pool_exhausted", "bad_rollout")
    return over(draw, app, "HighLatency", text, draw.number(10, 25), classes, "pool|leak", "connection")


@situation("logs")
def database_whose_own_volume_is_full(draw: Draw) -> Told:
    app, image, since = draw.app(replicas=1, port=5432), "docker.io/library/postgres:16.4", draw.number(12, 45)
    workloads.claim_volume(draw, app)
    edit(app, image=image, volumeMounts=[{"name": "data", "mountPath": "/var/lib/postgresql/data"}])
    app.service["spec"]["ports"] = [{"name": "pg", "port": 5432, "targetPort": 5432, "protocol": "TCP"}]
    app.pods[0]["status"]["containerStatuses"][0]["image"] = image
    end_state = crash(draw, app.pods[0], since, restarts=draw.number(5, 12))
    last_words(draw, app.pods[0], [
        "@sql UTC [1] LOG:  starting PostgreSQL 16.4 (Debian 16.4-1.pgdg120+1) on x86_64-pc-linux-gnu",
        '@sql UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432',
        f"@sql UTC [29] LOG:  database system was interrupted; last known up at {at(since)[:16].replace('T', ' ')} UTC",
        "@sql UTC [29] LOG:  database system was not properly shut down; automatic recovery in progress",
        '@sql UTC [29] PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
        "@sql UTC [1] LOG:  startup process (PID 29) was terminated by signal 6: Aborted",
        "@sql UTC [1] LOG:  aborting startup due to startup process failure",
    ], end_state)  # fmt: skip
    settle(app, since=since)
    text = f"{app.name} restarts again and again"
    return over(draw, app, "KubePodCrashLooping", text, since - 6, ("volume_full",), "space|full")


@situation("logs")
def warnings_of_a_slow_start_that_is_over(draw: Draw) -> Told:
    """The new pods took minutes to become ready, complained of what they always complain of, and serve."""
    app = draw.app(replicas=3)
    renew(draw, app, 20)
    settle(app, since=11)
    for pod in app.pods:
        pod["status"]["conditions"][0]["lastTransitionTime"] = at(11.3)
        start = [*JAVA_NOISE, "@sql  WARN 1 --- [main] c.acme.Startup : cache peer not there yet (Connection refused), "
                 "retry 1/10", "@sql  INFO 1 --- [main] c.acme.Startup : cache peer found, warming",
                 "@sql  INFO 1 --- [main] c.acme.Startup : started in 503 s, ready"]  # fmt: skip
        say(draw, pod, start, until=11.4, every=122)
        before = draw.logs.pop()["text"]
        say(draw, pod, work(draw, "java", 40), every=16)
        draw.logs[-1]["text"] = f"{before}\n{draw.logs[-1]['text']}"
    text = f"Deployment {app.name} has not matched the expected number of replicas"
    return over(draw, app, "KubeDeploymentReplicasMismatch", text, 15, ends=("well", "open"), may_propose=False)
