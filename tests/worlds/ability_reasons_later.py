"""Near neighbours that only the refuser's own words tell apart: registries, admission, kubelets, databases, clouds."""

from __future__ import annotations

from tests.worlds import calling, controllers, incident_alarms, objects, past, unstarted
from tests.worlds.ability_proposals import containers
from tests.worlds.outages import complains, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import End, Expect, Told, situation
from tests.worlds.workloads import break_app, serving_app


def fresh_app(draw: Draw) -> App:
    """A workload that has not run yet, among others that do."""
    app = draw.app()
    draw.bystanders(2)
    return app


def rename(app: App, image: str) -> None:
    app.image = image
    for container in containers(app):
        container["image"] = image
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = image


def told(draw: Draw, app: App, classes: tuple[str, ...], *says: str, never: str = "", sure: bool = True) -> Told:
    trigger = unstarted.alarm(draw, app)
    ends: tuple[End, ...] = ("cause",) if sure else ("cause", "open")
    return Told(draw.world(), trigger, Expect(ends, classes, (), says, (never,) if never else (), may_propose=True))


@situation("reasons")
def registry_that_has_given_enough_for_now(draw: Draw) -> Told:
    app = fresh_app(draw)
    repository = f"{draw.pick('library', 'bitnami', 'grafana')}/{app.name}"
    rename(app, f"docker.io/{repository}:{draw.number(1, 9)}.{draw.number(0, 20)}")
    status = "429 Too Many Requests"
    limit = draw.pick(
        "toomanyrequests: You have reached your unauthenticated pull rate limit. See docs.docker.com.",
        "toomanyrequests: You have reached your pull rate limit as 'buildbot'. Upgrade to increase the limit.",
    )
    tag = app.image.rpartition(":")[2]
    url = f"https://registry-1.docker.io/v2/{repository}/manifests/{tag}"
    unstarted.fail_pull(draw, app, f"unexpected status from HEAD request to {url}: {status}\n{limit}")
    classes = ("image_pull_failed", "registry_unreachable")
    return told(draw, app, classes, r"rate.?limit|429|too ?many ?requests", never=r"does not exist|no such tag")


@situation("reasons")
def registry_whose_certificate_nobody_knows(draw: Draw) -> Told:
    app = fresh_app(draw)
    host = f"{draw.pick('images', 'hub', 'harbor')}.{draw.suffix(4)}.corp.example"
    rename(app, app.image.replace("registry.example.com", host))
    path = app.image.split("/", 1)[1].replace(":", "/manifests/")
    why = draw.pick(
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        f"tls: failed to verify certificate: x509: certificate is valid for old.corp.example, not {host}",
    )
    unstarted.fail_pull(draw, app, f'failed to do request: Head "https://{host}/v2/{path}": {why}')
    classes = ("registry_unreachable", "image_pull_failed", "certificate_expired", "certificate_missing")
    return told(draw, app, classes, r"certificate|x509|tls", never=r"unauthorized|credentials are|has expired")


@situation("reasons")
def image_whose_name_is_none(draw: Draw) -> Told:
    """No registry was asked at all: the kubelet cannot read the name."""
    app = fresh_app(draw)
    name, tag = app.image.rsplit(":", 1)
    bad, why = draw.pick(
        (f"{name.replace(app.name, app.name.title())}:{tag}", "repository name must be lowercase"),
        (f"{name}::{tag}", "invalid reference format"),
        (f"https://{name}:{tag}", "invalid reference format"),
    )
    rename(app, bad)
    reason = why if why.startswith("invalid") else f"invalid reference format: {why}"
    text = f'Failed to apply default image tag "{bad}": couldn\'t parse image name "{bad}": {reason}'
    events = (("InspectFailed", text), ("Failed", "Error: InvalidImageName"))
    unstarted.waiting(draw, app, "InvalidImageName", text, *events)
    classes = ("image_pull_failed", "config_wrong", "bad_rollout")
    return told(draw, app, classes, r"invalid|lowercase|parse|malformed|not a valid", never=r"unauthorized|rate limit")


@situation("reasons")
def guard_that_does_not_answer_in_time(draw: Draw) -> Told:
    """The webhook has refused nothing: it was asked and said nothing."""
    app = fresh_app(draw)
    guard = draw.app(replicas=1)
    hook = f"{draw.pick('validate', 'mutate', 'check')}.{guard.name}.example.com"
    service, seconds = guard.service["metadata"]["name"], draw.pick(5, 10, 30)
    kind = {"name": service, "namespace": guard.namespace, "path": "/admit", "port": 80}
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    one = {"name": hook, "clientConfig": {"service": kind}, "rules": rules, "failurePolicy": "Fail"}
    meta = {"name": guard.name, "creationTimestamp": objects.at(9000)}
    body = {"kind": "ValidatingWebhookConfiguration", "metadata": meta}
    draw.objects.append({**body, "webhooks": [{**one, "timeoutSeconds": seconds}]})
    trigger = unstarted.alarm(draw, app)
    url = f"https://{service}.{guard.namespace}.svc:80/admit?timeout={seconds}s"
    why = draw.pick("context deadline exceeded", f"net/http: request canceled after {seconds}s: deadline exceeded")
    text = f'Internal error occurred: failed calling webhook "{hook}": failed to call webhook: Post "{url}": {why}'
    unstarted.refuse(draw, app, text)
    classes = ("webhook_down", "network_policy_blocks")
    says = (r"webhook", r"time[ds]?.?out|deadline|in time|no answer|not answer|unreachable|cannot be reached")
    expect = Expect(("cause",), classes, says=says, never=("denied the request",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("reasons")
def standard_that_the_namespace_enforces(draw: Draw) -> Told:
    app = fresh_app(draw)
    level = draw.pick("restricted", "baseline")
    space = draw.namespace(app.namespace)
    space["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": level}
    name = app.pods[0]["spec"]["containers"][0]["name"]
    why = f'hostPort (container "{name}" uses hostPort {app.port})'
    for container in containers(app):
        container["ports"][0]["hostPort"] = app.port
    if level == "restricted":
        more = f'runAsNonRoot != true (pod or container "{name}" must set securityContext.runAsNonRoot=true)'
        why = f"{why}, {more}"
    trigger = unstarted.alarm(draw, app)
    unstarted.refuse(draw, app, 'pods "{pod}" is forbidden: violates PodSecurity "' + f'{level}:latest": {why}')
    classes = ("admission_denied", "pod_rejected", "config_wrong")
    says = (rf"pod ?security|{level}", r"hostPort|runAsNonRoot|violates")
    return Told(draw.world(), trigger, Expect(("cause",), classes, says=says, may_propose=True))


@situation("reasons")
def field_that_may_not_be_changed_any_more(draw: Draw) -> Told:
    """A delivery run applies a manifest, and the API server takes only part of it."""
    app = serving_app(draw)
    kind, field = draw.pick(("Deployment", "spec.selector"), ("Job", "spec.template"))
    line = draw.pick(
        f'The {kind} "{app.name}" is invalid: {field}: Invalid value: "…": field is immutable',
        f'Error: UPGRADE FAILED: cannot patch "{app.name}" with kind {kind}: {kind} "{app.name}" is invalid: {field}: '
        'Invalid value: "…": field is immutable',
    )
    run = controllers.run(draw, app.namespace, "applying 7 manifests", "configmap/base unchanged", line)
    trigger = incident_alarms.of_a_run(draw, run)
    classes = ("job_failing", "config_wrong", "admission_denied", "bad_rollout")
    return Told(draw.world(), trigger, Expect(("cause", "open"), classes, says=("immutable",), innocent=(app.name,)))


@situation("reasons")
def directory_that_is_mounted_over_a_file(draw: Draw) -> Told:
    """The runtime finds the program well enough; it cannot put the mount where it shall go."""
    app = fresh_app(draw)
    name, path = f"{app.name}-files", draw.pick("/etc/app/app.conf", "/etc/nginx/nginx.conf", "/srv/settings.toml")
    unstarted.holds(draw, "ConfigMap", name, app.namespace, "other.conf")
    unstarted.mounts(app, {"name": "files", "configMap": {"name": name}})
    for container in containers(app):
        container["volumeMounts"] = [{"name": "files", "mountPath": path, "subPath": path.rpartition("/")[2]}]
    source = f"/var/lib/kubelet/pods/{draw.suffix(8)}/volume-subpaths/files/main/0"
    text = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f'unable to start container process: error during container init: error mounting "{source}" to rootfs at '
        f'"{path}": not a directory: unknown: are you trying to mount a directory onto a file (or vice-versa)?'
    )
    unstarted.waiting(draw, app, "RunContainerError", text, ("Failed", f"Error: {text}"))
    classes = ("bad_command", "config_wrong", "config_missing", "crash_loop", "bad_rollout", "volume_unattachable")
    return told(draw, app, classes, r"mount|not a directory", path, never="executable file|permission", sure=False)


@situation("reasons")
def start_that_takes_longer_than_the_kubelet_waits(draw: Draw) -> Told:
    app = fresh_app(draw)
    probe = {"httpGet": {"path": "/live", "port": app.port}, "periodSeconds": 5, "timeoutSeconds": 1}
    for container in containers(app):
        container["livenessProbe"] = {**probe, "failureThreshold": 3, "initialDelaySeconds": 5}
    break_app(app, exit_code=137, restarts=draw.number(6, 15))
    address = f"http://10.2.3.4:{app.port}/live"
    why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    what = draw.pick("warming cache", "building search index", "loading model weights")
    for pod in app.pods:
        name = pod["spec"]["containers"][0]["name"]
        draw.log(app, ["INFO begins", *[f"INFO {what}: {n}%" for n in (4, 9, 15, 20)]], pod=pod, every=4)
        killing = f"Container {name} failed liveness probe, will be restarted"
        draw.objects += [
            objects.event(pod, "Unhealthy", f'Liveness probe failed: Get "{address}": {why}', count=30, minutes=1),
            objects.event(pod, "Killing", killing, count=10, minutes=1, kind="Normal"),
        ]
    controllers.fresh(draw, app)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=9)
    says = (r"liveness|probe", r"time[ds]?.?out|deadline|too (?:early|short|soon)|slow|in time|longer")
    never = ("connection refused", r"out of memory|OOM ?killed because")
    expect = Expect(("cause",), ("liveness_wrong",), (app.subject,), says, never, may_propose=True)
    return Told(draw.world(), trigger, expect)


def beside_a_database(draw: Draw, key: str, url: str, *lines: str) -> App:
    """It serves, is configured with a database outside, and complains of it."""
    app = draw.app()
    draw.bystanders(2)
    uses(app, **{key: url})
    complains(draw, app, *lines)
    return app


def rds(draw: Draw) -> str:
    return f"{draw.name()}-db.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"


@situation("reasons")
def database_that_has_no_seat_left(draw: Draw) -> Told:
    host, user = rds(draw), draw.pick("app", "web", "svc")
    line = draw.pick(
        f'FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute (host "{host}")',
        f'psycopg2.OperationalError: connection to server at "{host}", port 5432 failed: FATAL:  sorry, too many '
        "clients already",
        f"ERROR 1040 (08004): Too many connections ({user}@{host})",
    )
    app = beside_a_database(draw, "DATABASE_HOST", host, line)
    trigger = calling.complaint(draw, app, "its database")
    says = (r"too many (?:clients|connections)|connection slots|connections? (?:limit|are used|is exhausted)",)
    classes = ("database_degraded", "pool_exhausted", "dependency_unreachable")
    never = (r"password|not permitted|wrong credentials",)
    return Told(draw.world(), trigger, Expect(("cause",), classes, says=says, never=never, may_propose=True))


@situation("reasons")
def user_who_may_read_and_not_write(draw: Draw) -> Told:
    """The login is right and the database takes writes from others: this user lacks the right."""
    host, table = rds(draw), draw.pick("bookings", "invoices", "ratings")
    line = draw.pick(
        f"ERROR 1142 (42000): INSERT command denied to user 'app'@'10.2.3.4' for table '{table}'",
        f"psycopg2.errors.InsufficientPrivilege: permission denied for table {table}",
        f"org.postgresql.util.PSQLException: ERROR: permission denied for table {table}",
    )
    app = beside_a_database(draw, "DB_HOST", host, line)
    trigger = calling.complaint(draw, app, "its database")
    classes = ("database_rights_missing",)
    never = (r"read.only", "password")
    expect = Expect(("cause",), classes, says=(table, "denied|right|grant|privilege"), never=never, may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("reasons")
def database_without_room_for_another_row(draw: Draw) -> Told:
    host = rds(draw)
    line = draw.pick(
        'ERROR:  could not extend file "base/16401/2619": No space left on device',
        "ERROR 1114 (HY000): The table 'events' is full",
        'PANIC:  could not write to file "pg_wal/xlogtemp.311": No space left on device',
    )
    app = beside_a_database(draw, "PGHOST", host, f"{line} (server {host})")
    name = host.split(".")[0]
    left = [round(9e8 * (0.93**n)) for n in range(60)]
    draw.cloudwatch("AWS/RDS", "FreeStorageSpace", {"DBInstanceIdentifier": name}, [*left, *[0.0] * 20])
    trigger = calling.complaint(draw, app, "its database")
    classes = ("database_degraded", "volume_full", "dependency_unreachable")
    says = (r"no space|\bfull\b|storage|disk",)
    expect = Expect(("cause",), classes, says=says, never=("too many connections",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("reasons")
def token_that_the_store_calls_expired(draw: Draw) -> Told:
    """Access is not denied and the bucket is there: what is shown at the door is too old."""
    bucket = f"{draw.name()}-archive"
    call = draw.pick("PutObject", "ListObjectsV2", "GetObject")
    line = draw.pick(
        f"botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the {call} operation: The "
        "provided token has expired.",
        f"upload to s3://{bucket} failed: ExpiredToken: The provided token has expired. status code: 400",
        f"operation error S3: {call}, https response error StatusCode: 400, api error ExpiredToken: The provided token"
        " has expired.",
    )
    app = beside_a_database(draw, "BUCKET", bucket, line)
    trigger = calling.complaint(draw, app, bucket)
    classes = ("secret_stale", "cloud_identity_denied", "login_refused", "clock_drift")
    expect = Expect(("cause",), classes, says=("expired",), never=("AccessDenied", "NoSuchBucket"), may_propose=True)
    return Told(draw.world(), trigger, expect)
