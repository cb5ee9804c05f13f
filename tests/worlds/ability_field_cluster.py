"""Field reports about the cluster beneath: nodes, room, pods that are ended, probes, waiting, runs without an end."""

from __future__ import annotations

from tests.worlds import controllers, objects, past, unstarted, waiting, workloads
from tests.worlds.field_pages import page
from tests.worlds.field_scenes import answered, either, link, slowly, system, unheard, writes
from tests.worlds.objects import Obj
from tests.worlds.outages import outage
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def _node_for(draw: Draw, app: App, *elsewhere: App) -> Obj:
    """The node of this one; the pods of the others stand on the other node."""
    nodes: list[Obj] = [one for one in draw.objects if one["kind"] == "Node"]
    for one in app.pods:
        one["spec"]["nodeName"] = nodes[0]["metadata"]["name"]
    for other in elsewhere:
        for one in other.pods:
            one["spec"]["nodeName"] = nodes[1]["metadata"]["name"]
    return nodes[0]


def _moved(outcome: Told, node: Obj, story: App) -> Told:
    """Nobody else's pods are on this node."""
    every: list[Obj] = outcome.world["k8s"]["objects"]
    name = node["metadata"]["name"]
    other = next(o["metadata"]["name"] for o in every if o["kind"] == "Node" and o["metadata"]["name"] != name)
    own = {pod["metadata"]["name"] for pod in story.pods}
    for one in every:
        if one["kind"] == "Pod" and one["spec"].get("nodeName") == name and one["metadata"]["name"] not in own:
            one["spec"]["nodeName"] = other
    return outcome


@situation("field reports")
def node_that_took_a_service_with_it(draw: Draw) -> Told:
    """It is not heard any more and its pods do not end; or its disk is full and the kubelet puts its pods out."""
    scene = system(draw)
    role = draw.pick("order", "review", "profile")
    front, service = scene.front(), scene.app(role)
    store = scene.store(draw.pick("mongodb", "postgres", "redis"), role, stateful=True)
    first_host = link(draw, front, service)
    store_host = link(draw, service, store)
    names = scene.others()
    node = _node_for(draw, store, front, service)
    name, pod = node["metadata"]["name"], store.pods[0]
    if draw.pick(True, False):
        workloads.lose(draw, name)
        pod["metadata"].update(deletionTimestamp=objects.at(12), deletionGracePeriodSeconds=30)
        draw.objects.append(
            objects.event(
                node, "NodeNotReady", f"Node {name} status is now: NodeNotReady", minutes=18, count=1, kind="Normal"
            )
        )
        draw.objects.append(
            objects.event(
                pod,
                "TaintManagerEviction",
                f"Marking for deletion Pod {scene.namespace}/{store.pod}",
                minutes=12,
                count=1,
                kind="Normal",
            )
        )
        classes, answer = ("node_not_ready", "hardware_degraded", "dependency_unreachable"), f"{either(name)}|node"
        manner = "timeout"
    else:
        for condition in node["status"]["conditions"]:
            if condition["type"] == "DiskPressure":
                condition.update(status="True", reason="KubeletHasDiskPressure", lastTransitionTime=objects.at(18))
                condition.update(message="kubelet has disk pressure")
        node["spec"]["taints"] = [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]
        threshold = (
            "The node was low on resource: ephemeral-storage. Threshold quantity: 2146223340, available: 1804412Ki."
        )
        waiting.leave_without_node(
            draw, store, "0/2 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint"
            " {node.kubernetes.io/disk-pressure: }. preemption: 0/2 nodes are available.",
        )  # fmt: skip
        draw.objects += [
            objects.event(pod, "Evicted", threshold, minutes=17, count=1),
            objects.event(node, "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage", minutes=1, count=40),
        ]
        classes = ("disk_pressure", "capacity_insufficient", "placement_impossible")
        answer, manner = "disk|storage|evict", "refused"
    waiting.empty(draw, store)
    controllers.unready(store)
    writes(draw, service, unheard(draw, store_host, "timeout" if manner == "timeout" else "refused"))
    writes(draw, front, answered(draw, first_host, 503))
    outcome = outage(
        draw, [front, service, store], page(draw, front, "errors"), ends=("cause",), classes=classes, says=(answer,),
        innocent=(front.name, *names),
    )  # fmt: skip
    return _moved(outcome, node, store)


@situation("field reports")
def no_room_for_the_pods_of_a_service(draw: Draw) -> Told:
    """A quota refuses them, or no node takes them: all are set aside for something else, or too small."""
    scene = system(draw)
    front, app = scene.front(), scene.app(draw.pick("search", "checkout", "travel"), replicas=draw.number(1, 3))
    names = scene.others()
    callee_host = link(draw, front, app)
    if draw.pick(True, False):
        quota, most = draw.pick("compute", "team-quota"), draw.pick(4, 8)
        hard, used = (
            {"limits.memory": f"{most}Gi", "pods": "40"},
            {"limits.memory": f"{most * 1024 - 128}Mi", "pods": "19"},
        )
        meta = objects.meta(quota, scene.namespace, 9000, {})
        status = {"hard": hard, "used": used}
        draw.objects.append({"kind": "ResourceQuota", "metadata": meta, "spec": {"hard": hard}, "status": status})
        unstarted.refuse(
            draw, app, f'pods "{{pod}}" is forbidden: exceeded quota: {quota}, requested: limits.memory=256Mi, used:'
            f" limits.memory={used['limits.memory']}, limited: limits.memory={hard['limits.memory']}",
        )  # fmt: skip
        controllers.fresh(draw, app)
        classes: tuple[str, ...] = ("quota_exceeded", "admission_denied")
        answer = f"quota|{either(quota)}"
    else:
        message = draw.pick(
            "0/2 nodes are available: 2 node(s) had untolerated taint {dedicated: batch}. preemption: 0/2 nodes"
            " are available:"
            " 2 Preemption is not helpful for scheduling.",
            "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption"
            " victims found for"
            " incoming pod.",
        )
        if "taint" in message:
            for one in draw.objects:
                if one["kind"] == "Node":
                    one["spec"]["taints"] = [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]
        else:
            for template in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
                container = template["spec"]["containers"][0]
                requests = {"cpu": "6", "memory": "64Mi"}
                template["spec"]["containers"][0] = {**container, "resources": {"requests": requests}}
        waiting.leave_without_node(draw, app, message)
        classes, answer = ("placement_impossible", "capacity_insufficient", "nodes_not_added"), "taint|cpu|schedul|node"
    writes(draw, front, unheard(draw, callee_host, "refused"))
    trigger = draw.pick(
        page(draw, front, "errors"), unstarted.alarm(draw, app) if app.pods else page(draw, app, "replicas")
    )
    return outage(
        draw, [front, app], trigger, ends=("cause",), classes=classes, says=(answer,), innocent=(front.name, *names)
    )  # fmt: skip


@situation("field reports")
def pods_that_somebody_removes_again_and_again(draw: Draw) -> Told:
    """Every few minutes all pods of one service are deleted, by whom is not to be seen; new ones come at once."""
    scene = system(draw)
    front, middle = scene.front(), scene.app(draw.pick("checkout", "search"))
    callee = scene.app(draw.pick("payment", "user", "basic"), replicas=draw.number(1, 2))
    first_host, callee_host = link(draw, front, middle), link(draw, middle, callee)
    age = draw.number(1, 2) + 0.4
    past.renew(callee, age)
    controllers.fresh(draw, callee)
    set_name = f"{callee.name}-{callee.hash}"
    for i in range(draw.number(4, 6)):
        minutes = age + i * 3
        former_pod = past.old_pod(draw, callee)
        killing = f"Stopping container {callee.pods[0]['spec']['containers'][0]['name']}"
        draw.objects.append(objects.event(former_pod, "Killing", killing, minutes=minutes, count=1, kind="Normal"))
        created = f"Created pod: {former_pod['metadata']['name'] if i else callee.pod}"
        creation = objects.event(
            callee.replica_set, "SuccessfulCreate", created, minutes=minutes, count=1, kind="Normal"
        )
        draw.objects.append({**creation, "source": {"component": "replicaset-controller"}})
    writes(draw, callee, draw.pick("INFO listening", "Started Application in 6.2 seconds"), since=age, minutes=age)
    writes(draw, middle, unheard(draw, callee_host, "refused"))
    writes(draw, front, answered(draw, first_host, 503))
    return outage(
        draw, [front, middle, callee], page(draw, front, "errors"), ends=("open", "cause"),
        classes=("dependency_unreachable", "shutdown_ungraceful", "crash_loop", "preempted", "readiness_wrong"),
        says=(either(callee.name, set_name),), innocent=(front.name, *scene.others()),
    )  # fmt: skip


@situation("field reports")
def readiness_that_hangs_on_a_slow_dependency(draw: Draw) -> Told:
    """Its probe asks a dependency that has become slow, and so it goes in and out of its Service."""
    scene = system(draw)
    front, app = scene.front(), scene.app(draw.pick("cart", "order", "travel"), replicas=3)
    slow = scene.app(draw.pick("rate", "station", "inventory"), replicas=1)
    first_host, late = link(draw, front, app), link(draw, app, slow)
    probe = {
        "httpGet": {"path": "/ready", "port": app.port},
        "timeoutSeconds": 1,
        "periodSeconds": 5,
        "failureThreshold": 1,
    }
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0] = {**one["spec"]["containers"][0], "readinessProbe": probe}
    failed = draw.pick(
        f'Readiness probe failed: Get "http://10.2.3.4:{app.port}/ready": context deadline exceeded'
        f" (Client.Timeout exceeded"
        " while awaiting headers)",
        "Readiness probe failed: HTTP probe failed with statuscode: 503",
    )
    for pod in app.pods:
        draw.objects.append(objects.event(pod, "Unhealthy", failed, minutes=0.3, count=draw.number(30, 90)))
        pod["status"]["conditions"][0]["lastTransitionTime"] = objects.at(0.5)
    for pod in app.pods[:2]:
        pod["status"]["conditions"][0].update(status="False", reason="ContainersNotReady")
        pod["status"]["containerStatuses"][0]["ready"] = False
    app.deployment["status"].update(readyReplicas=1, availableReplicas=1, unavailableReplicas=2)
    app.replica_set["status"].update(readyReplicas=1, availableReplicas=1)
    controllers.fresh(draw, app)
    ms = draw.number(1100, 2900)
    writes(
        draw, app, f"WARN readiness: dependency {late} answered after {ms} ms, reporting not ready", slowly(draw, late)
    )
    writes(draw, slow, draw.pick(f"WARN slow query: {ms - 30} ms, SELECT * FROM rates WHERE day >= $1",
                                 f'level=warning msg="slow request" took={ms - 30}ms rows=48211'))  # fmt: skip
    writes(draw, front, answered(draw, first_host, 503))
    return outage(
        draw, [front, app, slow], draw.pick(page(draw, front, "errors"), page(draw, app, "replicas")),
        classes=("readiness_wrong", "calls_slow", "dependency_unreachable", "database_degraded"),
        says=(f"{either(slow.name)}|readiness|probe|slow",), innocent=(front.name, *scene.others()),
    )  # fmt: skip
