"""What pods ask for beside what nodes give: amounts, labels, taints, ports."""

from __future__ import annotations

from tests.worlds import triggers, waiting
from tests.worlds.parts import Draw
from tests.worlds.situation import OPEN, End, Expect, Told, situation
from tests.worlds.workloads import labels

ASKED: tuple[End, ...] = ("answered", "open", "cause")


@situation("fit")
def pods_larger_than_any_node(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    cpu = draw.pick("12", "6", "4500m")
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu, "memory": "64Mi"}}
    waiting.leave_without_node(
        draw,
        app,
        "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims"
        " found for incoming pod.",
    )
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(
            ("cause",),
            ("capacity_insufficient",),
            (app.subject,),
            ("cpu", "any node|largest|no node"),
            may_propose=True,
        ),
    )


@situation("fit")
def node_selector_that_no_node_has(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    pool = draw.name()
    waiting.in_templates(app, nodeSelector={"pool": pool})
    for one in draw.objects:
        if one["kind"] == "Node":
            one["metadata"]["labels"]["pool"] = draw.pick("general", "spot")
    message = (
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are"
        " available: 2 Preemption is not helpful for scheduling."
    )
    waiting.leave_without_node(draw, app, message, with_event=draw.pick(True, False))
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("placement_impossible",), (app.subject,), ("node ?selector", pool), may_propose=True),
    )


@situation("fit")
def service_without_endpoints_for_a_node_selector(draw: Draw) -> Told:
    """The complaint names the Service, or a word of its name; the pods behind it find no node."""
    app = draw.app(service="")
    draw.bystanders(2)
    pool = draw.name()
    waiting.in_templates(app, nodeSelector={"pool": pool})
    message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    waiting.leave_without_node(draw, app, message, with_event=draw.pick(True, False))
    service = app.service["metadata"]["name"]
    where = {"namespace": app.namespace, "service": service}
    trigger = draw.pick(
        triggers.alertmanager("ServiceWithoutEndpoints", where, {"summary": f"{service} has no endpoints"}),
        triggers.webhook(f"service {service} in {app.namespace} has no endpoints"),
    )
    return Told(
        draw.world(),
        trigger,
        Expect(("cause",), ("placement_impossible",), (app.subject,), ("node ?selector", pool), may_propose=True),
    )


@situation("fit")
def question_about_a_service_that_nobody_serves(draw: Draw) -> Told:
    """Only a namespace and a part of a name are said."""
    app = draw.app()
    draw.bystanders(1)
    pool = draw.name()
    waiting.in_templates(app, nodeSelector={"pool": pool})
    message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    waiting.leave_without_node(draw, app, message)
    text = draw.pick(
        f"The {app.name} service in namespace {app.namespace} has no endpoints. Why?",
        f"Nobody can reach {app.name} in {app.namespace}. What is wrong?",
        f"Why are the pods of {app.name} in {app.namespace} pending?",
    )
    return Told(draw.world(), triggers.question(text), Expect(ASKED, says=("node ?selector", pool), may_propose=True))


@situation("fit")
def taint_that_nobody_tolerates(draw: Draw) -> Told:
    app = draw.app()
    key = f"{draw.name()}.example.com/only"
    for one in draw.objects:
        if one["kind"] == "Node":
            one["spec"]["taints"] = [{"key": key, "value": "true", "effect": "NoSchedule"}]
    message = f"0/2 nodes are available: 2 node(s) had untolerated taint {{{key}: true}}."
    waiting.leave_without_node(draw, app, message, with_event=draw.pick(True, False))
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("placement_impossible",), (app.subject,), ("taint", key), may_propose=True),
    )


@situation("fit")
def affinity_that_no_node_meets(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    zone = draw.pick("eu-central-1z", "us-west-9a")
    rule = {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}
    waiting.in_templates(
        app,
        affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [rule]}}},
    )
    message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    waiting.leave_without_node(draw, app, message, with_event=draw.pick(True, False))
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("cause",), ("placement_impossible",), (app.subject,), ("affinity", zone), may_propose=True),
    )


@situation("fit")
def host_port_that_every_node_has_given_away(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    port = draw.pick(9100, 8081, 31000)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["ports"][0]["hostPort"] = port
    message = "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports."
    waiting.leave_without_node(draw, app, message)
    return Told(
        draw.world(),
        waiting.complaint(draw, app),
        Expect(("open", "cause"), says=("free ports|hostPort|host port",), may_propose=True),
    )


@situation("fit")
def pods_that_wait_and_nobody_says_why(draw: Draw) -> Told:
    """Pending since a moment ago, with no reason given and nodes with room."""
    app = draw.app()
    draw.bystanders(2)
    for pod in app.pods:
        waiting.leave_without_node(draw, app, "", with_event=False)
        pod["status"]["conditions"] = []
    trigger = triggers.alertmanager("PodsPending", labels(draw, app), {"summary": f"pods of {app.name} wait"})
    return Told(draw.world(), trigger, OPEN)
