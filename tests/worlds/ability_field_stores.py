"""Field reports about caches, brokers and volumes: stores that are away, full, or not read by anybody."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, workloads
from tests.worlds.field_pages import group, page
from tests.worlds.field_scenes import answered, either, link, rises, system, unheard, writes
from tests.worlds.outages import outage
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def _without_pods(draw: Draw, app: App) -> None:
    """Somebody has scaled it down to nothing."""
    names = {pod["metadata"]["name"] for pod in app.pods}
    draw.objects[:] = [o for o in draw.objects if o["kind"] != "Pod" or o["metadata"]["name"] not in names]
    text = f"Scaled down replica set {app.name}-{app.hash} from 1 to 0"
    draw.objects.append(objects.event(app.deployment, "ScalingReplicaSet", text, minutes=18, count=1, kind="Normal"))
    app.pods.clear()
    available = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}
    app.deployment["spec"]["replicas"] = app.replica_set["spec"]["replicas"] = 0
    app.deployment["status"] = {"observedGeneration": 2, "conditions": [available]}
    app.replica_set["status"] = {"replicas": 0}
    controllers.fresh(draw, app)


@situation("field reports")
def cart_store_that_went_away(draw: Draw) -> Told:
    """The cache has no pods any more, or its Service was taken away with an old chart."""
    scene = system(draw)
    kind = draw.pick("redis", "valkey")
    front, second, service = scene.front(), scene.app("checkout"), scene.app(draw.pick("cart", "session", "reserve"))
    cache = scene.store(kind, draw.pick("cart", "session"), stateful=False)
    first_host, also = link(draw, front, second), link(draw, second, service)
    store_host = link(draw, service, cache)
    cache.service["spec"]["clusterIP"] = "10.96.14.7"
    classes: tuple[str, ...]
    if draw.pick(True, False):
        _without_pods(draw, cache)
        manner, classes = "refused", ("scaled_to_zero", "dependency_unreachable", "cache_degraded")
    else:
        calling.name_server(draw)
        draw.objects[:] = [
            o for o in draw.objects
            if o is not cache.service and o["metadata"]["name"] != f"{cache.service['metadata']['name']}-abcde"
        ]  # fmt: skip
        writes(draw, cache)
        manner, classes = "unresolved", ("service_deleted", "dependency_unreachable", "config_wrong", "env_wrong")
    host, _, port = store_host.partition(":")
    own = {
        "refused": (
            "Error: connect ECONNREFUSED 10.96.14.7:{port}\n    at TCPConnectWrap.afterConnect [as oncomplete]"
            " (node:net:1607:16)\n[ioredis] Unhandled error event for {host}:{port}",
            "Wasn't able to connect to redis\nStackExchange.Redis.RedisConnectionException: It was not possible"
            " to connect"
            " to the server(s) {host}:{port}. Error connecting right now. UnableToConnect on"
            " {host}:{port}/Interactive\n"
            "   at cart.Stores.CacheStore.Connect() in /usr/src/app/Stores/CacheStore.cs:line 88",
        ),
        "unresolved": (
            "redis.exceptions.ConnectionError: Error -2 connecting to {host}:{port}. Name or service not known.",
            "io.lettuce.core.RedisConnectionException: Unable to connect to {host}/<unresolved>:{port}\n"
            "Caused by: java.net.UnknownHostException: {host}: Name or service not known\n"
            "\tat java.base/java.net.InetAddress$CachedAddresses.get(InetAddress.java:801)",
        ),
    }[manner]
    block = draw.pick(unheard(draw, store_host, "refused" if manner == "refused" else "unresolved"), *own)
    writes(draw, service, block.format(host=host, port=port) if block in own else block)
    writes(draw, second, answered(draw, also))
    writes(draw, front, answered(draw, first_host, 502))
    trigger = draw.pick(group(draw, front, second), page(draw, front, "errors"))
    return outage(
        draw, [front, second, service, cache], trigger, ends=("cause",), classes=classes, says=(either(cache.name),),
        innocent=(front.name, second.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def consumer_that_left_its_group(draw: Draw) -> Told:
    """It runs and is ready, and reads no more: orders are taken, nobody works on them."""
    scene = system(draw)
    front, producer, broker = scene.front(), scene.app("checkout"), scene.store("kafka", "main")
    consumer = scene.app(draw.pick("accounting", "fraud-detection", "notification", "fulfilment"), replicas=1)
    link(draw, front, producer)
    link(draw, producer, broker, key="KAFKA_ADDR")
    link(draw, consumer, broker, key="KAFKA_ADDR")
    topic, seconds = draw.pick("orders", "order-events"), draw.number(310, 900)
    block = draw.pick(
        "<time>  WARN 1 --- [ consumer-1] o.a.k.c.c.internals.ConsumerCoordinator : [Consumer clientId=consumer-1,"
        f" groupId={consumer.name}] consumer poll timeout has expired. This means the time between subsequent"
        f" calls to"
        " poll() was longer than the configured max.poll.interval.ms\n"
        "<time>  INFO 1 --- [ consumer-1] o.a.k.c.c.internals.ConsumerCoordinator : Member consumer-1 sending"
        " LeaveGroup"
        " request due to consumer poll timeout has expired.",
        f"%4|1773238801.2|MAXPOLL|rdkafka#consumer-1| [thrd:main]: Application maximum poll interval (300000ms)"
        f" exceeded by"
        f" {seconds}ms (adjust max.poll.interval.ms for long-running message processing): leaving group",
        f'level=error msg="consumer stopped" topic={topic} group={consumer.name} err="kafka: session timed out,'
        f" member left"
        f' the group; handler did not return for {seconds}s"',
    )
    writes(draw, consumer, block, minutes=22, until=17, since=25)
    writes(draw, producer)
    writes(draw, front)
    writes(
        draw, broker, f"[<time>] INFO [GroupCoordinator 1]: Member consumer-1 in group {consumer.name} has"
        f" left; group is"
        " now empty (kafka.coordinator.group.GroupCoordinator)", minutes=20, until=16,
    )  # fmt: skip
    where = {"consumergroup": consumer.name, "topic": topic, "namespace": scene.namespace}
    lag = [float(40 + max(0, i - 40) * draw.number(150, 400)) for i in range(60)]
    draw.prometheus("kafka_consumergroup_lag", where, lag)
    return outage(
        draw, [consumer, broker], page(draw, consumer, "backlog"),
        classes=("queue_backlog", "runtime_collapse", "config_wrong", "poison_message", "calls_slow"),
        says=("poll|group|lag|consum",), innocent=(front.name, producer.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def volume_of_a_store_without_room(draw: Draw) -> Told:
    scene = system(draw)
    kind = draw.pick("postgres", "mongodb", "kafka")
    role = draw.pick("order", "review", "media")
    front, service, store = scene.front(), scene.app(role), scene.store(kind, role)
    claim = workloads.claim_volume(draw, store)
    first_host = link(draw, front, service)
    link(draw, service, store, key="STORE_ADDR")
    own, effects = {
        "postgres": (
            "<time> [77] ERROR:  could not extend file \"base/16384/24711\": No space left on device\n"
            "<time> [77] HINT:  Check free disk space.",
            "org.postgresql.util.PSQLException: ERROR: could not extend file \"base/16384/24711\": No space"
            " left on device\n"
            "  Hint: Check free disk space.\n\tat"
            " org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutor"
            "Impl.java:2725)",
        ),
        "mongodb": (
            '{"t":{"$date":"<time>"},"s":"E","c":"WT","id":22435,"ctx":"conn71","msg":"WiredTiger error message",'
            '"attr":{"error":28,"message":"__posix_file_write: /data/db/collection-12.wt: handle-write: pwrite:'
            ' failed to'
            ' write 4096 bytes: No space left on device"}}',
            "pymongo.errors.OperationFailure: 28: No space left on device, full error: {'ok': 0.0, 'code': 14031,"
            " 'codeName': 'OutOfDiskSpace'}",
        ),
        "kafka": (
            "[<time>] ERROR Error while appending records to events-0 in dir /var/lib/kafka/data"
            " (kafka.server.LogDirFailureChannel)\njava.io.IOException: No space left on device\n"
            "\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)",
            "org.apache.kafka.common.errors.KafkaStorageException: Disk error when trying to access log file on"
            " the disk.",
        ),
    }[kind]  # fmt: skip
    writes(draw, store, own)
    writes(draw, service, effects)
    writes(draw, front, answered(draw, first_host))
    where = {"namespace": scene.namespace, "persistentvolumeclaim": claim}
    size = 10.0 * 2**30
    draw.prometheus("kubelet_volume_stats_capacity_bytes", where, [size] * 60)
    used = [round(size * min(0.9996, 0.93 + 0.002 * i)) for i in range(60)]
    draw.prometheus("kubelet_volume_stats_used_bytes", where, used)
    draw.prometheus("kubelet_volume_stats_available_bytes", where, [size - one for one in used])
    rises(draw, "http_server_errors_ratio", {"namespace": scene.namespace, "service": front.name}, 0.001, 0.4)
    return outage(
        draw, [front, service, store], page(draw, front, "errors"), ends=("cause",),
        classes=("volume_full", "disk_pressure", "database_degraded", "volume_not_writable"),
        says=("space|full|disk",), innocent=(front.name, *scene.others()),
    )  # fmt: skip
