"""What a client is given beside what the cluster has: hosts, ports, names of ports, Secrets, accounts and claims."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, unstarted, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def templates(app: App) -> list[Obj]:
    return [app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods]


@situation("fit")
def secret_of_a_route_under_a_near_name(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    host, secret = f"www.{draw.suffix(4)}.example.net", f"{app.name}-tls"
    route = objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"])
    route["spec"]["tls"] = [{"hosts": [host], "secretName": secret}]
    near = draw.pick(f"{app.name}-tls-cert", f"{app.name}-tl", f"{app.name}-tls2")
    unstarted.holds(draw, "Secret", near, app.namespace, "tls.crt", "tls.key")
    draw.objects.append(route)
    where = {"namespace": app.namespace, "ingress": app.name}
    trigger = triggers.alertmanager(
        "CertificateNotTrusted", where, {"summary": f"the certificate of {host} is refused"}
    )
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(secret, near)))


@situation("fit")
def client_with_the_port_of_the_pods(draw: Draw) -> Told:
    """The client takes the container's port for the Service's, which has another one."""
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    host = calling.host_of(draw, callee, caller)
    calling.told_of(draw, caller, "PEER_ADDR", f"{host}:{callee.port}")
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, host, callee.port))
    expect = Expect(("open", "cause"), says=(str(callee.port), r"\b80\b"), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("fit")
def client_in_another_namespace_than_it_thinks(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw, apart=True)
    wrong = f"{callee.service['metadata']['name']}.{caller.namespace}.svc.cluster.local"
    calling.told_of(draw, caller, "PEER_URL", f"http://{wrong}")
    draw.log(caller, calling.unknown_host(draw, wrong))
    expect = Expect(("open", "cause"), says=(callee.name, callee.namespace), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("fit")
def port_by_a_name_that_only_the_sidecar_has(draw: Draw) -> Told:
    """The Service's target port is a name; the pods' main container calls its port otherwise."""
    caller, callee = calling.pair(draw)
    for one in templates(callee):
        one["spec"]["containers"][0]["ports"][0]["name"] = "http"
    wrong = draw.pick("api", "https", "web")
    callee.service["spec"]["ports"][0]["targetPort"] = wrong
    waiting.empty(draw, callee)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("cause",), ("service_misdirected",), says=(wrong, "http"), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("fit")
def stateful_one_whose_own_service_is_gone(draw: Draw) -> Told:
    """Its pods have no names of their own without the Service that it declares."""
    calling.name_server(draw)
    caller, base = calling.pair(draw)
    controllers.stateful(draw, base)
    missing = f"{base.name}-headless"
    base.deployment["spec"]["serviceName"] = missing
    host = f"{base.name}-0.{missing}.{base.namespace}.svc.cluster.local"
    draw.log(caller, calling.unknown_host(draw, host))
    expect = Expect(("open", "cause"), says=(missing,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, base.name), expect)


@situation("fit")
def two_services_of_which_the_client_takes_the_empty_one(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    old = f"{callee.name}-{draw.pick('old', 'v1', 'legacy')}"
    service: Obj = {
        "kind": "Service",
        "metadata": objects.meta(old, callee.namespace, 90000, {}),
        "spec": {**callee.service["spec"], "selector": {"app": old}, "clusterIP": "10.96.9.9"},
    }
    draw.objects.append(service)
    calling.told_of(draw, caller, "PEER_URL", f"http://{old}")
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, f"{old}.{callee.namespace}"))
    expect = Expect(("cause",), ("service_misdirected",), says=(old, "selector|selects"), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, old), expect)


@situation("fit")
def quota_that_the_callee_does_not_fit(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    quota = f"{callee.namespace}-cpu"
    refusal = f"exceeded quota: {quota}, requested: requests.cpu=50m, used: requests.cpu=4, limited: requests.cpu=4"
    unstarted.refuse(draw, callee, f'pods "{{pod}}" is forbidden: {refusal}')
    waiting.empty(draw, callee)
    draw.log(caller, ["ERROR upstream answered 503"] * 15)
    calling.told_of(draw, caller, "PEER_URL", f"http://{calling.host_of(draw, callee, caller)}")
    expect = Expect(("cause",), ("quota_exceeded",), says=(quota, "cpu"), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, "its backend"), expect)


@situation("fit")
def hosts_of_a_client_that_all_exist(draw: Draw) -> Told:
    """Every host that it is given is there and serves: nothing that is declared is wrong."""
    caller, callee = calling.pair(draw)
    calling.told_of(draw, caller, "PEER_URL", f"http://{calling.host_of(draw, callee, caller)}:80")
    draw.log(caller, ["ERROR upstream answered 503"] * 15)
    draw.chatter(callee)
    return Told(draw.world(), calling.complaint(draw, caller, "its backend"), Expect(("open",)))
