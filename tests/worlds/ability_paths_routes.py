"""Routes into the cluster: Ingresses to what is absent, empty, or sick."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app


def host(draw: Draw) -> str:
    return f"{draw.pick('www', 'shop', 'api')}.{draw.suffix(4)}.example.com"


def complaint(draw: Draw, namespace: str, name: str, at: str, kind: str = "ingress") -> Obj:
    code = draw.pick(502, 503, 504, 500)
    text = draw.pick(f"{code} at https://{at}/", f"{at} answers {code}", f"share of {code} at {at} above 20 %")
    return triggers.alertmanager("RouteErrors", {"namespace": namespace, kind: name}, {"summary": text})


def add_route(draw: Draw, app: App, at: str) -> Obj:
    ingress = objects.ingress(
        f"{app.name}-{draw.pick('web', 'public')}", app.namespace, at, app.service["metadata"]["name"]
    )
    draw.objects.append(ingress)
    return ingress


@situation("paths")
def ingress_to_one_that_crashes(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", "panic: nil map"], pod=pod)
    controllers.fresh(draw, app)
    at = host(draw)
    ingress = add_route(draw, app, at)
    trigger = complaint(draw, app.namespace, ingress["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("cause",), subjects=(app.subject,), may_propose=True))


@situation("paths")
def ingress_to_a_service_that_selects_nothing(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    (key, value), *_ = app.service["spec"]["selector"].items()
    app.service["spec"]["selector"] = {key: value + draw.pick("-v2", "s", "-canary")}
    app.pods, pods = [], app.pods
    controllers.fresh(draw, app)
    app.pods = pods
    at = host(draw)
    ingress = add_route(draw, app, at)
    trigger = complaint(draw, app.namespace, ingress["metadata"]["name"], at)
    return Told(
        draw.world(), trigger, Expect(("cause",), ("service_misdirected",), says=("selector",), may_propose=True)
    )


@situation("paths")
def ingress_by_a_name_of_a_port_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    at = host(draw)
    ingress = add_route(draw, app, at)
    wrong = draw.pick("web", "https", "main")
    ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"] = {"name": wrong}
    trigger = complaint(draw, app.namespace, ingress["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("cause",), ("ingress_misrouted",), says=(wrong,), may_propose=True))


@situation("paths")
def ingress_with_one_path_of_several_to_nowhere(draw: Draw) -> Told:
    app = draw.app()
    at, missing = host(draw), draw.name()
    ingress = add_route(draw, app, at)
    path = {"path": "/v2", "pathType": "Prefix", "backend": {"service": {"name": missing, "port": {"number": 80}}}}
    ingress["spec"]["rules"][0]["http"]["paths"].append(path)
    trigger = complaint(draw, app.namespace, ingress["metadata"]["name"], f"{at}/v2")
    return Told(draw.world(), trigger, Expect(("cause",), ("ingress_misrouted",), says=(missing,), may_propose=True))


@situation("paths")
def ingress_whose_certificate_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    at = host(draw)
    ingress = add_route(draw, app, at)
    secret = f"{draw.name()}-tls"
    ingress["spec"]["tls"] = [{"hosts": [at], "secretName": secret}]
    text = {"summary": f"{at} shows a certificate that browsers refuse"}
    where = {"namespace": app.namespace, "ingress": ingress["metadata"]["name"]}
    trigger = triggers.alertmanager("CertificateInvalid", where, text)
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(secret,)))


@situation("paths")
def ingress_that_leads_where_it_should(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    at = host(draw)
    ingress = add_route(draw, app, at)
    trigger = complaint(draw, app.namespace, ingress["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("paths")
def host_of_a_route_asked_about(draw: Draw) -> Told:
    app = draw.app()
    break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", "FATAL bad schema"], pod=pod)
    controllers.fresh(draw, app)
    at = host(draw)
    add_route(draw, app, at)
    text = draw.pick(f"why is {at} down?", f"{at} answers 503, why?", f"what is wrong with https://{at}/")
    expect = Expect(("answered", "cause", "open"), says=(app.name, "crash|schema"))
    return Told(draw.world(), triggers.question(text), expect)


@situation("paths")
def middle_of_a_route_and_what_it_calls(draw: Draw) -> Told:
    """Ingress, its backend that answers badly, and what that one calls, which is down."""
    front, callee = calling.pair(draw)
    break_app(callee)
    for pod in callee.pods:
        draw.log(callee, ["starting", "panic: nil map"], pod=pod)
    controllers.fresh(draw, callee)
    draw.log(front, calling.refusals(draw, calling.host_of(draw, callee, front)))
    at = host(draw)
    ingress = add_route(draw, front, at)
    trigger = complaint(draw, front.namespace, ingress["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("cause",), subjects=(callee.subject,), may_propose=True))
