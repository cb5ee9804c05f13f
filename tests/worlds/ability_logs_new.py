"""What programs of many makes print when they fail, and what they print all day without being hurt."""

from __future__ import annotations

from tests.worlds import new_scenes as scene
from tests.worlds import objects
from tests.worlds.new_tidying import told
from tests.worlds.outages import calls, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def crashing(draw: Draw, app: App, since: float, lines: list[str], *, code: int = 1, ran: float = 0.1) -> None:
    """All its pods, with what each has said last."""
    for pod in app.pods:
        end_state = scene.crash(draw, pod, since, code=code, ran=ran, restarts=draw.number(5, 8))
        scene.last_words(draw, pod, lines, end_state)


@situation("logs")
def java_heap_smaller_than_what_the_program_loads(draw: Draw) -> Told:
    """The limit of the container is not the matter: the heap is a fourth of it."""
    app = draw.app(replicas=draw.number(1, 3), port=8080)
    heap = draw.pick("256m", "384m", "512m")
    scene.edit(app, resources={"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}})
    uses(app, JAVA_TOOL_OPTIONS=f"-Xms{heap} -Xmx{heap} -XX:+ExitOnOutOfMemoryError")
    table = draw.pick("price list", "product catalogue", "tariff table")
    lines = [
        f"Picked up JAVA_TOOL_OPTIONS: -Xms{heap} -Xmx{heap} -XX:+ExitOnOutOfMemoryError",
        "@sql  INFO 1 --- [main] com.acme.Application : Starting Application v3.8.1 using Java 21.0.2 with PID 1",
        "@sql  INFO 1 --- [main] o.s.b.w.embedded.tomcat.TomcatWebServer : Tomcat initialized with port 8080 (http)",
        f"@sql  INFO 1 --- [main] com.acme.data.Loader : loading the {table} into memory (4,812,773 rows)",
        "@sql  WARN 1 --- [main] com.acme.data.Loader : GC overhead is high (old gen 97% after full GC)",
        "Terminating due to java.lang.OutOfMemoryError: Java heap space",
    ]
    since = draw.number(14, 40)
    crashing(draw, app, since, lines, code=3, ran=0.8)
    scene.settle(app, since=since)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "KubePodCrashLooping", f"{app.name} restarts again and again", since - 8)
    classes = ("runtime_collapse", "crash_loop", "memory_pressure", "oom_killed", "config_wrong", "env_wrong",
               "capacity_insufficient", "limits_shrunk")  # fmt: skip
    expect = Expect(("cause",), classes, (), ("heap",), may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("logs")
def module_left_out_of_the_new_image(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4), port=3000)
    since = draw.number(14, 35)
    new = scene.surge(draw, app, since)
    module = draw.pick("pino-pretty", "@acme/feature-flags", "pg-cursor", "ioredis")
    lines = [
        f"node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\nError: Cannot find module "
        f"'{module}'\nRequire stack:"
        "\n- /app/dist/server.js\n- /app/dist/index.js\n    at Module._resolveFilename (node:internal/modules/cjs/"
        "loader:1225:15)\n    at Module._load (node:internal/modules/cjs/loader:1051:27)\n    at require "
        "(node:internal/"
        "modules/helpers:179:18)\n    at Object.<anonymous> (/app/dist/server.js:9:14) {\n  code: 'MODULE_NOT_FOUND',\n"
        "  requireStack: [ '/app/dist/server.js', '/app/dist/index.js' ]\n}\n\nNode.js v22.11.0"
    ]
    crashing(draw, new, since - 0.4, lines)
    for pod in app.pods:
        scene.say(draw, pod, scene.work(draw, "node", 30))
    scene.settle(app, new, since=since, is_stuck=True)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, new, "KubePodCrashLooping", f"A pod of {app.name} restarts again and again", since - 9)
    classes = ("bad_rollout", "crash_loop", "rollout_stuck", "bad_command", "config_wrong")
    return told(draw, trigger, Expect(("cause",), classes, (), (module,), may_propose=True, innocent=bystanders))


@situation("logs")
def column_that_the_new_code_expects_and_no_migration_made(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3), port=8000)
    since = draw.number(15, 40)
    scene.renew(draw, app, since)
    path, table, column = draw.pick(
        ("/api/orders/", "shop_order", "coupon_code"),
        ("/api/account/", "accounts_user", "last_seen_at"),
        ("/api/invoices/", "billing_invoice", "vat_rate"),
    )
    host = f"{draw.name()}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    uses(app, DATABASE_HOST=host, DATABASE_NAME="shop")
    lines = (
        f"[@day,118] ERROR django.request: Internal Server Error: {path}\nTraceback (most recent call last):\n  File "
        '"/usr/local/lib/python3.12/site-packages/django/db/backends/utils.py", line 105, in _execute\n    return self.'
        f"cursor.execute(sql, params)\npsycopg.errors.UndefinedColumn: column {table}.{column} does not exist\nLINE 1: "
        f'SELECT "{table}"."id", "{table}"."{column}" FROM "{table}"...\n\nThe above exception was the direct cause of '
        'the following exception:\n\nTraceback (most recent call last):\n  File "/app/api/views.py", line 61, in get\n'
        f"    return Response(self.rows())\ndjango.db.utils.ProgrammingError: column {table}.{column} does not exist",
        f'10.0.3.7 - - [@clf] "GET {path} HTTP/1.1" 500 145 "-" "Mozilla/5.0"',
    )
    for pod in app.pods:
        scene.say(draw, pod, scene.amid(draw, "python", *lines))
    scene.settle(app, since=since - 31)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "Http5xxRateHigh", f"{app.name} answers 30% of its requests with 500", since - 6)
    classes = ("bad_rollout", "config_wrong", "database_degraded", "dependency_unreachable")
    expect = Expect(("cause", "open"), classes, (), (column,), may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("logs")
def fpm_with_no_free_child(draw: Draw) -> Told:
    """nginx only says that nobody answers in time; the container beside it says why."""
    app = draw.app(replicas=draw.number(2, 3), port=8080)
    most = draw.pick(5, 8, 10)
    image = app.image.replace(f"/{app.name}:", f"/{app.name}-fpm:")
    fpm = {"name": "php-fpm", "image": image, "ports": [{"containerPort": 9000}],
           "resources": {"requests": {"cpu": "200m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}}  # fmt: skip
    scene.edit(app, name="nginx", image="registry.example.com/base/nginx:1.27.3")
    for body in scene.bodies(app):
        body["spec"]["containers"] = [body["spec"]["containers"][0], dict(fpm)]
    slow = (
        "@go [error] 29#29: *{} upstream timed out (110: Connection timed out) while connecting to upstream, client: "
        '10.0.3.8, server: _, request: "GET /account HTTP/1.1", upstream: "fastcgi://127.0.0.1:9000", host: '
        '"www.example.com"'
    )
    for pod in app.pods:
        status = pod["status"]["containerStatuses"][0]
        status.update(name="nginx", image="registry.example.com/base/nginx:1.27.3")
        pod["status"]["containerStatuses"].append({**status, "name": "php-fpm", "image": image})
        gateway = '10.0.3.8 - - [@clf] "GET /account HTTP/1.1" 504 160 "-" "Mozilla/5.0"'
        scene.say(draw, pod, scene.amid(draw, "nginx", slow.format(draw.number(1000, 90000)), gateway))
        full = (
            f"[@fpm] WARNING: [pool www] server reached pm.max_children setting ({most}), consider raising it",
            "[@fpm] WARNING: [pool www] seems busy (you may need to increase pm.start_servers, or "
            "pm.min/max_spare_servers"
            f"), spawning 8 children, there are 0 idle, and {most} total children",
        )
        scene.say(draw, pod, full * 8, every=60, container="php-fpm")
    scene.settle(app)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "GatewayTimeouts", f"{app.name}: many 504 answers", draw.number(8, 20))
    classes = ("pool_exhausted", "capacity_insufficient", "config_wrong", "traffic_surge", "calls_slow")
    expect = Expect(("cause", "open"), classes, (), ("max_children|children",), may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("logs")
def sql_client_waits_for_a_connection_of_its_own_pool(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4), port=8080)
    host = f"{draw.name()}.{draw.suffix(9)}.eu-central-1.rds.amazonaws.com"
    uses(app, ConnectionStrings__Main=f"Server={host};Database=Main;Max Pool Size={draw.pick(10, 20, 30)}",
         ASPNETCORE_URLS="http://+:8080")  # fmt: skip
    line = (
        "fail: Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware[1]\n      An unhandled exception "
        "has occurred "
        "while executing the request.\n      System.InvalidOperationException: Timeout expired.  The timeout period "
        "elapsed prior to obtaining a connection from the pool.  This may have occurred because all pooled connections "
        "were in use and max pool size was reached.\n         at Microsoft.Data.Common.ADP.ExceptionWithStackTrace("
        "Exception e)\n         at Acme.Orders.OrderStore.LoadAsync(Guid id) in /src/Orders/OrderStore.cs:line 88"
    )
    for pod in app.pods:
        scene.say(draw, pod, scene.amid(draw, "dotnet", line))
    database = host.partition(".")[0]
    for metric, level in (("CPUUtilization", 21.0), ("DatabaseConnections", 84.0)):
        values = [round(level * draw.rng.uniform(0.95, 1.05), 1) for _ in range(60)]
        draw.cloudwatch("AWS/RDS", metric, {"DBInstanceIdentifier": database}, values)
    scene.settle(app)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "HighErrorRate", f"{app.name} returns 500 for 12% of requests", draw.number(9, 25))
    classes = ("pool_exhausted", "config_wrong", "env_wrong", "calls_slow", "database_degraded")
    expect = Expect(("cause", "open"), classes, (), ("pool",), may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("logs")
def number_in_the_environment_that_is_none(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3))
    since = draw.number(14, 45)
    key = draw.pick("WORKER_THREADS", "BATCH_SIZE", "CACHE_TTL_SECONDS")
    good, bad = draw.pick(("8", "8x"), ("30", "30s"), ("500", "5OO"))
    uses(app, **{key: good, "RUST_BACKTRACE": "0"})
    new = scene.surge(draw, app, since, image=app.image)
    for container in scene.containers(new):
        for variable in container["env"]:
            if variable["name"] == key:
                variable["value"] = bad
    lines = [
        "@isoZ  INFO relay: starting version=0.14.2",
        f"thread 'main' panicked at src/settings.rs:{draw.number(20, 90)}:14:\ncalled `Result::unwrap()` on an `Err` "
        f"value: invalid value for {key}: ParseIntError {{ kind: InvalidDigit }}\nnote: run with `RUST_BACKTRACE=1` "
        "environment variable to display a backtrace",
    ]
    crashing(draw, new, since - 0.3, lines, code=101)
    for pod in app.pods:
        scene.say(draw, pod, scene.work(draw, "rust", 30))
    scene.settle(app, new, since=since, is_stuck=True)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, new, "KubePodCrashLooping", f"{app.name} is crash looping", since - 9)
    classes = ("env_wrong", "config_wrong", "bad_rollout", "crash_loop", "rollout_stuck")
    return told(draw, trigger, Expect(("cause",), classes, (), (key,), may_propose=True, innocent=bystanders))


@situation("logs")
def store_that_takes_no_more_writes_among_much_noise(draw: Draw) -> Told:
    """Deprecations and disconnects fill the log of the Ruby program; the jobs fail for another reason."""
    store = draw.app(name=f"{draw.name()}-{draw.pick('redis', 'cache', 'kv')}", replicas=1, port=6379)
    scene.edit(store, image="docker.io/library/redis:7.2.4", command=["redis-server"],
               args=["--maxmemory", "200mb", "--maxmemory-policy", "noeviction"])  # fmt: skip
    store.pods[0]["status"]["containerStatuses"][0]["image"] = "docker.io/library/redis:7.2.4"
    store.service["spec"]["ports"][0].update(name="redis", port=6379)
    scene.say(draw, store.pods[0], ["1:M @redis * 100 changes in 300 seconds. Saving...\n1:C @redis * DB saved on disk"
                                    for _ in range(8)], every=300)  # fmt: skip
    app = draw.app(store.namespace, replicas=2)
    host = f"{store.name}.{store.namespace}.svc.cluster.local"
    uses(app, REDIS_URL=f"redis://{host}:6379/0")
    noise = [
        "DEPRECATION WARNING: `Rails.application.secrets` is deprecated in favor of "
        "`Rails.application.credentials` and "
        "will be removed in Rails 7.2. (called from <main> at /app/config/environment.rb:5)",
        "W, [@iso #1]  WARN -- : Statsd: Errno::ECONNREFUSED Connection refused - send(2) to 127.0.0.1:8125, dropping "
        "metrics",
        "E, [@iso #1] ERROR -- : Puma::HttpParserError: Invalid HTTP format, parsing fails. Are you trying to "
        "open an SSL "
        "connection to a non-SSL Puma?",
    ]
    line = (
        "E, [@iso #1] ERROR -- : [ActiveJob] Failed enqueuing MailJob to Sidekiq(default): "
        "RedisClient::OutOfMemoryError "
        f"(OOM command not allowed when used memory > 'maxmemory'. (redis://{host}:6379/0))"
    )
    for pod in app.pods:
        older = [one for _ in range(20) for one in (*scene.work(draw, "ruby", 2), draw.pick(*noise))]
        newer = scene.amid(draw, "ruby", line, draw.pick(*noise), turns=10)
        scene.say(draw, pod, older + newer)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "JobsNotEnqueued", f"{app.name} cannot enqueue jobs", draw.number(4, 8))
    classes = ("cache_degraded", "memory_pressure", "config_wrong", "queue_backlog", "dependency_unreachable",
               "capacity_insufficient")  # fmt: skip
    expect = Expect(
        ("cause", "open"), classes, (), ("maxmemory|OOM command|memory",), never=("8125",),
        may_propose=True, innocent=bystanders,
    )  # fmt: skip
    return told(draw, trigger, expect)


@situation("logs")
def scanners_and_leaving_clients_do_no_harm(draw: Draw) -> Told:
    """What an nginx at the edge says all day, at the same pace for hours; it and what is behind it serve."""
    front, back = draw.app(replicas=2, port=8080), draw.app(replicas=2, port=8000)
    host = calls(draw, front, back)
    path = draw.pick("/.env", "/wp-login.php", "/.git/config", "/phpmyadmin/index.php")
    noise = (
        f'@go [error] 31#31: *{draw.number(100, 9000)} open() "/usr/share/nginx/html{path}" failed (2: No such file or '
        f'directory), client: 198.51.100.{draw.number(3, 250)}, server: _, request: "GET {path} HTTP/1.1"',
        f'198.51.100.9 - - [@clf] "GET {path} HTTP/1.1" 404 153 "-" "Mozilla/5.0 zgrab/0.x"',
        f"@go [info] 31#31: *{draw.number(100, 9000)} client 203.0.113.7 closed keepalive connection (104: Connection "
        "reset by peer)",
        '203.0.113.40 - - [@clf] "GET /v1/search HTTP/1.1" 499 0 "-" "okhttp/4.12"',
    )
    for pod in front.pods:
        scene.say(draw, pod, scene.amid(draw, "nginx", *noise, turns=60), every=40)
    for pod in back.pods:
        scene.say(draw, pod, scene.work(draw, "python", 40))
    for one in (front, back):
        scene.settle(one)
    draw.objects.append(objects.ingress(front.name, front.namespace, "www.example.com", front.name))
    text = (
        f"{front.name} logs errors ({path} failed, upstream {host})" if draw.pick(True, False) else "errors in the log"
    )
    trigger = scene.alarm(draw, front, "LogErrorsSeen", text, draw.number(5, 12), severity="info")
    return told(draw, trigger, Expect(("well", "open"), innocent=(back.name,)))
