"""Incidents as public postmortems tell them: the alarm sits on one service, the cause elsewhere in it or behind it."""

from __future__ import annotations

from tests.worlds import new_scenes as scene
from tests.worlds import objects, triggers, workloads
from tests.worlds.new_tidying import told
from tests.worlds.outages import calls, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def fails_towards(draw: Draw, caller: App, callee: App, host: str, problem: str) -> None:
    """The caller's log: a part of its requests ends at the callee."""
    error = f'Get \\"http://{host}/v1\\": {problem}'
    line = f'time=@isoZ level=ERROR msg="upstream failed" upstream={callee.name} err="{error}"'
    for pod in caller.pods:
        scene.say(draw, pod, scene.amid(draw, "go", line))
    scene.settle(caller)


@situation("field reports")
def login_service_out_of_memory_behind_the_gateway(draw: Draw) -> Told:
    """The gateway is what pages; every pod of the service that checks logins is killed for its memory."""
    gate, auth = draw.app(replicas=2, port=8080), draw.app(replicas=2, port=8080)
    host = calls(draw, gate, auth, "AUTH_URL")
    since = draw.number(12, 35)
    line = 'time=@isoZ level=INFO msg="session cache" entries={} heap_mb={}'
    for pod in auth.pods:
        end_state = scene.crash(draw, pod, since, code=137, reason="OOMKilled", ran=1.1, restarts=draw.number(5, 7))
        growth_step = [line.format(9000 * n, 40 * n) for n in range(1, 7)]
        scene.last_words(
            draw, pod, ['time=@isoZ level=INFO msg="listening" addr=:8080', *growth_step], end_state, every=9
        )
    scene.settle(auth, since=since)
    address = f"dial tcp {auth.service['spec']['clusterIP']}:80: connect: connection refused"
    fails_towards(draw, gate, auth, host, address)
    draw.objects.append(objects.ingress(gate.name, gate.namespace, "www.example.com", gate.name))
    bystanders = scene.others(draw, gate.namespace)
    trigger = scene.alarm(
        draw, gate, "High5xxRate", f"{gate.name}: 5xx ratio above 10%", since - 3, severity="critical"
    )
    classes = ("oom_killed", "dependency_unreachable", "memory_pressure", "crash_loop", "limits_shrunk")
    says = (auth.name, "memory|OOM")
    expect = Expect(("cause",), classes, (), says, may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("field reports")
def database_out_of_connections_since_the_report_runs(draw: Draw) -> Told:
    shop = draw.app(replicas=draw.number(2, 4), port=8080)
    database = f"{draw.name()}-db"
    host = f"{database}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    uses(shop, DATABASE_URL=f"postgres://shop@{host}:5432/shop")
    ago, name = draw.number(15, 35), f"{draw.pick('monthly', 'sales', 'stock')}-report"
    job, pod = workloads.job(draw, name, shop.namespace, failed=False)
    workers = draw.pick(60, 80, 120)
    container = pod["spec"]["containers"][0]
    container["env"] = [{"name": "DATABASE_URL", "value": f"postgres://report@{host}:5432/shop"},
                        {"name": "WORKERS", "value": str(workers)}]  # fmt: skip
    job["spec"]["template"]["spec"]["containers"] = [container]
    job["metadata"]["creationTimestamp"] = pod["metadata"]["creationTimestamp"] = objects.at(ago)
    job["status"] = {"startTime": objects.at(ago), "active": 1, "ready": 1}
    pod["status"].update(phase="Running", startTime=objects.at(ago))
    pod["status"]["conditions"][0].update(status="True", lastTransitionTime=objects.at(ago - 0.2))
    running = {"running": {"startedAt": objects.at(ago - 0.1)}}
    pod["status"]["containerStatuses"][0].update(ready=True, started=True, state=running)
    draw.objects += [job, pod]
    opening_time = f"@day INFO opening {workers} database connections, one for each worker"
    parts = [f"@day INFO worker {draw.number(1, workers)}: part {n} of 5000 done" for n in range(40)]
    scene.say(draw, pod, [opening_time, *parts], every=ago * 60 / 42)
    refused = "FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute"
    line = (
        "@sql ERROR 1 --- [nio-8080-exec-7] o.h.engine.jdbc.spi.SqlExceptionHelper : HikariPool-1 - Connection is not "
        f"available, request timed out after 30000ms.\nCaused by: org.postgresql.util.PSQLException: {refused}"
    )
    for one in shop.pods:
        scene.say(draw, one, scene.amid(draw, "java", line))
    scene.settle(shop)
    before, since = (
        [float(draw.number(30, 36)) for _ in range(60 - ago)],
        [float(draw.number(109, 112)) for _ in range(ago)],
    )
    draw.cloudwatch("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": database}, before + since)
    draw.cloudwatch("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": database}, workloads.calm(draw, 34.0))
    bystanders = scene.others(draw, shop.namespace)
    trigger = scene.alarm(draw, shop, "CheckoutErrors", f"{shop.name}: 22% of checkouts fail", ago - 4)
    expect = Expect(("cause", "open"), ("pool_exhausted", "database_degraded", "capacity_insufficient"), (),
                    ("connection",), may_propose=True, innocent=bystanders)  # fmt: skip
    return told(draw, trigger, expect)


@situation("field reports")
def one_message_that_the_worker_takes_again_and_again(draw: Draw) -> Told:
    worker = draw.app(replicas=1)
    queue, message = f"{draw.pick('orders', 'mails', 'exports')}-{draw.suffix(3)}.fifo", f"{draw.suffix(8)}-4b1d-9c0e"
    uses(worker, QUEUE_URL=f"https://sqs.eu-central-1.amazonaws.com/123456789012/{queue}", BATCH_SIZE="1")
    bad = draw.pick("KeyError: 'currency'", "ValueError: invalid literal for int() with base 10: 'n/a'",
                    "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)")  # fmt: skip
    lines = [
        f"@day,31 INFO worker: received message {message} receive_count={n}\n@day,35 ERROR worker: processing "
        f"of {message} "
        f"failed, it returns to the queue\nTraceback (most recent call last):\n  File \"/app/worker.py\", line "
        f"74, in run\n    handle(body)\n  File \"/app/handlers.py\", line 31, in handle\n{bad}"
        for n in range(75, 105)
    ]  # fmt: skip
    scene.say(draw, worker.pods[0], lines, every=30)
    scene.settle(worker)
    ages = [float(20 + 60 * max(n - 10, 0)) for n in range(60)]
    draw.cloudwatch("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, ages, stat="Maximum")
    waiting = [float(3 + 40 * max(n - 10, 0)) for n in range(60)]
    draw.cloudwatch("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue}, waiting)
    bystanders = scene.others(draw, worker.namespace)
    where, name = {"QueueName": queue}, queue.replace(".fifo", "-age")
    trigger = triggers.cloudwatch_alarm(
        name, "AWS/SQS", "ApproximateAgeOfOldestMessage", where, statistic="Maximum", threshold=900, value=1220.0,
        minutes=28,
    )  # fmt: skip
    expect = Expect(("cause", "open"), ("poison_message", "queue_backlog", "crash_loop"), (),
                    ("message",), may_propose=True, innocent=bystanders)  # fmt: skip
    return told(draw, trigger, expect)


@situation("field reports")
def proxy_configuration_that_names_a_host_too_early(draw: Draw) -> Told:
    """The configuration of the edge got an upstream that does not exist yet; its pods do not come up with it."""
    edge, back = draw.app(replicas=draw.number(2, 3), port=8080), draw.app(replicas=2)
    calls(draw, edge, back)
    since, new = draw.number(13, 30), f"{back.name}-v2"
    name, missing = f"{edge.name}-conf", f"{new}.{back.namespace}.svc.cluster.local"
    upstream = f"http://{back.name}.{back.namespace}.svc.cluster.local"
    conf = (
        f"server {{\n  listen 8080;\n  location / {{\n    proxy_pass {upstream};\n  }}\n"
        f"  location /v2/ {{\n    proxy_pass http://{missing};\n  }}\n}}\n"
    )
    meta = objects.meta(name, edge.namespace, edge.age, {})
    meta["managedFields"] = [{"manager": "kubectl-client-side-apply", "operation": "Update",
                              "time": objects.at(since + 1)}]  # fmt: skip
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"default.conf": conf}})
    scene.edit(
        edge, image="docker.io/library/nginx:1.27.3", volumeMounts=[{"name": "conf", "mountPath": "/etc/nginx/conf.d"}]
    )
    scene.in_specs(edge, volumes=[{"name": "conf", "configMap": {"name": name}}])
    edge.image = "docker.io/library/nginx:1.27.3"
    lines = [
        "/docker-entrypoint.sh: Configuration complete; ready for start up",
        f'@go [emerg] 1#1: host not found in upstream "{missing}" in /etc/nginx/conf.d/default.conf:7',
        f'nginx: [emerg] host not found in upstream "{missing}" in /etc/nginx/conf.d/default.conf:7',
    ]
    for pod in edge.pods:
        pod["status"]["containerStatuses"][0]["image"] = edge.image
        end_state = scene.crash(draw, pod, since, restarts=draw.number(5, 7))
        scene.last_words(draw, pod, lines, end_state)
    scene.settle(edge, since=since)
    for pod in back.pods:
        scene.say(draw, pod, scene.work(draw, "python", 30), until=since)
    draw.objects.append(objects.ingress(edge.name, edge.namespace, "www.example.com", edge.name))
    bystanders = scene.others(draw, back.namespace)
    trigger = triggers.webhook("https://www.example.com is down: 503 for 10 minutes", severity="critical",
                               namespace=edge.namespace, service=edge.name)  # fmt: skip
    classes = ("config_wrong", "crash_loop", "dependency_unreachable", "service_deleted", "ingress_misrouted")
    return told(draw, trigger, Expect(("cause",), classes, (), (new,), may_propose=True, innocent=bystanders))


@situation("field reports")
def cache_that_came_back_empty(draw: Draw) -> Told:
    """The cache was killed for its memory and started without its data; the database carries what it did."""
    cache = draw.app(name=f"{draw.name()}-redis", replicas=1, port=6379)
    image, ago = "docker.io/library/redis:7.2.4", draw.number(14, 30)
    scene.edit(cache, image=image, args=["--save", ""])
    cache.service["spec"]["ports"] = [{"name": "redis", "port": 6379, "targetPort": 6379, "protocol": "TCP"}]
    status = cache.pods[0]["status"]["containerStatuses"][0]
    over = {
        "exitCode": 137,
        "reason": "OOMKilled",
        "startedAt": objects.at(cache.age - 1.1),
        "finishedAt": objects.at(ago),
    }
    status.update(image=image, restartCount=1, lastState={"terminated": over},
                  state={"running": {"startedAt": objects.at(ago - 0.1)}})  # fmt: skip
    cache.pods[0]["status"]["conditions"][0]["lastTransitionTime"] = objects.at(ago - 0.2)
    started = ["1:M @redis * Server initialized", "1:M @redis * Ready to accept connections tcp"]
    scene.say(draw, cache.pods[0], started, until=ago - 0.1, every=0.1)
    shop, database = draw.app(cache.namespace, replicas=3, port=3000), f"{draw.name()}-db"
    host = f"{database}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    uses(shop, REDIS_URL=f"redis://{cache.name}.{cache.namespace}:6379", DATABASE_HOST=host)
    miss = '{{"level":40,"time":"@isoZ","pid":1,"msg":"cache miss, asking the database","key":"product:{}","db_ms":{}}}'
    slow = '{{"level":40,"time":"@isoZ","pid":1,"msg":"slow request","url":"/v1/products","ms":{}}}'
    for pod in shop.pods:
        misses = [miss.format(draw.suffix(5), draw.number(1500, 6000)) for _ in range(3)]
        scene.say(draw, pod, scene.amid(draw, "node", *misses, slow.format(draw.number(3000, 9000))))
    calm, high = workloads.calm(draw, 24.0, 60 - ago), [float(draw.number(96, 99)) for _ in range(ago)]
    draw.cloudwatch("AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": database}, calm + high)
    for app in (cache, shop):
        scene.settle(app)
    bystanders = scene.others(draw, cache.namespace)
    trigger = scene.alarm(draw, shop, "HighLatency", f"p99 latency of {shop.name} is above 3s", ago - 4)
    classes = ("cache_degraded", "oom_killed", "database_degraded", "calls_slow")
    expect = Expect(("cause", "open"), classes, (), (f"{cache.name}|cache|{database}|database",), may_propose=True,
                    innocent=bystanders)  # fmt: skip
    return told(draw, trigger, expect)


@situation("field reports")
def disk_of_the_database_full_under_the_service(draw: Draw) -> Told:
    api, store = draw.app(replicas=2, port=8080), draw.app(replicas=1, port=5432, name=f"{draw.name()}-postgres")
    image = "docker.io/library/postgres:16.2"
    scene.edit(store, image=image, volumeMounts=[{"name": "data", "mountPath": "/var/lib/postgresql/data"}])
    store.service["spec"]["ports"] = [{"name": "pg", "port": 5432, "targetPort": 5432, "protocol": "TCP"}]
    store.deployment["spec"]["strategy"] = {"type": "Recreate"}
    claim = workloads.claim_volume(draw, store)
    uses(api, DATABASE_URL=f"postgres://api@{store.name}.{store.namespace}.svc.cluster.local:5432/api")
    since = draw.number(12, 35)
    lines = [
        "@sql UTC [1] LOG:  starting PostgreSQL 16.2 on x86_64-pc-linux-gnu",
        "@sql UTC [29] LOG:  database system was interrupted while in recovery",
        '@sql UTC [29] FATAL:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
        "@sql UTC [1] LOG:  startup process (PID 29) exited with exit code 1",
        "@sql UTC [1] LOG:  database system is shut down",
    ]
    store.pods[0]["status"]["containerStatuses"][0]["image"] = image
    end_state = scene.crash(draw, store.pods[0], since, restarts=draw.number(5, 8))
    scene.last_words(draw, store.pods[0], lines, end_state, every=0.4)
    scene.settle(store, since=since)
    address = f"{store.service['spec']['clusterIP']}:5432"
    line = f'time=@isoZ level=ERROR msg="query failed" err="dial tcp {address}: connect: connection refused"'
    for pod in api.pods:
        scene.say(draw, pod, scene.amid(draw, "go", line))
    scene.settle(api)
    size = 10 * 2**30
    for metric, value in (("kubelet_volume_stats_capacity_bytes", size), ("kubelet_volume_stats_available_bytes", 0)):
        where = {"namespace": store.namespace, "persistentvolumeclaim": claim}
        draw.prometheus(metric, where, [float(value)] * 60)
    bystanders = scene.others(draw, api.namespace)
    trigger = scene.alarm(draw, api, "High5xxRate", f"{api.name} answers 500 to most requests", since - 3)
    classes = ("volume_full", "database_degraded", "crash_loop", "dependency_unreachable", "disk_pressure")
    expect = Expect(
        ("cause",), classes, (), (store.name, "no space|full|space left"), may_propose=True, innocent=bystanders
    )
    return told(draw, trigger, expect)


@situation("field reports")
def names_that_nobody_resolves_as_dns_runs_out_of_memory(draw: Draw) -> Told:
    """Two services page at once; what they share is the cluster's DNS."""
    dns = draw.app("kube-system", name="coredns", replicas=2, service="kube-dns", port=53)
    limits = {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "70Mi"}}
    scene.edit(dns, name="coredns", image="registry.k8s.io/coredns/coredns:v1.11.1", resources=limits,
               ports=[{"name": "dns", "containerPort": 53, "protocol": "UDP"}])  # fmt: skip
    dns.service["spec"].update(clusterIP="10.96.0.10", ports=[
        {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"}])  # fmt: skip
    scene.relabel(dns, {"k8s-app": "kube-dns"})
    dns.service["spec"]["selector"] = {"k8s-app": "kube-dns"}
    since = draw.number(12, 30)
    for pod in dns.pods:
        pod["status"]["containerStatuses"][0].update(name="coredns", image="registry.k8s.io/coredns/coredns:v1.11.1")
        end_state = scene.crash(draw, pod, since, code=137, reason="OOMKilled", ran=0.7, restarts=draw.number(5, 7))
        scene.last_words(draw, pod, [".:53", "CoreDNS-1.11.1", "linux/amd64, go1.20.7, ae2bbc2"], end_state, every=8)
    scene.settle(dns, since=since)
    apps = [draw.app(replicas=2) for _ in range(3)]
    for caller, callee in ((apps[0], apps[1]), (apps[2], apps[1])):
        host = calls(draw, caller, callee)
        name = host.split(":")[0]
        fails_towards(draw, caller, callee, host, f"dial tcp: lookup {name} on 10.96.0.10:53: read udp 10.0.4.9:41873->"
                      "10.96.0.10:53: read: connection refused")  # fmt: skip
    draw.chatter(apps[1])
    trigger = scene.alarm(draw, apps[0], "HighErrorRate", f"{apps[0].name}: 60% of the requests fail", since - 3)
    classes = ("cluster_dns_broken", "oom_killed", "crash_loop", "memory_pressure")
    expect = Expect(("cause",), classes, (), ("dns",), may_propose=True, innocent=(apps[1].name, apps[2].name))
    return told(draw, trigger, expect)


@situation("field reports")
def rush_after_a_mailing_that_the_autoscaler_has_caught(draw: Draw) -> Told:
    """For some minutes requests were shed; more pods came, and since then all are served."""
    app = draw.app(replicas=draw.number(4, 6), port=8080)
    ago = draw.number(16, 22)
    for pod in app.pods[2:]:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(ago)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(ago - 0.2)}}
        for condition in pod["status"]["conditions"]:
            condition["lastTransitionTime"] = objects.at(ago - 0.5)
    scaler = workloads.autoscaler(draw, app, most=10, desired=app.replicas)
    scaler["spec"]["minReplicas"] = 2
    draw.objects.append(scaler)
    new_scale = f"New size: {app.replicas}; reason: cpu resource utilization (percentage of request) above target"
    scene.note(draw, scaler, "SuccessfulRescale", new_scale, minutes=ago, kind="Normal", by="horizontal-pod-autoscaler")
    up = f"Scaled up replica set {app.name}-{app.hash} from 2 to {app.replicas}"
    scene.note(draw, app.deployment, "ScalingReplicaSet", up, minutes=ago, kind="Normal", by="deployment-controller")
    shed = 'time=@isoZ level=WARN msg="request shed" path=/v1/offers status=503 inflight=200'
    for place, pod in enumerate(app.pods):
        calm = scene.work(draw, "go", ago * 4 - 6)
        before = scene.amid(draw, "go", shed, turns=8) if place < 2 else []
        scene.say(draw, pod, [*scene.work(draw, "go", 30 if place < 2 else 0), *before, *calm])
    scene.settle(app)
    rates = [120.0] * (56 - ago) + [420.0] * 8 + [300.0] * (ago - 4)
    draw.prometheus("http_requests_per_second", {"namespace": app.namespace, "service": app.name}, rates)
    scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "High5xxRate", f"{app.name}: 5xx ratio was above 5%", ago + 2)
    return told(draw, trigger, Expect(("well", "open")))
