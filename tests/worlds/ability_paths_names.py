"""Names that do not resolve: the name server, what lets nobody ask it, and names that are wrong."""

from __future__ import annotations

import json

from tests.worlds import calling, objects, triggers
from tests.worlds.parts import App, Draw
from tests.worlds.situation import OPEN, Expect, Told, situation
from tests.worlds.workloads import break_app, labels, sick


@situation("paths")
def name_server_pods_crash(draw: Draw) -> Told:
    dns = calling.name_server(draw)
    break_app(dns, exit_code=draw.pick(1, 137))
    caller, callee = calling.pair(draw)
    draw.log(caller, calling.no_dns_answer(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("cluster_dns_broken", "crash_loop"), says=("dns",), may_propose=True),
    )


@situation("paths")
def name_server_serves_another_zone(draw: Draw) -> Told:
    calling.name_server(draw, zone=draw.pick("cluster.example", "k8s.internal"))
    caller, callee = calling.pair(draw)
    host = f"{callee.service['metadata']['name']}.{callee.namespace}.svc.cluster.local"
    draw.log(caller, calling.unknown_host(draw, host))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("cluster_dns_broken",), says=("corefile|zone",)),
    )


@situation("paths")
def name_server_scaled_to_zero(draw: Draw) -> Told:
    dns = calling.name_server(draw)
    draw.objects = [o for o in draw.objects if o not in dns.pods]
    draw.objects = [o for o in draw.objects if o.get("metadata", {}).get("name") != dns.slice["metadata"]["name"]]
    dns.pods.clear()
    draw.objects.append(dns.slice)
    dns.deployment["spec"]["replicas"] = 0
    dns.deployment["status"] = {"observedGeneration": 1}
    dns.replica_set["spec"]["replicas"], dns.replica_set["status"] = 0, {"replicas": 0}
    caller, callee = calling.pair(draw)
    draw.log(caller, calling.no_dns_answer(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("cluster_dns_broken", "scaled_to_zero"), says=("dns",), may_propose=True),
    )


@situation("paths")
def policy_forgets_the_name_server(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    rule = {"to": [{"podSelector": {"matchLabels": callee.service["spec"]["selector"]}}]}
    blocking = calling.policy(draw, draw.pick(caller, None), caller.namespace, egress=[rule])
    draw.log(caller, calling.no_dns_answer(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("network_policy_blocks",), says=(blocking["metadata"]["name"], "dns|53"), may_propose=True),
    )


@situation("paths")
def policy_lets_names_be_asked(draw: Draw) -> Told:
    """The policies allow all that is needed; the name is wrong."""
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    to_dns = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    to_callee = {"to": [{"podSelector": {"matchLabels": callee.service["spec"]["selector"]}}]}
    calling.policy(draw, caller, caller.namespace, egress=[to_dns, to_callee])
    wrong = callee.service["metadata"]["name"] + draw.pick("s", "-svc", "-v2")
    draw.log(caller, calling.unknown_host(draw, wrong))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, wrong),
        Expect(("open", "cause"), says=(wrong,), never=("polic",), may_propose=True),
    )


@situation("paths")
def one_name_is_wrong(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    real = callee.service["metadata"]["name"]
    wrong = draw.pick(real[:-1], real.replace("-", ""), real + "s", real + "-svc")
    calling.told_of(draw, caller, "BACKEND_URL", f"http://{wrong}:80")
    draw.log(caller, calling.unknown_host(draw, wrong))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, wrong),
        Expect(("open", "cause"), says=(wrong, f"{real}\\b"), never=("coredns|cluster's DNS \\(",), may_propose=True),
    )


@situation("paths")
def name_of_the_world_outside(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, _ = calling.pair(draw)
    host = f"{draw.pick('orders', 'main', 'billing')}-db.{draw.suffix(12)}.eu-central-1.rds.amazonaws.com"
    draw.log(caller, calling.unknown_host(draw, host))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, "its database"),
        Expect(("open", "cause"), ("dependency_unreachable",), says=(host.split(".")[0], "resol|dns|name")),
    )


@situation("paths")
def names_resolve_and_nothing_is_wrong(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    draw.chatter(caller)
    draw.chatter(callee)
    text = {"summary": f"{caller.name} reports lookup failures"}
    return Told(
        draw.world(),
        triggers.alertmanager("LookupFailures", labels(draw, caller), text),
        OPEN,
    )


@situation("paths")
def other_pod_crashes_beside_the_name_error(draw: Draw) -> Told:
    """A crashing neighbour has nothing to do with a name that does not resolve."""
    calling.name_server(draw)
    caller, _ = calling.pair(draw)
    other = sick(draw, caller.namespace)
    wrong = draw.name()
    draw.log(caller, calling.unknown_host(draw, f"{wrong}.{caller.namespace}.svc.cluster.local"))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, wrong),
        Expect(("open", "cause"), says=(wrong,), never=(f"because.*{other.name}",), may_propose=True),
    )


@situation("paths")
def alarm_says_it_and_no_log_is_there(draw: Draw) -> Told:
    """The reason stands in the alarm's own text."""
    app = draw.app()
    draw.bystanders(2)
    host = f"{draw.pick('pg', 'redis', 'mq')}-{draw.suffix(4)}.{draw.pick('internal', 'example')}.net"
    text = draw.pick(
        f"{app.name}: getaddrinfo ENOTFOUND {host} ({draw.number(30, 400)} in 5 minutes)",
        f"errors from {app.name}: could not resolve host {host}",
    )
    return Told(
        draw.world(),
        triggers.alertmanager("ErrorLogs", labels(draw, app), {"summary": "errors are logged", "description": text}),
        Expect(("open", "cause"), says=(host.split(".")[0], "resol|dns|enotfound")),
    )


@situation("paths")
def asks_a_server_of_its_own(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, callee = calling.pair(draw)
    for one in (caller.deployment["spec"]["template"], caller.replica_set["spec"]["template"], *caller.pods):
        one["spec"]["dnsPolicy"] = draw.pick("Default", "None")
        if one["spec"]["dnsPolicy"] == "None":
            one["spec"]["dnsConfig"] = {"nameservers": ["10.0.0.2"]}
    host = f"{callee.service['metadata']['name']}.{callee.namespace}.svc.cluster.local"
    draw.log(caller, calling.unknown_host(draw, host, "10.0.0.2"))
    draw.objects.append(objects.event(caller.pods[0], "Pulled", "image is there", kind="Normal"))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("dns_policy_wrong",), says=("dns",), may_propose=True),
    )


def _ship(draw: Draw, app: App, lines: list[str], *, with_frame: bool) -> None:
    """Lines that a log shipper took from the app's pods, as they are or in the frame of Fluent Bit."""
    events = []
    for number, line in enumerate(lines):
        pod = app.pods[number % len(app.pods)]["metadata"]["name"]
        kubernetes = {"pod_name": pod, "namespace_name": app.namespace, "container_name": "main"}
        message = json.dumps({"log": line, "stream": "stderr", "kubernetes": kubernetes}) if with_frame else line
        stream = f"ip-10-0-1-9-application.var.log.containers.{pod}_{app.namespace}_main-0a1b.log"
        events.append(
            {
                "timestamp": objects.at((len(lines) - number) * 0.5),
                "message": message,
                "stream": stream if with_frame else pod,
            }
        )
    cluster = f"{draw.pick('prod', 'main')}-eks"
    draw.log_groups += [
        {"name": f"/aws/containerinsights/{cluster}/application", "events": events},
        {"name": "/aws/lambda/resize", "events": [{"timestamp": objects.at(5), "message": "ERROR no such key"}]},
    ]


@situation("paths")
def name_error_that_only_the_log_groups_hold(draw: Draw) -> Told:
    """The pods have no log any more; what they shipped says that a name does not resolve."""
    calling.name_server(draw)
    caller, _ = calling.pair(draw)
    host = f"{draw.pick('pg', 'ledger', 'redis')}.{draw.pick('data', 'legacy')}.svc.cluster.local"
    _ship(draw, caller, calling.unknown_host(draw, host), with_frame=draw.pick(True, False))
    return Told(draw.world(), calling.complaint(draw, caller, "something"), Expect(("open", "cause"), says=(host,)))


@situation("paths")
def callee_that_only_the_log_groups_name(draw: Draw) -> Told:
    caller, _ = calling.pair(draw)
    host = f"{draw.pick('db', 'cache')}-{draw.suffix()}.internal.example.com"
    _ship(draw, caller, calling.refusals(draw, host, 5432), with_frame=draw.pick(True, False))
    expect = Expect(("open", "cause"), ("dependency_unreachable",), says=(host,))
    return Told(draw.world(), calling.complaint(draw, caller, "its database"), expect)


@situation("paths")
def shipped_lines_of_another_with_a_longer_name(draw: Draw) -> Told:
    """The group holds lines of a workload whose name only begins like the caller's, in another namespace."""
    caller, _ = calling.pair(draw)
    other = draw.app(name=f"{caller.name}-old")
    host = f"{draw.pick('db', 'cache')}-{draw.suffix()}.internal.example.com"
    _ship(draw, other, calling.refusals(draw, host, 5432), with_frame=True)
    trigger = calling.complaint(draw, caller, "something")
    return Told(draw.world(), trigger, Expect(("open",), never=(host,)))
