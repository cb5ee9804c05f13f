"""Postmortems of calls between services: messages, methods, names in certificates, proxies, tokens and old addresses.

Each is told by somebody who did not know what the responder knows.
"""

from __future__ import annotations

from tests.worlds import calling, past, triggers
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.outages import calls, complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import WELL, Told, situation
from tests.worlds.workloads import calm, rule


@situation("postmortems")
def message_over_the_size_that_a_client_takes(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee, key="CATALOG_ADDR", scheme="dns")
    size = draw.number(4200000, 9900000)
    complains(draw, caller, draw.pick(
        f"ERROR rpc error: code = ResourceExhausted desc = grpc: received message larger than max ({size} vs. 4194304)",
        "io.grpc.StatusRuntimeException: RESOURCE_EXHAUSTED: gRPC message exceeds maximum size 4194304:"
        f" {size}",
        f"Error: 8 RESOURCE_EXHAUSTED: Received message larger than max ({size} vs 4194304)",
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=draw.pick(True, False)),
                  classes=("config_wrong", "bad_rollout"), says=("larger than|maximum size|4194304",),
                  never=("memory limit",))  # fmt: skip


@situation("postmortems")
def method_that_the_callee_does_not_have_yet(draw: Draw) -> Told:
    """The caller was released before the callee whose new method it calls."""
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee, key="STOCK_ADDR", scheme="dns")
    minutes, method = draw.number(16, 24), draw.pick("ReserveBatch", "QuoteAll", "WatchStock")
    past.rolled_out(draw, caller, minutes)
    past.renew(caller, minutes)
    complains(draw, caller, draw.pick(
        f"ERROR rpc error: code = Unimplemented desc = unknown method {method} for service stock.v1.Stock",
        f"io.grpc.StatusRuntimeException: UNIMPLEMENTED: Method not found: stock.v1.Stock/{method}",
        f"Error: 12 UNIMPLEMENTED: The server does not implement the method /stock.v1.Stock/{method}",
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("bad_rollout", "config_wrong"), subjects=(caller.subject, callee.subject),
                  says=(f"{method}|unimplemented",))  # fmt: skip


@situation("postmortems")
def certificate_for_another_name(draw: Draw) -> Told:
    """It is valid, and for the public name alone; the caller goes the short way inside."""
    caller, callee = calling.pair(draw)
    host, public = calls(draw, caller, callee, scheme="https"), f"{draw.suffix(5)}.example.com"
    complains(draw, caller, draw.pick(
        f'ERROR Get "https://{host}/v1/rates": tls: failed to verify certificate: x509: certificate is valid for'
        f" {public}, not {host}",
        f"Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: {host}. is not"
        f" in the cert's altnames: DNS:{public}",
        f"javax.net.ssl.SSLHandshakeException: No subject alternative DNS name matching {host} found.",
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("config_wrong", "dependency_unreachable", "env_wrong", "certificate_expired"),
                  says=("certificate|altname|alternative",), never=("certificate has expired",))  # fmt: skip


@situation("postmortems")
def way_out_that_asks_for_a_login(draw: Draw) -> Told:
    app, host = draw.app(), f"{draw.pick('pay', 'geo', 'sms')}.{draw.suffix(5)}.example.com"
    draw.bystanders(2)
    uses(app, HTTPS_PROXY="http://proxy.corp.example.com:3128", PARTNER_URL=f"https://{host}")
    complains(draw, app, draw.pick(
        f"requests.exceptions.ProxyError: HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded with url:"
        " /v2 (Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy"
        " Authentication Required')))",
        f'ERROR Post "https://{host}/v2": Proxy Authentication Required',
        "curl: (56) CONNECT tunnel failed, response 407",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False), says=("407|proxy",),
                  classes=("login_refused", "dependency_unreachable", "config_wrong", "secret_stale"))  # fmt: skip


@situation("postmortems")
def secret_of_a_client_whose_time_is_up(draw: Draw) -> Told:
    app, client = draw.app(), f"{draw.number(10000000, 99999999)}-41d0-4c1e-8f11-2f0c8f1d9a77"
    words = f"AADSTS7000222: The provided client secret keys for app '{client}' are expired."
    complains(draw, app, draw.pick(
        f"Microsoft.Identity.Client.MsalServiceException: A configuration issue is preventing authentication - {words}",
        f'ERROR token: oauth2: "invalid_client" "{words}"',
        f"azure.core.exceptions.ClientAuthenticationError: Authentication failed: {words}",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("login_refused", "secret_stale", "cloud_identity_denied", "config_wrong"),
                  says=("client secret|AADSTS7000222|expired",), never=("certificate",))  # fmt: skip


@situation("postmortems")
def addresses_that_a_client_keeps_too_long(draw: Draw) -> Told:
    """The callee's pods are new and serve; the caller asked for their addresses once, when it started."""
    caller, callee = calling.pair(draw)
    host, old = calls(draw, caller, callee), f"10.2.{draw.number(20, 90)}.{draw.number(4, 250)}"
    minutes = draw.number(16, 24)
    past.renew(callee, minutes)
    complains(draw, caller, draw.pick(
        f"ERROR {host}: io.netty.channel.AbstractChannel$AnnotatedNoRouteToHostException: No route to host:"
        f" {host}/{old}:{callee.port}",
        f"Error: connect EHOSTUNREACH {old}:{callee.port}",
        f'level=error msg="call failed" host={host} err="dial tcp {old}:{callee.port}: connect: no route to host"',
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("dependency_unreachable", "config_wrong"),
                  says=(f"{old.replace('.', '[.]')}|{callee.name}|no route",))  # fmt: skip


@situation("postmortems")
def proxy_whose_check_asks_for_a_path_that_went(draw: Draw) -> Told:
    """Since its release the backend has no such path, and the balancer takes all of its servers out."""
    proxy, backend = calling.pair(draw)
    calls(draw, proxy, backend, key="BACKEND")
    minutes = draw.number(16, 24)
    past.rolled_out(draw, backend, minutes)
    past.renew(backend, minutes)
    server = f"be_{draw.pick('web', 'shop', 'api')}"
    complains(draw, proxy, f"[WARNING]  (8) : Server {server}/srv1 is DOWN, reason: Layer7 wrong status, code: 404,"
              f' info: "Not Found", check duration: {draw.number(1, 9)}ms. 0 active and 0 backup servers left.',
              f"[ALERT]    (8) : backend '{server}' has no server available!")  # fmt: skip
    complains(draw, backend, draw.pick('"GET /healthz HTTP/1.0" 404 19', "WARN no handler for GET /healthz (404)"))
    return outage(draw, [proxy, backend], raise_alarm(draw, proxy, "errors", measured=False),
                  classes=("bad_rollout", "config_wrong", "dependency_unreachable", "readiness_wrong"),
                  says=("404|no server|Layer7",))  # fmt: skip


@situation("postmortems")
def breaker_between_two_fresh_releases(draw: Draw) -> Told:
    """Both sides were rolled out within minutes, and the caller's words are those of its breaker alone."""
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee)
    minutes = draw.number(17, 22)
    for app, age in ((caller, minutes), (callee, minutes + draw.pick(-1, 1))):
        past.rolled_out(draw, app, age)
        past.renew(app, age)
    complains(draw, caller, draw.pick(
        f"io.github.resilience4j.circuitbreaker.CallNotPermittedException: CircuitBreaker '{callee.name}' is OPEN and"
        " does not permit further calls",
        f'level=error msg="call refused" target={callee.name} err="circuit breaker is open"',
        f"ERROR {callee.name}: Polly.CircuitBreaker.BrokenCircuitException: The circuit is now open and is not allowing"
        " calls.",
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("bad_rollout", "dependency_unreachable", "calls_slow", "config_wrong"),
                  subjects=(caller.subject, callee.subject), says=("circuit|open",))  # fmt: skip


@situation("postmortems")
def calls_that_failed_while_a_callee_was_replaced(draw: Draw) -> Told:
    """For some minutes, half an hour ago; the measurement is back where it was, and so are the lines."""
    caller, callee = calling.pair(draw)
    minutes = draw.number(28, 38)
    calls(draw, caller, callee)
    past.rolled_out(draw, callee, minutes)
    past.renew(callee, minutes - 2)
    work = [f"INFO handled GET /v1/{draw.suffix(6)} 200 in {draw.number(2, 40)} ms" for _ in range(95)]
    refused = draw.pick("WARN retry 1/3: rpc error: code = Unavailable desc = transport is closing",
                        "WARN retry 1/3: upstream answered 503, again in 200 ms")  # fmt: skip
    before = 95 - int(2.5 * (minutes - 3))  # a line takes 24 s
    for pod in caller.pods:
        draw.log(caller, [*work[:before], *[refused] * 5, *work[before:]], pod=pod, every=24.0)
    draw.chatter(callee)
    own, metric = {"namespace": caller.namespace, "service": caller.name}, "http_error_ratio"
    draw.prometheus(metric, own, [*calm(draw, 0.004, 60 - minutes), *calm(draw, 0.4, 4),
                                  *calm(draw, 0.004, minutes - 4)])  # fmt: skip
    expression = f'{metric}{{namespace="{caller.namespace}",service="{caller.name}"}} > 0.05'
    text = {"summary": draw.pick(f"Error rate of {caller.name} is high", f"Requests to {caller.name} fail")}
    trigger = triggers.alertmanager("HighErrorRate", own, text, minutes=minutes - 1, generator=rule(expression))
    return Told(draw.world(), trigger, WELL)
