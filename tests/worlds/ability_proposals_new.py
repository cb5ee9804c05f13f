"""The right change is evident from the state of the cluster, or there is none that could be made here."""

from __future__ import annotations

from tests.worlds import new_scenes as scene
from tests.worlds import objects, triggers, workloads
from tests.worlds.new_tidying import told
from tests.worlds.outages import calls, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation


@situation("proposals")
def release_that_panics_while_the_one_before_serves(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4), port=8080)
    since = draw.number(14, 40)
    new = scene.surge(draw, app, since)
    function, file = draw.pick(("loadRates", "rates.go"), ("(*Cache).Warm", "cache.go"), ("newRouter", "router.go"))
    lines = [
        'time=@isoZ level=INFO msg="starting" commit=8f3b1c2',
        "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: "
        "segmentation violation "
        f"code=0x1 addr=0x18 pc=0x7f2c14]\n\ngoroutine 1 [running]:\nmain.{function}(0x0)\n\t/src/cmd/server/{file}:"
        f"{draw.number(30, 300)} +0x34\nmain.main()\n\t/src/cmd/server/main.go:57 +0x1d2",
    ]
    end_state = scene.crash(draw, new.pods[0], since - 0.3, code=2, restarts=draw.number(6, 9))
    scene.last_words(draw, new.pods[0], lines, end_state)
    for pod in app.pods:
        scene.say(draw, pod, scene.work(draw, "go", 30))
    scene.settle(app, new, since=since, is_stuck=True)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, new, "KubePodCrashLooping", f"A pod of {app.name} restarts again and again", since - 8)
    says = (
        "panic|nil pointer|invalid memory|segmentation|SIGSEGV",
        "roll(?:ed|ing)? ?back|undo|revision|previous|before",
    )
    expect = Expect(
        ("cause",), ("bad_rollout", "crash_loop", "rollout_stuck"), (), says, may_propose=True, innocent=bystanders
    )
    return told(draw, trigger, expect)


@situation("proposals")
def scaled_to_nothing_by_hand_and_left_so(draw: Draw) -> Told:
    """The event says how many there were; the autoscaler is off while there are none."""
    count = draw.number(2, 4)
    app = draw.app(replicas=count)
    caller = draw.app(app.namespace, replicas=2)
    calls(draw, caller, app)
    ago = draw.number(18, 45)
    draw.objects[:] = [one for one in draw.objects if not any(one is pod for pod in app.pods)]
    app.pods.clear()
    app.deployment["spec"]["replicas"] = app.replica_set["spec"]["replicas"] = 0
    app.deployment["status"] = {"observedGeneration": 2, "conditions": app.deployment["status"]["conditions"]}
    app.deployment["metadata"]["generation"] = 2
    app.deployment["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Update", "subresource": "scale", "time": objects.at(ago)}
    ]
    app.replica_set["status"] = {"replicas": 0, "observedGeneration": 2}
    text = f"Scaled down replica set {app.name}-{app.hash} from {count} to 0"
    scene.note(draw, app.deployment, "ScalingReplicaSet", text, minutes=ago, kind="Normal", by="deployment-controller")
    scaler = workloads.autoscaler(draw, app, most=8, desired=0)
    scaler["spec"]["minReplicas"] = 2
    scaler["status"] = {
        "currentReplicas": 0,
        "desiredReplicas": 0,
        "conditions": [
            {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"},
            {"type": "ScalingActive", "status": "False", "reason": "ScalingDisabled",
             "message": "scaling is disabled since the replica count of the target is zero"},
        ],
    }  # fmt: skip
    draw.objects.append(scaler)
    line = (
        f'time=@isoZ level=ERROR msg="upstream failed" upstream={app.name} err="dial tcp '
        f'{app.service["spec"]["clusterIP"]}:80: connect: connection refused"'
    )
    for pod in caller.pods:
        scene.say(draw, pod, scene.amid(draw, "go", line))
    bystanders = scene.others(draw, app.namespace)
    service = {"namespace": app.namespace, "service": app.name}
    trigger = draw.pick(
        triggers.alertmanager("ServiceDown", service, {"summary": f"{app.name} is down"}, minutes=ago - 3),
        triggers.webhook(f"{app.name} in {app.namespace} answers nobody"),
    )
    says = (
        "zero|(?<!\\d)0 (?:replicas|pods|copies)|no (?:replicas|pods)|(?:to|at) 0(?!\\d)|replicas?:? (?:is |= ?)?0",
    )
    expect = Expect(("cause",), ("scaled_to_zero",), (), says, may_propose=True, innocent=(*bystanders, caller.name))
    return told(draw, trigger, expect)


@situation("proposals")
def liveness_probe_that_lost_its_patience(draw: Draw) -> Told:
    """The revision before gave the program two minutes; this one kills it while it starts."""
    app = draw.app(replicas=1, port=8080)
    patient = {"httpGet": {"path": "/health", "port": 8080}, "initialDelaySeconds": 120, "periodSeconds": 10,
               "failureThreshold": 3, "timeoutSeconds": 1}  # fmt: skip
    scene.edit(app, livenessProbe=patient)
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    since = draw.number(15, 35)
    scene.renew(draw, app, since)
    scene.edit(app, livenessProbe={**patient, "initialDelaySeconds": draw.pick(5, 10)})
    pod = app.pods[0]
    end_state = scene.crash(draw, pod, since, code=143, ran=0.6, restarts=draw.number(5, 8))
    lines = [
        "@sql  INFO 1 --- [main] com.acme.Application : Starting Application using Java 21.0.2 with PID 1",
        "@sql  INFO 1 --- [main] o.s.d.r.c.RepositoryConfigurationDelegate : Bootstrapping Spring Data JPA "
        "repositories",
        "@sql  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Start completed.",
        "@sql  INFO 1 --- [main] org.hibernate.jpa.internal.util.LogHelper : HHH000204: Processing PersistenceUnitInfo",
        "@sql  INFO 1 --- [ionShutdownHook] com.zaxxer.hikari.HikariDataSource : HikariPool-1 - Shutdown initiated...",
    ]
    scene.last_words(draw, pod, lines, end_state, every=8)
    name = scene.container_of(app)
    where = "10.0.9.77:8080"
    refused = f'Liveness probe failed: Get "http://{where}/health": dial tcp {where}: connect: connection refused'
    scene.note(draw, pod, "Unhealthy", refused, minutes=1.3, first=since - 0.2, count=draw.number(20, 30))
    kill_text = f"Container {name} failed liveness probe, will be restarted"
    scene.note(draw, pod, "Killing", kill_text, minutes=1.3, first=since - 0.6, count=7, kind="Normal")
    pod["status"]["podIP"] = where.partition(":")[0]
    scene.settle(app, since=since)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "KubePodCrashLooping", f"{app.name} restarts again and again", since - 8)
    expect = Expect(
        ("cause",), ("liveness_wrong", "bad_rollout"), (), ("liveness",), may_propose=True, innocent=bystanders
    )
    return told(draw, trigger, expect)


@situation("proposals")
def selector_of_a_service_that_is_misspelt(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3))
    (key, value), *_ = app.service["spec"]["selector"].items()
    wrong = draw.pick(value[:-1], f"{value}s", value.replace("-", "_"))
    ago = draw.number(12, 30)
    app.service["spec"]["selector"] = {key: wrong}
    app.service["metadata"]["managedFields"] = [
        {"manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": "v1", "time": objects.at(ago)}
    ]
    host = f"{draw.pick('shop', 'my', 'api')}.example.com"
    draw.objects.append(objects.ingress(app.name, app.namespace, host, app.name))
    for pod in app.pods:
        scene.say(draw, pod, scene.work(draw, "python", 30), until=ago)
    scene.settle(app)
    bystanders = scene.others(draw, app.namespace)
    trigger = draw.pick(
        triggers.webhook(f"https://{host} answers 503", description=f"service {app.name}, namespace {app.namespace}"),
        triggers.alertmanager("IngressErrors", {"namespace": app.namespace, "ingress": app.name},
                              {"summary": f"All requests to {host} end in 503"}, minutes=ago - 3),
    )  # fmt: skip
    expect = Expect(
        ("cause",), ("service_misdirected",), (f"Service/{app.namespace}/{app.name}", app.subject),
        ("selector|selects|label", f"{key}[=: \"'{{]+{wrong}|{wrong}"), may_propose=True, innocent=bystanders,
    )  # fmt: skip
    return told(draw, trigger, expect)


@situation("proposals")
def key_of_a_secret_spelt_as_it_was_before(draw: Draw) -> Told:
    """The Secret was made anew with other keys; the pods that are made since ask for the old one."""
    app = draw.app(replicas=draw.number(1, 3))
    old, key = draw.pick(("DB_PASS", "DB_PASSWORD"), ("api_token", "api-token"), ("redis-pass", "redis-password"))
    name, since = f"{app.name}-{draw.pick('secrets', 'credentials')}", draw.number(12, 40)
    source = {"secretKeyRef": {"name": name, "key": old}}
    scene.edit(app, env=[{"name": old.upper().replace("-", "_"), "valueFrom": source}])
    meta = objects.meta(name, app.namespace, since + draw.number(5, 90), {})
    draw.objects.append({"kind": "Secret", "type": "Opaque", "metadata": meta, "data": {key: "eA==", "user": "eA=="}})
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    scene.renew(draw, app, since)
    image = app.image
    for pod in app.pods:
        text = f"couldn't find key {old} in Secret {app.namespace}/{name}"
        pull_text = ("Pulled", f'Container image "{image}" already present on machine')
        scene.kept_waiting(draw, pod, since, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
        scene.note(draw, pod, *pull_text, minutes=0.5, first=since, count=draw.number(9, 60), kind="Normal")
    scene.settle(app, since=since, is_stuck=True)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "KubeDeploymentReplicasMismatch", f"{app.name} has no ready pods", since - 10)
    expect = Expect(
        ("cause",), ("config_missing", "bad_rollout"), (), (old, name, key), may_propose=True, innocent=bystanders
    )
    return told(draw, trigger, expect)


@situation("proposals")
def autoscaler_whose_maximum_is_too_low_for_the_evening(draw: Draw) -> Told:
    most = draw.number(2, 3)
    app = draw.app(replicas=most, port=8080)
    scene.edit(
        app, resources={"requests": {"cpu": "500m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}
    )
    ago = draw.number(14, 40)
    scaler = workloads.autoscaler(draw, app, most=most, desired=most)
    scaler["status"]["conditions"][-1].update(
        message="the desired replica count is more than the maximum replica count",
        lastTransitionTime=objects.at(ago),
    )
    draw.objects.append(scaler)
    busy = "@sql  WARN 1 --- [nio-8080-exec-{}] c.acme.web.AccessLog : slow: GET /v1/search -> 200 ({} ms)"
    for pod in app.pods:
        slow = (busy.format(draw.number(100, 200), draw.number(2500, 9000)) for _ in range(2))
        scene.say(draw, pod, scene.amid(draw, "java", *slow), every=3)
        where = {"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": scene.container_of(app)}
        draw.prometheus("container_cpu_usage_seconds_total", where, [900.0 + 28.5 * n for n in range(60)])
    rates = [float(draw.number(110, 130)) for _ in range(60 - ago)] + [float(draw.number(340, 380)) for _ in range(ago)]
    draw.prometheus("http_requests_per_second", {"namespace": app.namespace, "service": app.name}, rates)
    scene.settle(app)
    bystanders = scene.others(draw, app.namespace)
    text = f"p95 latency of {app.name} is above 2s"
    trigger = scene.alarm(draw, app, draw.pick("HighLatency", "KubeHpaMaxedOut"), text, ago - 4)
    classes = ("autoscaler_blocked", "capacity_insufficient", "traffic_surge", "cpu_throttled", "calls_slow")
    says = ("max(?:imum|Replicas)|limit|at most|ceiling",)
    return told(draw, trigger, Expect(("cause", "open"), classes, (), says, may_propose=True, innocent=bystanders))


@situation("proposals")
def provider_outside_that_is_down_after_a_release_that_did_no_harm(draw: Draw) -> Told:
    """Nothing in the cluster can be changed for the better; least of all the release of hours ago."""
    app = draw.app(replicas=draw.number(2, 3), port=3000)
    scene.renew(draw, app, draw.number(180, 280))
    host = draw.pick("api.payments.example.net", "rest.sms-gateway.example.net", "geo.maps.example.net")
    uses(app, PROVIDER_URL=f"https://{host}")
    line = (
        '{{"level":50,"time":"@isoZ","pid":1,"msg":"provider call '
        'failed","host":"{}","status":503,"body":"{}","retries":3}}'
    ).format(host, draw.pick("Service Unavailable", "upstream connect error", "We are down for maintenance"))
    for pod in app.pods:
        scene.say(draw, pod, scene.work(draw, "node", 60) + scene.amid(draw, "node", line, line))
    scene.settle(app, since=120)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "HighErrorRate", f"{app.name}: 40% of the requests fail", draw.number(5, 8))
    classes = ("dependency_unreachable",)
    return told(draw, trigger, Expect(("cause", "open"), classes, (), (host,), innocent=bystanders))


@situation("proposals")
def password_that_the_database_no_longer_takes(draw: Draw) -> Told:
    """The right one stands nowhere in the cluster: nothing can be changed without it, and a restart is of no help."""
    app = draw.app(replicas=draw.number(1, 3), port=8000)
    name, user = f"{app.name}-db", draw.pick("app", "orders", "reporting")
    host = f"{draw.name()}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    scene.edit(app, env=[
        {"name": "DB_HOST", "value": host}, {"name": "DB_USER", "value": user},
        {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "password"}}},
    ])  # fmt: skip
    meta = objects.meta(name, app.namespace, app.age, {})
    draw.objects.append({"kind": "Secret", "type": "Opaque", "metadata": meta, "data": {"password": "eA=="}})
    since = draw.number(12, 40)
    refused = f'connection to server at "{host}" (10.20.3.8), port 5432 failed: FATAL:  password authentication failed'
    lines = [
        "[@day +0000] [1] [INFO] Starting gunicorn 22.0.0",
        'Traceback (most recent call last):\n  File "/app/db.py", line 22, in connect\n    return '
        "psycopg.connect(dsn)\n"
        f'psycopg.OperationalError: {refused} for user "{user}"',
    ]
    for pod in app.pods:
        end_state = scene.crash(draw, pod, since, restarts=draw.number(5, 9))
        scene.last_words(draw, pod, lines, end_state)
    scene.settle(app, since=since)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "KubePodCrashLooping", f"{app.name} restarts again and again", since - 9)
    classes = ("login_refused", "secret_stale", "config_wrong", "crash_loop")
    says = ("password|credential|authentication|login",)
    return told(draw, trigger, Expect(("cause", "open"), classes, (), says, innocent=bystanders))
