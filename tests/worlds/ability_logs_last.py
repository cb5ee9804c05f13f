"""What programs print as they really print it: blocks of frameworks, traces of runtimes, databases, and mere noise."""

from __future__ import annotations

import copy

from tests.worlds import controllers, objects, past, triggers
from tests.worlds.objects import Obj
from tests.worlds.outages import EITHER, uses
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels

NOISE = (
    "(node:1) [DEP0040] DeprecationWarning: The `punycode` module is deprecated. Please use a userland alternative",
    "WARNING: An illegal reflective access operation has occurred",
    "DEBUG registered handler ErrorHandler for path /fail",
    "WARN  flag --enable-legacy-errors is deprecated and will be removed in v5",
    "INFO retrying fetch of rates (attempt 2 of 5): connection reset by peer",
    "INFO fetch of rates succeeded after 2 attempts",
    "npm notice New major version of npm available! 10.8.2 -> 11.0.0",
    "SLF4J(W): No SLF4J providers were found.",
    "DEBUG exception translation enabled, failure threshold 50",
)


def ends(draw: Draw, lines: list[str], *says: str, classes: tuple[str, ...] = (), code: int = 1,
         env: dict[str, str] | None = None) -> Told:  # fmt: skip
    """A workload that ends again and again after these lines, beside others that only make noise."""
    app = draw.app()
    uses(app, **(env or {}))
    break_app(app, exit_code=code, restarts=draw.number(5, 13))
    controllers.fresh(draw, app)
    for pod in app.pods:
        draw.log(app, lines, pod=pod, every=1)
    other = noisy(draw, app.namespace)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=draw.number(7, 12))
    expect = Expect(EITHER, classes, says=says, may_propose=True, innocent=(other.name,))
    return Told(draw.world(), trigger, expect)


def noisy(draw: Draw, namespace: str = "") -> App:
    app = draw.app(namespace)
    for pod in app.pods:
        work = [f"INFO served {draw.suffix(4)} in {draw.number(2, 30)} ms" for _ in range(20)]
        draw.log(app, [*draw.rng.sample(NOISE, 5), *work], pod=pod)
    return app


def trouble(draw: Draw, app: App) -> Obj:
    name, text = draw.pick(
        ("HighErrorRate", f"{draw.number(15, 60)}% of requests to {app.name} fail"),
        ("HighLatency", f"p99 latency of {app.name} is {draw.pick(4.2, 9.8, 31)}s"),
    )
    return triggers.alertmanager(name, labels(draw, app), {"summary": text})


def amid(draw: Draw, app: App, bad: list[str]) -> None:
    """Every pod's log: work, and these lines again and again."""
    for pod in app.pods:
        lines = draw.rng.sample(NOISE, 3)
        for _ in range(draw.number(8, 14)):
            lines += [f"INFO GET /v1/{draw.suffix(5)} 200 {draw.number(2, 40)} ms" for _ in range(3)] + bad
        draw.log(app, lines, pod=pod, every=8)


@situation("logs")
def migration_whose_file_was_changed_after_it_ran(draw: Draw) -> Told:
    number = draw.number(11, 64)
    place, local = draw.number(-2000000000, -1000000), draw.number(1000000, 2000000000)
    lines = [
        "2026-03-11T14:17:01.201Z  INFO 1 --- [           main] o.f.core.FlywayExecutor : Database: jdbc:postgresql",
        "2026-03-11T14:17:02.010Z  WARN 1 --- [           main] ConfigServletWebServerApplicationContext : Exception "
        "encountered during context initialization - cancelling refresh attempt",
        "2026-03-11T14:17:02.051Z ERROR 1 --- [           main] o.s.boot.SpringApplication : Application run failed",
        "",
        "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'flywayInitializer' "
        "defined in class path resource [org/springframework/boot/autoconfigure/flyway/FlywayAutoConfiguration$"
        "FlywayConfiguration.class]: Validate failed: Migrations have failed validation",
        f"Migration checksum mismatch for migration version {number}",
        f"-> Applied to database : {place}",
        f"-> Resolved locally    : {local}",
        "Either revert the changes to the migration, or run repair to update the schema history.",
        "\tat org.springframework.beans.factory.support.AbstractAutowireCapableBeanFactory.initializeBean(Abstract"
        "AutowireCapableBeanFactory.java:1806)",
        "Caused by: org.flywaydb.core.api.exception.FlywayValidateException: Validate failed: Migrations have failed "
        "validation",
        "\t... 24 more",
    ]
    return ends(draw, lines, "checksum|validation|migration")


@situation("logs")
def program_that_prints_nothing_after_its_start(draw: Draw) -> Told:
    """Errors are claimed of it, and neither its log nor anything else tells of one; its neighbour makes noise."""
    app = draw.app()
    for pod in app.pods:
        lines = [
            "> shop@2.4.1 start",
            "> node dist/server.js",
            "",
            "(node:1) ExperimentalWarning: The Fetch API is an experimental feature.",
            "(Use `node --trace-warnings ...` to show where the warning was created)",
            f"server up on {app.port}",
        ]
        draw.log(app, lines, pod=pod)
    other = noisy(draw, app.namespace)
    return Told(draw.world(), trouble(draw, app), Expect(("open",), innocent=(other.name,)))


@situation("logs")
def service_that_a_dotnet_host_cannot_resolve(draw: Draw) -> Told:
    what, who = draw.pick(
        ("IRateClient", "PricingController"), ("IClock", "ReminderWorker"), ("ILedger", "PostingService")
    )
    problem = f"Unable to resolve service for type 'Acme.{what}' while attempting to activate 'Acme.{who}'."
    lines = [
        "Unhandled exception. System.AggregateException: Some services are not able to be constructed (Error while "
        f"validating the service descriptor 'ServiceType: Acme.{who} Lifetime: Transient': {problem})",
        f" ---> System.InvalidOperationException: {problem}",
        "   at Microsoft.Extensions.DependencyInjection.ServiceLookup.CallSiteFactory.CreateArgumentCallSites(Service"
        "Identifier serviceIdentifier, Type implementationType)",
        "   --- End of inner exception stack trace ---",
        "   at Program.<Main>$(String[] args) in /src/Program.cs:line 41",
    ]
    return ends(draw, lines, f"Unable to resolve service|{what}", code=134)


@situation("logs")
def upstream_that_nginx_does_not_find_at_its_start(draw: Draw) -> Told:
    place = draw.place()
    host = f"{draw.name()}.{place}.svc.cluster.local"
    problem = f'host not found in upstream "{host}" in /etc/nginx/conf.d/default.conf:{draw.number(4, 30)}'
    lines = [
        "/docker-entrypoint.sh: Configuration complete; ready for start up",
        f"2026/03/11 14:17:40 [emerg] 1#1: {problem}",
        f"nginx: [emerg] {problem}",
    ]
    classes = ("config_wrong", "service_deleted", "dependency_unreachable", "crash_loop", "service_misdirected")
    return ends(draw, lines, host.partition(".")[0], classes=classes)


@situation("logs")
def pool_of_php_processes_that_is_too_small(draw: Draw) -> Told:
    app = draw.app()
    most = draw.pick(5, 8, 10)
    amid(draw, app, [f"[11-Mar-2026 14:12:0{n}] WARNING: [pool www] server reached pm.max_children setting ({most}), "
                     "consider raising it" for n in range(2)])  # fmt: skip
    other = noisy(draw, app.namespace)
    classes = (
        "pool_exhausted",
        "config_wrong",
        "traffic_surge",
        "calls_slow",
        "capacity_insufficient",
        "limits_shrunk",
    )
    expect = Expect(EITHER, classes, says=(r"max_children|processes|workers|children",), may_propose=True,
                    innocent=(other.name,))  # fmt: skip
    return Told(draw.world(), trouble(draw, app), expect)


@situation("logs")
def map_that_two_goroutines_write(draw: Draw) -> Told:
    where = f"/src/internal/{draw.pick('cache', 'session', 'quota')}/store.go:{draw.number(20, 190)}"
    lines = [
        '{"time":"2026-03-11T14:17:55.1Z","level":"INFO","msg":"listening","addr":":8080"}',
        "fatal error: concurrent map writes",
        "",
        f"goroutine {draw.number(100, 900)} [running]:",
        "acme.io/app/internal.(*Store).Put(...)",
        f"\t{where}",
        "created by net/http.(*Server).Serve in goroutine 1",
        "\t/usr/local/go/src/net/http/server.go:3285 +0x4b4",
    ]
    return ends(draw, lines, "concurrent map", code=2)


@situation("logs")
def indices_closed_to_writes_at_the_flood_stage(draw: Draw) -> Told:
    """The writer is told 403 by the search store; the store tells why, in its own log."""
    store = draw.app(replicas=1, port=9200)
    writer = draw.app(store.namespace)
    controllers.stateful(draw, store)
    host, index = store.service["metadata"]["name"], draw.pick("products", "audit-2026.03", "orders-v3")
    uses(writer, ELASTICSEARCH_URL=f"http://{host}")
    amid(draw, writer, [
        "ERROR bulk failed: 403 cluster_block_exception: index "
        f"[{index}] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has "
        "read-only-allow-delete block];"
    ])  # fmt: skip
    warn = (
        "flood stage disk watermark [95%] exceeded on [kX2v][es-0][/usr/share/elasticsearch/data] free: 480.1mb[4.8%], "
        "all indices on this node will be marked read-only"
    )
    draw.log(store, [
        f'{{"@timestamp":"2026-03-11T14:1{n}:31.002Z","log.level":"WARN","message":"{warn}","service.name":"ES_ECS",'
        '"log.logger":"org.elasticsearch.cluster.routing.allocation.DiskThresholdMonitor"}'
        for n in range(9)
    ])  # fmt: skip
    other = noisy(draw, store.namespace)
    classes = ("volume_full", "disk_pressure", "database_read_only", "database_degraded")
    expect = Expect(EITHER, classes, says=("flood|watermark|disk",), may_propose=True, innocent=(other.name,))
    return Told(draw.world(), trouble(draw, writer), expect)


@situation("logs")
def sidecar_that_the_vault_does_not_let_in(draw: Draw) -> Told:
    """The main container is ready and waits; the one beside it says why there is no secret."""
    app = draw.app()
    image = "hashicorp/vault:1.17.6"
    side = {"name": "vault-agent", "image": image}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [*copy.deepcopy(one["spec"]["containers"]), side]
    role = app.name
    url = "https://vault.vault.svc:8200/v1/auth/kubernetes/login"
    for pod in app.pods:
        states = pod["status"]["containerStatuses"]
        states.append({**copy.deepcopy(states[0]), "name": "vault-agent", "image": image, "ready": False})
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(19),
            message="containers with unready status: [vault-agent]",
        )  # fmt: skip
        draw.log(app, ["INFO waiting for /vault/secrets/database.env"] * 12, pod=pod)
        lines = [
            "2026-03-11T14:18:10.410Z [INFO]  agent.auth.handler: authenticating",
            f'2026-03-11T14:18:10.455Z [ERROR] agent.auth.handler: error authenticating: error="Error making API '
            f'request.\\n\\nURL: PUT {url}\\nCode: 400. Errors:\\n\\n* invalid role name \\"{role}\\"" backoff=4m51s',
        ]
        text = "\n".join(f"{objects.at(12 - n)} {line}" for n, line in enumerate(lines * 4))
        draw.logs.append({"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": "vault-agent",
                          "previous": False, "text": text})  # fmt: skip
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.deployment["status"].pop("conditions")
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)
    name = f"{app.service['metadata']['name']}-abcde"
    draw.objects[:] = [o for o in draw.objects if o["metadata"]["name"] != name]
    draw.objects.append(objects.endpoint_slice(app.service, []))
    other = noisy(draw, app.namespace)
    classes = ("sidecar_failed", "login_refused", "config_wrong", "dependency_unreachable", "config_missing")
    expect = Expect(EITHER, classes, says=("vault", "role|authenticat"), may_propose=True, innocent=(other.name,))
    return Told(draw.world(), past.alarm(draw, app, past.AWAY, minutes=12), expect)


@situation("logs")
def variable_that_a_strict_shell_does_not_know(draw: Draw) -> Told:
    name = draw.pick("BACKUP_BUCKET", "CLUSTER_ID", "UPSTREAM_HOST")
    line = draw.number(5, 40)
    way = draw.pick(f"/entrypoint.sh: line {line}: {name}: unbound variable",
                    f"/entrypoint.sh: {line}: {name}: parameter not set")  # fmt: skip
    lines = ["+ set -eu", "+ export LOG_FORMAT=json", way]
    classes = ("env_wrong", "config_missing", "config_wrong", "bad_command", "bad_rollout")
    return ends(draw, lines, name, classes=classes, env={"LOG_FORMAT": "json"})


@situation("logs")
def pool_that_gives_no_connection_amid_noise(draw: Draw) -> Told:
    app = draw.app()
    total = draw.pick(10, 20)
    amid(draw, app, [
        "2026-03-11T14:12:44.870Z ERROR 1 --- [nio-8080-exec-7] o.h.engine.jdbc.spi.SqlExceptionHelper : HikariPool-1 "
        f"- Connection is not available, request timed out after 30000ms (total={total}, active={total}, idle=0, "
        f"waiting={draw.number(18, 90)})",
    ])  # fmt: skip
    other = noisy(draw, app.namespace)
    classes = ("pool_exhausted", "database_degraded", "calls_slow", "traffic_surge", "config_wrong")
    expect = Expect(EITHER, classes, says=("pool|connection",), never=("punycode", "SLF4J", "reflective"),
                    may_propose=True, innocent=(other.name,))  # fmt: skip
    return Told(draw.world(), trouble(draw, app), expect)


@situation("logs")
def noise_that_looks_bad_and_harms_nobody(draw: Draw) -> Told:
    """Deprecations, a retry that helped, and words of trouble at the lowest level; all requests are answered."""
    app = noisy(draw)
    noisy(draw, app.namespace)
    text = draw.pick(f"Log of {app.name} contains errors", f"New error pattern in the log of {app.name}")
    trigger = triggers.alertmanager("LogPatternFound", labels(draw, app), {"summary": text})
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("logs")
def workers_that_their_master_kills_for_their_slowness(draw: Draw) -> Told:
    app = draw.app()
    pid = draw.number(7, 60)
    amid(draw, app, [
        f"[2026-03-11 14:12:31 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:{pid})",
        f"[2026-03-11 14:12:32 +0000] [1] [ERROR] Worker (pid:{pid}) was sent SIGKILL! Perhaps out of memory?",
        f"[2026-03-11 14:12:32 +0000] [{pid + 9}] [INFO] Booting worker with pid: {pid + 9}",
    ])  # fmt: skip
    other = noisy(draw, app.namespace)
    expect = Expect(EITHER, says=("timeout|timed out|SIGKILL",), may_propose=True, innocent=(other.name,))
    return Told(draw.world(), trouble(draw, app), expect)
