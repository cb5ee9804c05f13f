"""Outages between programs: handshakes, headers, deadlines and formats on which two sides do not agree."""

from __future__ import annotations

from tests.worlds import calling, objects, past
from tests.worlds.ability_stories_programs import edge
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import calls, complains, outage, uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Told, situation
from tests.worlds.waiting import in_templates


@situation("outages")
def partner_that_takes_newer_handshakes_only(draw: Draw) -> Told:
    app, host = draw.app(), f"{draw.pick('pay', 'fax', 'kyc')}.{draw.suffix(5)}.example.com"
    draw.bystanders(2)
    uses(app, PARTNER_URL=f"https://{host}/v2")
    complains(draw, app, draw.pick(
        f'level=error msg="charge failed" err="Post \\"https://{host}/v2/charges\\": remote error: tls: protocol'
        ' version not supported"',
        f"ERROR c.e.Client - I/O error on POST request for https://{host}/v2/charges: javax.net.ssl."
        "SSLHandshakeException: Received fatal alert: protocol_version",
        f"requests.exceptions.SSLError: HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded with url:"
        " /v2/charges (Caused by SSLError(SSLError(1, '[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol"
        " version (_ssl.c:1007)')))",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  classes=("dependency_unreachable",), says=("protocol.version",), never=("expired",))  # fmt: skip


@situation("outages")
def client_whose_own_certificate_is_over(draw: Draw) -> Told:
    """Both sides show certificates to each other, and the caller's has ended; the callee serves all others."""
    caller, callee = calling.pair(draw)
    host = calls(draw, caller, callee, scheme="https")
    complains(draw, caller, draw.pick(
        f'level=error msg="sync" err="Get \\"https://{host}/v1/stock\\": remote error: tls: expired certificate"',
        f"Error: write EPROTO: error:0A000415:SSL routines::sslv3 alert certificate expired: https://{host}/v1/stock",
        f"ERROR https://{host}/v1/stock: SSLHandshakeException: Received fatal alert: certificate_expired",
    ))  # fmt: skip
    complains(draw, callee, "http: TLS handshake error from 10.2.0.9:51220: tls: failed to verify certificate: x509:"
              " certificate has expired or is not yet valid: current time 2026-03-11T14:05:10Z is after"
              " 2026-03-11T06:00:00Z")  # fmt: skip
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("certificate_expired",), says=("certificate",))  # fmt: skip


@situation("outages")
def answer_with_headers_that_a_proxy_does_not_hold(draw: Draw) -> Told:
    """The application answers; the proxy before it drops the answer and says so in its own log."""
    app = draw.app()
    draw.chatter(app)
    proxy = draw.app("ingress-nginx", name="ingress-nginx-controller", replicas=2)
    trigger = edge(draw, app)
    line = (
        "2026/03/11 14:11:02 [error] 31#31: *8121 upstream sent too big header while reading response header from"
        ' upstream, client: 10.0.3.7, server: _, request: "GET /login HTTP/2.0", upstream:'
        f' "http://10.2.3.4:{app.port}/login"'
    )
    complains(draw, proxy, line)
    return outage(draw, [app, proxy], trigger, classes=("config_wrong",), says=("too big header",))


@situation("outages")
def uploads_over_the_size_that_is_taken(draw: Draw) -> Told:
    app = draw.app()
    complains(draw, app, draw.pick(
        "2026/03/11 14:11:02 [error] 31#31: *812 client intended to send too large body: 20971520 bytes, client:"
        ' 10.0.3.7, server: _, request: "POST /upload HTTP/1.1"',
        "PayloadTooLargeError: request entity too large",
        "org.springframework.web.multipart.MaxUploadSizeExceededException: Maximum upload size exceeded",
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False),
                  classes=("config_wrong",), says=("too large|upload size",))  # fmt: skip


@situation("outages")
def release_that_takes_another_content_type(draw: Draw) -> Told:
    app, minutes = draw.app(), draw.number(16, 24)
    past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    complains(draw, app, draw.pick(
        "WARN o.s.w.s.m.s.DefaultHandlerExceptionResolver : Resolved [org.springframework.web."
        "HttpMediaTypeNotSupportedException: Content-Type 'text/plain;charset=UTF-8' is not supported]",
        "WARNING django.request Unsupported Media Type: /v1/orders",
        'level=warn msg="rejected" path=/v1/orders status=415 reason="unsupported content type text/plain"',
    ))  # fmt: skip
    return outage(draw, [app], raise_alarm(draw, app, "errors", measured=False),
                  classes=("bad_rollout", "config_wrong"), subjects=(app.subject,),
                  says=("not supported|unsupported",))  # fmt: skip


@situation("outages")
def client_that_pings_too_often(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee, key="CATALOG_ADDR", scheme="dns")
    complains(draw, caller, draw.pick(
        "ERROR rpc error: code = Unavailable desc = closing transport due to: connection error: desc = \"error reading"
        ' from server: EOF", received prior goaway: code: ENHANCE_YOUR_CALM, debug data: "too_many_pings"',
        "io.grpc.StatusRuntimeException: RESOURCE_EXHAUSTED: Bandwidth exhausted HTTP/2 error code: ENHANCE_YOUR_CALM"
        " Received Goaway too_many_pings",
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("config_wrong",), says=("too_many_pings",), innocent=(callee.name,))  # fmt: skip


@situation("outages")
def deadline_that_a_callee_does_not_meet(draw: Draw) -> Told:
    """The caller says that its time is up and not with whom; the callee says what takes it so long."""
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee, key="PRICES_ADDR", scheme="dns")
    complains(draw, caller, draw.pick(
        "ERROR rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        "grpc._channel._InactiveRpcError: StatusCode.DEADLINE_EXCEEDED details = \"Deadline Exceeded\"",
        "io.grpc.StatusRuntimeException: DEADLINE_EXCEEDED: deadline exceeded after 1.99s",
    ))  # fmt: skip
    complains(draw, callee, draw.pick(
        "LOG:  duration: 8213.114 ms  statement: SELECT * FROM prices WHERE sku = $1",
        'level=warn msg="slow query" took=8.2s sql="SELECT * FROM prices WHERE sku = ?"',
    ))  # fmt: skip
    return outage(draw, [caller, callee], raise_alarm(draw, caller, draw.pick("errors", "latency"), measured=False),
                  classes=("calls_slow", "database_degraded", "dependency_unreachable"),
                  says=("deadline|SELECT",))  # fmt: skip


@situation("outages")
def answers_in_another_form_since_a_release(draw: Draw) -> Told:
    """The callee was rolled out, is well, and gives an amount as text; whoever reads it cannot."""
    caller, callee = calling.pair(draw)
    calls(draw, caller, callee)
    minutes = draw.number(16, 25)
    past.rolled_out(draw, callee, minutes)
    past.renew(callee, minutes)
    draw.chatter(callee)
    complains(draw, caller, draw.pick(
        "ERROR quote: json: cannot unmarshal string into Go struct field Price.amount of type int64",
        "com.fasterxml.jackson.databind.exc.InvalidFormatException: Cannot deserialize value of type `int` from String"
        ' "12.90": not a valid `int` value',
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for Price amount Input should be a valid"
        " integer, unable to parse string as an integer",
    ))  # fmt: skip
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("bad_rollout", "config_wrong"), subjects=(caller.subject, callee.subject),
                  says=("unmarshal|deserialize|integer",))  # fmt: skip


@situation("outages")
def connections_that_a_callee_closes_too_early(draw: Draw) -> Told:
    """Kept connections are closed by the one side just as the other uses them again."""
    caller, callee = calling.pair(draw)
    host = calls(draw, caller, callee)
    complains(draw, caller, draw.pick(
        "2026/03/11 14:11:02 [error] 7#7: *21 upstream prematurely closed connection while reading response header"
        f' from upstream, client: 10.2.0.8, server: _, request: "GET /v1/items HTTP/1.1", upstream: "http://{host}:80/"',
        f"Error: socket hang up ECONNRESET GET http://{host}/v1/items",
        f"requests.exceptions.ConnectionError: http://{host}/v1/items ('Connection aborted.',"
        " RemoteDisconnected('Remote end closed connection without response'))",
    ))  # fmt: skip
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=draw.pick(True, False)),
                  classes=("dependency_unreachable", "config_wrong"), says=("closed|hang up",))  # fmt: skip


@situation("outages")
def short_names_that_are_looked_up_as_they_are(draw: Draw) -> Told:
    """A DNS setting of the pods (ndots) leaves the search list out: names inside of the cluster lead nowhere."""
    callee, caller = draw.app(), draw.app()
    draw.bystanders(1)
    calling.name_server(draw)
    host = f"{callee.service['metadata']['name']}.{callee.namespace}"
    uses(caller, LEDGER_URL=f"http://{host}/v1")
    in_templates(caller, dnsConfig={"options": [{"name": "ndots", "value": "0"}]})
    for pod in caller.pods:
        draw.log(caller, calling.unknown_host(draw, host), pod=pod)
    draw.chatter(callee)
    return outage(draw, [caller, callee], raise_alarm(draw, caller, "errors", measured=False),
                  classes=("dns_policy_wrong", "dependency_unreachable"), says=(host,),
                  subjects=(caller.subject, f"Service/{callee.namespace}/{callee.service['metadata']['name']}",
                            f"Address/{host}"))  # fmt: skip


@situation("outages")
def settings_that_are_newer_than_the_pods(draw: Draw) -> Told:
    """A ConfigMap names the new host for half an hour; the pods took the old one when they started, and it is gone."""
    app, new = draw.app(), draw.app()
    draw.bystanders(1)
    name, missing, minutes = f"{app.name}-settings", f"{draw.name()}.{app.namespace}", draw.number(20, 40)
    fields: Obj = {"f:data": {"f:SEARCH_HOST": {}}}
    body: Obj = {
        "kind": "ConfigMap",
        "metadata": {
            **objects.meta(name, app.namespace, app.age, {}),
            "managedFields": [{"manager": "argocd", "operation": "Update", "apiVersion": "v1",
                               "time": objects.at(minutes), "fieldsType": "FieldsV1", "fieldsV1": fields}],
        },
        "data": {"SEARCH_HOST": f"{new.name}.{new.namespace}"},
    }  # fmt: skip
    draw.objects.append(body)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        container = one["spec"]["containers"][0]
        one["spec"]["containers"][0] = {**container, "envFrom": [{"configMapRef": {"name": name}}]}
    for pod in app.pods:
        draw.log(app, calling.unknown_host(draw, missing), pod=pod)
    return outage(draw, [app, new], raise_alarm(draw, app, "errors", measured=False),
                  classes=("dependency_unreachable", "config_wrong", "secret_stale"),
                  says=(f"{missing}|{app.namespace}/{missing.partition('.')[0]}",), innocent=(new.name,))  # fmt: skip
