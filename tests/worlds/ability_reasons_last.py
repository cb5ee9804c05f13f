"""Neighbours that the refuser's words tell apart: databases, brokers, the cloud, TLS, registries, webhooks."""

from __future__ import annotations

from tests.worlds import controllers, objects, past, triggers, unstarted, waiting
from tests.worlds.objects import Obj
from tests.worlds.outages import EITHER, complains, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, claim_volume, labels


def crashing(draw: Draw, *lines: str, code: int = 1) -> tuple[App, tuple[str, ...]]:
    """A workload whose containers end after these lines, and the names of what stands around it."""
    app = draw.app()
    break_app(app, exit_code=code, restarts=draw.number(5, 12))
    controllers.fresh(draw, app)
    for pod in app.pods:
        draw.log(app, [f"INFO {app.name} starting", *lines], pod=pod, every=1)
    others = draw.bystanders()
    for one in others:
        draw.chatter(one)
    return app, tuple(one.name for one in others)


def refused(draw: Draw, *lines: str) -> tuple[App, tuple[str, ...]]:
    """A workload that runs and is refused what it asks for, again and again."""
    app = draw.app()
    complains(draw, app, *lines)
    others = draw.bystanders()
    for one in others:
        draw.chatter(one)
    return app, tuple(one.name for one in others)


def loop(draw: Draw, app: App) -> Obj:
    return past.alarm(draw, app, (*past.RESTARTS, *past.AWAY[:1]), minutes=draw.number(7, 12))


def errors(draw: Draw, app: App) -> Obj:
    name = draw.pick("HighErrorRate", "LogErrorsHigh", "RequestsFailing")
    text = draw.pick(f"{app.name} fails {draw.number(20, 90)}% of its requests", f"{app.name} logs many errors")
    return triggers.alertmanager(name, labels(draw, app), {"summary": text})


def because(
    classes: tuple[str, ...], *says: str, never: tuple[str, ...] = (), innocent: tuple[str, ...] = ()
) -> Expect:
    return Expect(EITHER, classes, (), says, never, may_propose=True, innocent=innocent)


@situation("reasons")
def server_with_no_rule_for_an_unencrypted_client(draw: Draw) -> Told:
    """The password is not even asked for: pg_hba.conf has no line for connections without TLS."""
    user, base = draw.pick(("orders", "orders"), ("app", "ledger"), ("svc_rates", "rates"))
    host = f"{base}-db.cb4rtu2kqxyz.eu-central-1.rds.amazonaws.com"
    problem = f'FATAL:  no pg_hba.conf entry for host "10.2.3.4", user "{user}", database "{base}", no encryption'
    app, others = crashing(draw, draw.pick(
        f'psycopg2.OperationalError: connection to server at "{host}" (10.0.21.8), port 5432 failed: {problem}',
        f"org.postgresql.util.PSQLException: {problem}",
        f"error: {problem.removeprefix('FATAL:  ')}\n    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/"
        "dist/parser.js:283:98)",
    ))  # fmt: skip
    uses(app, PGHOST=host, PGUSER=user, PGSSLMODE="disable")
    classes = ("login_refused", "env_wrong", "config_wrong", "dependency_unreachable", "database_rights_missing",
               "crash_loop")  # fmt: skip
    expect = because(classes, "pg_hba|encrypt|ssl", never=("password authentication", "too many"), innocent=others)
    return Told(draw.world(), loop(draw, app), expect)


@situation("reasons")
def role_that_does_not_trust_the_account_of_the_pods(draw: Draw) -> Told:
    """The refusal is for taking the role, not for what the role may do."""
    operation = "when calling the AssumeRoleWithWebIdentity operation"
    app, others = crashing(draw, draw.pick(
        f"botocore.exceptions.ClientError: An error occurred (AccessDenied) {operation}: Not authorized to perform "
        "sts:AssumeRoleWithWebIdentity",
        "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: 1f0c7c1e-"
        "66d2-4a6c-9a53-20cf4d2f1b7a, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ))  # fmt: skip
    arn, account = f"arn:aws:iam::123456789012:role/{app.name}", f"{app.name}-sa"
    meta = objects.meta(account, app.namespace, app.age, {}, {"eks.amazonaws.com/role-arn": arn})
    draw.objects.append({"kind": "ServiceAccount", "metadata": meta})
    waiting.in_templates(app, serviceAccountName=account)
    token = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
    uses(app, AWS_ROLE_ARN=arn, AWS_WEB_IDENTITY_TOKEN_FILE=token, S3_BUCKET=f"acme-{app.name}")
    expect = because(("cloud_identity_denied",), "AssumeRoleWithWebIdentity|trust", never=("s3:GetObject", "rbac"),
                     innocent=others)  # fmt: skip
    return Told(draw.world(), loop(draw, app), expect)


@situation("reasons")
def secret_of_the_cloud_that_may_be_read_and_not_decrypted(draw: Draw) -> Told:
    name = f"prod/{draw.pick('orders', 'billing', 'mailer')}/database"
    app, others = crashing(draw, f"INFO reading secret {name}", draw.pick(
        "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the GetSecretValue "
        "operation: Access to KMS is not allowed",
        "software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException: Access to KMS is not allowed "
        "(Service: SecretsManager, Status Code: 400, Request ID: 7d0f6b7e-2a83-4b08-a4c5-6d9f1f0e8a11)",
    ))  # fmt: skip
    uses(app, SECRET_ID=name, AWS_REGION="eu-central-1")
    expect = because(("cloud_identity_denied",), r"\bKMS\b|decrypt", never=("AssumeRole", "does not exist"),
                     innocent=others)  # fmt: skip
    return Told(draw.world(), loop(draw, app), expect)


@situation("reasons")
def broker_that_denies_the_group_and_not_the_topic(draw: Draw) -> Told:
    group, topic = draw.pick(("billing-v2", "invoices"), ("mailer-blue", "notifications"), ("indexer-next", "products"))
    app, others = crashing(
        draw,
        f"INFO [Consumer clientId=consumer-{group}-1, groupId={group}] Subscribed to topic(s): {topic}",
        draw.pick(
            f"org.apache.kafka.common.errors.GroupAuthorizationException: Not authorized to access group: {group}",
            f"%3|1741702803.112|FAIL|rdkafka#consumer-1| [thrd:main]: FindCoordinator: Broker: Group "
            f"authorization failed ({group})",
        ),
    )
    uses(app, KAFKA_BROKERS="b-1.acme.k2x9ab.c4.kafka.eu-central-1.amazonaws.com:9096", GROUP_ID=group, TOPIC=topic)
    classes = ("login_refused", "config_wrong", "env_wrong", "cloud_identity_denied", "dependency_unreachable",
               "crash_loop")  # fmt: skip
    never = ("TopicAuthorization", "topic .{0,30}(?:denied|not authorized)", "invalid credentials")
    return Told(draw.world(), loop(draw, app), because(classes, rf"{group}|\bgroup\b", never=never, innocent=others))


@situation("reasons")
def peer_that_asks_the_client_for_a_certificate(draw: Draw) -> Told:
    host = f"{draw.pick('payments', 'clearing', 'fraud')}.partner.example.net"
    app, others = refused(draw, draw.pick(
        f'level=error msg="submit failed" err="Post \\"https://{host}/v2/submit\\": remote error: tls: certificate '
        'required"',
        f"ERROR submit to {host} failed: HTTP 400 <html><head><title>400 No required SSL certificate was sent</title>"
        "</head>",
    ))  # fmt: skip
    uses(app, PARTNER_URL=f"https://{host}/v2", CLIENT_CERT_FILE="")
    classes = ("certificate_missing", "certificate_expired", "config_wrong", "env_wrong", "login_refused",
               "dependency_unreachable", "config_missing")  # fmt: skip
    says = "client(?:'s)? cert|certificate required|required SSL certificate|CLIENT_CERT_FILE|mutual"
    expect = because(classes, says, never=("has expired|is expired", "unknown authority"), innocent=others)
    return Told(draw.world(), errors(draw, app), expect)


@situation("reasons")
def broker_user_that_may_log_in_and_not_publish(draw: Draw) -> Told:
    user, exchange = draw.pick(("shop", "orders"), ("mailer", "notifications"), ("importer", "products.topic"))
    text = f"ACCESS_REFUSED - access to exchange '{exchange}' in vhost '/' refused for user '{user}'"
    app, others = refused(draw, draw.pick(
        f"ERROR pika.exceptions.ChannelClosedByBroker: (403, \"{text}\")",
        f"ERROR Channel shutdown: channel error; protocol method: #method<channel.close>(reply-code=403, "
        f"reply-text={text}, class-id=60, method-id=40)",
        f'Exception (403) Reason: "{text}"',
    ))  # fmt: skip
    uses(app, AMQP_HOST="b-7f1c2d.mq.eu-central-1.amazonaws.com", AMQP_USER=user)
    classes = ("login_refused", "database_rights_missing", "config_wrong", "dependency_unreachable", "rbac_denied")
    never = ("login was refused", "wrong password", "password is")
    return Told(draw.world(), errors(draw, app), because(classes, exchange, "refused|denied|may not|permission",
                                                         never=never, innocent=others))  # fmt: skip


@situation("reasons")
def token_for_the_registry_that_is_twelve_hours_old(draw: Draw) -> Told:
    """The pull secret is there and well formed; what it holds is over."""
    app = draw.app()
    others = draw.bystanders()
    host, name = "123456789012.dkr.ecr.eu-central-1.amazonaws.com", draw.pick("regcred", "ecr-login", "pull-token")
    image = f"{host}/{app.name}:{draw.number(1, 9)}.{draw.number(0, 30)}.0"
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "image": image}]
        one["spec"]["imagePullSecrets"] = [{"name": name}]
    meta = objects.meta(name, app.namespace, 60 * 24 * 3, {})
    draw.objects.append({"kind": "Secret", "type": "kubernetes.io/dockerconfigjson", "metadata": meta,
                         "data": {".dockerconfigjson": "c2V0"}})  # fmt: skip
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = image
    unstarted.fail_pull(draw, app, "unexpected status from HEAD request to https://"
                        f"{host}/v2/{app.name}/manifests/{image.rpartition(':')[2]}: 403 Forbidden: denied: Your "
                        "authorization token has expired. Reauthenticate and try again.")  # fmt: skip
    controllers.fresh(draw, app)
    expect = Expect(("cause",), ("registry_auth_failed", "secret_stale"), (), (r"expired|no longer valid|stale|renew",),
                    (r"no such (?:image|tag)", "rate limit", f"{name}.{{0,20}} (?:does not exist|is missing)"),
                    may_propose=True, innocent=tuple(one.name for one in others))  # fmt: skip
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("reasons")
def share_that_the_file_system_does_not_give_to_this_client(draw: Draw) -> Told:
    """It was reached, and it said no."""
    app = draw.app(replicas=draw.number(1, 2))
    others = draw.bystanders()
    claim, fs = claim_volume(draw, app), f"fs-0{draw.suffix(8)}"
    meta = {"name": "efs-sc", "creationTimestamp": objects.at(9000)}
    draw.objects.append({"kind": "StorageClass", "metadata": meta, "provisioner": "efs.csi.aws.com"})
    bound = [o for o in draw.objects if o["kind"] in ("PersistentVolume", "PersistentVolumeClaim")]
    for one in bound:
        one["spec"].update(storageClassName="efs-sc", accessModes=["ReadWriteMany"])
        if one["kind"] == "PersistentVolume":
            one["spec"]["csi"] = {"driver": "efs.csi.aws.com", "volumeHandle": f"{fs}::fsap-0{draw.suffix(8)}"}
    volume = next(o["metadata"]["name"] for o in bound if o["kind"] == "PersistentVolume")
    uid = f"{draw.suffix(8)}-77aa-4c11-8e55-{draw.suffix(12)}"
    where = f"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~csi/{volume}"
    text = (
        f'MountVolume.SetUp failed for volume "{volume}" : rpc error: code = Internal desc = Could not mount '
        f'"{fs}:/" at "{where}/mount": mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t '
        f"efs -o tls,iam {fs}:/ {where}/mount\nOutput: mount.nfs4: access denied by server while mounting 127.0.0.1:/"
    )
    unstarted.waiting(draw, app, "ContainerCreating", "", ("FailedMount", text))
    controllers.fresh(draw, app)
    classes = ("volume_unattachable", "cloud_identity_denied", "volume_not_writable", "volume_unprovisioned")
    expect = Expect(("cause",), classes, (), ("denied", rf"{claim}|{volume}|{fs}|EFS"),
                    ("timed out", "another node"), may_propose=True,
                    innocent=tuple(o.name for o in others))  # fmt: skip
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("reasons")
def webhook_that_an_uninstalled_tool_left_behind(draw: Draw) -> Told:
    """Nobody turned the pods down: the API server cannot ask, because the Service it should ask is gone."""
    app = draw.app()
    others = draw.bystanders()
    tool, place = draw.pick(("linkerd-proxy-injector", "linkerd"), ("kyverno-svc", "kyverno"), ("vault-agent", "vault"))
    hook = f"inject.{place}.example.io"
    draw.namespace(place)
    client = {"service": {"name": tool, "namespace": place, "path": "/mutate", "port": 443}, "caBundle": "c2V0"}
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    choice = {"matchLabels": {"kubernetes.io/metadata.name": app.namespace}}
    draw.objects.append(
        {"kind": "MutatingWebhookConfiguration",
         "metadata": {"name": f"{place}-injector", "creationTimestamp": objects.at(60 * 24 * 120)},
         "webhooks": [{"name": hook, "clientConfig": client, "rules": rules, "failurePolicy": "Fail",
                       "namespaceSelector": choice, "timeoutSeconds": 10}]}
    )  # fmt: skip
    draw.namespace(app.namespace)["metadata"]["labels"] = {"kubernetes.io/metadata.name": app.namespace}
    unstarted.refuse(draw, app, f'Internal error occurred: failed calling webhook "{hook}": failed to call webhook: '
                     f'Post "https://{tool}.{place}.svc:443/mutate?timeout=10s": service "{tool}" not '
                     "found")  # fmt: skip
    expect = Expect(("cause",), ("webhook_down", "service_deleted"), (), ("webhook", rf"{tool}|{place}"),
                    (r"denied the request", "quota", "x509"), may_propose=True,
                    innocent=tuple(one.name for one in others))  # fmt: skip
    text = {"summary": f"Deployment {app.name} has no available replicas"}
    where = {"namespace": app.namespace, "deployment": app.name}
    return Told(draw.world(), triggers.alertmanager("DeploymentUnavailable", where, text), expect)


@situation("reasons")
def host_that_a_database_blocks_after_many_broken_greetings(draw: Draw) -> Told:
    refusal = "Host '10.2.3.4' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"
    app, others = crashing(draw, draw.pick(
        f'pymysql.err.OperationalError: (1129, "{refusal}")',
        f'java.sql.SQLException: null,  message from server: "{refusal}"',
        f"Error: ER_HOST_IS_BLOCKED: {refusal}",
    ))  # fmt: skip
    uses(app, MYSQL_HOST="shop.cb4rtu2kqxyz.eu-central-1.rds.amazonaws.com")
    expect = because((), "blocked|connection errors|flush", never=("access denied", "too many connections", "password"),
                     innocent=others)  # fmt: skip
    return Told(draw.world(), loop(draw, app), expect)


@situation("reasons")
def role_of_a_database_that_has_its_own_limit_of_connections(draw: Draw) -> Told:
    """The server has room; this role has none."""
    role = draw.pick("reporting", "exporter", "batch_ro")
    app, others = refused(draw, draw.pick(
        f'ERROR psycopg2.OperationalError: connection to server failed: FATAL:  too many connections for role "{role}"',
        f'level=error msg="query failed" err="pq: too many connections for role \\"{role}\\""',
        f'ERROR org.postgresql.util.PSQLException: FATAL: too many connections for role "{role}"',
    ))  # fmt: skip
    uses(app, PGHOST="core.cb4rtu2kqxyz.eu-central-1.rds.amazonaws.com", PGUSER=role, POOL_SIZE="20")
    expect = because(("pool_exhausted", "database_degraded", "config_wrong"), role, "connections",
                     never=("too many clients", "password"), innocent=others)  # fmt: skip
    return Told(draw.world(), errors(draw, app), expect)


@situation("reasons")
def throttled_calls_that_the_client_repeated_with_success(draw: Draw) -> Told:
    """A burst of refusals, each followed by an answer; nothing since."""
    app = draw.app()
    draw.bystanders()
    for pod in app.pods:
        lines = []
        for n in range(6):
            lines += [
                f"WARN dynamodb UpdateItem attempt 1/5: ThrottlingException: Rate exceeded, retry in {90 + n * 40} ms",
                "INFO dynamodb UpdateItem succeeded on attempt 2",
                f"INFO handled PUT /v1/items/{draw.suffix(6)} 200 in {draw.number(120, 400)} ms",
            ]
        calm = [f"INFO handled PUT /v1/items/{draw.suffix(6)} 200 in {draw.number(4, 30)} ms" for _ in range(60)]
        draw.log(app, [*lines, *calm], pod=pod)
    text = draw.pick(f"Throttling in the log of {app.name}", f"{app.name} logged 6 warnings in 5 minutes")
    trigger = triggers.alertmanager("LogWarningsHigh", labels(draw, app), {"summary": text}, minutes=24)
    return Told(draw.world(), trigger, Expect(("well", "open")))
