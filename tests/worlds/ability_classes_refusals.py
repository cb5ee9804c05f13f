"""Files, databases and leases that may be reached and not written, and what reads like it and is not the cause."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import WELL, Expect, Told, situation
from tests.worlds.workloads import break_app, claim_volume, labels, serving_app

READ_ONLY = (
    "mkdir {}: read-only file system",
    "OSError: [Errno 30] Read-only file system: '{}'",
    "Error: EROFS: read-only file system, open '{}/out.log'",
    "java.nio.file.FileSystemException: {}/work: Read-only file system",
    "touch: cannot touch '{}/ready': Read-only file system",
)
FORBIDDEN = (
    "mkdir {}: permission denied",
    "PermissionError: [Errno 13] Permission denied: '{}/state'",
    "Error: EACCES: permission denied, mkdir '{}/cache'",
    "java.nio.file.AccessDeniedException: {}/index",
    'initdb: error: could not change permissions of directory "{}": Operation not permitted',
    "System.UnauthorizedAccessException: Access to the path '{}/keys' is denied.",
)
READ_ONLY_DATABASES = (
    "ERROR: cannot execute INSERT in a read-only transaction",
    "pq: cannot execute UPDATE in a read-only transaction (SQLSTATE 25006)",
    "ERROR 1290 (HY000): The MySQL server is running with the --read-only option so it cannot execute this statement",
    "MongoServerError: not primary",
    "com.mongodb.MongoNotPrimaryException: Command failed with error 10107 (NotWritablePrimary): 'not primary'",
)
RIGHTS = (
    "ERROR: permission denied for table {}",
    "pq: permission denied for relation {}",
    "ERROR 1142 (42000): INSERT command denied to user 'app'@'10.2.3.4' for table '{}'",
    "The SELECT permission was denied on the object '{}', database 'main', schema 'dbo'.",
    "MongoServerError: not authorized on {} to execute command { insert: 1 }",
)
LOGINS = (
    'FATAL: password authentication failed for user "app"',
    "Access denied for user 'app'@'10.2.3.4' (using password: YES)",
    "Login failed for user 'app'. Reason: Password did not match that for the login provided.",
    "MongoServerError: Authentication failed.: SASL authentication failed",
)
LEADS = (
    "failed to renew lease {}/{}: timed out waiting for the condition",
    "E0311 14:00:00.000000 1 leaderelection.go:340] Failed to update lock: timeout\nleader election lost",
    "leaderelection lost",
)


def crashing(draw: Draw, lines: Sequence[str]) -> App:
    """A workload whose pods end after these lines."""
    app = draw.app()
    break_app(app, exit_code=draw.pick(1, 2, 70))
    for pod in app.pods:
        draw.log(app, ["starting", *lines], pod=pod, every=1)
    draw.bystanders()
    return app


def crash_alarm(draw: Draw, app: App) -> Obj:
    text = draw.pick(f"{app.name} restarts again and again", f"Pod {app.pod} is in CrashLoopBackOff", "crash loop")
    return triggers.alertmanager("KubePodCrashLooping", labels(draw, app), {"summary": text})


def templates(app: App) -> list[Obj]:
    return [app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods]


@situation("classes")
def a_root_that_is_read_only(draw: Draw) -> Told:
    app = draw.app()
    path = draw.pick("/tmp", "/var/cache/app", "/app/logs", "/home/app/.cache")
    break_app(app)
    app.deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"] = {"readOnlyRootFilesystem": True}
    for pod in app.pods:
        draw.log(app, ["starting", draw.pick(*READ_ONLY).format(path)], pod=pod, every=1)
    draw.bystanders()
    expect = Expect(("cause",), ("volume_not_writable",), (app.subject,), says=(path, "readOnlyRootFilesystem"))
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def a_claim_that_its_user_may_not_write(draw: Draw) -> Told:
    app = draw.app()
    path = draw.pick("/data", "/var/lib/store", "/srv/files")
    break_app(app)
    claim_volume(draw, app)
    for body in templates(app):
        body["spec"]["securityContext"] = {"runAsUser": draw.pick(1000, 10001, 65532)}
        body["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": path}]
    for pod in app.pods:
        draw.log(app, ["starting", draw.pick(*FORBIDDEN).format(path)], pod=pod, every=1)
    draw.bystanders()
    expect = Expect(("cause",), ("volume_not_writable",), (app.subject,), says=(path, "fsGroup"))
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def a_directory_of_somebody_else(draw: Draw) -> Told:
    path = draw.pick("/var/run/app", "/opt/app/plugins", "/etc/app")
    app = crashing(draw, [draw.pick(*FORBIDDEN).format(path)])
    # A line that does not say what was tried may be about reading.
    expect = Expect(("cause",), ("volume_not_writable", "crash_loop"), (app.subject,), (path, "denied|not permitted"))
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def one_file_that_a_program_does_without(draw: Draw) -> Told:
    """It serves; that it may not write one file years ago is nobody's trouble."""
    app = serving_app(draw)
    draw.logs[0]["text"] = (
        draw.logs[0]["text"].split(" ", 1)[0]
        + " [warn] cannot write /var/log/app.log: permission denied, logging to stdout\n"
        + draw.logs[0]["text"]
    )
    return Told(draw.world(), crash_alarm(draw, app), WELL)


@situation("classes")
def a_database_that_takes_no_writes(draw: Draw) -> Told:
    app = crashing(draw, [draw.pick(*READ_ONLY_DATABASES)] * draw.number(2, 6))
    return Told(draw.world(), crash_alarm(draw, app), Expect(("cause",), ("database_read_only",), (app.subject,)))


@situation("classes")
def requests_that_cannot_be_stored(draw: Draw) -> Told:
    """Pods serve, and every write fails."""
    app = draw.app()
    line = draw.pick(*READ_ONLY_DATABASES)
    draw.log(app, [f"ERROR POST /v1/orders 500: {line}" for _ in range(draw.number(12, 30))], every=15)
    draw.bystanders()
    text = draw.pick(f"{app.name} answers with 5xx", f"Error rate of {app.name} is 12 %")
    trigger = triggers.alertmanager("HighErrorRate", labels(draw, app), {"summary": text})
    return Told(draw.world(), trigger, Expect(("cause",), ("database_read_only",), (app.subject,)))


@situation("classes")
def a_right_that_the_database_lacks(draw: Draw) -> Told:
    table = draw.pick("orders", "accounts", "ledger", "sessions")
    app = crashing(draw, [draw.pick(*RIGHTS).replace("{}", table)] * draw.number(2, 5))
    expect = Expect(("cause",), ("database_rights_missing",), (app.subject,), says=(table,))
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def a_password_that_is_wrong(draw: Draw) -> Told:
    """Who is refused at the door lacks no right behind it."""
    app = crashing(draw, [draw.pick(*LOGINS)] * draw.number(2, 5))
    expect = Expect(("cause",), ("login_refused",), (app.subject,), says=("credentials",), never=("right is missing",))
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def a_lead_that_is_lost(draw: Draw) -> Told:
    line = draw.pick(*LEADS).format("core", draw.name())
    app = crashing(
        draw, ["I0311 13:59:00.000000 1 leaderelection.go:250] successfully acquired lease", *line.split("\n")]
    )
    return Told(draw.world(), crash_alarm(draw, app), Expect(("cause",), ("leadership_lost",), (app.subject,)))


@situation("classes")
def a_change_of_leader_among_those_who_serve(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.logs[0]["text"] += "\n2026-03-11T14:10:00.000Z INFO new leader elected: " + app.pods[-1]["metadata"]["name"]
    return Told(draw.world(), crash_alarm(draw, app), WELL)


@situation("classes")
def a_program_that_says_it_only_reads(draw: Draw) -> Told:
    """A replica for reports: read-only is what it is meant to be, and it crashes of something else."""
    app = crashing(
        draw,
        [
            "INFO opened reporting database in read-only mode",
            f"panic: cannot parse {draw.pick('rates', 'routes')}.yaml: line 3",
        ],
    )
    expect = Expect(("open", "cause"), ("crash_loop",), (app.subject,), never=("takes no writes",), may_propose=True)
    return Told(draw.world(), crash_alarm(draw, app), expect)
