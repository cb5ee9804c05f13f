"""The way in: controllers, classes, certificates and addresses before a Service, and routes beside one another."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, unstarted, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def site(draw: Draw) -> str:
    return f"{draw.pick('www', 'my', 'portal')}.{draw.suffix(5)}.example.org"


def add_ingress(draw: Draw, app: App, at: str, port: int = 80) -> Obj:
    name = f"{draw.name()}-{draw.pick('in', 'edge', 'route')}"
    ingress = objects.ingress(name, app.namespace, at, app.service["metadata"]["name"], port)
    draw.objects.append(ingress)
    return ingress


def outage(draw: Draw, ingress: Obj, at: str) -> Obj:
    """People cannot use the site; the monitor knows the Ingress, or only the address."""
    code = draw.pick(502, 503, 504)
    where = draw.pick({"ingress": ingress["metadata"]["name"]}, {"exported_ingress": ingress["metadata"]["name"]})
    text = draw.pick(f"https://{at} returns {code}", f"probe of {at} fails: status {code}", f"{at}: {code} for users")
    name = draw.pick("SiteDown", "ProbeFailed", "EdgeErrors")
    return triggers.alertmanager(name, {"namespace": ingress["metadata"]["namespace"], **where}, {"summary": text})


def controller(draw: Draw) -> App:
    """ingress-nginx, with the address that every Ingress bears."""
    app = draw.app("ingress-nginx", name="ingress-nginx-controller", port=443)
    app.service["spec"]["type"] = "LoadBalancer"
    app.service["status"] = {"loadBalancer": {"ingress": [{"hostname": objects.BALANCER}]}}
    kind = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    draw.objects.append(kind)
    return app


@situation("paths")
def certificate_that_a_route_names_and_nobody_made(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    at, secret = site(draw), f"{draw.name()}-{draw.pick('cert', 'tls', 'certificate')}"
    ingress = add_ingress(draw, app, at)
    ingress["spec"]["tls"] = [{"hosts": [at], "secretName": secret}]
    text = draw.pick(
        f"TLS certificate of {at} is not valid", f"{at}: x509 certificate is valid for ingress.local, not {at}"
    )
    where = {"namespace": app.namespace, "ingress": ingress["metadata"]["name"]}
    trigger = triggers.alertmanager(draw.pick("TlsProbeFailed", "CertificateMismatch"), where, {"summary": text})
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(secret,)))


@situation("paths")
def question_about_a_site_without_a_certificate(draw: Draw) -> Told:
    app = draw.app()
    at, secret = site(draw), f"{draw.name()}-tls"
    ingress = add_ingress(draw, app, at)
    ingress["spec"]["tls"] = [{"hosts": [at], "secretName": secret}]
    text = draw.pick(
        f"browsers warn about the certificate of {at}, why?",
        f"what is wrong with Ingress {ingress['metadata']['name']} in {app.namespace}?",
    )
    return Told(draw.world(), triggers.question(text), Expect(("answered", "open", "cause"), says=(secret,)))


@situation("paths")
def ingress_controller_that_ends(draw: Draw) -> Told:
    front = controller(draw)
    app = draw.app()
    at = site(draw)
    ingress = add_ingress(draw, app, at)
    draw.chatter(app)
    workloads.break_app(front, exit_code=draw.pick(1, 255))
    for pod in front.pods:
        draw.log(front, ["starting", "F0311 main.go:84 cannot parse configuration"], pod=pod)
    controllers.fresh(draw, front)
    trigger = outage(draw, ingress, at)
    return Told(draw.world(), trigger, Expect(("cause",), subjects=(front.subject,), may_propose=True))


@situation("paths")
def balancer_that_is_never_given(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    app.service["spec"]["type"] = "LoadBalancer"
    app.service["status"] = {"loadBalancer": {}}
    text, word = draw.pick(
        ("Error syncing load balancer: failed to ensure load balancer: no subnets with role elb were found", "subnet"),
        ("Failed build model due to unable to resolve at least one subnet (0 match VPC and tags)", "subnet"),
        ("Error syncing load balancer: LoadBalancerLimitExceeded: you have too many balancers", "LimitExceeded"),
    )
    reason = "SyncLoadBalancerFailed" if text.startswith("Error") else "FailedBuildModel"
    draw.objects.append(objects.event(app.service, reason, text, count=draw.number(8, 30), minutes=2))
    summary = draw.pick(f"{app.name} cannot be reached from outside", f"Service {app.name} has no external address")
    where = {"namespace": app.namespace, "service": app.service["metadata"]["name"]}
    trigger = triggers.alertmanager("ServiceUnreachable", where, {"summary": summary})
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(word,)))


@situation("paths")
def route_to_one_that_was_scaled_away(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    draw.objects[:] = [o for o in draw.objects if not any(o is p for p in app.pods)]
    app.pods.clear()
    app.deployment["spec"]["replicas"] = app.replica_set["spec"]["replicas"] = 0
    app.deployment["status"], app.replica_set["status"] = {"observedGeneration": 1}, {"replicas": 0}
    controllers.fresh(draw, app)
    at = site(draw)
    trigger = outage(draw, add_ingress(draw, app, at), at)
    return Told(draw.world(), trigger, Expect(("cause",), ("scaled_to_zero",), (app.subject,), may_propose=True))


@situation("paths")
def route_of_a_class_that_nobody_serves(draw: Draw) -> Told:
    controller(draw)
    app = draw.app()
    draw.chatter(app)
    at = site(draw)
    ingress = add_ingress(draw, app, at)
    wrong = ingress["spec"]["ingressClassName"] = draw.pick("nginx-public", "traefik", "internal")
    ingress["status"] = {"loadBalancer": {}}
    return Told(
        draw.world(), outage(draw, ingress, at), Expect(("open", "cause"), ("ingress_misrouted",), says=(wrong,))
    )


@situation("paths")
def route_by_a_port_that_the_service_lacks(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    at, wrong = site(draw), draw.pick(81, 8443, 9999)
    trigger = outage(draw, add_ingress(draw, app, at, wrong), at)
    return Told(draw.world(), trigger, Expect(("cause",), ("ingress_misrouted",), says=(str(wrong),), may_propose=True))


@situation("paths")
def route_that_works_beside_one_that_does_not(draw: Draw) -> Told:
    """The other route of the namespace leads nowhere; nobody complains of it."""
    app = draw.app()
    draw.chatter(app)
    at, missing = site(draw), draw.name()
    other = objects.ingress(f"{missing}-old", app.namespace, site(draw), missing)
    draw.objects.append(other)
    trigger = outage(draw, add_ingress(draw, app, at), at)
    return Told(draw.world(), trigger, Expect(("open",), never=(rf"sends to Service {missing}",)))


@situation("paths")
def site_known_by_its_address_beside_a_route_that_leads_nowhere(draw: Draw) -> Told:
    """The alert names no object, only the address that people cannot reach; the broken route has another address."""
    app = draw.app()
    draw.chatter(app)
    at, missing = site(draw), draw.name()
    draw.objects.append(objects.ingress(f"{missing}-old", app.namespace, site(draw), missing))
    add_ingress(draw, app, at)
    text = draw.pick(f"https://{at}/ returns {draw.pick(502, 504)}", f"probe of {at} fails", f"{at} does not answer")
    where = draw.pick({"namespace": app.namespace}, {"namespace": app.namespace, "instance": f"https://{at}"})
    trigger = triggers.alertmanager(draw.pick("SiteDown", "EdgeErrors"), where, {"summary": text})
    return Told(draw.world(), trigger, Expect(("open",), never=(rf"sends to Service {missing}",)))


@situation("paths")
def site_known_by_its_address_whose_route_leads_nowhere(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    at, missing = site(draw), draw.name()
    ingress = objects.ingress(f"{draw.name()}-edge", app.namespace, at, missing)
    draw.objects.append(ingress)
    add_ingress(draw, app, site(draw))
    text = draw.pick(f"https://{at}/ returns {draw.pick(502, 504)}", f"probe of {at} fails", f"{at} does not answer")
    where = draw.pick({"namespace": app.namespace}, {"namespace": app.namespace, "instance": f"https://{at}"})
    trigger = triggers.alertmanager(draw.pick("SiteDown", "EdgeErrors"), where, {"summary": text})
    subject = f"Ingress/{app.namespace}/{ingress['metadata']['name']}"
    return Told(draw.world(), trigger, Expect(("cause",), ("ingress_misrouted",), (subject,), may_propose=True))


@situation("paths")
def route_to_one_whose_image_is_refused(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    problem = draw.pick(f"{app.image}: not found", "unexpected status from HEAD request: 401 Unauthorized")
    unstarted.fail_pull(draw, app, problem)
    controllers.fresh(draw, app)
    at = site(draw)
    trigger = outage(draw, add_ingress(draw, app, at), at)
    expect = Expect(("cause",), ("image_pull_failed", "registry_auth_failed"), (app.subject,), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("paths")
def route_to_one_that_waits_for_what_it_calls(draw: Draw) -> Told:
    """Ingress, a program that gives up after a while, and a database in the cluster that is down."""
    front, base = calling.pair(draw)
    controllers.stateful(draw, base)
    workloads.break_app(base, exit_code=draw.pick(1, 137))
    base.deployment["status"].update(readyReplicas=0)
    base.deployment["status"].pop("conditions", None)
    controllers.fresh(draw, base)
    calling.told_of(draw, front, "DATABASE_URL", f"postgres://app@{calling.host_of(draw, base, front)}:80/app")
    line = draw.pick("ERROR request failed: status 504", 'level=error msg="gave up" status=503')
    draw.log(front, [line] * draw.number(10, 30))
    at = site(draw)
    trigger = outage(draw, add_ingress(draw, front, at), at)
    expect = Expect(("cause",), subjects=(f"StatefulSet/{base.namespace}/{base.name}",), may_propose=True)
    return Told(draw.world(), trigger, expect)
