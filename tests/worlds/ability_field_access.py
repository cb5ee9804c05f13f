"""Field reports about who is let in: accounts, passwords, rights on topics, and tables that are not there."""

from __future__ import annotations

from tests.worlds import controllers, objects, past, workloads
from tests.worlds.field_pages import group, page
from tests.worlds.field_scenes import answered, either, link, system, writes
from tests.worlds.outages import outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation


@situation("field reports")
def store_account_without_its_rights(draw: Draw) -> Told:
    """Somebody took the role, or all of the user, from the account of one service; the store itself is well."""
    scene = system(draw)
    role = draw.pick("geo", "rate", "profile", "reservation", "user-timeline", "social-graph")
    front, service, store = scene.front(), scene.app(role), scene.store("mongodb", role)
    first_host, store_host = (
        link(draw, front, service),
        link(draw, service, store, value="mongodb://{}/" + f"{role}-db"),
    )
    database, user = f"{role}-db", draw.pick("app", "svc", role)
    if draw.pick(True, False):
        words = f'not authorized on {database} to execute command {{ find: "{role}", filter: {{}}, $db: "{database}" }}'
        code, name, answer = 13, "Unauthorized", "not authorized|unauthori[sz]ed|permission|rights|role"
        note = '"c":"ACCESS","id":20436,"ctx":"conn4812","msg":"Checking authorization failed"'
    else:
        words, code, name = "Authentication failed.", 18, "AuthenticationFailed"
        answer = "authenticat|login|credential|user"
        note = (
            f'"c":"ACCESS","id":20249,"ctx":"conn4812","msg":"Authentication'
            f' failed","attr":{{"principalName":"{user}",'
            f'"error":"UserNotFound: Could not find user \\"{user}\\" for db \\"{database}\\""}}'
        )
    block = draw.pick(
        f"<time> ERROR [main] mongo query failed: ({name}) {words}\n"
        f"goroutine {draw.number(40, 900)} [running]:\n"
        f"main.(*Server).Nearby(0xc0001a4000)\n\t/src/services/{role}/server.go:{draw.number(80, 200)} +0x1c5",
        f"<time> ERROR 1 --- [nio-8080-exec-3] o.a.c.c.C.[dispatcherServlet] : Servlet.service() threw exception\n"
        f"com.mongodb.MongoCommandException: Command failed with error {code} ({name}): '{words}' on"
        f" server {store_host}.\n"
        "\tat com.mongodb.internal.connection.ProtocolHelper.getCommandFailureException(ProtocolHelper.java:198)\n"
        "\tat com.mongodb.internal.connection.InternalStreamConnection.receive(InternalStreamConnection.java:413)",
        "Traceback (most recent call last):\n"
        f'  File "/app/{role}.py", line {draw.number(20, 90)}, in find_all\n'
        f"pymongo.errors.OperationFailure: {words}, full error: {{'ok': 0.0, 'code': {code}, 'codeName': '{name}'}}",
        f"MongoServerError: {words}\n    at Connection.onMessage"
        f" (/app/node_modules/mongodb/lib/cmap/connection.js:202:26)\n"
        f"  code: {code}, codeName: '{name}'",
    )
    writes(draw, service, block)
    writes(draw, front, answered(draw, first_host))
    writes(draw, store, f'{{"t":{{"$date":"<time>"}},"s":"I",{note}}}')
    names = scene.others()
    classes = ("database_rights_missing", "login_refused", "secret_stale", "config_wrong")
    trigger = page(draw, front, "errors")
    return outage(
        draw,
        [front, service, store],
        trigger,
        classes=classes,
        says=(answer,),
        ends=("cause",),
        innocent=(front.name, *names),
    )


@situation("field reports")
def password_that_changed_for_one_service(draw: Draw) -> Told:
    scene = system(draw)
    role = draw.pick("order", "inventory", "accounting", "catalogue", "seat")
    front, service, store = scene.front(), scene.app(role), scene.store("postgres", role)
    first_host, user = link(draw, front, service), f"{role}_{draw.pick('rw', 'app', 'user')}"
    store_host = link(draw, service, store, value="{}", key="DB_HOST")
    uses(service, DB_USER=user)
    words = f'password authentication failed for user "{user}"'
    block = draw.pick(
        "<time> ERROR 1 --- [nio-8080-exec-1] com.zaxxer.hikari.pool.HikariPool : HikariPool-1 - Exception"
        " during pool"
        f" initialization.\norg.postgresql.util.PSQLException: FATAL: {words}\n"
        "\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:693)\n"
        "\tat org.postgresql.jdbc.PgConnection.<init>(PgConnection.java:263)",
        f'level=error msg="query" err="failed to connect to `host={store_host.partition(":")[0]} user={user}'
        f" database={role}`:"
        f' server error (FATAL: {words} (SQLSTATE 28P01))"',
        f"Npgsql.PostgresException (0x80004005): 28P01: {words}\n"
        "   at Npgsql.Internal.NpgsqlConnector.<ReadMessage>g__ReadMessageLong|234_0(NpgsqlConnector conn)\n"
        "  Exception data:\n    Severity: FATAL\n    SqlState: 28P01",
        f"** (DBConnection.ConnectionError) FATAL 28P01 (invalid_password) {words}",
    )
    writes(draw, service, block)
    writes(draw, front, answered(draw, first_host))
    writes(
        draw, store, f"<time> [8812] FATAL:  {words}\n"
        '<time> [8812] DETAIL:  Connection matched file "/var/lib/postgresql/data/pg_hba.conf" line 128: "host'
        ' all all all'
        ' scram-sha-256"',
    )  # fmt: skip
    return outage(
        draw, [front, service, store], page(draw, front, "errors"),
        classes=("login_refused", "secret_stale", "database_rights_missing", "config_wrong", "env_wrong"),
        says=(f"password|authenticat|login|{user}",), ends=("cause",), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def secret_turned_over_and_pods_left_alone(draw: Draw) -> Told:
    """The password of the cache was rotated in its Secret; the cache was restarted, its client was not."""
    scene = system(draw)
    front, service = scene.front(), scene.app(draw.pick("cart", "session", "rate"))
    store = scene.store(draw.pick("redis", "valkey"), draw.pick("cart", "session", "main"))
    first_host, store_host = link(draw, front, service), link(draw, service, store, key="REDIS_ADDR")
    secret = f"{store.name}-auth"
    minutes = draw.number(18, 22)
    draw.objects.append(
        {
            "kind": "Secret",
            "metadata": {
                **objects.meta(secret, scene.namespace, 9000, {}),
                "managedFields": [{"manager": "external-secrets", "operation": "Update", "time": objects.at(minutes)}],
            },
            "type": "Opaque",
            "data": {"password": "c2V0"},
        }
    )
    source = {"name": "REDIS_PASSWORD", "valueFrom": {"secretKeyRef": {"name": secret, "key": "password"}}}
    for app in (service, store):
        for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
            container = one["spec"]["containers"][0]
            one["spec"]["containers"][0] = {**container, "env": [*container.get("env", []), source]}
    past.renew(store, minutes - 1)
    controllers.fresh(draw, store)
    words = "WRONGPASS invalid username-password pair or user is disabled."
    block = draw.pick(
        f'level=error msg="get cart" store={store_host} err="{words}"',
        f"ReplyError: {words}\n    at parseError (/app/node_modules/redis-parser/lib/parser.js:179:12)\n"
        "    at parseType (/app/node_modules/redis-parser/lib/parser.js:302:14) { command: { name: 'AUTH' } }",
        f"StackExchange.Redis.RedisConnectionException: It was not possible to connect to the redis server(s)"
        f" {store_host}. Error"
        f" connecting right now. AuthenticationFailure on {store_host}/Interactive: {words}\n"
        "   at cart.cartstore.ValkeyCartStore.EnsureRedisConnected() in /src/cartstore/ValkeyCartStore.cs:line 104",
        f"redis.exceptions.AuthenticationError: {words}",
    )
    writes(draw, service, block, minutes=minutes - 1)
    writes(draw, front, answered(draw, first_host))
    writes(draw, store, since=minutes - 1.5)
    return outage(
        draw, [front, service, store], page(draw, front, "errors"),
        classes=("secret_stale", "login_refused", "config_wrong", "cache_degraded"),
        says=("WRONGPASS|password|secret|authenticat|login",), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def topic_closed_to_its_producer(draw: Draw) -> Told:
    """The broker's access list lost a line: orders are accepted no more, and the services behind get no news."""
    scene = system(draw)
    front, producer, broker = scene.front(), scene.app("checkout"), scene.store("kafka", "events")
    consumer = scene.app(draw.pick("accounting", "fraud-detection"))
    first_host = link(draw, front, producer)
    link(draw, producer, broker, key="KAFKA_ADDR")
    link(draw, consumer, broker, key="KAFKA_ADDR")
    topic = draw.pick("orders", "order-events", "payments.v1")
    block = draw.pick(
        f"<time> ERROR 1 --- [ad | producer-1] c.e.checkout.OrderPublisher : could not publish\n"
        f"org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [{topic}]",
        f'level=error msg="publish" topic={topic} err="kafka server: The client is not authorized to access'
        f' this topic"',
        f"%3|1773238801.1|ERROR|rdkafka#producer-1| delivery to {topic} failed: Broker: Topic authorization failed",
        f"KafkaJSProtocolError: Not authorized to access topics: [Topic authorization failed] {topic}\n"
        "    at createErrorFromCode (/app/node_modules/kafkajs/src/protocol/error.js:581:10)",
    )
    writes(draw, producer, block)
    writes(draw, front, answered(draw, first_host))
    writes(draw, consumer, 'level=info msg="nothing new" polled=0')
    writes(
        draw, broker, f"[<time>] INFO Principal = User:{producer.name} is Denied operation = WRITE from host ="
        f" 10.2.3.4 on"
        f" resource = Topic:LITERAL:{topic} for request = Produce with resourceRefCount = 1"
        f" (kafka.authorizer.logger)",
    )  # fmt: skip
    return outage(
        draw, [front, producer, broker], page(draw, front, "errors"),
        classes=("database_rights_missing", "login_refused", "rbac_denied", "config_wrong", "cloud_identity_denied"),
        says=("authori[sz]|denied|rights",), innocent=(consumer.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def table_that_no_migration_made(draw: Draw) -> Told:
    """The run that makes the new table failed, and the release that reads it went out all the same."""
    scene = system(draw)
    role, table = draw.pick("order", "review", "delivery"), draw.pick("coupon", "order_hold", "assurance_v2")
    front, service, store = scene.front(), scene.app(role), scene.store("postgres", role)
    second = scene.app(draw.pick("admin", "cancel"))
    first_host, also = link(draw, front, service), link(draw, second, service)
    link(draw, service, store, key="DB_HOST")
    minutes = draw.number(17, 21)
    past.rolled_out(draw, service, minutes)
    past.renew(service, minutes)
    body, pod = workloads.job(draw, f"{service.name}-migrate-{draw.number(20, 90)}", scene.namespace, failed=True)
    draw.objects += [body, pod]
    text = f"{objects.at(24)} Applying {draw.number(100, 190)}_{table}.sql\n{objects.at(21)} " + draw.pick(
        "ERROR: canceling statement due to lock timeout", 'ERROR:  syntax error at or near "JSONB_" at character 88'
    )
    draw.logs.append(
        {
            "namespace": scene.namespace,
            "pod": pod["metadata"]["name"],
            "container": "main",
            "previous": False,
            "text": text,
        }
    )
    block = draw.pick(
        f"<time> ERROR 1 --- [nio-8080-exec-9] o.h.engine.jdbc.spi.SqlExceptionHelper : ERROR: relation"
        f' "{table}" does not'
        " exist\n  Position: 31\norg.springframework.dao.InvalidDataAccessResourceUsageException: JDBC"
        " exception executing SQL\n"
        "\tat org.hibernate.exception.internal.SQLStateConversionDelegate.convert(SQLStateConversionDelegate.java:91)",
        "Traceback (most recent call last):\n"
        '  File "/usr/local/lib/python3.12/site-packages/django/db/backends/utils.py", line 105, in _execute\n'
        f'django.db.utils.ProgrammingError: relation "{table}" does not exist\nLINE 1: SELECT "id" FROM "{table}"',
        f'ActiveRecord::StatementInvalid (PG::UndefinedTable: ERROR:  relation "{table}" does not exist\n'
        f'LINE 1: SELECT "{table}".* FROM "{table}"):',
    )
    writes(draw, service, block, minutes=minutes, since=minutes - 0.5)
    writes(draw, front, answered(draw, first_host))
    writes(draw, second, answered(draw, also))
    writes(draw, store, f'<time> [912] ERROR:  relation "{table}" does not exist at character 31')
    return outage(
        draw, [front, service, store], group(draw, front, second),
        classes=("bad_rollout", "job_failing", "database_degraded", "config_wrong", "config_missing"),
        says=(either(table, "migrat"),), innocent=(front.name, second.name, *scene.others()),
    )  # fmt: skip
