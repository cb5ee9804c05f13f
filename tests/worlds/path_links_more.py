"""More links that give way, from the eighth round of incidents on: what a program says as it ends, what the kubelet or
the kernel does to it, what serves and answers badly by itself, and what is wrong with a world outside."""

from __future__ import annotations

from typing import Final

from tests.worlds import calling, controllers, objects, unstarted, waiting, workloads
from tests.worlds.parts import App, Draw
from tests.worlds.path_links import DOWN, BrokenLink, Link, cause, perhaps

LAST_WORDS: Final = (  # as programs end, and what of it has to be told
    ('psycopg2.OperationalError: FATAL:  password authentication failed for user "app"', "password"),
    ("Access denied for user 'app'@'10.2.0.7' (using password: YES)", "Access denied|password|credential"),
    ("exec /app/server: exec format error", "exec format|architecture|processor"),
    ("OSError: [Errno 30] Read-only file system: '/var/cache/app'", "[Rr]ead-only"),
    ("open /data/index: permission denied", "permission|may not"),
    ("yaml: line 14: did not find expected key", "yaml|config"),
    ("Error: Cannot find module '/app/dist/main.js'", "main.js|module"),
    ("java.lang.IllegalArgumentException: Could not resolve placeholder 'stock.url'", "placeholder|stock.url"),
    ("accept tcp [::]:8080: accept4: too many open files", "too many open files|descriptor"),
    ('django.db.utils.ProgrammingError: relation "orders" does not exist', "orders"),
    ("Fatal: licence expired on 2026-02-28", "licence"),
)


def ends_with_words(draw: Draw, caller: App, callee: App) -> BrokenLink:
    workloads.break_app(callee, exit_code=draw.pick(1, 2, 70), restarts=draw.number(4, 30))
    line, says = draw.pick(*LAST_WORDS)
    for pod in callee.pods:
        draw.log(callee, ["starting", line], pod=pod, every=1)
    controllers.fresh(draw, callee)
    return BrokenLink(DOWN, cause(subjects=(callee.subject,), says=(says,)), nameless=True)


def killed_by_liveness(draw: Draw, caller: App, callee: App) -> BrokenLink:
    workloads.break_app(callee, exit_code=137, restarts=draw.number(5, 15))
    probe = {"httpGet": {"path": "/live", "port": callee.port}, "initialDelaySeconds": 5, "periodSeconds": 3}
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "livenessProbe": probe}]
    for pod in callee.pods:
        at, name = f"10.2.3.4:{callee.port}", pod["spec"]["containers"][0]["name"]
        text = f'Liveness probe failed: Get "http://{at}/live": dial tcp {at}: connect: connection refused'
        end = f"Container {name} failed liveness probe, will be restarted"
        draw.objects.append(objects.event(pod, "Unhealthy", text, count=draw.number(9, 40), minutes=1))
        draw.objects.append(objects.event(pod, "Killing", end, kind="Normal"))
        draw.log(callee, ["INFO loading model", "INFO loaded 40 %"], pod=pod, every=4)
    controllers.fresh(draw, callee)
    return BrokenLink(DOWN, cause(subjects=(callee.subject,), says=("[Ll]iveness",)), nameless=True)


def secret_missing(draw: Draw, caller: App, callee: App) -> BrokenLink:
    name, key = f"{callee.name}-{draw.pick('credentials', 'tls', 'token')}", draw.pick("password", "dsn", "key")
    takes = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        one["spec"]["containers"][0]["env"] = [takes]
    message = f'secret "{name}" not found'
    unstarted.waiting(draw, callee, "CreateContainerConfigError", message, ("Failed", f"Error: {message}"))
    controllers.fresh(draw, callee)
    return BrokenLink(DOWN, cause("config_missing", says=(name,)), nameless=True)


def without_network_of_its_own(draw: Draw, caller: App, callee: App) -> BrokenLink:
    text = (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox: "
        'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container'
    )
    unstarted.waiting(draw, callee, "ContainerCreating", "", ("FailedCreatePodSandBox", text))
    controllers.fresh(draw, callee)
    expect = cause("pod_addresses_exhausted", "network_plugin_broken", says=("IP address|network",))
    return BrokenLink(DOWN, expect, nameless=True)


def refused_by_a_webhook(draw: Draw, caller: App, callee: App) -> BrokenLink:
    hook = f"{draw.name()}.policy.example.com"
    text = f'admission webhook "{hook}" denied the request: label owner is required on {{pod}}'
    unstarted.refuse(draw, callee, text)
    controllers.fresh(draw, callee)
    return BrokenLink(DOWN, cause("admission_denied", says=(hook,)), nameless=True)


def waits_for_its_pool(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """It serves, and its connections to somebody's database are all in use."""
    line = draw.pick(
        "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
        "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out",
        'level=error msg="query failed" err="timeout: pool exhausted, all 20 connections in use"',
    )
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(10, 25), pod=pod)
    return BrokenLink(("answered",), perhaps("pool_exhausted", says=(callee.name,)))


def own_login_is_over(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """It serves, and a service of the world outside no longer knows its key."""
    host = f"api.{draw.suffix(6)}.com"
    line = draw.pick(
        f"ERROR POST https://{host}/v2/charges answered 401 Unauthorized",
        f'level=error msg="charge failed" url=https://{host}/v2 status=401 err="invalid api key"',
        f"stripe.error.AuthenticationError: Expired API Key provided for https://{host}/v2",
    )
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(10, 25), pod=pod)
    return BrokenLink(("answered",), perhaps(says=("401|[Uu]nauthori|key|credential",), never=("polic",)))


def outside_limits_us(draw: Draw, caller: App, callee: App) -> BrokenLink:
    host = f"{draw.pick('maps', 'mail', 'rates')}.{draw.suffix(5)}.com"
    line = draw.pick(
        f"ERROR GET https://{host}/v1 answered 429 Too Many Requests",
        f'{{"level":"error","msg":"rate limited","url":"https://{host}/v1","status":429}}',
    )
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(10, 25), pod=pod)
    return BrokenLink(("answered",), perhaps(says=("429|rate|limit|[Tt]oo many",), never=("polic",)))


def certificate_is_over(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """It serves, and whom it calls shows a certificate that has expired."""
    host = f"{draw.pick('pay', 'id', 'feed')}.{draw.suffix(5)}.org"
    line = draw.pick(
        f'ERROR Get "https://{host}/v1": tls: failed to verify certificate: x509: certificate has expired',
        f"requests.exceptions.SSLError: HTTPSConnectionPool(host='{host}', port=443): certificate verify failed: "
        "certificate has expired",
        f"javax.net.ssl.SSLHandshakeException: PKIX path validation failed: validity check failed ({host})",
    )
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(10, 25), pod=pod)
    return BrokenLink(("answered",), perhaps(says=("certificate|SSL|PKIX|TLS",), never=("polic",)))


def local_files_beyond_limit(draw: Draw, caller: App, callee: App) -> BrokenLink:
    text = "Pod ephemeral local storage usage exceeds the total limit of containers 512Mi. "
    for pod in callee.pods:
        pod["status"] = {"phase": "Failed", "reason": "Evicted", "message": text, "startTime": objects.at(40)}
        draw.objects.append(objects.event(pod, "Evicted", text, minutes=8))
    unstarted.unavailable(callee, 8)
    waiting.empty(draw, callee)
    expect = cause(subjects=(callee.subject,), says=("storage",))
    return BrokenLink(DOWN, expect, nameless=True)


def config_of_another_environment(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """It is configured with a Service that this cluster does not have, and says so."""
    calling.name_server(draw)
    wrong = f"{draw.name()}-{draw.pick('staging', 'dev', 'old')}"
    calling.told_of(draw, callee, "LEDGER_URL", f"http://{wrong}:8080", "env", "config")
    line = draw.pick(
        f"ERROR lookup {wrong} on 10.96.0.10:53: no such host", f"java.net.UnknownHostException: {wrong}",
        f'{{"level":"error","msg":"call failed","error":"getaddrinfo ENOTFOUND {wrong}"}}',
    )  # fmt: skip
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(10, 25), pod=pod)
    classes = ("env_wrong", "config_wrong", "dependency_unreachable", "service_deleted")
    return BrokenLink(("answered",), perhaps(*classes, says=(wrong,)))


NOT_RUNNING: Final[tuple[Link, ...]] = (
    ends_with_words,
    ends_with_words,
    killed_by_liveness,
    secret_missing,
    without_network_of_its_own,
    refused_by_a_webhook,
    local_files_beyond_limit,
)
ANSWERING: Final[tuple[Link, ...]] = (
    waits_for_its_pool,
    own_login_is_over,
    outside_limits_us,
    certificate_is_over,
    config_of_another_environment,
)
