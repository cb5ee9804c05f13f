"""Claims about what runs out: CPU, memory, disk, connections, pods, replicas, validity."""

from __future__ import annotations

from tests.worlds import triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import OPEN, TROUBLE, Expect, Told, situation
from tests.worlds.workloads import autoscaler, claim_volume, labels, serving_app


@situation("claims")
def throttled_and_nobody_measures(draw: Draw) -> Told:
    app = serving_app(draw)
    share = draw.number(40, 99)
    text = draw.pick(
        f"{share}% throttling of CPU in namespace {app.namespace} for container main in pod {app.pod}.",
        f"Container of {app.name} is CPU throttled ({share}%)",
    )
    trigger = triggers.alertmanager(
        draw.pick("CPUThrottlingHigh", "ContainerCpuThrottled"), labels(draw, app), {"summary": text}
    )
    return Told(draw.world(), trigger, Expect(("open", "cause"), classes=("cpu_throttled",), says=("throttl",)))


@situation("claims")
def throttled_by_a_tiny_limit(draw: Draw) -> Told:
    app = serving_app(draw)
    limit = draw.pick("10m", "15m", "20m")
    for one in (app.deployment, app.replica_set):
        one["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = limit
    for one in app.pods:
        one["spec"]["containers"][0]["resources"]["limits"]["cpu"] = limit
    text = {"summary": f"{draw.number(60, 100)}% throttling of CPU for {app.name}"}
    trigger = triggers.alertmanager("CPUThrottlingHigh", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("open", "cause"), classes=("cpu_throttled",), says=("throttl",)))


@situation("claims")
def memory_near_its_limit(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"Memory of {app.name} is at {draw.number(91, 99)}% of its limit", f"{app.name}: memory usage > 90%"
    )
    name = draw.pick("ContainerMemoryUsageHigh", "MemoryNearLimit", "KubeContainerMemorySaturation")
    return Told(draw.world(), triggers.alertmanager(name, labels(draw, app), {"summary": text}), OPEN)


@situation("claims")
def connections_are_used_up(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"Connection pool of {app.name} is exhausted ({draw.number(90, 100)}%)", f"{app.name}: too many connections"
    )
    trigger = triggers.alertmanager(
        draw.pick("ConnectionPoolExhausted", "TooManyConnections"), labels(draw, app), {"message": text}
    )
    return Told(draw.world(), trigger, OPEN)


@situation("claims")
def volume_fills_up(draw: Draw) -> Told:
    app = serving_app(draw)
    claim = claim_volume(draw, app)
    text = {"description": f"The volume claimed by {claim} in {app.namespace} is {draw.number(91, 99)}% full."}
    where = {"namespace": app.namespace, "persistentvolumeclaim": claim}
    return Told(draw.world(), triggers.alertmanager("KubePersistentVolumeFillingUp", where, text), OPEN)


@situation("claims")
def backlog_of_a_worker(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(f"{draw.number(2, 90)}000 messages wait for {app.name}", f"Consumer lag of {app.name} grows")
    trigger = triggers.alertmanager(
        draw.pick("QueueBacklogHigh", "ConsumerLagHigh"), labels(draw, app), {"summary": text}
    )
    return Told(draw.world(), trigger, OPEN)


@situation("claims")
def too_many_pods_on_a_node(draw: Draw) -> Told:
    app = draw.app(replicas=4)
    draw.chatter(app)
    node = app.pods[0]["spec"]["nodeName"]
    for pod in app.pods:
        pod["spec"]["nodeName"] = node
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["status"]["capacity"] = one["status"]["allocatable"] = {"cpu": "4", "memory": "16Gi", "pods": "4"}
    trigger = triggers.alertmanager(
        "KubeletTooManyPods", {"node": node}, {"summary": f"Kubelet {node} is running at 100% of its pod capacity."}
    )
    return Told(draw.world(), trigger, TROUBLE)


@situation("claims")
def few_pods_on_a_node(draw: Draw) -> Told:
    app = serving_app(draw)
    node = app.pods[0]["spec"]["nodeName"]
    trigger = triggers.alertmanager(
        "KubeletTooManyPods", {"node": node}, {"summary": f"Kubelet {node} is near its pod limit"}
    )
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("claims")
def autoscaler_at_its_maximum(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.objects.append(autoscaler(draw, app, most=app.replicas, desired=app.replicas))
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    return Told(
        draw.world(),
        triggers.alertmanager("KubeHpaMaxedOut", where, {"summary": f"HPA {app.name} runs at max replicas"}),
        TROUBLE,
    )


@situation("claims")
def autoscaler_with_room(draw: Draw) -> Told:
    app = serving_app(draw)
    draw.objects.append(autoscaler(draw, app, most=app.replicas + 4, desired=app.replicas))
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    trigger = triggers.alertmanager("KubeHpaMaxedOut", where, {"summary": f"HPA {app.name} runs at max replicas"})
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("claims")
def certificate_about_to_expire(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"Certificate of {app.name} expires in {draw.number(1, 6)} days", f"TLS certificate for {app.name} expires soon"
    )
    return Told(
        draw.world(), triggers.alertmanager("CertificateExpiringSoon", labels(draw, app), {"summary": text}), OPEN
    )


@situation("claims")
def scrape_target_is_down(draw: Draw) -> Told:
    app = serving_app(draw)
    text = {"summary": f"{draw.number(50, 100)}% of the {app.name} targets are down."}
    trigger = triggers.alertmanager(
        "TargetDown", {"job": app.name, "namespace": app.namespace, "service": app.name}, text
    )
    return Told(draw.world(), trigger, OPEN)
