"""More than one thing is wrong, or one thing in many places: each fault once, effects under it, bystanders left out."""

from __future__ import annotations

from collections.abc import Sequence

from tests.worlds import calling, controllers, objects, triggers, unstarted
from tests.worlds.ability_several_faults import both, configless, crashing, fail_pull
from tests.worlds.objects import Obj
from tests.worlds.outages import calls, complains, uses
from tests.worlds.parts import App, Draw
from tests.worlds.path_layouts import together
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, claim_volume, lose, waits


def starved(draw: Draw, namespace: str) -> App:
    """It is ended for want of memory again and again."""
    app = draw.app(namespace)
    break_app(app, exit_code=137)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
        draw.log(app, ["INFO serving", "INFO loaded 40000 rows"], pod=pod, every=1)
    controllers.fresh(draw, app)
    return app


def unprobed(draw: Draw, namespace: str) -> App:
    """It runs, and its readiness probe asks for a page that it does not have."""
    app = draw.app(namespace)
    path, minutes = draw.pick("/readyz", "/up", "/health/ready"), draw.number(16, 25)
    probe = {"httpGet": {"path": path, "port": app.port}, "periodSeconds": 10}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], "readinessProbe": probe}]
    text = "Readiness probe failed: HTTP probe failed with statuscode: 404"
    for pod in app.pods:
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(minutes)
        )
        pod["status"]["containerStatuses"][0]["ready"] = False
        draw.objects.append(objects.event(pod, "Unhealthy", text, minutes=0.2, count=draw.number(60, 150)))
    unstarted.unavailable(app, minutes)
    controllers.fresh(draw, app)
    return app


def names_of(apps: Sequence[App]) -> tuple[str, ...]:
    return tuple(one.name for one in apps)


@situation("several")
def one_that_lacks_memory_and_one_that_lacks_a_page(draw: Draw) -> Told:
    place = draw.place()
    one, other = starved(draw, place), unprobed(draw, place)
    draw.bystanders(2)
    trigger = both(draw, one, other)
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(one.name, other.name), may_propose=True))


@situation("several")
def clients_of_a_database_whose_disk_is_full(draw: Draw) -> Told:
    """Two alerts of one cause, each told by a client of the same database."""
    place = draw.place()
    database = draw.app(draw.pick(place, draw.place()), replicas=1, port=5432)
    controllers.stateful(draw, database)
    claim_volume(draw, database)
    break_app(database)
    controllers.unready(database)
    controllers.fresh(draw, database)
    line = draw.pick(
        'FATAL:  could not write lock file "postmaster.pid": No space left on device',
        'PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
    )
    draw.log(database, ["LOG:  starting PostgreSQL 16.3", line], every=1)
    clients = [draw.app(place) for _ in range(draw.number(2, 3))]
    for one in clients:
        host = calling.host_of(draw, database, one)
        uses(one, **{draw.pick("DB_HOST", "PGHOST"): host})
        complains(draw, one, f"ERROR could not connect to {host}:5432: connection refused")
    trigger = calling.complaint(draw, clients[0], "its database")
    together(draw, trigger, clients[1:])
    classes = ("volume_full", "database_degraded", "crash_loop")
    says = (database.name, "no space|full|disk")
    expect = Expect(("cause",), classes, says=says, may_propose=True, innocent=names_of(clients))
    return Told(draw.world(), trigger, expect)


@situation("several")
def clients_of_a_host_outside_beside_a_sick_one(draw: Draw) -> Told:
    """All of them wait for the same partner; what crashes beside them is called by none."""
    place = draw.place()
    host = f"{draw.pick('rates', 'geo', 'fraud')}.{draw.name()}.example.com"
    clients = [draw.app(place) for _ in range(3)]
    for one in clients:
        uses(one, PARTNER_URL=f"https://{host}")
        complains(draw, one, calling.timeouts(draw, host, 443)[0])
    sick = draw.pick(crashing, fail_pull, starved)(draw, place)
    trigger = calling.complaint(draw, clients[0], "its partner")
    together(draw, trigger, clients[1:])
    expect = Expect(
        ("cause", "open"), ("dependency_unreachable", "calls_slow", "nat_exhausted"), says=(host.replace(".", r"\."),),
        may_propose=True, innocent=(sick.name,),
    )  # fmt: skip
    return Told(draw.world(), trigger, expect)


def evict(draw: Draw, app: App, node: str) -> None:
    """Its pod was thrown off the node, and the one that is to follow finds no other place."""
    message = (
        "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint "
        "{node.kubernetes.io/disk-pressure: }."
    )
    why = "The node was low on resource: ephemeral-storage. Threshold quantity: 4294967296, available: 3812Ki."
    former_pod, labels = app.pods[0], app.replica_set["metadata"]["labels"]
    container = former_pod["spec"]["containers"][0]
    owner = ("ReplicaSet", app.replica_set["metadata"]["name"])
    follower = objects.pod(f"{owner[1]}-{draw.suffix()}", app.namespace, 14, labels, container, node, owner)
    follower["spec"].pop("nodeName")
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    follower["status"] = {"phase": "Pending", "conditions": [{**condition, "lastTransitionTime": objects.at(14)}]}
    former_pod["status"].update(phase="Failed", reason="Evicted", message=why, containerStatuses=[], conditions=[])
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], former_pod, follower):
        one["spec"]["nodeSelector"] = {"pool": "disks"}
    unstarted.unavailable(app, 14)
    draw.objects += [
        follower,
        objects.event(former_pod, "Evicted", why, minutes=14, count=1),
        objects.event(follower, "FailedScheduling", message, minutes=1),
    ]


@situation("several")
def two_that_a_full_disk_of_their_node_threw_off(draw: Draw) -> Told:
    place = draw.place()
    apps = [draw.app(place, replicas=1) for _ in range(2)]
    nodes = [one for one in draw.objects if one["kind"] == "Node"]
    full, free = draw.rng.sample(nodes, 2)
    name = full["metadata"]["name"]
    full["metadata"]["labels"]["pool"], free["metadata"]["labels"]["pool"] = "disks", "plain"
    trigger = both(draw, *apps)
    for app in apps:
        app.pods[0]["spec"]["nodeName"] = name
        evict(draw, app, name)
        slices = [o for o in draw.objects if o["kind"] == "EndpointSlice" and o["metadata"]["namespace"] == place]
        for one in slices:
            one["endpoints"] = []
    pressure = next(one for one in full["status"]["conditions"] if one["type"] == "DiskPressure")
    pressure.update(status="True", reason="KubeletHasDiskPressure", lastTransitionTime=objects.at(15))
    full["spec"]["taints"] = [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]
    text = f"Node {name} status is now: NodeHasDiskPressure"
    draw.objects.append(objects.event(full, "NodeHasDiskPressure", text, minutes=15, count=1, kind="Normal"))
    says = (r"disk|ephemeral", name.replace(".", r"\."))
    expect = Expect(("cause",), ("disk_pressure",), says=says, never=("Independently",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("several")
def client_that_has_its_own_fault_beside_that_of_its_callee(draw: Draw) -> Told:
    """It has not run at all yet: that the one it would call is broken too explains nothing."""
    callee = fail_pull(draw, draw.place())
    app = draw.app(callee.namespace)
    secret = f"{app.name}-{draw.pick('keys', 'auth', 'tokens')}"
    unstarted.takes(app, {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": secret, "key": "token"}}})
    calls(draw, app, callee)
    text = f'secret "{secret}" not found'
    unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    controllers.fresh(draw, app)
    trigger = unstarted.alarm(draw, app)
    expect = Expect(("cause",), ("config_missing",), says=(secret,), may_propose=True, innocent=(callee.name,))
    return Told(draw.world(), trigger, expect)


@situation("several")
def three_in_a_row_of_which_the_last_lacks_memory(draw: Draw) -> Told:
    end = starved(draw, draw.place())
    middle, first = draw.app(end.namespace), draw.app(end.namespace)
    host = calls(draw, middle, end)
    complains(draw, middle, calling.refusals(draw, host)[0])
    front = calls(draw, first, middle, "API_BASE_URL")
    complains(draw, first, f"ERROR GET http://{front}/v1/items: unexpected status {draw.pick(500, 502, 503)}")
    sick = draw.pick(crashing, configless)(draw, end.namespace)
    trigger = calling.complaint(draw, first, middle.name)
    innocent = (sick.name, first.name, middle.name)
    expect = Expect(("cause",), ("oom_killed",), (end.subject,), (end.name,), may_propose=True, innocent=innocent)
    return Told(draw.world(), trigger, expect)


def limit_pods(draw: Draw, app: App) -> str:
    """A quota of its namespace lets none of its pods in; the quota's name."""
    name, most = f"pods-{draw.suffix(3)}", draw.number(4, 12)
    hard = {"pods": str(most)}
    meta = objects.meta(name, app.namespace, 9000, {})
    quota: Obj = {"kind": "ResourceQuota", "metadata": meta, "spec": {"hard": hard}}
    draw.objects.append({**quota, "status": {"hard": hard, "used": hard}})
    text = f"exceeded quota: {name}, requested: pods=1, used: pods={most}, limited: pods={most}"
    unstarted.refuse(draw, app, 'pods "{pod}" is forbidden: ' + text)
    return name


@situation("several")
def sweep_of_a_quota_and_an_image(draw: Draw) -> Told:
    pulling = fail_pull(draw, draw.place())
    refused, well = draw.app(pulling.namespace), draw.app(pulling.namespace)
    quota = limit_pods(draw, refused)
    says, never = (pulling.name, rf"{refused.name}|{quota}"), (rf"\b{well.name}\b",)
    trigger = triggers.sweep(f"namespace {pulling.namespace}")
    return Told(draw.world(), trigger, Expect(("open",), says=says, never=never))


@situation("several")
def rules_that_came_after_the_callee_had_crashed(draw: Draw) -> Told:
    """A policy that lets the caller in is the youngest change, and no part of it."""
    caller, callee = calling.pair(draw)
    since = draw.number(30, 50)
    break_app(callee, restarts=since // 4)
    for pod in callee.pods:
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since)
        draw.log(callee, ["starting", draw.pick("panic: nil map", "FATAL bad schema in rates.json")], pod=pod, every=1)
    callee.deployment["status"]["conditions"][0]["lastTransitionTime"] = objects.at(since)
    controllers.fresh(draw, callee)
    host = calls(draw, caller, callee)
    complains(draw, caller, calling.refusals(draw, host)[0], every=40)
    admission = calling.from_pods(**caller.service["spec"]["selector"])
    rules = calling.policy(draw, callee, callee.namespace, ingress=[admission], age=draw.number(3, 7))
    trigger = calling.complaint(draw, caller, callee.name)
    innocent = (rules["metadata"]["name"], caller.name)
    expect = Expect(("cause",), (), (callee.subject,), (callee.name,), may_propose=True, innocent=innocent)
    return Told(draw.world(), trigger, expect)


@situation("several")
def node_that_is_lost_and_a_claim_of_no_known_class(draw: Draw) -> Told:
    place = draw.place()
    one, other = draw.app(place, replicas=1), draw.app(place, replicas=1)
    node = one.pods[0]["spec"]["nodeName"]
    trigger = both(draw, one, other)
    claim = claim_volume(draw, other, phase="Pending")
    waits(draw, other, claim)
    unstarted.unavailable(one)
    lose(draw, node)
    one.pods[0]["status"]["conditions"][0]["reason"] = "NodeNotReady"
    says = (node.replace(".", r"\."), rf"{other.name}|{claim}")
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=says, may_propose=True))


@situation("several")
def name_server_that_is_down_beside_one_that_is_sick_itself(draw: Draw) -> Told:
    """Several cannot look anybody up, for one cause; another one would crash in any case."""
    server = calling.name_server(draw)
    typo = draw.pick("forwrd", "cach", "kubernets")
    corefile = next(one for one in draw.objects if one["kind"] == "ConfigMap")
    good = {"forwrd": "forward", "cach": "cache", "kubernets": "kubernetes"}[typo]
    corefile["data"]["Corefile"] = corefile["data"]["Corefile"].replace(f"    {good} ", f"    {typo} ")
    at = corefile["data"]["Corefile"].split(f" {typo} ")[0].count("\n") + 1
    break_app(server)
    for pod in server.pods:
        draw.log(server, [f"/etc/coredns/Corefile:{at} - Error during parsing: Unknown directive '{typo}'"], pod=pod)
    controllers.fresh(draw, server)
    clients = [draw.app() for _ in range(draw.number(2, 3))]
    for one in clients:
        host = calls(draw, one, draw.app(one.namespace))
        complains(draw, one, calling.no_dns_answer(draw, host)[0])
    sick = crashing(draw, clients[0].namespace)
    trigger = calling.complaint(draw, clients[0], "anybody")
    together(draw, trigger, clients[1:])
    classes = ("cluster_dns_broken", "config_wrong", "crash_loop")
    expect = Expect(("cause",), classes, says=("dns",), may_propose=True, innocent=(sick.name, *names_of(clients)))
    return Told(draw.world(), trigger, expect)
