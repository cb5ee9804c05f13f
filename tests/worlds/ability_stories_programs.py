"""What public failure stories tell of programs and of those whom they call: words that only a log has, and routes."""

from __future__ import annotations

from typing import Final

from tests.worlds import calling, objects, triggers
from tests.worlds.ability_classes_more_kinds import errors, logging
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import End, Expect, Told, situation
from tests.worlds.workloads import labels, serving_app

EITHER: Final[tuple[End, ...]] = ("cause", "open")


def backlog(draw: Draw, app: App) -> Obj:
    text = draw.pick(f"Consumer lag of {app.name} grows", f"{draw.number(3, 80)}000 messages wait for {app.name}")
    return triggers.alertmanager("ConsumerLagHigh", labels(draw, app), {"summary": text})


def edge(draw: Draw, app: App) -> Obj:
    """An alarm about the route before the app's Service."""
    host = f"{draw.pick('www', 'app', 'edge')}.{draw.suffix(5)}.example.net"
    route = objects.ingress(f"{draw.name()}-public", app.namespace, host, app.service["metadata"]["name"])
    kind = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    draw.objects += [route, kind]
    code = draw.pick(500, 502, 503, 504)
    text = draw.pick(
        f"{host} answers {code}", f"{draw.number(9, 80)}% of requests to {host} fail", f"p99 at {host} is 9s"
    )
    where = {"namespace": app.namespace, "ingress": route["metadata"]["name"]}
    return triggers.alertmanager(draw.pick("IngressErrors", "EdgeSlow"), where, {"summary": text})


@situation("stories")
def route_before_one_whose_index_takes_no_writes(draw: Draw) -> Told:
    """The only words of it are in the log of the pods behind the route's Service."""
    app = draw.app()
    draw.bystanders(2)
    line = (
        "ERROR bulk: index [orders-7] blocked by: [FORBIDDEN/12/index read-only / allow delete (api)];"
        if draw.pick(True, False)
        else "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block"
    )
    for pod in app.pods:
        draw.log(app, [f"{line}"] * draw.number(8, 20), pod=pod)
    trigger = edge(draw, app)
    return Told(draw.world(), trigger, Expect(EITHER, says=("read-only",), may_propose=True))


@situation("stories")
def route_before_one_that_uses_up_a_quota_of_a_partner(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    partner = draw.pick("maps.partner.example", "sms.carrier.example", "fx.rates.example")
    line = draw.pick(
        f'level=warn msg="quota used up" provider={partner} status=429 reset=3600',
        f"ERROR {partner} answered 429: daily limit of 50000 calls reached",
    )
    for pod in app.pods:
        draw.log(app, ["INFO request", line] * draw.number(8, 20), pod=pod)
    trigger = edge(draw, app)
    return Told(draw.world(), trigger, Expect(EITHER, says=("429|quota|limit",), may_propose=True))


@situation("stories")
def backend_that_wants_encryption_and_gets_none(draw: Draw) -> Told:
    """The route speaks plain HTTP to a port that expects TLS."""
    app = draw.app(port=8443)
    draw.bystanders(2)
    line = draw.pick(
        "http: TLS handshake error from 10.2.0.9:41822: tls: first record does not look like a TLS handshake",
        '"GET / HTTP/1.1" 400 The plain HTTP request was sent to HTTPS port',
    )
    for pod in app.pods:
        draw.log(app, [line] * draw.number(9, 20), pod=pod)
    trigger = edge(draw, app)
    return Told(draw.world(), trigger, Expect(EITHER, says=("TLS|HTTPS",), may_propose=True))


@situation("stories")
def client_out_of_local_ports(draw: Draw) -> Told:
    callee, caller = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    line = draw.pick(
        f"ERROR dial tcp {host}:80: connect: cannot assign requested address",
        f"Error: connect EADDRNOTAVAIL {host}:80",
        f"OSError: [Errno 99] Cannot assign requested address: http://{host}/v1",
    )
    for pod in caller.pods:
        draw.log(caller, [line] * draw.number(9, 25), pod=pod)
    draw.chatter(callee)
    expect = Expect(EITHER, ("kernel_limit_hit", "pool_exhausted", "dependency_unreachable"), says=("address|EADDR",),
                    innocent=(callee.name,), may_propose=True)  # fmt: skip
    return Told(draw.world(), errors(draw, caller), expect)


@situation("stories")
def consumers_that_are_thrown_out_again_and_again(draw: Draw) -> Told:
    app = draw.app()
    line = draw.pick(
        "WARN [Consumer clientId=c-1] consumer poll timeout has expired. This means the time between subsequent calls"
        " to poll() was longer than the configured max.poll.interval.ms",
        "ERROR CommitFailedException: Offset commit cannot be completed since the consumer is not part of an active"
        " group for auto partition assignment; it is likely that the consumer was kicked out of the group.",
    )
    for pod in app.pods:
        draw.log(app, ["INFO batch of 500 records", line] * draw.number(6, 15), pod=pod)
    return Told(draw.world(), backlog(draw, app), Expect(EITHER, says=("poll|group",), may_propose=True))


@situation("stories")
def message_larger_than_its_broker_takes(draw: Draw) -> Told:
    app = logging(draw, draw.pick(
        "ERROR RecordTooLargeException: The message is 4194402 bytes when serialized which is larger than 1048576",
        "ERROR publish failed: message size 5242899 exceeds the maximum of 262144 bytes",
    ))  # fmt: skip
    return Told(draw.world(), errors(draw, app), Expect(EITHER, says=("larger|exceeds",), may_propose=True))


@situation("stories")
def cache_that_refuses_writes(draw: Draw) -> Told:
    callee, caller = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    calling.told_of(draw, caller, "REDIS_URL", f"redis://{host}:6379/0", "env")
    line = draw.pick(
        "ERROR redis: OOM command not allowed when used memory > 'maxmemory'.",
        "ReplyError: OOM command not allowed when used memory > 'maxmemory'.",
    )
    for pod in caller.pods:
        draw.log(caller, [line] * draw.number(9, 25), pod=pod)
    draw.chatter(callee)
    expect = Expect(EITHER, says=("maxmemory",), never=("OOMKilled",), may_propose=True)
    return Told(draw.world(), errors(draw, caller), expect)


@situation("stories")
def database_that_ran_out_of_transaction_numbers(draw: Draw) -> Told:
    app = logging(
        draw,
        'ERROR: database is not accepting commands to avoid wraparound data loss in database "orders"',
        draw.pick("HINT: Stop the postmaster and vacuum that database in single-user mode.", "INFO retry in 5 s"),
    )
    return Told(draw.world(), errors(draw, app), Expect(EITHER, says=("wraparound",), may_propose=True))


@situation("stories")
def password_renewed_without_a_restart(draw: Draw) -> Told:
    """The Secret is younger than the pods that read it once, and the database takes only the new one."""
    app = draw.app()
    draw.bystanders(2)
    name, minutes = f"{app.name}-db", draw.number(18, 50)
    secret: Obj = {
        "kind": "Secret",
        "metadata": {
            **objects.meta(name, app.namespace, 9000, {}),
            "managedFields": [{"manager": "external-secrets", "operation": "Update", "apiVersion": "v1",
                               "time": objects.at(minutes), "fieldsType": "FieldsV1",
                               "fieldsV1": {"f:data": {"f:PASSWORD": {}}}}],
        },
        "data": {"PASSWORD": "c2V0"},
    }  # fmt: skip
    draw.objects.append(secret)
    variable = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "PASSWORD"}}}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "env": [variable]}]
    line = draw.pick(
        'FATAL: password authentication failed for user "app"',
        "Access denied for user 'app'@'10.2.3.4' (using password: YES)",
    )
    for pod in app.pods:
        draw.log(app, [f"ERROR {line}"] * draw.number(9, 20), pod=pod)
    expect = Expect(("cause",), ("secret_stale", "login_refused"), says=("password|Access denied",), may_propose=True)
    return Told(draw.world(), errors(draw, app), expect)


@situation("stories")
def service_with_addresses_by_hand(draw: Draw) -> Told:
    """A Service without a selector, whose Endpoints name a host that is gone; its caller waits in vain."""
    caller = serving_app(draw)
    name = draw.name()
    service: Obj = {
        "kind": "Service",
        "metadata": objects.meta(name, caller.namespace, 9000, {}),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.96.7.7",
            "ports": [{"port": 5432, "targetPort": 5432, "protocol": "TCP"}],
        },
    }
    by_hand: Obj = {
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-1",
            "namespace": caller.namespace,
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 5432, "protocol": "TCP"}],
        "endpoints": [{"addresses": [f"10.77.1.{draw.number(4, 200)}"], "conditions": {"ready": True}}],
    }
    draw.objects += [service, by_hand]
    draw.logs.clear()
    for pod in caller.pods:
        draw.log(caller, calling.timeouts(draw, f"{name}.{caller.namespace}", 5432), pod=pod)
    expect = Expect(EITHER, ("dependency_unreachable", "service_misdirected"), says=(name,), may_propose=True)
    return Told(draw.world(), errors(draw, caller), expect)


@situation("stories")
def signing_key_that_callers_do_not_know_yet(draw: Draw) -> Told:
    """Tokens are signed with a new key, and the set of keys is kept too long."""
    app = logging(draw, draw.pick(
        "ERROR auth: unable to find a signing key that matches: 'kid-2026-03'",
        'level=error msg="token rejected" err="go-jose/go-jose: no JWK for kid 7f31 in the cached set"',
        "SecurityTokenSignatureKeyNotFoundException: IDX10501: Signature validation failed. Unable to match key: kid",
    ))  # fmt: skip
    expect = Expect(EITHER, says=("key|kid",), never=("certificate",), may_propose=True)
    return Told(draw.world(), errors(draw, app), expect)


@situation("stories")
def two_callees_of_which_one_serves_an_error(draw: Draw) -> Told:
    """The caller names nobody; of the two in its settings one complains of a disk."""
    callee, caller = calling.pair(draw)
    other = draw.app(callee.namespace)
    for key, one in (("STOCK_URL", callee), ("RATES_URL", other)):
        value = f"http://{one.service['metadata']['name']}.{one.namespace}"
        for body in (caller.deployment["spec"]["template"], caller.replica_set["spec"]["template"], *caller.pods):
            container = body["spec"]["containers"][0]
            entry = {"name": key, "value": value}
            body["spec"]["containers"][0] = {**container, "env": [*container.get("env", []), entry]}
    for pod in caller.pods:
        draw.log(caller, ["ERROR upstream answered 500"] * draw.number(9, 20), pod=pod)
    line = draw.pick("ERROR cannot write ledger: disk quota exceeded", "ERROR sort: write failed: disk quota exceeded")
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(9, 20), pod=pod)
    draw.chatter(other)
    expect = Expect(EITHER, says=("quota",), innocent=(other.name,), may_propose=True)
    return Told(draw.world(), errors(draw, caller), expect)
