"""From who complains to who fails, over several hops: through what each is configured with, and through other names."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, unstarted
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels, lose

ANSWERED_BADLY = (
    "ERROR upstream answered 503",
    'level=error msg="bad gateway" status=502',
    "Error: request failed with status code 500",
    '{"level":"error","msg":"call failed","status":504}',
)


def down(draw: Draw, app: App) -> None:
    """It ends again and again, and nothing is behind its Service."""
    break_app(app, exit_code=draw.pick(1, 2, 139))
    for pod in app.pods:
        draw.log(app, ["starting", draw.pick("panic: nil map", "FATAL bad schema", "Segmentation fault")], pod=pod)
    controllers.fresh(draw, app)


def cause(app: App, *says: str) -> Expect:
    return Expect(("cause",), subjects=(app.subject,), says=says, may_propose=True)


def key(draw: Draw) -> str:
    return str(draw.pick("BACKEND_URL", "ORDERS_ADDR", "UPSTREAM", "API_BASE_URL", "PEER_HOST"))


@situation("paths")
def two_hops_that_only_the_configuration_names(draw: Draw) -> Told:
    """Neither log names a host: one is told of the next by a variable, the next of the last by a ConfigMap."""
    middle, last = calling.pair(draw)
    first = draw.app(middle.namespace)
    down(draw, last)
    calling.told_of(draw, first, key(draw), f"http://{calling.host_of(draw, middle, first)}:80")
    calling.told_of(draw, middle, key(draw), f"http://{calling.host_of(draw, last, middle)}:80")
    for app in (first, middle):
        draw.log(app, [draw.pick(*ANSWERED_BADLY)] * draw.number(12, 25))
    return Told(draw.world(), calling.complaint(draw, first, "its backend"), cause(last))


@situation("paths")
def chain_of_four_with_a_host_in_each_log(draw: Draw) -> Told:
    third, last = calling.pair(draw, apart=draw.pick(True, False))
    second = draw.app(third.namespace)
    first = draw.app(third.namespace)
    down(draw, last)
    draw.log(third, calling.refusals(draw, calling.host_of(draw, last, third)))
    for app, callee in ((second, third), (first, second)):
        host = callee.service["metadata"]["name"]
        draw.log(app, [f"ERROR GET http://{host}/v{draw.number(1, 3)} answered {draw.pick(500, 502, 503)}"] * 15)
    return Told(draw.world(), calling.complaint(draw, first, second.name), cause(last))


@situation("paths")
def hop_over_a_service_that_is_an_alias(draw: Draw) -> Told:
    """The caller knows an ExternalName Service, which stands for a Service in another namespace."""
    caller, callee = calling.pair(draw, apart=True)
    down(draw, callee)
    alias = draw.name()
    draw.objects.append(_alias(alias, caller.namespace, f"{callee.name}.{callee.namespace}.svc.cluster.local"))
    draw.log(caller, calling.refusals(draw, alias))
    return Told(draw.world(), calling.complaint(draw, caller, alias), cause(callee))


def _alias(name: str, namespace: str, target: str) -> Obj:
    return {
        "kind": "Service",
        "metadata": objects.meta(name, namespace, 4000, {}),
        "spec": {"type": "ExternalName", "externalName": target},
    }


@situation("paths")
def alias_of_a_service_that_is_gone(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, other = calling.pair(draw, apart=True)
    alias, missing = draw.name(), draw.name()
    draw.objects.append(_alias(alias, caller.namespace, f"{missing}.{other.namespace}.svc.cluster.local"))
    draw.log(caller, calling.unknown_host(draw, alias))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, alias),
        Expect(("open", "cause"), says=(alias, missing), may_propose=True),
    )


@situation("paths")
def alias_of_a_host_outside_that_does_not_resolve(draw: Draw) -> Told:
    calling.name_server(draw)
    caller, _ = calling.pair(draw)
    alias = draw.pick("main-db", "events", "geo")
    host = f"{alias}.{draw.suffix(6)}.eu-central-1.rds.amazonaws.com"
    draw.objects.append(_alias(alias, caller.namespace, host))
    draw.log(caller, calling.unknown_host(draw, alias))
    return Told(
        draw.world(),
        calling.complaint(draw, caller, alias),
        Expect(("open", "cause"), says=(alias, host.split(".")[1]), never=("no Service of that name",)),
    )


@situation("paths")
def stateful_callee_by_the_name_of_its_pod(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    controllers.stateful(draw, callee)
    callee.service["spec"]["clusterIP"] = "None"
    down(draw, callee)
    callee.deployment["status"].update(readyReplicas=0)
    callee.deployment["status"].pop("conditions", None)
    host = f"{callee.name}-0.{callee.service['metadata']['name']}.{callee.namespace}.svc.cluster.local"
    draw.log(caller, calling.refusals(draw, host, callee.port))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), cause(callee))


@situation("paths")
def callee_known_by_its_address_alone(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    down(draw, callee)
    draw.log(caller, calling.refusals(draw, callee.service["spec"]["clusterIP"]))
    return Told(draw.world(), calling.complaint(draw, caller, "something"), cause(callee))


@situation("paths")
def callee_whose_image_is_missing(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    unstarted.fail_pull(draw, callee, f"{callee.image}: not found")
    controllers.fresh(draw, callee)
    calling.told_of(draw, caller, key(draw), f"http://{calling.host_of(draw, callee, caller)}")
    draw.log(caller, draw.pick(calling.refusals, calling.timeouts)(draw, calling.host_of(draw, callee, caller)))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), cause(callee, "image"))


@situation("paths")
def callee_on_a_node_that_is_lost(draw: Draw) -> Told:
    callee = draw.app(replicas=1)
    caller = draw.app(callee.namespace, replicas=1)
    here = callee.pods[0]["spec"]["nodeName"]
    nodes = [o["metadata"]["name"] for o in draw.objects if o["kind"] == "Node"]
    caller.pods[0]["spec"]["nodeName"] = next(name for name in nodes if name != here)
    lose(draw, here)
    unstarted.unavailable(callee)
    callee.pods[0]["status"]["containerStatuses"][0]["ready"] = False
    controllers.fresh(draw, callee)
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("cause",), ("node_not_ready",), says=(here.replace(".", r"\."),), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def callee_that_runs_out_of_memory(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    break_app(callee, exit_code=137, restarts=draw.number(5, 14))
    for pod in callee.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    controllers.fresh(draw, callee)
    host = calling.host_of(draw, callee, caller)
    way = draw.pick(
        "ERROR Post http://{}/v1: EOF", "Error: read ECONNRESET {}:80", "ERROR http://{}/: connection reset"
    )
    draw.log(caller, [way.format(host)] * 12 + calling.refusals(draw, host))
    expect = Expect(("cause",), ("oom_killed",), (callee.subject,), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("paths")
def several_clients_of_one_that_is_down(draw: Draw) -> Told:
    callee = draw.app()
    down(draw, callee)
    callers = [draw.app(callee.namespace) for _ in range(draw.number(2, 4))]
    for one in callers:
        draw.log(one, draw.pick(calling.timeouts, calling.refusals)(draw, calling.host_of(draw, callee, one)))
    trigger = calling.complaint(draw, callers[0], callee.name)
    alerts = trigger["payload"]["alerts"]
    for one in callers[1:]:
        where = {"alertname": alerts[0]["labels"]["alertname"], "severity": "warning", **labels(draw, one)}
        alerts.append({**alerts[0], "labels": where, "annotations": {"summary": f"{one.name} answers with errors"}})
    trigger["payload"]["commonLabels"] = {"severity": "warning", "namespace": callee.namespace}
    trigger["payload"]["commonAnnotations"] = {}
    return Told(draw.world(), trigger, cause(callee))


@situation("paths")
def several_clients_of_a_name_that_nobody_has(draw: Draw) -> Told:
    calling.name_server(draw)
    place, missing = draw.place(), draw.name()
    callers = [draw.app(place) for _ in range(draw.number(2, 3))]
    for one in callers:
        calling.told_of(draw, one, key(draw), f"http://{missing}:8080")
        lines = calling.unknown_host(draw, missing)
        for pod in one.pods:
            draw.log(one, lines, pod=pod)
    text = {"summary": f"{len(callers)} workloads of {place} answer with errors"}
    trigger = triggers.alertmanager("NamespaceErrors", {"namespace": place}, text)
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=(missing,), may_propose=True))


@situation("paths")
def run_of_a_job_whose_callee_is_down(draw: Draw) -> Told:
    callee = draw.app()
    down(draw, callee)
    host = f"{callee.service['metadata']['name']}.{callee.namespace}"
    subject = controllers.run(
        draw, callee.namespace, *calling.refusals(draw, host)[:3], cron=True, env={"TARGET": f"http://{host}"}
    )
    name = subject.split("/")[2]
    where = {"namespace": callee.namespace, "cronjob": name}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"runs of {name} fail"})
    return Told(draw.world(), trigger, cause(callee))


@situation("paths")
def init_container_that_waits_for_one_that_is_down(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    down(draw, callee)
    host = calling.host_of(draw, callee, caller)
    wait = {
        "name": draw.pick("wait-for-db", "init", "check"),
        "image": "busybox:1.36",
        "command": ["sh", "-c", f"until nc -z {host} 80; do echo waiting for {host}; sleep 2; done"],
    }
    for one in (caller.deployment["spec"]["template"], caller.replica_set["spec"]["template"], *caller.pods):
        one["spec"]["initContainers"] = [wait]
    for pod in caller.pods:
        status = pod["status"]
        status["phase"] = "Pending"
        status["conditions"][0].update(status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(20))
        status["initContainerStatuses"] = [
            {"name": wait["name"], "image": wait["image"], "ready": False, "restartCount": 0,
             "state": {"running": {"startedAt": objects.at(20)}}}
        ]  # fmt: skip
        status["containerStatuses"][0].update(
            ready=False, started=False, state={"waiting": {"reason": "PodInitializing"}}
        )
    unstarted.unavailable(caller)
    controllers.fresh(draw, caller)
    return Told(draw.world(), unstarted.alarm(draw, caller), cause(callee))


@situation("paths")
def callee_that_works_beside_a_middle_that_is_broken(draw: Draw) -> Told:
    """The middle of the chain fails by itself: the last one is well and is not to blame."""
    middle, last = calling.pair(draw)
    first = draw.app(middle.namespace)
    down(draw, middle)
    calling.told_of(draw, middle, key(draw), f"http://{calling.host_of(draw, last, middle)}")
    draw.chatter(last)
    draw.log(first, calling.refusals(draw, calling.host_of(draw, middle, first)))
    expect = Expect(("cause",), subjects=(middle.subject,), never=(rf"\b{last.name}\b.*fails",), may_propose=True)
    return Told(draw.world(), calling.complaint(draw, first, middle.name), expect)


@situation("paths")
def two_callees_of_which_one_is_down(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    well = draw.app(caller.namespace)
    down(draw, callee)
    draw.chatter(well)
    for one in (caller.deployment["spec"]["template"], caller.replica_set["spec"]["template"], *caller.pods):
        one["spec"]["containers"][0]["env"] = [
            {"name": "A_URL", "value": f"http://{well.service['metadata']['name']}"},
            {"name": "B_URL", "value": f"http://{calling.host_of(draw, callee, caller)}"},
        ]
    draw.log(caller, [draw.pick(*ANSWERED_BADLY)] * draw.number(12, 25))
    return Told(draw.world(), calling.complaint(draw, caller, "one of its backends"), cause(callee))
