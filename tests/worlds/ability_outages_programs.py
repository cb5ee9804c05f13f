"""Outages inside of programs: what they ran out of, what they were switched to, and what their stores answer."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, unstarted, waiting
from tests.worlds.ability_classes_nodes import crash_alarm
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import calls, complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation
from tests.worlds.workloads import break_app


@situation("outages")
def topic_that_is_not_there(draw: Draw) -> Told:
    app, topic = draw.app(), f"{draw.pick('orders', 'clicks', 'invoices')}.v{draw.number(2, 9)}"
    complains(draw, app, draw.pick(
        "WARN org.apache.kafka.clients.NetworkClient - [Producer clientId=producer-1] Error while fetching metadata"
        f" with correlation id 41 : {{{topic}=UNKNOWN_TOPIC_OR_PARTITION}}",
        f"org.apache.kafka.common.errors.TimeoutException: Topic {topic} not present in metadata after 60000 ms.",
        f"%3|1741702801.1|ERROR|rdkafka#producer-1| delivery failed: Broker: Unknown topic or partition ({topic})",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False),
                  classes=("config_wrong", "config_missing", "env_wrong"), says=(topic.replace(".", r"\."),),
                  never=("cannot be reached",))  # fmt: skip


@situation("outages")
def table_whose_numbers_are_used_up(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        'ERROR: nextval: reached maximum value of sequence "orders_id_seq" (2147483647)',
        "SQLSTATE[22003]: Numeric value out of range: 1264 Out of range value for column 'id' at row 1",
        "ERROR insert order: pq: integer out of range",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("database_degraded",), says=("maximum value|out of range",))  # fmt: skip


@situation("outages")
def workers_that_are_all_busy(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        "java.util.concurrent.RejectedExecutionException: Task java.util.concurrent.FutureTask@1f8d rejected from java."
        "util.concurrent.ThreadPoolExecutor@2a41[Running, pool size = 200, active threads = 200, queued tasks = 500]",
        '*** uWSGI listen queue of socket ":8080" (fd: 3) full !!! (101/100) ***',
        "WARNING: [pool www] server reached pm.max_children setting (50), consider raising it",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, draw.pick("errors", "latency"), measured=False),
                  classes=("pool_exhausted", "traffic_surge", "calls_slow"),
                  says=("rejected|listen queue|max_children",))  # fmt: skip


@situation("outages")
def heap_that_is_full_while_the_program_runs(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        'Exception in thread "http-nio-8080-exec-41" java.lang.OutOfMemoryError: Java heap space',
        "ERROR o.a.c.c.C.[dispatcherServlet] Handler dispatch failed; nested exception is java.lang.OutOfMemoryError:"
        " GC overhead limit exceeded",
        "MemoryError: Unable to allocate 512. MiB for an array with shape (8192, 8192) and data type float64",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False),
                  classes=("runtime_collapse", "memory_pressure", "oom_killed"),
                  subjects=(app.subject,), says=("OutOfMemory|MemoryError",))  # fmt: skip


@situation("outages")
def flag_that_was_switched_on(draw: Draw) -> Told:
    """The flags stand in a ConfigMap that is read again and again; since it changed, a branch runs that is not done."""
    app = draw.app()
    draw.bystanders(2)
    name, flag = f"{app.name}-flags", draw.pick("tax_engine_v2", "fast_checkout", "split_payout")
    fields: Obj = {"f:data": {f"f:{flag}": {}}}
    body: Obj = {
        "kind": "ConfigMap",
        "metadata": {
            **objects.meta(name, app.namespace, 9000, {}),
            "managedFields": [{"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1",
                               "time": objects.at(17), "fieldsType": "FieldsV1", "fieldsV1": fields}],
        },
        "data": {flag: "true"},
    }  # fmt: skip
    draw.objects.append(body)
    unstarted.mounts(app, {"name": "flags", "configMap": {"name": name}})
    complains(draw, app, draw.pick(
        f"ERROR {flag}: NotImplementedError: rounding for currency JPY",
        f'level=error msg="handler failed" feature={flag} err="nil pointer dereference in applyRates"',
        f"TypeError: Cannot read properties of undefined (reading 'rate') at {flag}.js:41:17",
    ))  # fmt: skip
    return outage(
        draw, [app], raise_alarm(draw, app, "errors", measured=False), classes=("config_wrong",), says=(flag,)
    )


@situation("outages")
def readers_that_a_replay_cancels(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        "ERROR: canceling statement due to conflict with recovery",
        "org.postgresql.util.PSQLException: ERROR: canceling statement due to conflict with recovery",
    ), "DETAIL: User query might have needed to see row versions that must be removed.")  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), classes=("database_degraded",),
                  says=("conflict with recovery",))  # fmt: skip


@situation("outages")
def broker_that_holds_its_publishers_back(draw: Draw) -> Told:
    """It is short of memory and takes no messages until consumers have caught up; its pods are ready."""
    caller, broker = calling.pair(draw)
    controllers.stateful(draw, broker)
    calls(draw, caller, broker, key="AMQP_URL", scheme="amqp")
    complains(draw, caller, draw.pick(
        "ERROR publish: pika.exceptions.ConnectionBlockedTimeout: Blocked connection timeout expired.",
        "WARN connection blocked by broker: low on memory",
    ))  # fmt: skip
    complains(draw, broker, f"[warning] <0.481.0> memory resource limit alarm set on node rabbit@{broker.name}-0.",
              "*** Publishers will be blocked until this alarm clears ***")  # fmt: skip
    return outage(draw, [caller, broker], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("memory_pressure", "queue_backlog"), says=("blocked|memory",))  # fmt: skip


@situation("outages")
def search_store_that_refuses_large_requests(draw: Draw) -> Told:
    caller, store = calling.pair(draw)
    controllers.stateful(draw, store)
    calls(draw, caller, store, key="ELASTICSEARCH_URL")
    complains(draw, caller, draw.pick(
        "elasticsearch.exceptions.TransportError: TransportError(429, 'circuit_breaking_exception', '[parent] Data too"
        " large, data for [<http_request>] would be [1026213418/978.6mb], which is larger than the limit of"
        " [1020054732/972.7mb]')",
        "ResponseError: circuit_breaking_exception: [parent] Data too large, data for [indices:data/read/search] would"
        " be [1026213418/978.6mb]",
    ))  # fmt: skip
    draw.chatter(store)
    return outage(draw, [caller, store], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("memory_pressure", "runtime_collapse"), says=("Data too large",))  # fmt: skip


@situation("outages")
def replicas_that_agree_on_no_primary(draw: Draw) -> Told:
    """Two of three members end again and again, and the third may not decide alone."""
    caller = draw.app()
    store = draw.app(caller.namespace, replicas=3, port=27017)
    draw.bystanders(1)
    controllers.stateful(draw, store)
    ready = store.pods[2]
    members, store.pods = store.pods, store.pods[:2]
    break_app(store)
    store.pods = members
    store.deployment["status"].update(readyReplicas=1, availableReplicas=1)
    store.deployment["status"].pop("conditions", None)
    controllers.fresh(draw, store)
    word = draw.pick("Fatal assertion 28595: WT_TRY_SALVAGE: database corruption detected",
                     "Fatal error: oplog entry is older than the common point")  # fmt: skip
    for pod in store.pods[:2]:
        draw.log(store, ["starting", word], pod=pod, every=1)
    draw.log(store, ["INFO election: not a majority of members is up"] * 12, pod=ready)
    uses(caller, MONGO_URL=f"mongodb://{store.service['metadata']['name']}.{store.namespace}:27017/app")
    complains(draw, caller, draw.pick(
        "MongoServerSelectionError: Server selection timed out after 30000 ms, type: ReplicaSetNoPrimary",
        'pymongo.errors.ServerSelectionTimeoutError: No replica set members match selector "Primary()"',
    ))  # fmt: skip
    return outage(draw, [caller, store], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("crash_loop",), subjects=(store.subject,), says=("primary|Fatal",))  # fmt: skip


@situation("outages")
def migration_that_another_one_locks_out(draw: Draw) -> Told:
    """A migration died with its lock in the database; the pods' first container waits for it for ever."""
    app = draw.app(replicas=2)
    first = {"name": draw.pick("migrate", "db-update", "schema"), "image": "registry.example.com/liquibase:4"}
    waiting.in_templates(app, initContainers=[first])
    line = draw.pick(
        "Waiting for changelog lock....", "INFO: could not acquire migration lock, another instance holds it"
    )
    for one in app.pods:
        one["metadata"]["creationTimestamp"] = one["status"]["startTime"] = objects.at(20)
        one["status"].update(phase="Pending", initContainerStatuses=[
            {"name": first["name"], "image": first["image"], "ready": False, "restartCount": 0, "started": True,
             "state": {"running": {"startedAt": objects.at(19)}}}])  # fmt: skip
        one["status"]["conditions"][0].update(status="False", reason="ContainersNotInitialized",
                                              lastTransitionTime=objects.at(20))  # fmt: skip
        one["status"]["containerStatuses"][0].update(ready=False, started=False,
                                                     state={"waiting": {"reason": "PodInitializing"}})  # fmt: skip
        text = "\n".join(f"{objects.at(19 - n / 2)} {line}" for n in range(36))
        draw.logs.append({"namespace": app.namespace, "pod": one["metadata"]["name"], "container": first["name"],
                          "previous": False, "text": text})  # fmt: skip
    unstarted.unavailable(app, 20)
    waiting.empty(draw, app)
    return outage(draw, [app], unstarted.alarm(draw, app), classes=("init_blocked",), subjects=(app.subject,),
                  says=("lock",))  # fmt: skip


@situation("outages")
def two_that_want_one_data_directory(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    controllers.stateful(draw, app)
    break_app(app)
    controllers.unready(app)
    word = draw.pick(
        'FATAL:  lock file "postmaster.pid" already exists',
        "java.lang.IllegalStateException: failed to obtain node locks, tried [/usr/share/elasticsearch/data]",
        "DBPathInUse: Unable to lock the lock file: /data/db/mongod.lock (Resource temporarily unavailable)",
    )
    for pod in app.pods:
        draw.log(app, ["INFO starting", word], pod=pod, every=1)
    return outage(draw, [app], crash_alarm(draw, app), ends=("cause",), subjects=(app.subject,),
                  classes=("crash_loop", "volume_unattachable"), says=("lock",))  # fmt: skip
