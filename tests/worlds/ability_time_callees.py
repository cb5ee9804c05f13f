"""Time along a path: what was down long before, what is back, and what went down shortly before callers noticed."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels


def down_for(draw: Draw, app: App, minutes: float) -> None:
    """It has been crashing for that long."""
    break_app(app, restarts=max(3, int(minutes / 6)))
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes + 2)
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes)
        draw.log(app, ["starting", "FATAL bad schema"], pod=pod, every=1)
    app.deployment["status"]["conditions"][0]["lastTransitionTime"] = objects.at(minutes)
    controllers.fresh(draw, app)


def configure(draw: Draw, caller: App, callee: App) -> None:
    calling.told_of(draw, caller, "PEER_URL", f"http://{calling.host_of(draw, callee, caller)}", "env", "args")


@situation("time")
def callee_that_has_been_down_for_weeks_and_nobody_names(draw: Draw) -> Told:
    """The caller's errors began minutes ago; who is down has been so for weeks, and no log names it."""
    caller, callee = calling.pair(draw)
    down_for(draw, callee, draw.number(10, 40) * 1440)
    configure(draw, caller, callee)
    draw.log(caller, ["ERROR upstream answered 503"] * draw.number(12, 25), every=10)
    return Told(draw.world(), calling.complaint(draw, caller, "something"), Expect(("open",)))


@situation("time")
def callee_that_went_down_minutes_before(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    down_for(draw, callee, draw.number(16, 40))
    configure(draw, caller, callee)
    draw.log(caller, ["ERROR upstream answered 503"] * draw.number(12, 25), every=30)
    expect = Expect(("cause",), subjects=(callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, "something"), expect)


@situation("time")
def callee_that_has_been_down_for_days_and_is_named_now(draw: Draw) -> Told:
    """However long it has been down: the caller says now that it misses it."""
    caller, callee = calling.pair(draw)
    down_for(draw, callee, draw.number(2, 6) * 1440)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("cause",), subjects=(callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("time")
def refusals_that_ended_when_the_callee_came_back(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    past.end_run(callee, draw.number(40, 90), code=1)
    host = calling.host_of(draw, callee, caller)
    good = [f"INFO GET http://{host}/v1 200 in {draw.number(2, 20)} ms" for _ in range(60)]
    draw.log(caller, [*calling.refusals(draw, host)[:8], *good], every=50)
    never = ("cannot be reached by",)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), Expect(("open",), never=never))


@situation("time")
def rollout_of_the_callee_that_broke_its_callers(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    past.rolled_out(draw, callee, draw.number(18, 30))
    down_for(draw, callee, draw.number(12, 15))
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("cause",), ("bad_rollout", "crash_loop"), (callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("time")
def policy_of_today_that_cut_a_caller_off(draw: Draw) -> Told:
    """An old policy allows, a new one does not apply; the newest one over the caller does."""
    caller, callee = calling.pair(draw)
    calling.policy(draw, callee, callee.namespace, ingress=[{"from": [{"podSelector": {}}]}], age=90000)
    policy = calling.policy(draw, caller, caller.namespace, egress=[{"ports": [{"port": 53}]}], age=20)
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("cause",), ("network_policy_blocks",), says=(policy["metadata"]["name"],), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("time")
def node_of_the_callee_that_was_away_and_is_back(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    past.back(draw, callee.pods[0]["spec"]["nodeName"], draw.number(60, 200), 12)
    configure(draw, caller, callee)
    draw.chatter(caller)
    draw.chatter(callee)
    text = {"summary": f"p99 latency of {caller.name} is 3 s"}
    trigger = triggers.alertmanager("LatencyHigh", labels(draw, caller), text)
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("time")
def callee_scaled_down_an_hour_before(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    draw.objects[:] = [o for o in draw.objects if not any(o is pod for pod in callee.pods)]
    callee.pods.clear()
    callee.deployment["spec"]["replicas"] = callee.replica_set["spec"]["replicas"] = 0
    callee.deployment["status"], callee.replica_set["status"] = {"observedGeneration": 1}, {"replicas": 0}
    controllers.fresh(draw, callee)
    text = f"Scaled down replica set {callee.replica_set['metadata']['name']} from 2 to 0"
    scale_down = objects.event(callee.deployment, "ScalingReplicaSet", text, minutes=50, count=1, kind="Normal")
    draw.objects.append(scale_down)
    configure(draw, caller, callee)
    draw.log(caller, ["Error: request failed with status code 503"] * draw.number(12, 25), every=30)
    expect = Expect(("cause",), ("scaled_to_zero",), (callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, "something"), expect)
