"""Field reports about limits: memory, processor, pools, threads, files, and replicas under load."""

from __future__ import annotations

from tests.worlds import controllers, objects, past, workloads
from tests.worlds.field_pages import page
from tests.worlds.field_scenes import answered, either, keep, link, rises, slowly, stamped, system, unheard, writes
from tests.worlds.outages import outage, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def _limit(app: App, **limits: str) -> None:
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        container = one["spec"]["containers"][0]
        resources = {**container["resources"], "limits": {**container["resources"]["limits"], **limits}}
        one["spec"]["containers"][0] = {**container, "resources": resources}


@situation("field reports")
def service_killed_again_and_again_for_its_memory(draw: Draw) -> Told:
    """It leaks; every ten minutes the kernel ends it, and between two ends it serves."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("frontend-api", "home", "compose-post"))
    callee = scene.app(draw.pick("recommendation", "email", "text", "food"), replicas=1)
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee)
    limit = draw.pick(128, 256, 512)
    _limit(callee, memory=f"{limit}Mi")
    times = draw.number(4, 14)
    minutes = draw.number(2, 6)
    past.end_run(callee, minutes, code=137, reason="OOMKilled", restarts=times)
    last = callee.pods[0]["status"]["containerStatuses"][0]["lastState"]["terminated"]
    last["startedAt"] = objects.at(minutes + 10)
    draw.objects.append(
        objects.event(callee.pods[0], "BackOff", "Back-off restarting failed container", minutes=minutes, count=times)
    )
    glimpses = [round((0.3 + 0.07 * (i % 10)) * limit * 2**20) for i in range(60)]
    where = {
        "namespace": scene.namespace,
        "pod": callee.pod,
        "container": callee.pods[0]["spec"]["containers"][0]["name"],
    }
    draw.prometheus("container_memory_working_set_bytes", where, glimpses)
    work = [f"INFO served {draw.suffix(6)}, cache holds {900 + 300 * i} entries" for i in range(24)]
    before = [one for i, line in enumerate(work) for one in stamped(minutes + 10 - i * 0.4, line)]
    keep(draw, callee, callee.pods[0], before, previous=True)
    writes(draw, callee, minutes=minutes, since=minutes)
    block = draw.pick(
        unheard(draw, callee_host, "refused"),
        f"Error: socket hang up\n    at connResetException (node:internal/errors:787:14)\n  code: 'ECONNRESET',"
        f" url: '{callee_host}'",
        f'level=error msg="call failed" target={callee_host} err="rpc error: code = Unavailable desc = error reading'
        f' from server: EOF"',
    )
    writes(draw, middle, block)
    writes(draw, front, answered(draw, first_host, 503))
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"), ends=("cause",),
        classes=("oom_killed", "memory_pressure", "limits_shrunk", "crash_loop"),
        says=("OOM|memory",), innocent=(front.name, middle.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def callee_held_back_at_its_processor_limit(draw: Draw) -> Told:
    """Something burns its share of the processor; whoever calls it waits."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("search", "product", "home-timeline"))
    callee = scene.app(draw.pick("ad", "rate", "price", "text"), replicas=draw.number(1, 2))
    first_host, slow = link(draw, front, middle), link(draw, middle, callee)
    _limit(callee, cpu=draw.pick("100m", "200m", "250m"))
    names = {"namespace": scene.namespace, "container": callee.pods[0]["spec"]["containers"][0]["name"]}
    for pod in callee.pods:
        where = {**names, "pod": pod["metadata"]["name"]}
        rises(draw, "container_cpu_cfs_throttled_periods_ratio", where, 0.03, 0.93)
        rises(draw, "container_cpu_usage_seconds_rate", where, 0.02, 0.2)
    seconds = draw.number(2, 6)
    block = draw.pick(
        f"<time>  WARN 1 --- [nio-8080-exec-1] c.e.ad.TargetingService : ranking took"
        f" {seconds}{draw.number(100, 999)} ms",
        f'level=warning msg="slow request" route=/rank took={seconds}.{draw.number(10, 99)}s',
        f"W, [<time> #7]  WARN -- : slow: rank finished in {seconds}.{draw.number(10, 99)}s (queued 0.01s)",
    )
    writes(draw, callee, block)
    writes(draw, middle, slowly(draw, slow))
    writes(draw, front, slowly(draw, first_host))
    return outage(
        draw, [front, middle, callee], page(draw, front, "latency"),
        classes=("cpu_throttled", "calls_slow", "capacity_insufficient", "runtime_collapse", "traffic_surge"),
        says=(f"{either(callee.name)}|throttl|cpu",), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def program_at_one_of_its_own_limits(draw: Draw) -> Told:
    """The heap, the threads or the open files of one service are used up; the container is well within its own."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "travel", "search"))
    callee = scene.app(draw.pick("order", "inventory", "media", "basic"), replicas=draw.number(1, 2))
    first_host, slow = link(draw, front, middle), link(draw, middle, callee)
    n = draw.pick(50, 100, 200)
    blocks, classes, answer = draw.pick(
        (
            (
                "<time> ERROR 1 --- [nio-8080-exec-5] o.a.c.c.C.[.[.[/].[dispatcherServlet] : Handler dispatch"
                " failed\n"
                "java.lang.OutOfMemoryError: GC overhead limit exceeded\n"
                "\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)\n"
                "\tat c.e.order.ReportCache.add(ReportCache.java:44)",
                "java.lang.OutOfMemoryError: Java heap space\n\tat c.e.order.ReportCache.add(ReportCache.java:44)",
            ),
            ("runtime_collapse", "memory_pressure", "limits_shrunk"),
            "GC overhead|OutOfMemory|heap|garbage",
        ),
        (
            (
                "java.util.concurrent.RejectedExecutionException: Task FutureTask@5e2 rejected from"
                f" ThreadPoolExecutor@41d[Running, pool size = {n}, active threads = {n}, queued tasks = 1000]\n"
                "\tat java.base/java.util.concurrent.ThreadPoolExecutor.reject(ThreadPoolExecutor.java:833)",
                f"WARN puma: thread pool exhausted, {n} of {n} threads busy, backlog {n * 4}: answering 503",
                f"WARN  org.eclipse.jetty.util.thread.QueuedThreadPool : low on threads: {n} busy of {n}, queue"
                f" {n * 7}",
            ),
            ("pool_exhausted", "runtime_collapse", "kernel_limit_hit", "traffic_surge", "capacity_insufficient"),
            "thread",
        ),
        (
            (
                "http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 1s",
                "Error: EMFILE: too many open files, open '/app/templates/invoice.html'\n    at Object.open"
                " (node:fs:590:3)",
                "thread 'tokio-runtime-worker' panicked at src/store.rs:71:14:\n"
                'called `Result::unwrap()` on an `Err` value: Os { code: 24, message: "Too many open files" }',
            ),
            ("kernel_limit_hit", "runtime_collapse", "pool_exhausted"),
            "open files|descriptor",
        ),
    )
    writes(draw, callee, draw.pick(*blocks))
    writes(draw, middle, draw.pick(slowly(draw, slow), answered(draw, slow)))
    writes(draw, front, answered(draw, first_host, 504))
    return outage(
        draw, [front, middle, callee], page(draw, front, draw.pick("errors", "latency")), ends=("cause",),
        classes=classes, says=(answer,), never=("OOMKilled",), innocent=(front.name, middle.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def connections_that_a_caller_never_gives_back(draw: Draw) -> Told:
    """The pool of one service is empty while its database has nothing to do."""
    scene = system(draw)
    role = draw.pick("order", "profile", "seat", "reservation")
    front, service, store = scene.front(), scene.app(role), scene.store("postgres", role)
    other = scene.app("report")
    first_host = link(draw, front, service)
    link(draw, service, store, key="DB_ADDR")
    link(draw, other, store, key="DB_ADDR")
    n, waits = draw.pick(5, 10, 20), draw.number(11, 90)
    block = draw.pick(
        "<time> ERROR 1 --- [nio-8080-exec-8] o.h.engine.jdbc.spi.SqlExceptionHelper : HikariPool-1 -"
        " Connection is not"
        f" available, request timed out after 30001ms (total={n}, active={n}, idle=0, waiting={waits})\n"
        "org.hibernate.exception.JDBCConnectionException: Unable to acquire JDBC Connection\n"
        "\tat org.hibernate.internal.SessionImpl.connection(SessionImpl.java:472)\n"
        "\tat c.e.order.OrderRepository.findOpen(OrderRepository.java:39)",
        "Traceback (most recent call last):\n"
        '  File "/app/orders.py", line 71, in open_orders\n    session.execute(query)\n'
        f"sqlalchemy.exc.TimeoutError: QueuePool limit of size {n} overflow 0 reached, connection timed out,"
        f" timeout 30.00",
        "KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a"
        " .transacting(trx) call?\n    at Client_PG.acquireConnection (/app/node_modules/knex/lib/client.js:332:26)",
        "** (DBConnection.ConnectionError) connection not available and request was dropped from queue after"
        f" {draw.number(1000, 4000)}ms. This means requests are coming in and your connection pool cannot serve"
        f" them fast"
        " enough.",
        f"ActiveRecord::ConnectionTimeoutError: could not obtain a connection from the pool within 5.000"
        f" seconds (waited"
        f" 5.00{draw.number(1, 9)} seconds); all pooled connections were in use",
    )
    writes(draw, service, block)
    writes(draw, front, draw.pick(slowly(draw, first_host), answered(draw, first_host)))
    writes(draw, other)
    writes(draw, store, f"<time> [61] LOG:  checkpoint complete: wrote {draw.number(20, 90)} buffers (0.2%)")
    where = {"namespace": scene.namespace, "service": service.name, "pool": "main"}
    rises(draw, "db_client_connections_usage", where, n * 0.2, float(n))
    return outage(
        draw, [front, service, store], page(draw, front, draw.pick("latency", "errors")), ends=("cause",),
        classes=("pool_exhausted", "traffic_surge", "database_degraded", "config_wrong"),
        says=("pool|connection",), innocent=(front.name, store.name, other.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def replicas_at_their_most_under_a_load_generator(draw: Draw) -> Told:
    """Somebody has told the load generator to send ten times as much; the autoscaler may not add more."""
    scene = system(draw)
    front = scene.app(draw.pick("frontend", "gateway", "web"), replicas=4)
    service = scene.app(draw.pick("recommendation", "search", "travel"))
    kind = draw.pick("load-generator", "locust", "k6-runner")
    generator = scene.app(kind, replicas=1)
    users = draw.pick(1500, 2400, 5000)
    slow = link(draw, front, service)
    first_host = link(draw, generator, front, key="TARGET_ADDR")
    past.rolled_out(draw, generator, 20)
    past.renew(generator, 20)
    uses(generator, **{"K6_VUS" if kind == "k6-runner" else "LOCUST_USERS": str(users)})
    scaler = workloads.autoscaler(draw, front, most=4, desired=4)
    for condition in scaler["status"]["conditions"]:
        condition["lastTransitionTime"] = objects.at(16)
    draw.objects.append(scaler)
    controllers.fresh(draw, front)
    block = (
        f"running (12m0s), {users}/{users} VUs, {users * 31} complete and 0 interrupted iterations"
        if kind == "k6-runner"
        else f"[<time>] {generator.pod}/INFO/locust.runners: All users spawned, {users} total users"
    )
    writes(draw, generator, block, since=19)
    late = draw.pick(
        'level=warning msg="request queued" queue=1900 wait=4.2s',
        "<time>  WARN 1 --- [nio-8080-exec-200] c.e.web.LoadFilter : 200 of 200 workers busy, request waited 4211 ms",
        "WARN event loop blocked for 3820 ms, 1422 requests in flight",
    )
    writes(draw, front, late, slowly(draw, slow))
    writes(draw, service)
    own = {"namespace": scene.namespace, "service": front.name}
    rises(draw, "http_requests_per_second", own, users / 60, users / 5, minutes=19)
    rises(draw, "container_cpu_usage_ratio", own, 0.3, 0.99)
    return outage(
        draw, [front, service], page(draw, front, "latency"),
        classes=("traffic_surge", "autoscaler_blocked", "capacity_insufficient", "cpu_throttled", "pool_exhausted"),
        says=(f"load|traffic|request|replica|autoscal|HorizontalPod|{either(generator.name, first_host)}",),
        innocent=scene.others(),
    )  # fmt: skip
