"""What one object names beside what there is: kinds that pods refer to, sizes, probes, autoscalers."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, triggers, unstarted, waiting
from tests.worlds.ability_fit_routes import fail_probe, listening
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, labels, serving_app


def cause(app: App, classes: tuple[str, ...], *says: str, never: tuple[str, ...] = ()) -> Expect:
    return Expect(("cause",), classes, (app.subject,), says, never, may_propose=True)


@situation("fit")
def runtime_class_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    name = draw.pick("gvisor", "kata", "nvidia")
    waiting.in_templates(app, runtimeClassName=name)
    trigger = unstarted.alarm(draw, app)
    unstarted.refuse(draw, app, f'pods "{{pod}}" is forbidden: pod rejected: RuntimeClass "{name}" not found')
    return Told(draw.world(), trigger, Expect(("cause", "open"), says=(name,), may_propose=True))


@situation("fit")
def request_larger_than_the_limit_of_its_quota_in_storage(draw: Draw) -> Told:
    """A claim is refused before it exists; the StatefulSet's controller tells of it."""
    app = draw.app(replicas=1)
    controllers.stateful(draw, app)
    quota = f"storage-{draw.suffix(3)}"
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": objects.meta(quota, app.namespace, 9000, {}),
            "spec": {"hard": {"requests.storage": "20Gi"}},
            "status": {"hard": {"requests.storage": "20Gi"}, "used": {"requests.storage": "15Gi"}},
        }
    )
    for pod in app.pods:
        draw.objects.remove(pod)
    app.pods.clear()
    app.deployment["status"] = {"replicas": 0, "readyReplicas": 0, "currentRevision": "a", "updateRevision": "a"}
    text = (
        f"create Claim data-{app.name}-0 for Pod {app.name}-0 in StatefulSet {app.name} failed error: "
        f'persistentvolumeclaims "data-{app.name}-0" is forbidden: exceeded quota: {quota}, requested: '
        "requests.storage=10Gi, used: requests.storage=15Gi, limited: requests.storage=20Gi"
    )
    draw.objects.append(objects.event(app.deployment, "FailedCreate", text, count=draw.number(5, 20)))
    controllers.fresh(draw, app)
    where = {"namespace": app.namespace, "statefulset": app.name}
    trigger = triggers.alertmanager(
        "KubeStatefulSetReplicasMismatch", where, {"summary": f"{app.name} is not complete"}
    )
    expect = Expect(("cause",), ("quota_exceeded",), says=(quota, "storage"), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("fit")
def probe_of_a_path_that_the_program_does_not_have(draw: Draw) -> Told:
    app = serving_app(draw)
    path = draw.pick("/healthz", "/ready", "/actuator/health")
    fail_probe(draw, app, app.port)
    draw.objects[:] = [o for o in draw.objects if o["kind"] != "Event"]
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = path
    draw.logs.clear()
    for pod in app.pods:
        message = "Readiness probe failed: HTTP probe failed with statuscode: 404"
        draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(30, 200), minutes=1))
        draw.log(app, [listening(draw, app.port)] + [f"GET {path} 404 in 1 ms"] * 20, pod=pod)
    return Told(draw.world(), waiting.complaint(draw, app), cause(app, ("readiness_wrong",), path, "404"))


@situation("fit")
def probe_by_the_wrong_scheme(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    fail_probe(draw, app, app.port)
    draw.objects[:] = [o for o in draw.objects if o["kind"] != "Event"]
    for pod in app.pods:
        message = (
            f'Readiness probe failed: Get "https://10.2.3.4:{app.port}/healthz": '
            "http: server gave HTTP response to HTTPS client"
        )
        draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(30, 200), minutes=1))
        draw.log(app, ["starting", listening(draw, app.port)], pod=pod)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["readinessProbe"]["httpGet"]["scheme"] = "HTTPS"
    return Told(draw.world(), waiting.complaint(draw, app), cause(app, ("readiness_wrong",), "HTTPS"))


@situation("fit")
def probe_by_the_name_of_a_port_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    name = draw.pick("health", "admin", "mgmt")
    fail_probe(draw, app, app.port)
    draw.objects[:] = [o for o in draw.objects if o["kind"] != "Event"]
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["readinessProbe"]["httpGet"]["port"] = name
    for pod in app.pods:
        message = f'Readiness probe errored: strconv.Atoi: parsing "{name}": invalid syntax'
        draw.objects.append(objects.event(pod, "Unhealthy", message, count=draw.number(30, 200), minutes=1))
    return Told(draw.world(), waiting.complaint(draw, app), cause(app, ("readiness_wrong",), name))


@situation("fit")
def autoscaler_of_a_workload_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    scaler = autoscaler(draw, app, most=6, desired=2)
    ghost = app.name + draw.pick("-v1", "-old", "s")
    scaler["spec"]["scaleTargetRef"]["name"] = ghost
    text = (
        f'the HPA controller was unable to get the target\'s current scale: deployments/scale.apps "{ghost}" not found'
    )
    scaler["status"]["conditions"] = [
        {"type": "AbleToScale", "status": "False", "reason": "FailedGetScale", "message": text,
         "lastTransitionTime": objects.at(40)}
    ]  # fmt: skip
    draw.objects += [scaler, objects.event(scaler, "FailedGetScale", text, count=30)]
    where = {"namespace": app.namespace, "horizontalpodautoscaler": scaler["metadata"]["name"]}
    trigger = triggers.alertmanager("HPAUnableToScale", where, {"summary": "HPA cannot scale"})
    return Told(draw.world(), trigger, Expect(("cause",), ("autoscaler_blocked",), says=(ghost,), may_propose=True))


@situation("fit")
def autoscaler_by_a_share_of_a_request_that_is_not_there(draw: Draw) -> Told:
    app = serving_app(draw)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["resources"] = {"limits": {"memory": "256Mi"}}
    scaler = autoscaler(draw, app, most=6, desired=2)
    name = app.pods[0]["spec"]["containers"][0]["name"]
    text = (
        "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in "
        f"container {name} of Pod {app.pod}"
    )
    scaler["status"]["conditions"] = [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": text,
         "lastTransitionTime": objects.at(40)},
    ]  # fmt: skip
    draw.objects += [scaler, objects.event(scaler, "FailedGetResourceMetric", text, count=30)]
    where = {"namespace": app.namespace, "horizontalpodautoscaler": scaler["metadata"]["name"]}
    trigger = triggers.alertmanager("HPAMetricsMissing", where, {"summary": "HPA has no metrics"})
    expect = Expect(("cause",), ("autoscaler_blocked",), says=("request", "cpu"), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("fit")
def volume_that_another_node_holds(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    volume = f"pvc-{draw.suffix(8)}"
    text = f'Multi-Attach error for volume "{volume}" Volume is already used by pod(s) {app.name}-{draw.suffix()}'
    waiting.hold(draw, app, "FailedAttachVolume", text)
    return Told(draw.world(), waiting.complaint(draw, app), cause(app, ("volume_unattachable",), volume))


@situation("fit")
def claim_that_is_not_there(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    name = f"{draw.pick('data', 'files')}-{draw.suffix(4)}"
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": name}}
    unstarted.mounts(app, volume)
    waiting.leave_without_node(draw, app, f'0/2 nodes are available: persistentvolumeclaim "{name}" not found.')
    expect = Expect(("cause",), ("config_missing", "volume_unprovisioned"), says=(name,), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("fit")
def load_balancer_service_without_an_address(draw: Draw) -> Told:
    app = serving_app(draw)
    app.service["spec"]["type"] = "LoadBalancer"
    app.service["status"] = {"loadBalancer": {}}
    text = draw.pick(
        "Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets for creating the ELB",  # noqa: E501
        "Failed build model due to unable to resolve at least one subnet (0 match VPC and tags)",
    )
    reason = "SyncLoadBalancerFailed" if text.startswith("Error") else "FailedBuildModel"
    draw.objects.append(objects.event(app.service, reason, text, count=20))
    where = {"namespace": app.namespace, "service": app.service["metadata"]["name"]}
    trigger = triggers.alertmanager("ServiceHasNoAddress", where, {"summary": f"{app.name} has no external address"})
    return Told(draw.world(), trigger, Expect(("open", "cause"), says=("subnet",)))


@situation("fit")
def budget_that_nothing_can_meet(draw: Draw) -> Told:
    """One replica, and one has to be there always: a drain waits for ever."""
    app = draw.app(replicas=1)
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["spec"]["unschedulable"] = True
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    draw.objects.append(
        {
            "kind": "PodDisruptionBudget",
            "metadata": objects.meta(f"{app.name}-pdb", app.namespace, 9000, {}),
            "spec": {"minAvailable": draw.pick(1, "100%"), "selector": app.deployment["spec"]["selector"]},
            "status": {"currentHealthy": 1, "desiredHealthy": 1, "disruptionsAllowed": 0, "expectedPods": 1},
        }
    )
    text = {"summary": f"drain of {node} does not end", "description": "Cannot evict pod: disruption budget"}
    trigger = triggers.alertmanager("NodeDrainStuck", {"node": node}, text)
    expect = Expect(("cause",), ("drain_blocked",), says=(f"{app.name}-pdb",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("fit")
def service_port_that_meets_one_container_of_two(draw: Draw) -> Told:
    """Nothing is wrong: the port belongs to the second container."""
    caller, callee = calling.pair(draw)
    side = {"name": "proxy", "image": "registry.example.com/proxy:2", "ports": [{"containerPort": 15001}]}
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        one["spec"]["containers"] = [*one["spec"]["containers"], side]
    for pod in callee.pods:
        pod["status"]["containerStatuses"].append(
            {"name": "proxy", "image": side["image"], "ready": True, "restartCount": 0, "started": True,
             "state": {"running": {"startedAt": objects.at(200)}}}
        )  # fmt: skip
    callee.service["spec"]["ports"][0]["targetPort"] = 15001
    controllers.fresh(draw, callee)
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    expect = Expect(("open",), never=("none of its pods|no pod has",))
    return Told(draw.world(), calling.complaint(draw, caller, callee.name), expect)


@situation("fit")
def nodes_in_another_zone_than_the_volume(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    zone, other = "eu-central-1a", "eu-central-1b"
    for one in draw.objects:
        if one["kind"] == "Node":
            one["metadata"]["labels"]["topology.kubernetes.io/zone"] = other
    name, volume = f"data-{app.name}", f"pvc-{draw.suffix(8)}"
    affinity = [{"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}]}]
    volume_obj: Obj = waiting.volume(volume, "10Gi", storage_class="gp3")
    volume_obj["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": affinity}}
    volume_obj["spec"]["claimRef"] = {
        "kind": "PersistentVolumeClaim",
        "name": name,
        "namespace": app.namespace,
        "uid": "u",
    }
    volume_obj["status"]["phase"] = "Bound"
    claim: Obj = {
        "kind": "PersistentVolumeClaim",
        "metadata": {**objects.meta(name, app.namespace, 9000, {}), "uid": "u"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}},
                 "storageClassName": "gp3", "volumeName": volume},
        "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}},
    }  # fmt: skip
    draw.objects += [volume_obj, claim]
    unstarted.mounts(app, {"name": "data", "persistentVolumeClaim": {"claimName": name}})
    text = "0/2 nodes are available: 2 node(s) had volume node affinity conflict."
    waiting.leave_without_node(draw, app, draw.pick(text, text + " preemption: 0/2 nodes are available."))
    expect = Expect(("cause",), says=(f"{volume}|{name}", zone), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("fit")
def question_why_a_pod_waits(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    key = draw.pick("disk", "pool", "gpu")
    waiting.in_templates(app, nodeSelector={key: "fast"})
    waiting.leave_without_node(
        draw, app, "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    )
    text = draw.pick(
        f"why is {app.pod} pending?",
        f"why does {app.name} in {app.namespace} not start",
        f"{app.name} is stuck in Pending, why?",
    )
    expect = Expect(("answered", "cause", "open"), says=(f"{key}.{{0,4}}fast",))
    return Told(draw.world(), triggers.question(text), expect)


@situation("fit")
def service_that_selects_the_pods_of_two_programs(draw: Draw) -> Told:
    one = draw.app()
    other = draw.app(one.namespace)
    both = {"part-of": draw.name()}
    for app in (one, other):
        for pod in app.pods:
            pod["metadata"]["labels"].update(both)
        app.deployment["spec"]["template"]["metadata"]["labels"].update(both)
        app.replica_set["spec"]["template"]["metadata"]["labels"].update(both)
    one.service["spec"]["selector"] = both
    text = {"summary": f"{one.name} answers every other request with 404"}
    trigger = triggers.alertmanager("Http4xx", labels(draw, one), text)
    expect = Expect(("open", "cause"), ("service_overselects",), says=(other.name,), may_propose=True)
    return Told(draw.world(), trigger, expect)
