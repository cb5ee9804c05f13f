"""Faults in several layers and places at once: what joins them, and what only stands beside them."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers, unstarted, waiting
from tests.worlds.ability_several_faults import both, caller, configless, crashing, fail_pull
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, lose, serving_app


@situation("several")
def callee_in_another_namespace_beside_a_sick_one_here(draw: Draw) -> Told:
    callee = fail_pull(draw, draw.place())
    controllers.fresh(draw, callee)
    app = draw.app()
    crashing(draw, app.namespace)
    draw.log(app, calling.refusals(draw, f"{callee.name}.{callee.namespace}.svc.cluster.local"))
    trigger = calling.complaint(draw, app, callee.name)
    return Told(draw.world(), trigger, Expect(("cause",), (), (callee.subject,), may_propose=True))


@situation("several")
def sweep_of_kinds_with_faults_of_their_own(draw: Draw) -> Told:
    one = draw.app()
    controllers.stateful(draw, one)
    unstarted.fail_pull(draw, one, f"{one.image}: not found")
    controllers.unready(one)
    other = configless(draw, one.namespace)
    failed = controllers.run(draw, one.namespace, "ERROR disk is full").split("/")[2]
    says = (one.name, f"{other.name}-config", failed)
    return Told(draw.world(), triggers.sweep(f"namespace {one.namespace}"), Expect(("open",), says=says))


@situation("several")
def sweep_of_the_whole_cluster_with_two_places(draw: Draw) -> Told:
    one, other = fail_pull(draw, draw.place()), crashing(draw, draw.place())
    well = draw.app()
    expect = Expect(("open",), says=(one.name, other.name), never=(rf"\b{well.name}\b",))
    return Told(draw.world(), triggers.sweep("cluster"), expect)


@situation("several")
def workload_with_two_faults_one_behind_the_other(draw: Draw) -> Told:
    """New pods cannot be pulled, and the old one that still serves runs out of memory."""
    app = draw.app(replicas=2)
    draw.bystanders(2)
    old = app.pods[0]["status"]
    last_run = {"exitCode": 137, "reason": "OOMKilled", "startedAt": objects.at(14), "finishedAt": objects.at(4)}
    old["containerStatuses"][0].update(restartCount=7, lastState={"terminated": last_run})
    first_pods, app.pods = app.pods[:1], app.pods[1:]
    unstarted.fail_pull(draw, app, f"{app.image}: not found")
    app.pods = [*first_pods, *app.pods]
    app.deployment["status"].update(readyReplicas=1, availableReplicas=1, unavailableReplicas=1)
    trigger = past.alarm(draw, app, past.AWAY, minutes=9)
    expect = Expect(("cause",), (), (app.subject,), ("image|pull", "OOM|memory"), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def callers_of_two_that_are_down(draw: Draw) -> Told:
    one = fail_pull(draw, draw.place())
    other = crashing(draw, one.namespace)
    for app in (one, other):
        controllers.fresh(draw, app)
    app = draw.app(one.namespace)
    pairs = zip(calling.refusals(draw, one.name), calling.refusals(draw, other.name), strict=False)
    draw.log(app, [line for two in pairs for line in two])
    trigger = calling.complaint(draw, app, "two of its backends")
    expect = Expect(("cause",), (), (one.subject, other.subject), (one.name, other.name), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def node_that_is_lost_with_a_callee(draw: Draw) -> Told:
    """The callers crash since what they call stood on the lost node."""
    callee = draw.app(replicas=1)
    node = callee.pods[0]["spec"]["nodeName"]
    app = caller(draw, callee)
    other = next(o["metadata"]["name"] for o in draw.objects if o["kind"] == "Node" and o["metadata"]["name"] != node)
    for pod in app.pods:
        pod["spec"]["nodeName"] = other
    lose(draw, node)
    unstarted.unavailable(callee)
    callee.pods[0]["status"]["containerStatuses"][0]["ready"] = False
    controllers.fresh(draw, callee)
    trigger = both(draw, callee, app)
    expect = Expect(("cause",), ("node_not_ready",), (), (node.replace(".", r"\."),), ("Independently",), True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def name_server_and_a_sick_one_that_asks_nobody(draw: Draw) -> Told:
    dns = calling.name_server(draw)
    break_app(dns, exit_code=1)
    controllers.fresh(draw, dns)
    one, callee = calling.pair(draw)
    two = draw.app(one.namespace)
    for app in (one, two):
        break_app(app)
        for pod in app.pods:
            draw.log(app, calling.no_dns_answer(draw, f"{callee.name}.{app.namespace}.svc.cluster.local"), pod=pod)
    other = configless(draw, one.namespace)
    trigger = both(draw, one, two, other)
    expect = Expect(("cause", "open"), says=("dns", other.name), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def question_about_one_of_two(draw: Draw) -> Told:
    one = crashing(draw, draw.place(), "FATAL cannot open ledger.db")
    other = draw.pick(fail_pull, configless)(draw, one.namespace)
    text = draw.pick(f"why does {one.name} crash?", f"what is wrong with {one.name} in {one.namespace}")
    expect = Expect(("answered", "cause"), says=(r"ledger\.db",), never=(rf"\b{other.name}\b",))
    return Told(draw.world(), triggers.question(text), expect)


@situation("several")
def alarms_of_two_faults_in_one_group(draw: Draw) -> Told:
    one = fail_pull(draw, draw.place())
    other = crashing(draw, one.namespace)
    trigger = past.alarm(draw, one, past.AWAY, minutes=9)
    first = trigger["payload"]["alerts"][0]
    where = {"alertname": first["labels"]["alertname"], "namespace": one.namespace, "deployment": other.name}
    trigger["payload"]["alerts"].append(
        {**first, "labels": where, "annotations": {"summary": f"{other.name} is not complete"}}
    )
    trigger["payload"]["commonLabels"], trigger["payload"]["commonAnnotations"] = {"namespace": one.namespace}, {}
    # Each alert is an incident of its own; the last one is judged.
    expect = Expect(("cause",), (), (other.subject,), never=(rf"\b{one.name}\b",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def sick_sidecar_of_one_beside_a_missing_image(draw: Draw) -> Told:
    app = serving_app(draw)
    other = fail_pull(draw, app.namespace)
    trigger = past.alarm(draw, other, past.AWAY, minutes=9)
    expect = Expect(("cause",), ("image_pull_failed",), (other.subject,), never=(rf"\b{app.name}\b",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def several_that_lack_one_claim(draw: Draw) -> Told:
    space, claim = draw.place(), f"shared-{draw.suffix(4)}"
    apps = [draw.app(space, replicas=1) for _ in range(draw.number(2, 3))]
    for app in apps:
        unstarted.mounts(app, {"name": "data", "persistentVolumeClaim": {"claimName": claim}})
        waiting.leave_without_node(draw, app, f'0/2 nodes are available: persistentvolumeclaim "{claim}" not found.')
    says = (claim, *(one.name for one in apps))
    return Told(draw.world(), triggers.sweep(f"namespace {space}"), Expect(("open",), says=says))
