"""Links between a caller and a callee that runs: names, Services, ports, policies, the name server, the other side."""

from __future__ import annotations

from typing import Final

from tests.worlds import calling, controllers, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.path_links import DOWN, BrokenLink, Link, cause, perhaps, without_slice
from tests.worlds.situation import Expect

TO_DNS: Final = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}


def selector_takes_nothing(draw: Draw, caller: App, callee: App) -> BrokenLink:
    (key, value), *_ = callee.service["spec"]["selector"].items()
    callee.service["spec"]["selector"] = {key: value + draw.pick("-v2", "-api", "s", "-blue")}
    without_slice(draw, callee)
    service = f"Service/{callee.namespace}/{callee.service['metadata']['name']}"
    return BrokenLink(DOWN, cause("service_misdirected", subjects=(service,), says=("selector",)))


def target_port_of_nobody(draw: Draw, caller: App, callee: App) -> BrokenLink:
    callee.service["spec"]["ports"][0]["targetPort"] = callee.port + draw.pick(1, 10, 1000)
    controllers.fresh(draw, callee)
    return BrokenLink(("refused",), cause("service_misdirected", says=(str(callee.port),)))


def named_port_of_nobody(draw: Draw, caller: App, callee: App) -> BrokenLink:
    wrong = draw.pick("web", "grpc", "main")
    callee.service["spec"]["ports"][0]["targetPort"] = wrong
    callee.pods[0]["spec"]["containers"][0]["ports"][0]["name"] = "http"
    without_slice(draw, callee)
    return BrokenLink(DOWN, cause("service_misdirected", says=(wrong,)))


def other_protocol(draw: Draw, caller: App, callee: App) -> BrokenLink:
    callee.service["spec"]["ports"][0]["protocol"] = "UDP"
    return BrokenLink(("timeout",), cause("service_misdirected", says=("UDP",)))


def service_gone(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """Its workload runs, and nothing routes to it any more."""
    calling.name_server(draw)
    without_slice(draw, callee)
    draw.objects[:] = [o for o in draw.objects if o is not callee.service]
    name = callee.service["metadata"]["name"]
    classes = ("service_deleted", "env_wrong", "config_wrong", "dependency_unreachable")
    return BrokenLink(("unresolved",), perhaps(*classes, says=(name,)))


def name_of_nobody(draw: Draw, caller: App, callee: App) -> BrokenLink:
    calling.name_server(draw)
    wrong = draw.name()
    classes = ("env_wrong", "config_wrong", "dependency_unreachable", "service_deleted")
    return BrokenLink(("unresolved",), perhaps(*classes, says=(wrong,)), host=wrong)


def let_in_are_others(draw: Draw, caller: App, callee: App) -> BrokenLink:
    who = draw.pick({"role": draw.name()}, {"app": draw.name()}, {"tier": "edge"})
    return _block(calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(**who)]))


def let_in_is_nobody(draw: Draw, caller: App, callee: App) -> BrokenLink:
    return _block(calling.policy(draw, draw.pick(callee, None), callee.namespace, ingress=[]))


def let_in_on_another_port(draw: Draw, caller: App, callee: App) -> BrokenLink:
    rule = {"from": [{"namespaceSelector": {}}], "ports": [{"port": callee.port + 1, "protocol": "TCP"}]}
    return _block(calling.policy(draw, callee, callee.namespace, ingress=[rule]), str(callee.port))


def let_out_to_dns_alone(draw: Draw, caller: App, callee: App) -> BrokenLink:
    calling.name_server(draw)
    return _block(calling.policy(draw, draw.pick(caller, None), caller.namespace, egress=[TO_DNS]))


def let_out_to_others(draw: Draw, caller: App, callee: App) -> BrokenLink:
    calling.name_server(draw)
    other = {"to": [{"podSelector": {"matchLabels": {"app": draw.name()}}}]}
    return _block(calling.policy(draw, caller, caller.namespace, egress=[TO_DNS, other]))


def not_let_out_to_dns(draw: Draw, caller: App, callee: App) -> BrokenLink:
    calling.name_server(draw)
    rule = {"to": [{"podSelector": {}}], "ports": [{"port": callee.port, "protocol": "TCP"}]}
    policy = calling.policy(draw, caller, caller.namespace, egress=[rule])
    expect = cause("network_policy_blocks", says=(policy["metadata"]["name"],))
    return BrokenLink(("unanswered",), expect)


def _block(policy: Obj, *says: str) -> BrokenLink:
    return BrokenLink(("timeout",), cause("network_policy_blocks", says=(policy["metadata"]["name"], *says)))


def name_server_down(draw: Draw, caller: App, callee: App) -> BrokenLink:
    dns = calling.name_server(draw)
    workloads.break_app(dns, exit_code=draw.pick(1, 2))
    for pod in dns.pods:
        draw.log(dns, ["CoreDNS-1.11.1", 'plugin/forward: not an IP address or file: "upstream"'], pod=pod)
    controllers.fresh(draw, dns)
    return BrokenLink(("unanswered",), cause("cluster_dns_broken", "crash_loop", says=("dns",)))


def port_not_offered(draw: Draw, caller: App, callee: App) -> BrokenLink:
    return BrokenLink(("timeout",), perhaps(says=(str(callee.port), r"\b80\b")), port=callee.port)


def outside_unreachable(draw: Draw, caller: App, callee: App) -> BrokenLink:
    host = f"{draw.pick('api', 'gw', 'pay')}.{draw.suffix(5)}.com"
    expect = perhaps("dependency_unreachable", says=(host,), never=(rf"Deployment/\S+/{callee.name} ",))
    return BrokenLink(("timeout", "refused"), expect, host=host, port=443)


def nothing_in_the_way(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """All that is declared lets the call through: whoever drops it is not to be seen."""
    mine = caller.deployment["spec"]["template"]["metadata"]["labels"]
    rule = {"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": mine}}]}
    calling.policy(draw, callee, callee.namespace, ingress=[rule], age=9000)
    return BrokenLink(("timeout",), Expect(("open", "answered"), never=("does not let",)))


def fails_by_itself(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """It runs, is ready, and answers every request with the same error of its own."""
    word = draw.pick("NullPointerException", "KeyError: 'rate'", "division by zero", "index out of range")
    line = draw.pick(
        f"ERROR unhandled exception in GET /v1: {word}",
        f'level=error msg="panic recovered" err="{word}"',
        f'{{"level":"error","msg":"request failed","error":"{word}"}}',
    )
    for pod in callee.pods:
        draw.log(callee, [line] * draw.number(10, 25), pod=pod)
    return BrokenLink(("answered",), perhaps(says=(callee.name, word.split(":")[0]), never=("polic",)))


AT_THE_CALLER: Final[tuple[Link, ...]] = (let_out_to_dns_alone, let_out_to_others, not_let_out_to_dns)  # no other's
BETWEEN: Final[tuple[Link, ...]] = (
    selector_takes_nothing,
    target_port_of_nobody,
    named_port_of_nobody,
    other_protocol,
    service_gone,
    name_of_nobody,
    let_in_are_others,
    let_in_is_nobody,
    let_in_on_another_port,
    let_out_to_dns_alone,
    let_out_to_others,
    not_let_out_to_dns,
    name_server_down,
    port_not_offered,
    outside_unreachable,
    nothing_in_the_way,
    fails_by_itself,
)
