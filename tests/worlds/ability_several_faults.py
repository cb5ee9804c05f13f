"""Two faults, bystanders, several sick workloads: each told once, and effects under their cause only where joined."""

from __future__ import annotations

from tests.worlds import objects, past, triggers, unstarted
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels, lose, serving_app


def crashing(draw: Draw, namespace: str, *lines: str) -> App:
    app = draw.app(namespace)
    break_app(app, exit_code=draw.pick(1, 2))
    messages = lines or (
        draw.pick("panic: nil map", "Error: Cannot find module 'x'", "FATAL bad schema in rates.json"),
    )
    for pod in app.pods:
        draw.log(app, ["starting", *messages], pod=pod, every=1)
    return app


def fail_pull(draw: Draw, namespace: str) -> App:
    app = draw.app(namespace)
    unstarted.fail_pull(draw, app, f"{app.image}: not found")
    return app


def configless(draw: Draw, namespace: str, name: str = "") -> App:
    app = draw.app(namespace)
    name = name or f"{app.name}-config"
    unstarted.takes(app, {"configMapRef": {"name": name}})
    unstarted.waiting(draw, app, "CreateContainerConfigError", f'configmap "{name}" not found')
    return app


def caller(draw: Draw, of: App, *, port: int = 80) -> App:
    """It ends because it cannot connect to the other's Service."""
    host = f"{of.name}.{of.namespace}.svc.cluster.local"
    app = crashing(draw, of.namespace, f"Error: connect ECONNREFUSED {host}:{port}", f"dial tcp {host}:{port}: refused")
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [
            {**one["spec"]["containers"][0], "env": [{"name": "PEER", "value": f"http://{host}"}]}
        ]
    return app


def both(draw: Draw, *apps: App) -> Obj:
    """An alarm about the namespace that they share."""
    space = apps[0].namespace
    name, text = draw.pick(
        ("NamespaceUnavailableWorkloads", f"{len(apps)} workloads of namespace {space} are unavailable"),
        ("KubePodNotReady", f"Pods in namespace {space} are not ready"),
    )
    return triggers.alertmanager(name, {"namespace": space}, {"summary": text}, minutes=9)


@situation("several")
def crash_beside_another_that_has_nothing_to_do_with_it(draw: Draw) -> Told:
    app = crashing(draw, draw.place())
    other = draw.pick(fail_pull, configless)(draw, app.namespace)
    draw.bystanders()
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    never = (rf"Deployment/{other.namespace}/{other.name}\b",)
    return Told(draw.world(), trigger, Expect(("cause", "open"), (), (app.subject,), (), never, may_propose=True))


@situation("several")
def sweep_of_two_that_have_nothing_to_do_with_each_other(draw: Draw) -> Told:
    one = crashing(draw, draw.place())
    other = draw.pick(fail_pull, configless)(draw, one.namespace)
    well = draw.app(one.namespace)
    says, never = (one.name, other.name), (rf"{well.name}\b",)
    return Told(draw.world(), triggers.sweep(f"namespace {one.namespace}"), Expect(("open",), says=says, never=never))


@situation("several")
def sweep_of_callers_under_what_they_call(draw: Draw) -> Told:
    """The callers follow from the callee and are no lines of their own; the third has its own fault."""
    callee = fail_pull(draw, draw.place())
    callers = [caller(draw, callee) for _ in range(draw.number(1, 2))]
    other = configless(draw, callee.namespace)
    says = (rf"- [^\n]*{callee.name}", rf"- [^\n]*{other.name}-config")
    never = tuple(rf"- Deployment/{one.namespace}/{one.name}\b" for one in callers)
    return Told(
        draw.world(), triggers.sweep(f"namespace {callee.namespace}"), Expect(("open",), says=says, never=never)
    )


@situation("several")
def caller_of_one_that_cannot_start(draw: Draw) -> Told:
    callee = draw.pick(fail_pull, configless)(draw, draw.place())
    app = caller(draw, callee)
    crashing(draw, callee.namespace)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    return Told(draw.world(), trigger, Expect(("cause",), (), (callee.subject,), (callee.name,), may_propose=True))


@situation("several")
def caller_of_somebody_outside_beside_a_sick_one(draw: Draw) -> Told:
    """What it calls is not in the cluster; the sick neighbour has another name and another host."""
    host = f"{draw.pick('rates', 'geo', 'mail')}.{draw.pick('partner', 'vendor')}.example.com"
    app = crashing(draw, draw.place(), f"Error: connect ECONNREFUSED {host}:443")
    other = draw.pick(fail_pull, configless)(draw, app.namespace)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=8)
    never = (rf"\b{other.name}\b",)
    return Told(draw.world(), trigger, Expect(("cause", "open"), (), (), (host.replace(".", r"\."),), never, True))


@situation("several")
def alarm_about_a_namespace_with_two_faults(draw: Draw) -> Told:
    one = fail_pull(draw, draw.place())
    other = configless(draw, one.namespace)
    draw.bystanders()
    trigger = both(draw, one, other)
    return Told(draw.world(), trigger, Expect(("cause",), says=(one.name, other.name), may_propose=True))


@situation("several")
def alarm_about_a_namespace_of_callers_and_what_they_call(draw: Draw) -> Told:
    callee = fail_pull(draw, draw.place())
    callers = [caller(draw, callee) for _ in range(2)]
    trigger = both(draw, callee, *callers)
    return Told(
        draw.world(), trigger, Expect(("cause",), (), (callee.subject,), never=("Independently",), may_propose=True)
    )


@situation("several")
def several_that_lack_the_same_configuration(draw: Draw) -> Told:
    space, name = draw.place(), f"shared-{draw.suffix(4)}"
    apps = [configless(draw, space, name) for _ in range(draw.number(2, 3))]
    says = (name, *(one.name for one in apps))
    return Told(draw.world(), triggers.sweep(f"namespace {space}"), Expect(("open",), says=says))


@situation("several")
def several_that_one_quota_holds_back(draw: Draw) -> Told:
    space = draw.place()
    one, other = draw.app(space), draw.app(space)
    trigger = past.alarm(draw, one, past.AWAY, minutes=9)
    name, most = f"team-{draw.suffix(3)}", draw.number(4, 9)
    hard = {"pods": str(most)}
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": {"name": name, "namespace": space, "creationTimestamp": objects.at(9000)},
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": hard},
        }
    )
    for app in (one, other):
        text = f"exceeded quota: {name}, requested: pods=1, used: pods={most}, limited: pods={most}"
        unstarted.refuse(draw, app, 'pods "{pod}" is forbidden: ' + text)
    return Told(draw.world(), trigger, Expect(("cause",), ("quota_exceeded",), says=(name,), may_propose=True))


@situation("several")
def node_that_took_several_with_it(draw: Draw) -> Told:
    space = draw.place()
    apps = [draw.app(space, replicas=1) for _ in range(3)]
    node = apps[0].pods[0]["spec"]["nodeName"]
    for app in apps[:2]:
        app.pods[0]["spec"]["nodeName"] = node
        unstarted.unavailable(app)
    lose(draw, node)
    for app in apps[:2]:
        app.pods[0]["status"]["conditions"][0]["reason"] = "NodeNotReady"
    trigger = both(draw, *apps[:2])
    expect = Expect(("cause",), ("node_not_ready",), (), (node.replace(".", r"\."),), ("Independently",), True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def node_that_is_lost_and_an_image_that_is_missing(draw: Draw) -> Told:
    space = draw.place()
    one, other = draw.app(space, replicas=1), draw.app(space, replicas=1)
    node = one.pods[0]["spec"]["nodeName"]
    standing = next(
        o["metadata"]["name"] for o in draw.objects if o["kind"] == "Node" and o["metadata"]["name"] != node
    )
    other.pods[0]["spec"]["nodeName"] = standing
    unstarted.fail_pull(draw, other, f"{other.image}: not found")
    unstarted.unavailable(one)
    lose(draw, node)
    trigger = both(draw, one, other)
    expect = Expect(("cause",), says=(node.replace(".", r"\."), other.name, "Independently"), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def well_among_two_that_are_sick(draw: Draw) -> Told:
    app = serving_app(draw)
    crashing(draw, app.namespace)
    fail_pull(draw, app.namespace)
    trigger = past.alarm(draw, app, past.AWAY, minutes=9)
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("several")
def slow_among_two_that_are_sick(draw: Draw) -> Told:
    """Nothing joins the slow one to them: neither host, call nor owner."""
    app = serving_app(draw)
    crashing(draw, app.namespace)
    draw.pick(fail_pull, configless)(draw, app.namespace)
    text = {"summary": f"p99 latency of {app.name} is above 2 s"}
    trigger = triggers.alertmanager("LatencyHigh", labels(draw, app), text, minutes=12)
    return Told(draw.world(), trigger, Expect(("open",)))


@situation("several")
def question_about_a_namespace_with_two_faults(draw: Draw) -> Told:
    one = crashing(draw, draw.place())
    other = draw.pick(fail_pull, configless)(draw, one.namespace)
    draw.bystanders()
    text = draw.pick(f"what is wrong in {one.namespace}?", f"What is broken in namespace {one.namespace}")
    expect = Expect(("answered", "open", "cause"), says=(one.name, other.name))
    return Told(draw.world(), triggers.question(text), expect)


@situation("several")
def two_containers_of_one_pod_with_faults_of_their_own(draw: Draw) -> Told:
    app = crashing(draw, draw.place())
    image = f"registry.example.com/{draw.pick('proxy', 'agent')}:{draw.number(1, 9)}.0"
    beside = {"name": draw.pick("proxy", "agent", "sidecar"), "image": image}
    text = (
        f'Back-off pulling image "{image}": ErrImagePull: failed to pull and unpack image "{image}": {image}: not found'
    )
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [*one["spec"]["containers"], beside]
    for pod in app.pods:
        pod["status"]["containerStatuses"].append(
            {"name": beside["name"], "image": image, "ready": False, "restartCount": 0, "started": False,
             "state": {"waiting": {"reason": "ImagePullBackOff", "message": text}}}
        )  # fmt: skip
    trigger = past.alarm(draw, app, past.AWAY, minutes=9)
    says = (image.split("/")[1].replace(".", r"\."), "panic|Cannot find module|FATAL|crash")
    return Told(draw.world(), trigger, Expect(("cause",), (), (app.subject,), says, may_propose=True))
