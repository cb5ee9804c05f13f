"""Postmortems of programs, databases, queues and caches: told by somebody who did not know what the responder knows."""

from __future__ import annotations

from dataclasses import replace

from tests.worlds import calling, controllers, objects, past, triggers, workloads
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import calls, complains, outage
from tests.worlds.parts import Draw
from tests.worlds.situation import WELL, Told, situation


@situation("postmortems")
def transactions_that_wait_for_each_other(draw: Draw) -> Told:
    app, process = draw.app(), draw.number(900, 9000)
    first = draw.pick(True, False)
    lines = (
        ("ERROR:  deadlock detected",
         f"DETAIL:  Process {process} waits for ShareLock on transaction 918211; blocked by process {process + 8}.")
        if first
        else (draw.pick(
            "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1213, 'Deadlock found when trying to get"
            " lock; try restarting transaction')",
            "com.mysql.cj.jdbc.exceptions.MySQLTransactionRollbackException: Deadlock found when trying to get lock;"
            " try restarting transaction",
        ),)
    )  # fmt: skip
    complains(draw, app, *lines)
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("database_degraded", "retry_storm", "pool_exhausted"), says=("deadlock",))  # fmt: skip


@situation("postmortems")
def standby_whose_log_segment_was_removed(draw: Draw) -> Told:
    """It was away for longer than the primary keeps its log, and can never catch up without a new copy."""
    app = draw.app(replicas=1, port=5432)
    controllers.stateful(draw, app)
    draw.bystanders(2)
    segment = f"0000000{draw.number(1, 9)}00000A{draw.number(10, 99)}000000{draw.number(10, 99)}"
    complains(draw, app, draw.pick("LOG:  started streaming WAL from primary at A2B/C4000000 on timeline 1",
                                   "LOG:  waiting for WAL to become available at A2B/C4000018"),
              "FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment"
              f" {segment} has already been removed")  # fmt: skip
    text = {"summary": draw.pick(f"Replication lag of {app.name} grows", f"{app.name} is 4h behind its primary")}
    trigger = triggers.alertmanager(
        "PostgresReplicationLag", {"namespace": app.namespace, "statefulset": app.name}, text
    )
    return outage(draw, [app], trigger, classes=("database_degraded", "config_wrong"),
                  says=("WAL.segment|already been removed",))  # fmt: skip


@situation("postmortems")
def release_before_its_column(draw: Draw) -> Told:
    """The code of a new release reads a column that no migration has made yet."""
    app, minutes, column = draw.app(), draw.number(16, 24), draw.pick("loyalty_tier", "vat_rate", "shipped_by")
    past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    complains(draw, app, draw.pick(
        f"ERROR:  column o.{column} does not exist at character {draw.number(20, 90)}",
        f"org.postgresql.util.PSQLException: ERROR: column o1_0.{column} does not exist",
        f"django.db.utils.OperationalError: (1054, \"Unknown column 'orders.{column}' in 'field list'\")",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), says=(column,),
                  classes=("bad_rollout", "config_wrong", "database_degraded"))  # fmt: skip


@situation("postmortems")
def cache_that_cannot_save_itself(draw: Draw) -> Told:
    """No memory for the fork of a snapshot; until one is saved the cache takes no writes."""
    caller, cache = calling.pair(draw)
    controllers.stateful(draw, cache)
    calls(draw, caller, cache, key="REDIS_URL", scheme="redis")
    words = (
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that"
        " may modify the data set are disabled"
    )
    complains(
        draw, caller, f"{draw.pick('redis.exceptions.ResponseError: ', 'ReplyError: ', 'ERROR set session: ')}{words}"
    )
    complains(draw, cache, "1:M 11 Mar 2026 14:11:02.081 * 10000 changes in 60 seconds. Saving...",
              "1:M 11 Mar 2026 14:11:02.083 # Can't save in background: fork: Cannot allocate memory")  # fmt: skip
    return outage(draw, [caller, cache], raise_alarm(draw, caller, "errors", measured=False), says=("MISCONF|fork",),
                  classes=("cache_degraded", "memory_pressure", "database_degraded", "kernel_limit_hit"),
                  never=("OOMKilled",))  # fmt: skip


@situation("postmortems")
def queue_that_two_releases_declare_differently(draw: Draw) -> Told:
    app, minutes, queue = draw.app(), draw.number(16, 24), draw.pick("mail", "thumbnails", "refunds")
    past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    words = (
        f"PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue '{queue}' in vhost '/': received '60000' but"
        " current is '3600000'"
    )
    complains(draw, app, draw.pick(
        f'pika.exceptions.ChannelClosedByBroker: (406, "{words}")',
        f'ERROR declare: Exception (406) Reason: "{words}"',
        f'Error: Operation failed: QueueDeclare; 406 (PRECONDITION-FAILED) with message "{words}"',
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, draw.pick("errors", "backlog"), measured=False),
                  classes=("config_wrong", "bad_rollout"), says=("PRECONDITION|x-message-ttl",))  # fmt: skip


@situation("postmortems")
def broker_without_enough_copies(draw: Draw) -> Told:
    caller, broker = calling.pair(draw)
    controllers.stateful(draw, broker)
    calls(draw, caller, broker, key="KAFKA_BROKERS", scheme="kafka")
    topic = draw.pick("orders", "clicks", "invoices")
    complains(draw, caller, draw.pick(
        "org.apache.kafka.common.errors.NotEnoughReplicasException: Messages are rejected since there are fewer"
        " in-sync replicas than required.",
        "%4|1741702801.1|WARN|rdkafka#producer-1| delivery failed: Broker: Not enough in-sync replicas",
    ))  # fmt: skip
    complains(draw, broker, f"ERROR [ReplicaManager broker=1] Error processing append operation on partition {topic}-3"
              " (kafka.server.ReplicaManager)", "org.apache.kafka.common.errors.NotEnoughReplicasException: The size of"
              " the current ISR Set(1) is insufficient to satisfy the min.isr requirement of 2 for partition"
              f" {topic}-3")  # fmt: skip
    return outage(draw, [caller, broker], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("database_degraded", "dependency_unreachable", "config_wrong", "queue_backlog"),
                  says=("replicas|ISR",))  # fmt: skip


@situation("postmortems")
def statements_prepared_on_another_connection(draw: Draw) -> Told:
    """A pooler was put before the database; it hands each transaction another connection."""
    app = draw.app()
    complains(draw, app, draw.pick(
        f'org.postgresql.util.PSQLException: ERROR: prepared statement "S_{draw.number(1, 40)}" does not exist',
        'asyncpg.exceptions.DuplicatePreparedStatementError: prepared statement "__asyncpg_stmt_1__" already exists',
        'ERROR: prepared statement "lrupsc_1_0" already exists (SQLSTATE 42P05)',
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("config_wrong", "database_degraded"), says=("prepared.statement",))  # fmt: skip


@situation("postmortems")
def threads_that_cannot_be_made(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits"
        " reached",
        "RuntimeError: can't start new thread",
        "ThreadError: can't create Thread: Resource temporarily unavailable",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), subjects=(app.subject,),
                  classes=("kernel_limit_hit", "runtime_collapse", "memory_pressure"),
                  says=("thread",), never=("OOMKilled",))  # fmt: skip


@situation("postmortems")
def script_beyond_its_own_memory(draw: Draw) -> Told:
    app, size = draw.app(), draw.pick(134217728, 268435456)
    page = draw.pick("/var/www/src/Export.php", "/app/vendor/dompdf/dompdf/src/Dompdf.php")
    complains(draw, app, draw.pick(
        f"PHP Fatal error:  Allowed memory size of {size} bytes exhausted (tried to allocate 20480 bytes) in {page} on"
        f" line {draw.number(20, 900)}",
        f'NOTICE: PHP message: PHP Fatal error:  Allowed memory size of {size} bytes exhausted (tried to allocate 65536'
        f" bytes) in {page} on line {draw.number(20, 900)}",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), subjects=(app.subject,),
                  classes=("memory_pressure", "runtime_collapse", "config_wrong"),
                  says=("memory size|exhausted",), never=("OOMKilled",))  # fmt: skip


@situation("postmortems")
def pauses_of_a_heap_beside_slow_statements(draw: Draw) -> Told:
    """Two explanations compete: the collector stops the caller for seconds, and the callee's database is slow too."""
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee)
    n = draw.number(300, 900)
    complains(draw, caller, f"[{n}.112s][info][gc] GC({n}) Pause Full (G1 Compaction Pause)"
              f" 1019M->1012M(1024M) {draw.number(2100, 4800)}.441ms")  # fmt: skip
    complains(draw, callee, f"LOG:  duration: {draw.number(2000, 5000)}.114 ms  statement: SELECT * FROM stock")
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "latency", measured=False),
                  classes=("runtime_collapse", "memory_pressure", "calls_slow", "database_degraded"),
                  says=("Pause|GC|garbage|duration|SELECT|slow",))  # fmt: skip


@situation("postmortems")
def run_that_leaves_the_work_to_another(draw: Draw) -> Told:
    """Of two schedulers one holds the lock; this one's run sees that and ends well, as it was written to do."""
    place = draw.place()
    draw.namespace(place)
    name = f"{draw.name()}-{draw.pick('report', 'cleanup', 'rollup')}"
    body, pod = workloads.job(draw, f"{name}-29{draw.number(100000, 999999)}", place, failed=False)
    body["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": name, "controller": True}
    ]
    schedule: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, place, 9000, {}),
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": body["spec"]}},
        "status": {"lastScheduleTime": objects.at(3), "lastSuccessfulTime": objects.at(2)},
    }
    draw.objects += [body, pod, schedule]
    line = draw.pick("INFO lock is held by another instance, skipping this run",
                     'level=info msg="another run is in progress, nothing to do" holder=eu-2')  # fmt: skip
    text = f"{objects.at(29)} INFO begins\n{objects.at(21)} {line}"
    container = {"container": "main", "previous": False}
    draw.logs.append({"namespace": place, "pod": pod["metadata"]["name"], **container, "text": text})
    draw.bystanders(2)
    ask = draw.pick("Is cronjob {} in namespace {} healthy?", "Is the cronjob {} in {} ok?")
    expect = replace(WELL, ends=("well", "answered"), never=("^No",))
    return Told(draw.world(), triggers.question(ask.format(name, place)), expect)
