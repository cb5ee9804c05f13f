"""Everyday incidents: fixes that the cluster's state shows, refusals in their own words, and causes behind others."""

from __future__ import annotations

from tests.worlds import calling, new_scenes, objects, outages
from tests.worlds.ability_unseen_one import JAVA_NOISE, emptied, over, refused_caller, write
from tests.worlds.new_scenes import crash, edit, last_words, note, renew, say, settle, work
from tests.worlds.new_tidying import told
from tests.worlds.objects import at
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.triggers import cloudwatch_alarm


@situation("proposals")
def release_whose_first_pod_dies_of_a_type_error(draw: Draw) -> Told:
    app, since = draw.app(replicas=3), draw.number(13, 30)
    new = new_scenes.surge(draw, app, since)
    end_state = crash(draw, new.pods[0], since - 0.5)
    field = draw.pick("currency", "tenant", "rates")
    last_words(draw, new.pods[0], [
        '{"level":30,"time":"@isoZ","pid":1,"msg":"starting"}',
        f"/app/dist/boot.js:41\n    return cfg.{field}.list;\n               ^\n"
        f"TypeError: Cannot read properties of undefined (reading '{field}')\n    at load (/app/dist/boot.js:41:16)",
        "Node.js v22.11.0",
    ], end_state)  # fmt: skip
    settle(app, new, since=since, is_stuck=True)
    write(draw, app, "node")
    number = app.replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
    back = f"roll(?:ed|ing|s)?[ -]?back|undo|revision {number}|{app.image}"
    text = f"A pod of {app.name} restarts again and again"
    return over(draw, new, "KubePodCrashLooping", text, since - 6, ("bad_rollout", "crash_loop"), back)


@situation("proposals")
def selector_that_writes_a_label_otherwise_than_the_pods(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3))
    good, bad = draw.pick(("backend", "back-end"), ("web", "webs"), ("public-api", "publicapi"))
    new_scenes.relabel(app, {"app": app.name, "tier": good})
    app.service["spec"]["selector"] = {"app": app.name, "tier": bad}
    caller = refused_caller(draw, app)
    for pod in app.pods:
        say(draw, pod, ["INFO configuration loaded", f"INFO listening on 0.0.0.0:{app.port}"], until=app.age - 2)
    about = draw.pick(app, caller)
    text, classes = f"All calls to {app.name} fail", ("service_misdirected",)
    return over(draw, about, "RequestsFailing", text, draw.number(10, 30), classes, "tier", good)


@situation("proposals")
def deployment_that_somebody_took_down_to_no_pods(draw: Draw) -> Told:
    count, word = draw.pick((2, "two"), (3, "three"), (4, "four"))
    app, since = draw.app(replicas=count), draw.number(14, 45)
    caller = refused_caller(draw, app)
    emptied(draw, app, since)
    text, classes = f"Calls from {caller.name} to {app.name} fail", ("scaled_to_zero",)
    says = (r"\b(?:0|zero|nothing|no pods?|no replicas?)\b", rf"\b(?:{count}|{word})\b")
    return over(draw, caller, "RequestsFailing", text, since - 3, classes, *says, names=(caller.name,))


@situation("proposals")
def liveness_probe_that_a_release_made_impatient(draw: Draw) -> Told:
    app, since = draw.app(replicas=2, port=8080), draw.number(18, 45)
    patient = draw.pick(90, 120, 150)
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 5, "failureThreshold": 3}
    edit(app, livenessProbe={**probe, "initialDelaySeconds": patient})
    renew(draw, app, since)
    edit(app, livenessProbe={**probe, "initialDelaySeconds": 5})
    for place, pod in enumerate(app.pods):
        pod["status"]["podIP"] = address = f"10.0.7.{draw.number(20, 120) + place * 100}"
        end_state = crash(draw, pod, since - 0.5, code=143, ran=0.35, restarts=draw.number(6, 9))
        name = pod["spec"]["containers"][0]["name"]
        refused = f'Get "http://{address}:8080/healthz": dial tcp {address}:8080: connect: connection refused'
        note(
            draw, pod, "Unhealthy", f"Liveness probe failed: {refused}", minutes=end_state, first=since - 0.3, count=24
        )
        note(draw, pod, "Killing", f"Container {name} failed liveness probe, will be restarted", minutes=end_state,
             first=since - 0.4, count=8, kind="Normal")  # fmt: skip
        last_words(draw, pod, [
            *JAVA_NOISE, "@sql  INFO 1 --- [main] c.acme.Application : Starting Application v3 using Java 21.0.5",
            "@sql  INFO 1 --- [main] .s.d.r.c.RepositoryConfigurationDelegate : Bootstrapping Spring Data repositories",
        ], end_state, every=6)  # fmt: skip
    settle(app, since=since)
    text, says = f"{app.name} restarts again and again", ("liveness", rf"{patient}|delay|slow|\bstart|earl|soon")
    return over(draw, app, "KubePodCrashLooping", text, since - 7, ("liveness_wrong", "bad_rollout"), *says)


@situation("proposals")
def key_of_a_partner_that_has_run_out(draw: Draw) -> Told:
    """Only the partner can give a new one."""
    app, host = draw.app(replicas=2), draw.pick("api.paylane.example", "rest.parcelhub.example", "v3.smsgate.example")
    secret, ref = f"{app.name}-partner", {"key": "api-key", "name": f"{app.name}-partner"}
    draw.objects.append({"kind": "Secret", "metadata": objects.meta(secret, app.namespace, 120000, {}),
                         "type": "Opaque", "data": {"api-key": "cmVkYWN0ZWQ="}})  # fmt: skip
    variable = {"name": "PARTNER_API_KEY", "valueFrom": {"secretKeyRef": ref}}
    edit(app, env=[{"name": "PARTNER_URL", "value": f"https://{host}"}, variable])
    answer = f"POST https://{host}/v2/requests 401 Unauthorized: API key expired (key id pk_{draw.suffix(6)})"
    write(draw, app, "node", f'{{"level":50,"time":"@isoZ","pid":1,"msg":"{answer}"}}')
    classes = ("login_refused", "secret_stale", "dependency_unreachable")
    return over(draw, app, "HighErrorRate", f"{draw.number(40, 95)}% of the calls of {app.name} fail", 18, classes,
                "401|expired|API key", ends=("cause", "open"), may_propose=False)  # fmt: skip


@situation("reasons")
def registry_that_counts_pulls_without_a_login(draw: Draw) -> Told:
    app, since = draw.app(replicas=3), draw.number(15, 40)
    path, tag = draw.pick(("library/nginx", "1.27.3"), ("library/haproxy", "3.0.6"), ("grafana/loki", "3.2.1"))
    image, pod = f"docker.io/{path}:{tag}", app.pods[0]
    edit(app, image=image)
    for one in app.pods:
        one["status"]["containerStatuses"][0]["image"] = image
    pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = at(since)
    pod["status"]["conditions"][1]["lastTransitionTime"] = at(since)
    why = (f'failed to pull and unpack image "{image}": failed to copy: httpReadSeeker: failed open: unexpected status '
           f"code https://registry-1.docker.io/v2/{path}/manifests/sha256:{draw.suffix(12)}: 429 Too Many Requests - "
           "Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. "
           "https://www.docker.com/increase-rate-limit")  # fmt: skip
    back = f'Back-off pulling image "{image}"'
    said_text = (
        ("Failed", f'Failed to pull image "{image}": {why}'),
        ("Failed", "Error: ErrImagePull"),
        ("BackOff", back),
    )
    new_scenes.kept_waiting(draw, pod, since, "ImagePullBackOff", f"{back}: ErrImagePull: {why}", *said_text)
    settle(app, since=since)
    classes = ("image_pull_failed", "registry_unreachable", "registry_auth_failed")
    return over(draw, app, "KubePodNotReady", f"{app.pod} is not ready", since - 8, classes,
                "rate.?limit|too ?many ?requests|429")  # fmt: skip


@situation("reasons")
def database_that_keeps_its_last_connections_for_superusers(draw: Draw) -> Told:
    app, most, name = draw.app(replicas=4), draw.pick(81, 112, 168), f"{draw.name()}-db"
    host = f"{name}.c9akciq32.eu-central-1.rds.amazonaws.com"
    outages.uses(app, DATABASE_URL=f"postgres://app@{host}:5432/app", DB_POOL_SIZE=str(most // 3))
    words = "remaining connection slots are reserved for roles with the SUPERUSER attribute"
    note(draw, app.deployment, "ScalingReplicaSet", f"Scaled up replica set {app.name}-{app.hash} from 2 to 4",
         minutes=26, count=1, kind="Normal", by="deployment-controller")  # fmt: skip
    for pod in app.pods[2:]:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = at(26)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": at(25.8)}}
        for condition in pod["status"]["conditions"]:
            condition["lastTransitionTime"] = at(25.5)
    write(draw, app, "python", "[@iso] ERROR psycopg.OperationalError: connection failed: connection to server at "
          f'"{host}" (10.0.21.14), port 5432 failed: FATAL:  {words}')  # fmt: skip
    used = [float(draw.number(most // 3, most // 2)) for _ in range(35)] + [float(most - 3)] * 25
    draw.cloudwatch("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": name}, used)
    text = f"{draw.number(20, 80)}% of requests to {app.name} fail"
    classes, never = ("pool_exhausted", "database_degraded"), "wrong password|password authentication failed"
    return over(draw, app, "HighErrorRate", text, 20, classes, "connection", never=never)


@situation("reasons")
def account_that_may_read_jobs_and_not_create_them(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    kind, group = draw.pick(("jobs", "batch"), ("leases", "coordination.k8s.io"), ("configmaps", ""))
    subject = {"kind": "ServiceAccount", "name": app.name, "namespace": app.namespace}
    rule = {"apiGroups": [group], "resources": [kind], "verbs": ["get", "list", "watch"]}
    target = {"kind": "Role", "name": app.name, "apiGroup": "rbac.authorization.k8s.io"}
    new_scenes.in_specs(app, serviceAccountName=app.name)
    for body in ({"kind": "ServiceAccount"}, {"kind": "Role", "rules": [rule]},
                 {"kind": "RoleBinding", "subjects": [subject], "roleRef": target}):  # fmt: skip
        draw.objects.append({**body, "metadata": objects.meta(app.name, app.namespace, app.age, {})})
    full = f"{kind}.{group}" if group else kind
    refusal = (f'{full} is forbidden: User "system:serviceaccount:{app.namespace}:{app.name}" cannot create resource '
               f'"{kind}" in API group "{group}" in the namespace "{app.namespace}"')  # fmt: skip
    write(draw, app, "go", f"time=@isoZ level=ERROR msg=\"reconcile failed\" err='{refusal}'")
    text, never = f"{app.name} has finished no run for half an hour", "IAM (?:role|policy) (?:lacks|misses)"
    return over(draw, app, "ReconcileErrors", text, 25, ("rbac_denied",), kind, "create", never=never)


@situation("reasons")
def webhook_that_has_no_pod_to_answer(draw: Draw) -> Told:
    app, judge, since = draw.app(replicas=3), draw.app(draw.place()), draw.number(20, 45)
    hook, service = f"validate.{judge.name}.example.com", judge.service["metadata"]["name"]
    where = {"name": service, "namespace": judge.namespace, "path": "/validate", "port": 443}
    judge.service["spec"]["ports"] = [{"name": "https", "port": 443, "targetPort": judge.port, "protocol": "TCP"}]
    scope = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"], "scope": "*"}
    draw.objects.append({
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": judge.name, "creationTimestamp": at(judge.age)},
        "webhooks": [{"name": hook, "clientConfig": {"service": where}, "rules": [scope], "failurePolicy": "Fail",
                      "timeoutSeconds": 10, "sideEffects": "None", "admissionReviewVersions": ["v1"]}],
    })  # fmt: skip
    emptied(draw, judge, since + 5)
    lost_name = app.pods.pop()
    draw.objects[:] = [one for one in draw.objects if one is not lost_name]
    settle(app, since=since)
    write(draw, app, "go")
    app.replica_set["spec"]["replicas"] = 3
    url = f"https://{service}.{judge.namespace}.svc:443/validate?timeout=10s"
    said_text = (f'Error creating: Internal error occurred: failed calling webhook "{hook}": failed to call webhook: '
            f'Post "{url}": no endpoints available for service "{service}"')  # fmt: skip
    note(
        draw, app.replica_set, "FailedCreate", said_text, minutes=0.8, first=since, count=19, by="replicaset-controller"
    )
    text = f"Deployment {app.name} has 2 of 3 replicas"
    return over(draw, app, "KubeDeploymentReplicasMismatch", text, since - 10, ("webhook_down", "scaled_to_zero"),
                "webhook", f"{judge.name}|{service}")  # fmt: skip


@situation("reasons")
def peer_whose_certificate_has_just_run_out(draw: Draw) -> Told:
    app, host = draw.app(replicas=2), draw.pick("rates.fxfeed.example", "ldap.corp.example", "hooks.mailhub.example")
    outages.uses(app, FEED_URL=f"https://{host}/v3")
    until = at(draw.number(25, 50))
    write(draw, app, "go", f'time=@isoZ level=ERROR msg="fetch failed" err="Get \\"https://{host}/v3/latest\\": tls: '
          "failed to verify certificate: x509: certificate has expired or is not yet valid: "
          f'current time @sec is after {until}"')  # fmt: skip
    text, classes = f"{app.name} has no fresh data", ("certificate_expired",)
    return over(draw, app, "DataStale", text, 18, classes, "expired|ran out|validity", host)


@situation("field reports")
def front_page_fails_for_a_store_of_sessions_that_is_full(draw: Draw) -> Told:
    store, most = draw.app(replicas=1, port=6379), draw.pick("128mb", "192mb")
    keeper, front = draw.app(store.namespace, replicas=2), draw.app(store.namespace, replicas=2)
    edit(store, image="docker.io/library/redis:7.4.1", command=["redis-server"],
         args=["--maxmemory", most, "--maxmemory-policy", "noeviction"])  # fmt: skip
    store.pods[0]["status"]["containerStatuses"][0]["image"] = "docker.io/library/redis:7.4.1"
    store.service["spec"]["ports"] = [{"name": "redis", "port": 6379, "targetPort": 6379, "protocol": "TCP"}]
    outages.uses(keeper, REDIS_URL=f"redis://{store.service['metadata']['name']}:6379/0")
    host = outages.calls(draw, front, keeper)
    say(draw, store.pods[0], ["1:M @redis * Ready to accept connections tcp"], until=store.age - 2)
    write(draw, keeper, "python", '10.0.3.7 - - [@clf] "POST /v1/sessions HTTP/1.1" 500 88 "-" "axios/1.7"',
          "redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'.")  # fmt: skip
    write(draw, front, "node", f'{{"level":50,"time":"@isoZ","pid":1,"msg":"POST http://{host}/v1/sessions 500"}}')
    text, classes = f"Logins at {front.name} fail", ("cache_degraded", "config_wrong", "memory_pressure")
    return over(draw, front, "HighErrorRate", text, 22, classes, "maxmemory|memory", names=(front.name,))


@situation("field reports")
def orders_time_out_for_a_policy_written_for_the_service_behind(draw: Draw) -> Told:
    last, since = draw.app(replicas=2), draw.number(20, 50)
    middle, front = draw.app(last.namespace, replicas=2), draw.app(last.namespace, replicas=2)
    rules = calling.policy(draw, last, last.namespace, age=since, ingress=[calling.from_pods(app=draw.name())])
    behind, host = outages.calls(draw, middle, last), outages.calls(draw, front, middle)
    write(draw, middle, "go", f'time=@isoZ level=ERROR msg="charge failed" err="Post \\"http://{behind}/v1/charge\\": '
          f'dial tcp {last.service["spec"]["clusterIP"]}:80: i/o timeout"')  # fmt: skip
    write(draw, front, "node", f'{{"level":50,"time":"@isoZ","pid":1,"msg":"GET http://{host}/v1/orders 502"}}')
    for pod in last.pods:
        say(draw, pod, work(draw, "java", 30), until=since)
    text, says = f"{front.name} answers with 502", (f"{rules['metadata']['name']}|network ?polic",)
    return over(draw, front, "HighErrorRate", text, since - 4, ("network_policy_blocks",), *says, names=(front.name,))


@situation("field reports")
def queue_grows_behind_one_message_that_kills_its_reader(draw: Draw) -> Told:
    app, since, queue = draw.app(replicas=2), draw.number(30, 80), f"{draw.name()}-events"
    outages.uses(app, QUEUE_URL=f"https://sqs.eu-central-1.amazonaws.com/123456789012/{queue}")
    field, message = draw.pick("Order.total", "Parcel.weight", "Fare.amount"), f"{draw.suffix(8)}-4c1e"
    for pod in app.pods:
        end_state = crash(draw, pod, since, code=2, ran=0.2, restarts=draw.number(9, 14))
        last_words(draw, pod, [
            f"time=@isoZ level=INFO msg=polling queue={queue}",
            f"time=@isoZ level=INFO msg=received id={message} receiveCount={draw.number(20, 60)}",
            f"panic: json: cannot unmarshal string into Go struct field {field} of type float64\n\n"
            "goroutine 1 [running]:\nmain.handle(0xc0001a2000)\n\t/src/consumer/handle.go:57 +0x1d4",
        ], end_state)  # fmt: skip
    settle(app, since=since)
    ages = [4.0] * (100 - since) + [60.0 * minute for minute in range(since)]
    metric, dimensions = "ApproximateAgeOfOldestMessage", {"QueueName": queue}
    draw.cloudwatch("AWS/SQS", metric, dimensions, ages, stat="Maximum")
    trigger = cloudwatch_alarm(f"{queue}-age", "AWS/SQS", metric, dimensions, statistic="Maximum", threshold=900.0,
                               value=960.0, minutes=since - 16)  # fmt: skip
    names, says = new_scenes.others(draw, app.namespace), ("message|unmarshal", f"{app.name}|{queue}")
    classes = ("poison_message", "queue_backlog", "crash_loop")
    expect = Expect(("cause",), classes, says=says, may_propose=True, innocent=names)
    return told(draw, trigger, expect)


@situation("field reports")
def gateway_answers_502_for_a_backend_that_outgrows_its_memory(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(22, 50)
    gate = draw.app(app.namespace, replicas=2)
    outages.calls(draw, gate, app)
    renew(draw, app, since)
    for pod in app.pods:
        end_state = crash(draw, pod, since - 2, code=137, reason="OOMKilled", ran=1.4, restarts=draw.number(5, 9))
        said_text = [f"@isoZ  INFO catalogue::cache: loaded {n * 70}000 entries" for n in range(1, 9)]
        last_words(draw, pod, ["@isoZ  INFO server: starting", *said_text], end_state, every=8)
    settle(app, since=since - 2)
    address = app.service["spec"]["clusterIP"]
    write(draw, gate, "nginx", "@go [error] 29#29: *8123 connect() failed (111: Connection refused) while connecting "
          'to upstream, client: 10.0.3.7, server: _, request: "GET /v1/catalogue HTTP/1.1", upstream: '
          f'"http://{address}:80/v1/catalogue"',
          '10.0.3.7 - - [@clf] "GET /v1/catalogue HTTP/1.1" 502 157 "-" "Mozilla/5.0"')  # fmt: skip
    text, says = f"{gate.name} answers {draw.number(30, 80)}% with 502", (app.name, "memory|OOM")
    classes = ("oom_killed", "bad_rollout")
    return over(draw, gate, "Http5xx", text, since - 6, classes, *says, names=(gate.name,))


@situation("field reports")
def checkout_fails_while_a_partner_outside_is_down(draw: Draw) -> Told:
    """Nothing inside has changed, and nothing inside can be changed for it."""
    adapter, host = draw.app(replicas=2), draw.pick("api.paylane.example", "gw.cardnet.example")
    front = draw.app(adapter.namespace, replicas=3)
    inner = outages.calls(draw, front, adapter)
    outages.uses(adapter, PROVIDER_URL=f"https://{host}")
    write(draw, adapter, "java", f"@sql ERROR 1 --- [nio-8080-exec-4] c.acme.pay.Client : POST https://{host}/v1/pay "
          '-> 503 Service Unavailable {"error":"service_unavailable","message":"We are investigating an incident"}',
          JAVA_NOISE[1])  # fmt: skip
    write(draw, front, "node", f'{{"level":50,"time":"@isoZ","pid":1,"msg":"POST http://{inner}/v1/pay 502"}}')
    text, classes = f"{draw.number(40, 90)}% of the payments of {front.name} fail", ("dependency_unreachable",)
    return over(draw, front, "HighErrorRate", text, 17, classes, host, ends=("open", "cause"), names=(front.name,),
                may_propose=False)  # fmt: skip
