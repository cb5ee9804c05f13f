"""Who stands behind the name that a client calls, and why nobody there answers."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, unstarted, waiting, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation


def cause(*says: str, classes: tuple[str, ...] = (), subjects: tuple[str, ...] = ()) -> Expect:
    return Expect(("cause",), classes, subjects, says=says, may_propose=True)


def templates(app: App) -> list[Obj]:
    return [app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods]


def in_vain(draw: Draw, caller: App, callee: App) -> Obj:
    """The caller's log, and the alarm that somebody set on it."""
    host = calling.host_of(draw, callee, caller)
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, host))
    return calling.complaint(draw, caller, callee.name)


def unready(draw: Draw, callee: App, minutes: float = 14) -> None:
    """Its pods run and are taken out of the Service."""
    for pod in callee.pods:
        changed = {"status": "False", "reason": "ContainersNotReady", "lastTransitionTime": objects.at(minutes)}
        pod["status"]["conditions"][0].update(changed)
        pod["status"]["containerStatuses"][0]["ready"] = False
    unstarted.unavailable(callee, minutes)
    controllers.fresh(draw, callee)


@situation("paths")
def callee_that_its_probe_keeps_out(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    path = draw.pick("/ready", "/healthz", "/-/ready")
    for one in templates(callee):
        probe = {"httpGet": {"path": path, "port": callee.port}, "periodSeconds": 10}
        one["spec"]["containers"][0]["readinessProbe"] = probe
    unready(draw, callee)
    message = f"Readiness probe failed: HTTP probe failed with statuscode: {draw.pick(404, 500, 503)}"
    for pod in callee.pods:
        draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(40, 90), minutes=0.3))
    trigger = in_vain(draw, caller, callee)
    return Told(draw.world(), trigger, cause("probe|ready", subjects=(callee.subject,)))


@situation("paths")
def callee_whose_proxy_container_ends(draw: Draw) -> Told:
    """The program runs; the container beside it, through which requests come, does not."""
    caller, callee = calling.pair(draw)
    proxy = draw.pick("istio-proxy", "linkerd-proxy", "envoy", "nginx-auth")
    for one in templates(callee):
        one["spec"]["containers"].append({"name": proxy, "image": f"registry.example.com/{proxy}:1.20"})
    for pod in callee.pods:
        last_run = {"exitCode": 1, "reason": "Error", "startedAt": objects.at(2.2), "finishedAt": objects.at(2)}
        pod["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(15))
        pod["status"]["containerStatuses"].append(
            {"name": proxy, "image": proxy, "ready": False, "restartCount": 7, "started": False,
             "lastState": {"terminated": last_run}, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
        )  # fmt: skip
    unstarted.unavailable(callee, 15)
    draw.objects[:] = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    draw.objects.append(objects.endpoint_slice(callee.service, []))
    trigger = in_vain(draw, caller, callee)
    return Told(draw.world(), trigger, cause(proxy, subjects=(callee.subject,)))


@situation("paths")
def callee_that_listens_for_itself_alone(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    for pod in callee.pods:
        line = draw.pick(
            f"INFO:     Uvicorn running on http://127.0.0.1:{callee.port} (Press CTRL+C to quit)",
            f"Listening on 127.0.0.1:{callee.port}",
            f'level=info msg="server started" addr=127.0.0.1:{callee.port}',
        )
        draw.log(callee, [line, "INFO ready"], pod=pod)
    draw.log(caller, calling.refusals(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("open", "cause"), says=(callee.name, r"127\.0\.0\.1"), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def named_port_that_the_callee_lacks(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=draw.pick(True, False))
    wrong = draw.pick("web", "grpc", "main")
    callee.service["spec"]["ports"][0]["targetPort"] = wrong
    for one in templates(callee):
        one["spec"]["containers"][0]["ports"][0]["name"] = "http"
    draw.objects[:] = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    empty = objects.endpoint_slice(callee.service, [])
    empty["ports"] = []
    draw.objects.append(empty)
    trigger = in_vain(draw, caller, callee)
    return Told(draw.world(), trigger, cause(wrong, classes=("service_misdirected",)))


@situation("paths")
def name_that_takes_a_second_program_too(draw: Draw) -> Told:
    """Half of the requests come to a program that knows no such path."""
    caller, callee = calling.pair(draw)
    other = draw.app(callee.namespace)
    group = {"tier": draw.pick("api", "backend", "internal")}
    for one in (*templates(callee), *templates(other)):
        one["metadata"]["labels"].update(group)
    callee.service["spec"]["selector"] = group
    draw.objects[:] = [o for o in draw.objects if o["metadata"]["name"] != callee.slice["metadata"]["name"]]
    draw.objects.append(objects.endpoint_slice(callee.service, [*callee.pods, *other.pods]))
    host, path = calling.host_of(draw, callee, caller), f"/v{draw.number(1, 4)}/{draw.pick('orders', 'prices')}"
    bad = draw.pick(
        f"ERROR GET http://{host}{path} answered 404 Not Found",
        f'level=error msg="unexpected answer" url=http://{host}{path} status=404',
        f"Error: request to http://{host}{path} failed with status code 404",
    )
    good = f"INFO GET http://{host}{path} 200 in {draw.number(3, 20)} ms"
    draw.log(caller, [draw.pick(bad, good) for _ in range(20)] + [bad] * 6)
    return Told(
        draw.world(), calling.complaint(draw, caller, callee.name), cause(other.name, classes=("service_overselects",))
    )


@situation("paths")
def name_whose_addresses_somebody_else_keeps(draw: Draw) -> Told:
    """A Service without a selector, and nobody has filled in an address."""
    caller, _ = calling.pair(draw)
    name = draw.name()
    service: Obj = {
        "kind": "Service",
        "metadata": objects.meta(name, caller.namespace, 5000, {}),
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.7.7", "ports": [{"port": 5432, "targetPort": 5432}]},
    }
    endpoints: Obj = {"kind": "Endpoints", "metadata": objects.meta(name, caller.namespace, 5000, {}), "subsets": []}
    draw.objects += [service, endpoints]
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, name, 5432))
    expect = Expect(("open", "cause"), says=(name, "endpoint|address|cannot be reached"))
    return Told(draw.world(), calling.complaint(draw, caller, name), expect)


@situation("paths")
def callee_that_waits_for_its_volume(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    claim = workloads.claim_volume(draw, callee, phase="Pending")
    workloads.waits(draw, callee, claim)
    waiting.empty(draw, callee)
    trigger = in_vain(draw, caller, callee)
    return Told(draw.world(), trigger, cause("volume|claim|storage"))


@situation("paths")
def callee_that_no_node_has_room_for(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    amount = draw.pick("9", "12", "20")
    for one in templates(callee):
        one["spec"]["containers"][0]["resources"]["requests"] = {"cpu": amount, "memory": "64Mi"}
    waiting.leave_without_node(draw, callee, "0/2 nodes are available: 2 Insufficient cpu.")
    waiting.empty(draw, callee)
    trigger = in_vain(draw, caller, callee)
    return Told(draw.world(), trigger, cause("cpu", subjects=(callee.subject,)))


@situation("paths")
def callee_that_a_quota_keeps_out(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    quota = f"{callee.namespace}-{draw.pick('compute', 'limits', 'pods')}"
    problem = (
        f'pods "{{pod}}" is forbidden: exceeded quota: {quota}, requested: pods=1, used: pods=20, limited: pods=20'
    )
    unstarted.refuse(draw, callee, problem)
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": objects.meta(quota, callee.namespace, 9000, {}),
            "spec": {"hard": {"pods": "20"}},
            "status": {"hard": {"pods": "20"}, "used": {"pods": "20"}},
        }
    )
    waiting.empty(draw, callee)
    trigger = in_vain(draw, caller, callee)
    return Told(draw.world(), trigger, cause(quota, "quota"))


@situation("paths")
def name_without_the_namespace_that_it_is_in(draw: Draw) -> Told:
    """The caller asks its own namespace for a Service that is in another one."""
    calling.name_server(draw)
    caller, callee = calling.pair(draw, apart=True)
    name = callee.service["metadata"]["name"]
    calling.told_of(draw, caller, draw.pick("PEER_URL", "ORDERS_HOST", "BACKEND"), f"http://{name}")
    draw.log(caller, calling.unknown_host(draw, name))
    expect = Expect(("open", "cause"), says=(name, callee.namespace), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, name), expect)


@situation("paths")
def question_why_a_callee_does_not_answer(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    unstarted.fail_pull(draw, callee, f"{callee.image}: not found")
    controllers.fresh(draw, callee)
    in_vain(draw, caller, callee)
    text = draw.pick(
        f"why does {caller.name} get no answer from {callee.name} in {callee.namespace}?",
        f"{caller.name} in {caller.namespace} cannot reach {callee.name}, why?",
        f"what is wrong between {caller.name} and {callee.name} in namespace {caller.namespace}",
    )
    expect = Expect(("answered", "open", "cause"), says=(callee.name, "image"))
    return Told(draw.world(), triggers.question(text), expect)
