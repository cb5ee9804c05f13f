"""What a database, a disk or the API server says to a program that runs: its own reason tells the neighbours apart."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels, serving_app

POSTGRES = "org.postgresql.util.PSQLException: {}"
MYSQL = "pymysql.err.OperationalError: {}"


def failing(draw: Draw, line: str, *, crashes: bool = True) -> App:
    """A workload whose log says this again and again."""
    app = serving_app(draw)
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    if crashes:
        break_app(app, exit_code=draw.pick(1, 2))
    way = draw.pick("ERROR {}", 'level=error msg="{}"', "[error] {}", "{}")
    for pod in app.pods:
        lines = [f"INFO starting {app.name}"] + [way.format(line)] * draw.number(6, 14)
        draw.log(app, lines, pod=pod, every=8)
    return app


def alarm(draw: Draw, app: App) -> Obj:
    name, text = draw.pick(
        ("KubePodCrashLooping", f"{app.name} restarts again and again"),
        ("KubePodNotReady", f"Pods of {app.name} are not ready"),
    )
    return triggers.alertmanager(name, labels(draw, app), {"summary": text}, minutes=draw.number(6, 12))


def story_of(draw: Draw, app: App, *says: str, never: str = "", classes: tuple[str, ...] = ()) -> Told:
    expect = Expect(("cause", "open"), classes, (), says, (never,) if never else (), may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("reasons")
def database_without_a_free_connection(draw: Draw) -> Told:
    line = draw.pick(
        POSTGRES.format("FATAL: sorry, too many clients already"),
        POSTGRES.format("FATAL: remaining connection slots are reserved for non-replication superuser connections"),
        MYSQL.format("(1040, 'Too many connections')"),
    )
    app = failing(draw, line)
    return story_of(
        draw, app, "too many clients|connection slots|Too many connections", never="password|credential|CPU"
    )


@situation("reasons")
def database_that_denies_the_user(draw: Draw) -> Told:
    user = draw.pick("orders", "app", "reporting")
    line = draw.pick(
        POSTGRES.format(f'FATAL: password authentication failed for user "{user}"'),
        MYSQL.format(f"(1045, \"Access denied for user '{user}'@'10.2.3.4' (using password: YES)\")"),
    )
    app = failing(draw, line)
    return story_of(draw, app, "password|Access denied", user, never="too many|connection slots")


@situation("reasons")
def database_that_has_no_such_database(draw: Draw) -> Told:
    name = draw.pick("orders_v2", "ledger", "catalog")
    line = draw.pick(
        POSTGRES.format(f'FATAL: database "{name}" does not exist'),
        MYSQL.format(f"(1049, \"Unknown database '{name}'\")"),
    )
    app = failing(draw, line)
    return story_of(draw, app, name, "does not exist|Unknown database", never="too many|cannot be reached")


@situation("reasons")
def database_without_the_right_to_a_table(draw: Draw) -> Told:
    table = draw.pick("invoices", "accounts", "stock")
    line = draw.pick(
        f"ERROR: permission denied for table {table}",
        MYSQL.format(f"(1142, \"SELECT command denied to user 'app'@'10.2.3.4' for table '{table}'\")"),
    )
    app = failing(draw, line)
    return story_of(draw, app, table, "denied", never="password|too many connections")


@situation("reasons")
def database_that_only_reads(draw: Draw) -> Told:
    line = draw.pick(
        "ERROR: cannot execute INSERT in a read-only transaction",
        MYSQL.format(
            "(1290, 'The MySQL server is running with the --read-only option so it cannot execute this statement')"
        ),
    )
    app = failing(draw, line)
    return story_of(draw, app, "read-only", never="full|too many connections")


@situation("reasons")
def disk_without_room(draw: Draw) -> Told:
    path = draw.pick("/data/wal/0001", "/var/lib/app/index", "/cache/tiles")
    line = draw.pick(
        f"write {path}: no space left on device",
        f"OSError: [Errno 28] No space left on device: '{path}'",
        f"java.io.IOException: No space left on device ({path})",
    )
    app = failing(draw, line)
    return story_of(draw, app, "no space left on device", never="read-only|denied")


@situation("reasons")
def disk_that_may_not_be_written(draw: Draw) -> Told:
    path = draw.pick("/data/wal/0001", "/var/lib/app/index", "/cache/tiles")
    line = draw.pick(
        f"open {path}: read-only file system",
        f"OSError: [Errno 30] Read-only file system: '{path}'",
        f"mkdir: cannot create directory '{path}': Read-only file system",
    )
    app = failing(draw, line)
    return story_of(draw, app, "read-only file system", never="no space|is full")


@situation("reasons")
def disk_that_belongs_to_somebody_else(draw: Draw) -> Told:
    path = draw.pick("/data/wal/0001", "/var/lib/app/index", "/cache/tiles")
    line = draw.pick(
        f"open {path}: permission denied",
        f"PermissionError: [Errno 13] Permission denied: '{path}'",
        f"mkdir: cannot create directory '{path}': Permission denied",
    )
    app = failing(draw, line)
    return story_of(draw, app, "permission denied", never="no space|is full|RBAC")


@situation("reasons")
def program_without_the_right_to_list(draw: Draw) -> Told:
    """The role that is bound lacks the verb; it is named with what it allows."""
    what, verb = draw.pick("pods", "configmaps", "leases"), draw.pick("list", "watch", "update")
    line_of = draw.pick(
        '{0} is forbidden: User "system:serviceaccount:{2}:{3}" cannot {1} resource "{0}" in API group "" in the '
        'namespace "{2}"',
        'failed to {1} {0}: {0} is forbidden: User "system:serviceaccount:{2}:{3}" cannot {1} resource "{0}" in API '
        'group "" in the namespace "{2}"',
    )
    app = failing(draw, "x", crashes=False)
    account, role = f"{app.name}-sa", f"{app.name}-{draw.pick('reader', 'access', 'role')}"
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["serviceAccountName"] = account
    for pod in app.pods:
        draw.log(app, ["ERROR " + line_of.format(what, verb, app.namespace, account)] * 12, pod=pod, every=20)
    draw.objects += grant(app.namespace, account, role, what, ["get"])
    text = {"summary": f"{app.name} logs errors", "description": f"{app.name} gets permission denied errors"}
    trigger = triggers.alertmanager("LogErrorsHigh", labels(draw, app), text, minutes=10)
    classes = ("rbac_denied",)
    return Told(draw.world(), trigger, Expect(("cause",), classes, (), (role, verb, what), may_propose=True))


def grant(namespace: str, account: str, role: str, resource: str, verbs: list[str]) -> list[Obj]:
    where = {"namespace": namespace, "creationTimestamp": objects.at(9000)}
    return [
        {"kind": "ServiceAccount", "metadata": {"name": account, **where}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": role, **where},
            "rules": [{"apiGroups": [""], "resources": [resource], "verbs": verbs}],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{role}-to-{account}", **where},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        },
    ]


@situation("reasons")
def question_why_a_program_is_denied(draw: Draw) -> Told:
    what, verb = draw.pick("pods", "configmaps", "services"), draw.pick("list", "watch")
    app = failing(draw, f"ERROR: Permission denied - cannot {verb} {what}", crashes=False)
    account, role = f"{app.name}-sa", f"{app.name}-{draw.pick('reader', 'access', 'role')}"
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["serviceAccountName"] = account
    message = (
        f'Error from server (Forbidden): {what} is forbidden: User "system:serviceaccount:{app.namespace}:{account}" '
        f'cannot {verb} resource "{what}" in API group "" in the namespace "{app.namespace}"'
    )
    for pod in app.pods:
        draw.log(app, [message, f"ERROR: Permission denied - cannot {verb} {what}"] * 6, pod=pod, every=30)
    draw.objects += grant(app.namespace, account, role, what, ["get"])
    text = draw.pick(
        f"Why is {app.name} getting permission denied errors in {app.namespace}?",
        f"why does {app.name} in {app.namespace} log permission errors",
    )
    return Told(draw.world(), triggers.question(text), Expect(("answered", "cause", "open"), (), (), (role, what)))


@situation("reasons")
def pods_that_had_to_go_for_others(draw: Draw) -> Told:
    """The scheduler names the pod that took the place by its uid alone."""
    app = serving_app(draw)
    taker = draw.app(app.namespace if draw.pick(True, False) else "")
    draw.chatter(taker)
    priority_class = f"{draw.pick('serving', 'gold', 'urgent')}-{draw.suffix(3)}"
    draw.objects.append(
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": priority_class, "creationTimestamp": objects.at(9000)},
            "value": draw.number(10, 90) * 100,
        }
    )
    for pod in taker.pods:
        pod["metadata"]["uid"] = f"{draw.suffix(8)}-0001-4000-8000-{draw.suffix(12)}"
        pod["spec"].update(priorityClassName=priority_class, priority=1000)
        pod["status"]["startTime"] = pod["metadata"]["creationTimestamp"] = objects.at(14)
    taker.deployment["metadata"]["creationTimestamp"] = objects.at(15)
    taker.replica_set["metadata"]["creationTimestamp"] = objects.at(15)
    lose_room(draw, app, taker)
    expect = Expect(("cause",), ("preempted", "capacity_insufficient"), (), (taker.name,), may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


def lose_room(draw: Draw, app: App, taker: App) -> None:
    """Its pods were preempted by the other's, and those made in their place find no node."""
    for pod in app.pods:
        victim = {
            "kind": "Pod",
            "metadata": {"name": f"{app.name}-{app.hash}-{draw.suffix()}", "namespace": app.namespace},
        }
        text = f"Preempted by pod {taker.pods[0]['metadata']['uid']} on node {taker.pods[0]['spec']['nodeName']}"
        preemption = objects.event(victim, "Preempted", text, minutes=13, count=1, kind="Normal")
        preemption["source"] = {"component": "default-scheduler"}
        draw.objects.append(preemption)
        message = "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption "
        pod["spec"].pop("nodeName", None)
        pod["metadata"]["creationTimestamp"] = objects.at(13)
        pod["status"] = {
            "phase": "Pending",
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": message + "victims found for incoming pod.",
                    "lastTransitionTime": objects.at(13),
                }
            ],
            "containerStatuses": [
                {
                    "name": pod["spec"]["containers"][0]["name"],
                    "ready": False,
                    "restartCount": 0,
                    "image": "",
                    "state": {},
                }
            ],
        }
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)


@situation("reasons")
def flags_that_only_sound_like_trouble(draw: Draw) -> Told:
    """What a program prints of its options is no error, whatever these are called."""
    app = draw.app()
    flags = draw.rng.sample(
        ["--on-error=continue", "--error-threshold=5", "--log-errors=true", "--max-failures=3", "--fail-fast=false",
         "--panic-on-warning=false", "--retry-on-timeout=true"], 4
    )  # fmt: skip
    for pod in app.pods:
        lines = [f"INFO flag {flag}" for flag in flags] + [f"INFO served request {n} in 4 ms" for n in range(20)]
        draw.log(app, [f"I0311 starting with {' '.join(flags)}", *lines], pod=pod, every=12)
    draw.bystanders()
    text = {"summary": f"{app.name} restarts again and again"}
    trigger = triggers.alertmanager("KubePodCrashLooping", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("well",)))
