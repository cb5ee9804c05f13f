"""Routes into the cluster: Ingress and Gateway API routes to what is absent, empty, or sick."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import broken


def host(draw: Draw) -> str:
    return f"{draw.pick('www', 'shop', 'api')}.{draw.suffix(4)}.example.com"


def complaint(draw: Draw, namespace: str, name: str, at: str, kind: str = "ingress") -> Obj:
    code = draw.pick(502, 503, 504, 500)
    text = draw.pick(f"{code} at https://{at}/", f"{at} answers {code}", f"share of {code} at {at} above 20 %")
    return triggers.alertmanager("RouteErrors", {"namespace": namespace, kind: name}, {"summary": text})


def gateway(namespace: str, name: str, *, section: str = "https") -> Obj:
    return {
        "kind": "Gateway",
        "apiVersion": "gateway.networking.k8s.io/v1",
        "metadata": objects.meta(name, namespace, 9000, {}),
        "spec": {
            "gatewayClassName": "envoy",
            "listeners": [{"name": section, "port": 443, "protocol": "HTTPS", "hostname": "*.example.com"}],
        },
        "status": {"conditions": [{"type": "Programmed", "status": "True", "reason": "Programmed"}]},
    }


def http_route(draw: Draw, namespace: str, at: str, service: str, port: int, resolved: str, said: str) -> Obj:
    """A route whose backend its controller could, or could not, resolve."""
    parent = {"name": "edge", "namespace": "gateways", "sectionName": "https"}
    conditions = [
        {"type": "Accepted", "status": "True", "reason": "Accepted", "lastTransitionTime": objects.at(30)},
        {
            "type": "ResolvedRefs",
            "status": "True" if resolved == "ResolvedRefs" else "False",
            "reason": resolved,
            "message": said,
            "lastTransitionTime": objects.at(30),
        },
    ]
    made = {
        "kind": "HTTPRoute",
        "apiVersion": "gateway.networking.k8s.io/v1",
        "metadata": objects.meta(draw.name(), namespace, 400, {}),
        "spec": {
            "parentRefs": [parent],
            "hostnames": [at],
            "rules": [{"backendRefs": [{"name": service, "port": port}]}],
        },
        "status": {"parents": [{"parentRef": parent, "controllerName": "example.com/gw", "conditions": conditions}]},
    }
    draw.objects += [gateway("gateways", "edge"), made]
    return made


@situation("paths")
def http_route_to_a_service_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    at, gone = host(draw), app.name + draw.pick("-svc", "s", "-web")
    made = http_route(draw, app.namespace, at, gone, 80, "BackendNotFound", f'Service "{gone}" not found')
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at, "httproute")
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(gone,), may_propose=True))


@situation("paths")
def http_route_to_a_port_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    at = host(draw)
    service = app.service["metadata"]["name"]
    said = f"Port 8443 not found on Service {service}"
    made = http_route(draw, app.namespace, at, service, 8443, draw.pick("BackendNotFound", "PortNotFound"), said)
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at, "httproute")
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=("8443",), may_propose=True))


@situation("paths")
def http_route_to_one_that_crashes(draw: Draw) -> Told:
    app = draw.app()
    broken(app)
    for pod in app.pods:
        draw.log(app, ["starting", "panic: nil map"], pod=pod)
    controllers.fresh(draw, app)
    at = host(draw)
    said = "All references resolved"
    made = http_route(draw, app.namespace, at, app.service["metadata"]["name"], 80, "ResolvedRefs", said)
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at, "httproute")
    expect = Expect(("cause", "open"), subjects=(app.subject,), says=(app.name,), may_propose=True)
    return Told(draw.world(), trigger, expect)


def routed(draw: Draw, app: App, at: str) -> Obj:
    made = objects.ingress(
        f"{app.name}-{draw.pick('web', 'public')}", app.namespace, at, app.service["metadata"]["name"]
    )
    draw.objects.append(made)
    return made


@situation("paths")
def ingress_to_one_that_crashes(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    broken(app)
    for pod in app.pods:
        draw.log(app, ["starting", "panic: nil map"], pod=pod)
    controllers.fresh(draw, app)
    at = host(draw)
    made = routed(draw, app, at)
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("cause",), subjects=(app.subject,), may_propose=True))


@situation("paths")
def ingress_to_a_service_that_selects_nothing(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    (key, value), *_ = app.service["spec"]["selector"].items()
    app.service["spec"]["selector"] = {key: value + draw.pick("-v2", "s", "-canary")}
    app.pods, kept = [], app.pods
    controllers.fresh(draw, app)
    app.pods = kept
    at = host(draw)
    made = routed(draw, app, at)
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at)
    return Told(
        draw.world(), trigger, Expect(("cause",), ("service_misdirected",), says=("selector",), may_propose=True)
    )


@situation("paths")
def ingress_by_a_name_of_a_port_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    at = host(draw)
    made = routed(draw, app, at)
    wrong = draw.pick("web", "https", "main")
    made["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"] = {"name": wrong}
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("cause",), ("ingress_misrouted",), says=(wrong,), may_propose=True))


@situation("paths")
def ingress_with_one_path_of_several_to_nowhere(draw: Draw) -> Told:
    app = draw.app()
    at, gone = host(draw), draw.name()
    made = routed(draw, app, at)
    path = {"path": "/v2", "pathType": "Prefix", "backend": {"service": {"name": gone, "port": {"number": 80}}}}
    made["spec"]["rules"][0]["http"]["paths"].append(path)
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], f"{at}/v2")
    return Told(draw.world(), trigger, Expect(("cause",), ("ingress_misrouted",), says=(gone,), may_propose=True))


@situation("paths")
def ingress_whose_certificate_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    at = host(draw)
    made = routed(draw, app, at)
    secret = f"{draw.name()}-tls"
    made["spec"]["tls"] = [{"hosts": [at], "secretName": secret}]
    text = {"summary": f"{at} shows a certificate that browsers refuse"}
    where = {"namespace": app.namespace, "ingress": made["metadata"]["name"]}
    trigger = triggers.alertmanager("CertificateInvalid", where, text)
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(secret,)))


@situation("paths")
def ingress_that_leads_where_it_should(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    at = host(draw)
    made = routed(draw, app, at)
    trigger = complaint(draw, app.namespace, made["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("paths")
def host_of_a_route_asked_about(draw: Draw) -> Told:
    app = draw.app()
    broken(app)
    for pod in app.pods:
        draw.log(app, ["starting", "FATAL bad schema"], pod=pod)
    controllers.fresh(draw, app)
    at = host(draw)
    routed(draw, app, at)
    text = draw.pick(f"why is {at} down?", f"{at} answers 503, why?", f"what is wrong with https://{at}/")
    expect = Expect(("answered", "cause", "open"), says=(app.name, "crash|schema"))
    return Told(draw.world(), triggers.question(text), expect)


@situation("paths")
def middle_of_a_route_and_what_it_calls(draw: Draw) -> Told:
    """Ingress, its backend that answers badly, and what that one calls, which is down."""
    front, callee = calling.pair(draw)
    broken(callee)
    for pod in callee.pods:
        draw.log(callee, ["starting", "panic: nil map"], pod=pod)
    controllers.fresh(draw, callee)
    draw.log(front, calling.refusals(draw, calling.host_of(draw, callee, front)))
    at = host(draw)
    made = routed(draw, front, at)
    trigger = complaint(draw, front.namespace, made["metadata"]["name"], at)
    return Told(draw.world(), trigger, Expect(("cause",), subjects=(callee.subject,), may_propose=True))
