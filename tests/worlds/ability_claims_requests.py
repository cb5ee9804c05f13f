"""Claims about latency, errors and reachability, which ready pods never answer."""

from __future__ import annotations

from tests.worlds import objects, triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import OPEN, TROUBLE, WELL, Expect, Told, situation
from tests.worlds.workloads import calm, labels, rule, serving_app


@situation("claims")
def latency_nobody_measures(draw: Draw) -> Told:
    app = serving_app(draw)
    seconds = draw.pick(1.8, 2.5, 3, 7.2)
    name = draw.pick("HighLatency", "SlowRequests", "ApiResponseTimeHigh", "P99LatencyAboveTarget")
    text = draw.pick(
        f"p99 latency of {app.name} is {seconds}s (threshold 1s)",
        f"Requests to {app.name} take longer than {seconds} s",
        f"{app.name} response time is above {int(seconds * 1000)} ms",
    )
    return Told(
        draw.world(),
        triggers.alertmanager(name, labels(draw, app), {"summary": text}),
        Expect(("open",), says=("laten|slow",)),
    )


@situation("claims")
def latency_that_is_over(draw: Draw) -> Told:
    app = serving_app(draw)
    metric = draw.pick("http_request_duration_seconds_p99", "request_latency_p95_seconds")
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus(metric, own, [*calm(draw, 0.2, 30), *calm(draw, 4, 12), *calm(draw, 0.2, 30)])
    source = rule(f'{metric}{{namespace="{app.namespace}",service="{app.name}"}} > 1')
    trigger = triggers.alertmanager(
        "LatencyHigh", labels(draw, app), {"summary": f"{app.name} is slow: 4.1s"}, minutes=35, generator=source
    )
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("claims")
def latency_that_goes_on(draw: Draw) -> Told:
    app = serving_app(draw)
    metric = draw.pick("http_request_duration_seconds_p99", "request_latency_p95_seconds")
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus(metric, own, [*calm(draw, 0.2, 40), *calm(draw, 4, 20)])
    source = rule(f'{metric}{{namespace="{app.namespace}",service="{app.name}"}} > 1')
    trigger = triggers.alertmanager(
        "LatencyHigh", labels(draw, app), {"summary": f"{app.name} is slow"}, generator=source
    )
    return Told(draw.world(), trigger, OPEN)


@situation("claims")
def errors_nobody_measures(draw: Draw) -> Told:
    app = serving_app(draw)
    share = draw.number(4, 60)
    text = draw.pick(
        f"{app.name} 5xx rate is {share}% over the last 5 minutes",
        f"Error ratio of {app.name}: 0.{share:02d}",
        f"{share} % of requests to {app.name} fail with HTTP 503",
    )
    name = draw.pick("HighErrorRate", "Http5xxRateHigh", "RequestErrorsElevated", "TooMany500s")
    trigger = triggers.alertmanager(name, labels(draw, app), {"description": text})
    return Told(draw.world(), trigger, Expect(("open",), says=("error|5xx|50\\d|fail",)))


@situation("claims")
def errors_that_are_over(draw: Draw) -> Told:
    app = serving_app(draw)
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus("service_error_ratio", own, [*calm(draw, 0.002, 30), *calm(draw, 0.4, 10), *calm(draw, 0.002, 30)])
    source = rule(f'service_error_ratio{{service="{app.name}"}} > 0.05')
    text = {"summary": f"{app.name} answers with errors"}
    return Told(
        draw.world(),
        triggers.alertmanager("ErrorRatioHigh", labels(draw, app), text, minutes=34, generator=source),
        WELL,
    )


@situation("claims")
def unreachable_over_the_wrong_protocol(draw: Draw) -> Told:
    app = serving_app(draw)
    app.service["spec"]["ports"][0]["protocol"] = "UDP"
    text = draw.pick(
        f"{app.name} cannot be reached", f"Connections to {app.name} time out", f"{app.name} is unreachable"
    )
    return Told(
        draw.world(), triggers.alertmanager("ServiceUnreachable", labels(draw, app), {"summary": text}), TROUBLE
    )


@situation("claims")
def probe_from_outside_fails(draw: Draw) -> Told:
    app = serving_app(draw)
    host = f"{draw.pick('www', 'shop', 'api')}.{draw.pick('acme', 'contoso', 'umbrella')}.example.com"
    draw.objects.append(objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"]))
    name = draw.pick("BlackboxProbeFailed", "EndpointDown", "UptimeCheckFailed")
    text = {
        "summary": draw.pick(f"Probe of https://{host}/ failed", f"https://{host} is down", f"{host} does not answer")
    }
    where = {"instance": f"https://{host}/", "job": "blackbox"}
    return Told(draw.world(), triggers.alertmanager(name, where, text), OPEN)


@situation("claims")
def namespace_with_errors_and_ready_pods(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.chatter(draw.app(app.namespace))
    text = draw.pick("5xx rate above 5%", "Elevated error rate: 12.5% of requests", "Requests are slow (p95 3.1s)")
    name = draw.pick("NamespaceErrorRateHigh", "IngressErrorsHigh", "SLOViolated")
    return Told(draw.world(), triggers.alertmanager(name, {"namespace": app.namespace}, {"summary": text}), OPEN)


@situation("claims")
def error_budget_burns(draw: Draw) -> Told:
    app = serving_app(draw)
    name = draw.pick("ErrorBudgetBurn", "SLOBurnRateTooHigh", "ErrorBudgetBurnFast")
    text = draw.pick(f"{app.name} burns its error budget {draw.number(6, 20)}x too fast", f"SLO of {app.name} at risk")
    return Told(
        draw.world(), triggers.alertmanager(name, labels(draw, app, long="1h", short="5m"), {"summary": text}), OPEN
    )


@situation("claims")
def callers_name_a_service_that_is_gone(draw: Draw) -> Told:
    app = serving_app(draw)
    ghost = draw.name()
    draw.logs = [log for log in draw.logs if log["pod"] != app.pod]
    line = draw.pick(
        f"ERROR call failed: dial tcp: lookup {ghost}.{app.namespace}.svc.cluster.local on 10.96.0.10:53: no such host",
        f"Error: getaddrinfo ENOTFOUND {ghost}",
        f"curl: (6) Could not resolve host: {ghost}",
    )
    draw.log(app, [line] * 20, every=15)
    text = {"summary": f"{app.name} fails to answer: {draw.number(20, 90)}% errors"}
    return Told(draw.world(), triggers.alertmanager("HighErrorRate", labels(draw, app), text), TROUBLE)
