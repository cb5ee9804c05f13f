"""Connections that do not come about: policies of both sides, Services and ports."""

from __future__ import annotations

from tests.worlds import calling, objects, triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import TROUBLE, End, Expect, Told, situation
from tests.worlds.workloads import labels

ASKED: tuple[End, ...] = ("answered", "open", "cause")  # what a question may end in


@situation("paths")
def policy_of_the_callee_lets_others_in(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    policy = calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(role=draw.name())])
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"],), may_propose=True),
    )


@situation("paths")
def question_about_a_policy(draw: Draw) -> Told:
    """The client says with whom it talks and that it waits in vain in two different lines."""
    caller, callee = calling.pair(draw)
    policy = calling.policy(draw, callee, callee.namespace, ingress=[calling.from_pods(role=draw.name())])
    service = callee.service["metadata"]["name"]
    lines = [
        draw.pick(f"Trying to connect to {service}...", f"GET http://{service}/health", f"calling {service}"),
        draw.pick("wget: download timed out", "curl: (28) Operation timed out after 5001 milliseconds"),
        f"ERROR: no answer from {service}",
    ]
    draw.log(caller, lines * 8, every=5)
    return Told(
        draw.world(),
        calling.ask_why(draw, caller, draw.pick(callee.name, service)),
        Expect(ASKED, ("network_policy_blocks",), says=(policy["metadata"]["name"], "polic"), may_propose=True),
    )


@situation("paths")
def policy_of_the_caller_lets_nothing_out(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    to_dns = {"ports": [{"port": 53, "protocol": "UDP"}]}
    policy = calling.policy(draw, draw.pick(caller, None), caller.namespace, egress=[to_dns])
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"],), may_propose=True),
    )


@situation("paths")
def policy_denies_all_that_comes_in(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    policy = calling.policy(draw, None, callee.namespace, ingress=[])
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"],), may_propose=True),
    )


@situation("paths")
def policy_allows_another_port(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    rule = {**calling.from_pods(**caller.service["spec"]["selector"]), "ports": [{"port": 80, "protocol": "TCP"}]}
    policy = calling.policy(draw, callee, callee.namespace, ingress=[rule])
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(
            ("cause",),
            ("network_policy_blocks",),
            says=(policy["metadata"]["name"], str(callee.port)),
            may_propose=True,
        ),
    )


@situation("paths")
def policies_allow_what_times_out(draw: Draw) -> Told:
    """Everything that is declared allows it: no policy is to blame."""
    caller, callee = calling.pair(draw)
    calling.policy(
        draw, callee, callee.namespace, ingress=[calling.from_pods(**caller.service["spec"]["selector"])], age=9000
    )
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("open",), says=("tim|reach",), never=("does not let",)),
    )


@situation("paths")
def policy_of_a_bystander(draw: Draw) -> Told:
    """A strict policy over another workload, and a timeout to the world outside."""
    caller, _ = calling.pair(draw)
    other = draw.app(caller.namespace)
    policy = calling.policy(draw, other, caller.namespace, ingress=[], egress=[])
    host = f"api.{draw.pick('stripe', 'example', 'partner')}.com"
    draw.log(caller, calling.timeouts(draw, host, 443))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, host),
        Expect(("open", "cause"), ("dependency_unreachable",), says=(host,), never=(policy["metadata"]["name"],)),
    )


@situation("paths")
def selector_of_the_callee_takes_nothing(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    (key, value), *_ = callee.service["spec"]["selector"].items()
    callee.service["spec"]["selector"] = {key: value + draw.pick("-v2", "-api", "s")}
    draw.objects = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(
            ("cause",),
            ("service_misdirected",),
            (f"Service/{callee.namespace}/{callee.name}",),
            ("selector",),
            may_propose=True,
        ),
    )


@situation("paths")
def target_port_where_nobody_listens(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    callee.service["spec"]["ports"][0]["targetPort"] = callee.port + draw.pick(1, 10, 1000)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("service_misdirected",), says=(str(callee.port),), may_propose=True),
    )


@situation("paths")
def port_that_the_service_lacks(draw: Draw) -> Told:
    """The caller asks for the pods' port, which the Service does not offer."""
    caller, callee = calling.pair(draw)
    calling.told_of(draw, caller, "UPSTREAM", f"{calling.host_of(draw, callee, caller)}:{callee.port}")
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller), callee.port))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("open", "cause"), says=(str(callee.port), "\\b80\\b"), may_propose=True),
    )


@situation("paths")
def timeouts_come_and_go(draw: Draw) -> Told:
    """Loss: some calls wait in vain and others succeed. Nothing that is declared stands in the way."""
    caller, callee = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    bad = calling.timeouts(draw, host)[:6]
    good = [f"INFO GET http://{host}/v1/items 200 in {draw.number(3, 20)} ms" for _ in range(24)]
    draw.log(caller, [line for i, line in enumerate(good) for line in ([line, bad[i // 4]] if i % 4 == 0 else [line])])
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), Expect(("open",), says=(host, "tim")))


@situation("paths")
def mesh_refuses(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    host = calling.host_of(draw, callee, caller)
    line = draw.pick(f"ERROR GET http://{host}/v1: 403 RBAC: access denied", f"http://{host}/ 403 RBAC: access denied")
    draw.log(caller, [line] * 15)
    draw.objects.append(objects.event(caller.pods[0], "Pulled", "image is there", kind="Normal"))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("open", "cause"), ("mesh_policy_blocks",), says=("rbac|mesh|polic",)),
    )


@situation("paths")
def question_about_a_name_that_is_gone(draw: Draw) -> Told:
    caller, _ = calling.pair(draw)
    missing = draw.name()
    draw.log(caller, calling.unknown_host(draw, f"{missing}.{caller.namespace}.svc.cluster.local"))
    return Told(
        draw.world(), calling.ask_why(draw, caller, missing), Expect(ASKED, says=(missing, "not exist|no Service"))
    )


@situation("paths")
def service_over_the_wrong_protocol(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    callee.service["spec"]["ports"][0]["protocol"] = "UDP"
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        triggers.alertmanager(
            "ServiceUnreachable", labels(draw, caller), {"summary": f"{caller.name} cannot reach {callee.name}"}
        ),
        Expect(TROUBLE.ends, ("service_misdirected",), says=("UDP",), may_propose=True),
    )
