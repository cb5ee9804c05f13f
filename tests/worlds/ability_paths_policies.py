"""Policies of both sides: by namespace, by address, by name of a port, in several that add up, and beside the path."""

from __future__ import annotations

from tests.worlds import calling, objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import labels


def blocks(policy: Obj, *says: str) -> Expect:
    return Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"], *says), may_propose=True)


def waits(draw: Draw, caller: App, callee: App, port: int = 80) -> None:
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller), port))


def spaces(**own_labels: str) -> Obj:
    return {"from": [{"namespaceSelector": {"matchLabels": own_labels}}]}


@situation("paths")
def policy_lets_in_other_namespaces(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    rule = spaces(**{draw.pick("team", "zone"): draw.name()})
    other = spaces(**{"kubernetes.io/metadata.name": callee.namespace})
    policy = calling.policy(draw, draw.pick(callee, None), callee.namespace, ingress=draw.pick([rule], [rule, other]))
    waits(draw, caller, callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy))


@situation("paths")
def policy_of_the_callee_beside_one_of_the_caller_that_allows(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    there = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": callee.namespace}}}
    fine = calling.policy(draw, caller, caller.namespace, egress=[{"to": [there]}, {"ports": [{"port": 53}]}])
    policy = calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(role=draw.name())])
    waits(draw, caller, callee)
    expect = Expect(
        ("cause",),
        ("network_policy_blocks",),
        (f"NetworkPolicy/{callee.namespace}/{policy['metadata']['name']}", callee.subject),
        (policy["metadata"]["name"],),
        (rf"NetworkPolicy/\S*{fine['metadata']['name']} does not let",),
        may_propose=True,
    )
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def policy_of_addresses_that_leave_the_pods_out(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    blocks_of = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12"]}}
    dns = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    policy = calling.policy(draw, draw.pick(caller, None), caller.namespace, egress=[{"to": [blocks_of]}, dns])
    waits(draw, caller, callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy))


@situation("paths")
def policy_by_an_expression(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    tier = {"key": "tier", "operator": draw.pick("In", "Exists"), "values": ["front"]}
    if tier["operator"] == "Exists":
        tier.pop("values")
    policy = calling.policy(
        draw, callee, callee.namespace, ingress=[{"from": [{"podSelector": {"matchExpressions": [tier]}}]}]
    )
    waits(draw, caller, callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy, "tier"))


@situation("paths")
def names_may_be_asked_by_the_other_protocol_alone(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    rules: list[Obj] = [
        {"to": [{"podSelector": {"matchLabels": callee.service["spec"]["selector"]}}]},
        {"ports": [{"port": 53, "protocol": "TCP"}]},
    ]
    policy = calling.policy(draw, caller, caller.namespace, egress=rules)
    draw.log(caller, calling.no_dns_answer(draw, calling.host_of(draw, callee, caller)))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy, "dns|53"))


@situation("paths")
def nothing_may_leave_for_the_world_outside(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, _ = calling.pair(draw)
    inside: Obj = {"to": [{"namespaceSelector": {}}]}
    policy = calling.policy(draw, draw.pick(caller, None), caller.namespace, egress=[inside])
    host = f"api.{draw.pick('stripe', 'mapbox', 'twilio')}.com"
    draw.log(caller, calling.timeouts(draw, host, 443))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, host),
        Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"], host), may_propose=True),
    )


@situation("paths")
def policy_by_the_name_of_a_port_that_the_pods_lack(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    rule = {**calling.from_pods(**caller.service["spec"]["selector"]), "ports": [{"port": draw.pick("web", "grpc")}]}
    policy = calling.policy(draw, callee, callee.namespace, ingress=[rule])
    waits(draw, caller, callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy))


@situation("paths")
def policy_with_a_range_of_ports_that_ends_too_soon(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    ports = [{"protocol": "TCP", "port": callee.port - 90, "endPort": callee.port - 1}]
    rule = {**calling.from_pods(**caller.service["spec"]["selector"]), "ports": ports}
    policy = calling.policy(draw, callee, callee.namespace, ingress=[rule])
    waits(draw, caller, callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy, str(callee.port)))


@situation("paths")
def strict_policy_beside_one_that_allows(draw: Draw) -> Told:
    """Policies add up: what one of them allows is allowed."""
    caller, callee = calling.pair(draw)
    strict = calling.policy(draw, None, callee.namespace, ingress=[])
    calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(**caller.service["spec"]["selector"])])
    waits(draw, caller, callee)
    never = (rf"{strict['metadata']['name']} does not let",)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), Expect(("open",), never=never))


@situation("paths")
def policy_before_a_database_in_the_cluster(draw: Draw) -> Told:
    port = draw.pick(5432, 3306, 6379)
    callee = draw.app(port=port)
    callee.service["spec"]["ports"][0]["port"] = port
    caller = draw.app(draw.pick(callee.namespace, draw.place()))
    policy = calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(role=draw.name())])
    waits(draw, caller, callee, port)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy))


@situation("paths")
def policy_keeps_the_ingress_controller_out(draw: Draw) -> Told:
    front = draw.app("ingress-nginx", name="ingress-nginx-controller")
    callee = draw.app()
    host = f"{draw.pick('www', 'shop')}.{draw.suffix(4)}.example.com"
    draw.objects.append(objects.ingress(callee.name, callee.namespace, host, callee.service["metadata"]["name"]))
    same: Obj = {"from": [{"podSelector": {}}]}
    policy = calling.policy(draw, draw.pick(callee, None), callee.namespace, ingress=[same])
    upstream = f"10.2.3.4:{callee.port}"
    line = (
        "[error] 31#31: *88 upstream timed out (110: Operation timed out) while connecting to upstream, client: "
        f'10.0.0.7, server: {host}, request: "GET / HTTP/1.1", upstream: "http://{upstream}/", host: "{host}"'
    )
    draw.log(front, [line] * draw.number(10, 30))
    where = {"namespace": callee.namespace, "ingress": callee.name}
    trigger = triggers.alertmanager("IngressErrors", where, {"summary": f"504 at https://{host}/"})
    expect = Expect(("open", "cause"), ("network_policy_blocks",), says=(policy["metadata"]["name"],), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("paths")
def policy_that_lets_in_by_pods_of_another_namespace(draw: Draw) -> Told:
    """A selector of pods alone means those of the policy's own namespace."""
    caller, callee = calling.pair(draw, apart=True)
    rule = calling.from_pods(**caller.service["spec"]["selector"])
    policy = calling.policy(draw, callee, callee.namespace, ingress=[rule])
    waits(draw, caller, callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), blocks(policy))


@situation("paths")
def question_whether_one_reaches_another(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    policy = calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(role=draw.name())])
    waits(draw, caller, callee)
    text = draw.pick(
        f"Can {caller.name} reach {callee.name} in {callee.namespace}?",
        f"why can't {caller.name} connect to {callee.name}",
        f"does anything block {caller.name} from calling {callee.name} in namespace {callee.namespace}?",
    )
    expect = Expect(("answered", "open", "cause"), says=(policy["metadata"]["name"],))
    return Told(draw.world(), triggers.question(text), expect)


@situation("paths")
def policy_that_was_there_long_before(draw: Draw) -> Told:
    """A policy over the caller lets out what it needs, for months; the callee crashes."""
    caller, callee = calling.pair(draw)
    to = {"to": [{"podSelector": {"matchLabels": callee.service["spec"]["selector"]}}]}
    old = calling.policy(draw, caller, caller.namespace, egress=[to, {"ports": [{"port": 53}]}], age=90000)
    callee.service["spec"]["selector"] = {"app": draw.name()}
    callee.slice["endpoints"].clear()
    draw.objects[:] = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    draw.objects.append(objects.endpoint_slice(callee.service, []))
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    never = (rf"{old['metadata']['name']} does not let",)
    expect = Expect(("cause",), ("service_misdirected",), says=("selector",), never=never, may_propose=True)
    return Told(draw.world(), triggers.alertmanager("Http5xx", labels(draw, caller), {"summary": "fails"}), expect)
