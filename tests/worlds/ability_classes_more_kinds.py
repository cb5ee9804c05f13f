"""Classes of failure on other kinds of workloads, in other programs' words, and what only looks like them."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, unstarted, waiting
from tests.worlds.ability_classes_nodes import crash_alarm, crashing
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels, serving_app


def errors(draw: Draw, app: App) -> Obj:
    text = draw.pick(
        f"Error rate of {app.name} is high", f"{app.name} answers with 5xx", f"requests to {app.name} fail"
    )
    return triggers.alertmanager("HighErrorRate", labels(draw, app), {"summary": text})


def logging(draw: Draw, *lines: str) -> App:
    app = draw.app()
    draw.log(app, list(lines) * draw.number(8, 20))
    draw.bystanders()
    return app


@situation("classes")
def certificate_of_a_callee_that_is_over(draw: Draw) -> Told:
    host = f"{draw.pick('payments', 'idp', 'geo')}.{draw.pick('partner', 'vendor')}.example.com"
    line = draw.pick(
        f"ERROR Get https://{host}/v1: tls: failed to verify certificate: x509: certificate has expired or is not yet valid",  # noqa: E501
        f"Error: certificate has expired (CERT_HAS_EXPIRED) {host}",
        f"requests.exceptions.SSLError: HTTPSConnectionPool(host='{host}', port=443): certificate verify failed: certificate has expired",  # noqa: E501
        f"javax.net.ssl.SSLHandshakeException: PKIX path validation failed: validity check failed for {host}",
    )
    app = logging(draw, line)
    expect = Expect(("cause", "open"), ("certificate_expired",), says=("certificate|PKIX",))
    return Told(draw.world(), errors(draw, app), expect)


@situation("classes")
def pool_of_connections_that_is_used_up(draw: Draw) -> Told:
    line = draw.pick(
        "HikariPool-1 - Connection is not available, request timed out after 30000ms",
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out",
        "TimeoutError: ResourceRequest timed out: Knex: Timeout acquiring a connection. The pool is probably full.",
        "redis.clients.jedis.exceptions.JedisExhaustedPoolException: Could not get a resource since the pool is exhausted",  # noqa: E501
    )
    app = logging(draw, f"ERROR {line}")
    expect = Expect(("cause", "open"), ("pool_exhausted",), says=("pool",), never=("cannot be reached",),
                    may_propose=True)  # fmt: skip
    return Told(draw.world(), errors(draw, app), expect)


@situation("classes")
def disk_of_a_stateful_one_without_room(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    controllers.stateful(draw, app)
    line = draw.pick(
        'PANIC: could not write to file "pg_wal/xlogtemp.31": No space left on device',
        "[ERROR] InnoDB: Write to file ./ibdata1 failed: No space left on device",
        "java.io.IOException: No space left on device",
    )
    break_app(app)
    controllers.unready(app)
    for pod in app.pods:
        draw.log(app, ["starting", line], pod=pod, every=1)
    expect = Expect(("cause",), ("volume_full",), (app.subject,), says=("space",), may_propose=True)
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def bad_forward_of_the_name_server(draw: Draw) -> Told:
    """CoreDNS serves the cluster's names, and asks somebody for all others who does not answer."""
    dns = calling.name_server(draw)
    upstream = f"10.9.0.{draw.number(2, 9)}"
    for one in draw.objects:
        if one["kind"] == "ConfigMap" and one["metadata"]["name"] == "coredns":
            one["data"]["Corefile"] = one["data"]["Corefile"].replace("/etc/resolv.conf", upstream)
    host = f"api.{draw.pick('stripe', 'mapbox', 'partner')}.com"
    line = f"[ERROR] plugin/errors: 2 {host}. A: read udp 10.2.0.7:41000->{upstream}:53: i/o timeout"
    for pod in dns.pods:
        draw.log(dns, [line] * 20, pod=pod)
    app = draw.app()
    draw.log(app, calling.no_dns_answer(draw, host))
    expect = Expect(("cause", "open"), ("cluster_dns_broken", "dependency_unreachable"), says=("dns|resol", host))
    return Told(draw.world(), errors(draw, app), expect)


@situation("classes")
def claim_mounted_read_only(draw: Draw) -> Told:
    path = draw.pick("/data/state.db", "/var/lib/app/queue", "/srv/uploads/x")
    line = draw.pick(
        f"OSError: [Errno 30] Read-only file system: '{path}'",
        f"open {path}: read-only file system",
        f"Error: EROFS: read-only file system, open '{path}'",
    )
    app = crashing(draw, ["starting", line])
    controllers.stateful(draw, app)
    controllers.unready(app)
    app.pods[0]["metadata"]["name"] = f"{app.name}-0"
    draw.logs.clear()
    for pod in app.pods:
        draw.log(app, ["starting", line], pod=pod, every=1)
    expect = Expect(("cause",), ("volume_not_writable",), (app.subject,), says=("read-only",), may_propose=True)
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def server_that_throttles_its_client(draw: Draw) -> Told:
    host = draw.pick("api.github.com", "api.openai.com", "sheets.googleapis.com")
    line = draw.pick(
        f"ERROR GET https://{host}/v1 429 Too Many Requests",
        f'level=error msg="rate limited" url=https://{host} status=429 retry_after=60',
    )
    app = logging(draw, line)
    return Told(draw.world(), errors(draw, app), Expect(("cause", "open"), says=("429|rate limit", host)))


@situation("classes")
def token_that_is_over(draw: Draw) -> Told:
    line = draw.pick(
        "botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the GetObject operation: The provided token has expired.",  # noqa: E501
        "ERROR 401 Unauthorized: token is expired by 3h2m",
        "jwt expired at 2026-03-11T09:00:00.000Z",
    )
    app = logging(draw, f"ERROR {line}" if not line.startswith("ERROR") else line)
    expect = Expect(("cause", "open"), says=("expired",), never=("certificate",))
    return Told(draw.world(), errors(draw, app), expect)


@situation("classes")
def role_that_may_not(draw: Draw) -> Told:
    action, what = draw.pick(("s3:PutObject", "arn:aws:s3:::ledger/x"), ("sqs:SendMessage", "arn:aws:sqs:eu:1:jobs"))
    line = (
        f"ERROR User: arn:aws:sts::123456789012:assumed-role/app/x is not authorized to perform: {action} on resource: "
        f"{what} because no identity-based policy allows the {action} action"
    )
    app = logging(draw, line)
    expect = Expect(("cause", "open"), ("cloud_identity_denied",), says=(action,))
    return Told(draw.world(), errors(draw, app), expect)


@situation("classes")
def lock_of_a_database_that_waits(draw: Draw) -> Told:
    line = draw.pick(
        "ERROR: deadlock detected DETAIL: Process 31 waits for ShareLock on transaction 71",
        "Lock wait timeout exceeded; try restarting transaction",
        "ERROR: canceling statement due to lock timeout",
    )
    app = logging(draw, line)
    return Told(
        draw.world(), errors(draw, app), Expect(("cause", "open"), says=("lock",), never=("cannot be reached",))
    )


@situation("classes")
def stateful_one_whose_update_hangs(draw: Draw) -> Told:
    """The first pod of an update cannot start, and the controller waits for it."""
    app = draw.app(replicas=3)
    controllers.stateful(draw, app)
    first_pods, app.pods = app.pods[:2], app.pods[2:]
    unstarted.fail_pull(draw, app, f"{app.image}: not found")
    app.pods = [*first_pods, *app.pods]
    app.deployment["status"].update(readyReplicas=2, availableReplicas=2, updatedReplicas=1)
    app.deployment["status"].pop("conditions", None)
    controllers.fresh(draw, app)
    where = {"namespace": app.namespace, "statefulset": app.name}
    text = {"summary": f"StatefulSet {app.name} update has not been rolled out"}
    expect = Expect(("cause",), ("image_pull_failed", "bad_rollout", "rollout_stuck"), (app.subject,),
                    says=("image",), may_propose=True)  # fmt: skip
    return Told(draw.world(), triggers.alertmanager("KubeStatefulSetUpdateNotRolledOut", where, text), expect)


@situation("classes")
def daemon_on_a_node_whose_disk_is_full(draw: Draw) -> Told:
    app = draw.app()
    controllers.daemon(draw, app)
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["status"]["conditions"][1].update(
                status="True", reason="KubeletHasDiskPressure", message="kubelet has disk pressure",
                lastTransitionTime=objects.at(20),
            )  # fmt: skip
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]
    pod = app.pods[0]
    pod["status"] = {"phase": "Failed", "reason": "Evicted", "startTime": objects.at(600), "containerStatuses": [],
                     "message": "The node was low on resource: ephemeral-storage."}  # fmt: skip
    draw.objects.append(objects.event(pod, "Evicted", pod["status"]["message"], minutes=12))
    app.deployment["status"].update(numberReady=app.replicas - 1, numberAvailable=app.replicas - 1, numberUnavailable=1)
    where = {"namespace": app.namespace, "daemonset": app.name}
    text = {"summary": f"DaemonSet {app.name} is not on every node"}
    expect = Expect(("cause",), ("disk_pressure",), says=(node.replace(".", r"\."),), may_propose=True)
    return Told(draw.world(), triggers.alertmanager("KubeDaemonSetRolloutStuck", where, text), expect)


@situation("classes")
def webhook_that_refuses_a_run(draw: Draw) -> Told:
    place = serving_app(draw).namespace
    name = f"{draw.name()}-report"
    text = (
        f'admission webhook "policy.{draw.pick("kyverno", "gatekeeper")}.example" denied the '
        "request: label owner is required"
    )
    body: Obj = {
        "kind": "Job",
        "metadata": objects.meta(name, place, 30, {}),
        "spec": {"backoffLimit": 3, "completions": 1,
                 "template": {"metadata": {}, "spec": {"containers": [{"name": "main", "image": "x:1"}]}}},
        "status": {"startTime": objects.at(30)},
    }  # fmt: skip
    draw.objects += [body, objects.event(body, "FailedCreate", f"Error creating: {text}", count=12)]
    where = {"namespace": place, "job_name": name}
    trigger = triggers.alertmanager("KubeJobNotCompleted", where, {"summary": f"Job {name} does not complete"})
    expect = Expect(("cause",), ("admission_denied",), says=("owner",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("classes")
def pods_that_wait_for_their_volume_by_the_driver(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    driver = draw.pick("ebs.csi.aws.com", "efs.csi.aws.com", "secrets-store.csi.k8s.io")
    text = (
        'MountVolume.MountDevice failed for volume "data" : kubernetes.io/csi: attacher.MountDevice failed to create '
        f"newCsiDriverClient: driver name {driver} not found in the list of registered CSI drivers"
    )
    waiting.hold(draw, app, "FailedMount", text)
    expect = Expect(("cause", "open"), says=(driver.replace(".", r"\."),), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("classes")
def words_of_trouble_in_calm_lines(draw: Draw) -> Told:
    """Nothing is wrong: fields count errors, and a flag has the word in its name."""
    app = draw.app()
    lines = ["INFO batch done ok=120 errors=0 timeouts=0", "level=info msg=served error_budget=0.99 retries=0"]
    draw.log(app, lines * 20)
    text = {"summary": f"Deployment {app.name} has not matched the expected number of replicas"}
    where = {"namespace": app.namespace, "deployment": app.name}
    return Told(draw.world(), triggers.alertmanager("KubeDeploymentReplicasMismatch", where, text), Expect(("well",)))
