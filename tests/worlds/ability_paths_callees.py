"""Callers whose callee is down: by the host in an error line, by configuration, along a chain, for several at once."""

from __future__ import annotations

from tests.worlds import calling, objects
from tests.worlds.parts import App, Draw
from tests.worlds.situation import OPEN, Expect, Told, situation
from tests.worlds.workloads import break_app, labels, sick


def _down(draw: Draw, callee: App) -> None:
    break_app(callee, exit_code=draw.pick(1, 2, 139))
    draw.objects = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    draw.objects.append(callee.slice)
    for pod in callee.pods:
        draw.log(callee, ["starting", draw.pick("panic: nil map", "FATAL bad schema")], pod=pod, every=1)


@situation("paths")
def callee_crashes(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    _down(draw, callee)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), subjects=(callee.subject,), may_propose=True),
    )


@situation("paths")
def callee_named_by_the_configuration_alone(draw: Draw) -> Told:
    """The log tells of errors and names nobody; what the caller is started with does."""
    caller, callee = calling.pair(draw)
    _down(draw, callee)
    key = draw.pick("CATALOG_URL", "BACKEND_ADDR", "UPSTREAM_HOST", "API_BASE")
    calling.told_of(draw, caller, key, f"http://{calling.host_of(draw, callee, caller)}:80")
    line = draw.pick(
        "ERROR upstream answered 503", 'level=error msg="bad gateway" status=502', "Error: request failed: 503"
    )
    draw.log(caller, [line] * 20)
    return Told(
        draw.world(),
        calling.complaint(draw, caller, "its backend"),
        Expect(("cause",), subjects=(callee.subject,), may_propose=True),
    )


@situation("paths")
def chain_of_three(draw: Draw) -> Told:
    middle, last = calling.pair(draw)
    first = draw.app(middle.namespace)
    _down(draw, last)
    draw.log(middle, calling.refusals(draw, calling.host_of(draw, last, middle)))
    host = middle.service["metadata"]["name"]
    draw.log(first, [f"ERROR GET http://{host}/v1 answered 502 Bad Gateway"] * 15)
    return Told(
        draw.world(),
        calling.complaint(draw, first, middle.name),
        Expect(("cause",), subjects=(last.subject,), may_propose=True),
    )


@situation("paths")
def callee_scaled_to_zero(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    lost_pods = [*callee.pods]
    draw.objects = [o for o in draw.objects if not any(o is p for p in lost_pods)]
    draw.objects = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    callee.pods.clear()
    draw.objects.append(callee.slice)
    callee.deployment["spec"]["replicas"] = callee.replica_set["spec"]["replicas"] = 0
    callee.deployment["status"], callee.replica_set["status"] = {"observedGeneration": 1}, {"replicas": 0}
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, calling.host_of(draw, callee, caller)))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, callee.name),
        Expect(("cause",), ("scaled_to_zero",), (callee.subject,), may_propose=True),
    )


@situation("paths")
def several_clients_share_what_is_down(draw: Draw) -> Told:
    place = draw.place()
    callers = [draw.app(place) for _ in range(draw.number(2, 4))]
    draw.bystanders(2)
    host = f"{draw.pick('db', 'cache', 'broker')}-{draw.suffix(5)}.{draw.pick('internal', 'corp')}.example.com"
    port = draw.pick(5432, 6379, 3306, 9092)
    for one in callers:
        draw.log(one, draw.pick(calling.timeouts, calling.refusals)(draw, host, port))
    for one in callers:
        calling.told_of(draw, one, "DATABASE_URL", f"{host}:{port}")
    trigger = calling.complaint(draw, callers[0], "its database")
    alerts = trigger["payload"]["alerts"]
    for one in callers[1:]:
        where = {"alertname": alerts[0]["labels"]["alertname"], "severity": "warning", **labels(draw, one)}
        alerts.append({**alerts[0], "labels": where, "annotations": {"summary": f"{one.name} fails"}})
    trigger["payload"]["commonLabels"] = {"severity": "warning"}
    trigger["payload"]["commonAnnotations"] = {}
    return Told(
        draw.world(),
        trigger,
        Expect(("open", "cause"), ("dependency_unreachable",), says=(host,)),
    )


@situation("paths")
def neighbour_crashes_beside_a_healthy_path(draw: Draw) -> Told:
    """Who crashes is nobody that the caller calls."""
    caller, callee = calling.pair(draw)
    calling.told_of(draw, caller, "BACKEND_URL", f"http://{calling.host_of(draw, callee, caller)}")
    sick(draw, caller.namespace)
    draw.chatter(caller)
    draw.chatter(callee)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), OPEN)


@situation("paths")
def group_of_alerts_about_one_callee(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    _down(draw, callee)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    trigger = calling.complaint(draw, caller, callee.name)
    first = trigger["payload"]["alerts"][0]
    other = {"alertname": "PodCrashLooping", "severity": "critical", **labels(draw, callee)}
    trigger["payload"]["alerts"].append(
        {**first, "labels": other, "annotations": {"summary": f"{callee.name} restarts"}, "startsAt": objects.at(16)}
    )
    trigger["payload"]["commonLabels"], trigger["payload"]["commonAnnotations"] = {"namespace": caller.namespace}, {}
    return Told(draw.world(), trigger, Expect(("cause",), subjects=(callee.subject,), may_propose=True))
