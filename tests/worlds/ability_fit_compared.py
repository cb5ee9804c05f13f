"""Two objects side by side: an autoscaler and its workload, a claim and its volume, rules of pods and the nodes, what a
namespace allows, what is configured and what there is elsewhere. The refuser's own words are often gone already."""

from __future__ import annotations

from typing import Any

from tests.worlds import calling, controllers, objects, triggers, unstarted, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, claim_volume, labels, serving_app

UNBOUND = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."


def bodies(app: App) -> list[Obj]:
    return [app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods]


def nodes(draw: Draw) -> list[Obj]:
    return [one for one in draw.objects if one["kind"] == "Node"]


def of(draw: Draw, kind: str, name: str = "") -> Obj:
    return next(one for one in draw.objects if one["kind"] == kind and name in ("", one["metadata"]["name"]))


def cause(*says: str) -> Expect:
    return Expect(("cause",), says=says, may_propose=True)


def trouble(*says: str) -> Expect:
    return Expect(("open", "cause"), says=says, may_propose=True)


def mismatch(draw: Draw, app: App) -> Obj:
    """For a workload that may have no pods."""
    where = draw.pick(
        {"namespace": app.namespace, "deployment": app.name}, {"namespace": app.namespace, "service": app.name}
    )
    text = {"description": f"Deployment {app.namespace}/{app.name} has not matched the expected number of replicas"}
    return triggers.alertmanager("KubeDeploymentReplicasMismatch", where, text)


def scaler_alarm(app: App, name: str) -> Obj:
    where = {"namespace": app.namespace, "horizontalpodautoscaler": name}
    text = {"description": f"HPA {app.namespace}/{name} has not matched the desired number of replicas"}
    return triggers.alertmanager("KubeHpaReplicasMismatch", where, text)


def unsized(draw: Draw, app: App) -> Obj:
    """An autoscaler of which the controller says nothing any more."""
    scaler = autoscaler(draw, app, most=6, desired=2)
    scaler["status"] = {"currentReplicas": draw.number(0, 2), "desiredReplicas": 0}
    draw.objects.append(scaler)
    return scaler


@situation("fit")
def autoscaler_that_names_a_deployment_where_a_stateful_set_is(draw: Draw) -> Told:
    app = serving_app(draw)
    controllers.stateful(draw, app)
    scaler = unsized(draw, app)
    return Told(
        draw.world(), scaler_alarm(app, scaler["metadata"]["name"]), cause(f"Deployment {app.name}", "StatefulSet")
    )


@situation("fit")
def autoscaler_by_shares_of_nothing_with_an_empty_status(draw: Draw) -> Told:
    app = serving_app(draw)
    for one in bodies(app):
        one["spec"]["containers"][0]["resources"] = {"requests": {"memory": "64Mi"}}
    scaler = unsized(draw, app)
    container = app.pods[0]["spec"]["containers"][0]["name"]
    return Told(draw.world(), scaler_alarm(app, scaler["metadata"]["name"]), cause("cpu", "request", container))


@situation("fit")
def claim_that_names_a_volume_which_another_one_holds(draw: Draw) -> Told:
    app = draw.app()
    other = claim_volume(draw, draw.app(app.namespace))
    volume = of(draw, "PersistentVolume")["metadata"]["name"]
    name = claim_volume(draw, app, phase="Pending")
    of(draw, "PersistentVolumeClaim", name)["spec"]["volumeName"] = volume
    waiting.leave_without_node(draw, app, UNBOUND, with_event=draw.pick(True, False))
    return Told(draw.world(), waiting.complaint(draw, app), cause(name, volume, other))


@situation("fit")
def local_volume_of_a_node_that_is_gone(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    name = claim_volume(draw, app)
    gone_node = f"worker-{draw.suffix()}"
    rule = {"key": "kubernetes.io/hostname", "operator": "In", "values": [gone_node]}
    of(draw, "PersistentVolume")["spec"]["nodeAffinity"] = {
        "required": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}
    }
    text = "0/2 nodes are available: 2 node(s) had volume node affinity conflict."
    waiting.leave_without_node(draw, app, text, with_event=draw.pick(True, False))
    return Told(draw.world(), waiting.complaint(draw, app), cause(gone_node, name))


@situation("fit")
def class_that_makes_volumes_only_where_no_node_is(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    claim_volume(draw, app, phase="Pending")
    zone, other = "eu-central-1c", "eu-central-1a"
    topology = {"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": [zone]}]}
    of(draw, "StorageClass").update(volumeBindingMode="WaitForFirstConsumer", allowedTopologies=[topology])
    for one in nodes(draw):
        one["metadata"]["labels"]["topology.kubernetes.io/zone"] = other
    waiting.leave_without_node(
        draw, app, "0/2 nodes are available: 2 node(s) didn't find available persistent volumes."
    )
    return Told(draw.world(), waiting.complaint(draw, app), cause(zone, other))


@situation("fit")
def request_that_the_selected_nodes_cannot_give(draw: Draw) -> Told:
    """Another node has the room, and not the label."""
    app = draw.app(replicas=1)
    pool = draw.name()
    node = nodes(draw)[0]
    node["metadata"]["labels"]["pool"] = pool
    node["status"]["allocatable"] = {"cpu": "2", "memory": "4Gi", "pods": "58"}
    waiting.in_templates(app, nodeSelector={"pool": pool})
    for one in bodies(app):
        one["spec"]["containers"][0]["resources"] = {"requests": {"memory": "6Gi"}}
    text = "0/2 nodes are available: 1 Insufficient memory, 1 node(s) didn't match Pod's node affinity/selector."
    waiting.leave_without_node(draw, app, text)
    return Told(draw.world(), waiting.complaint(draw, app), cause("6Gi", "4Gi", pool))


@situation("fit")
def devices_that_no_node_offers(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    device = draw.pick("nvidia.com/gpu", "amd.com/gpu", "example.com/fpga")
    for one in bodies(app):
        one["spec"]["containers"][0]["resources"] = {"limits": {device: "2"}}
    waiting.leave_without_node(draw, app, f"0/2 nodes are available: 2 Insufficient {device}.")
    return Told(draw.world(), waiting.complaint(draw, app), cause(device, "has 0"))


@situation("fit")
def spread_over_a_label_that_no_node_has(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    key = draw.pick("topology.kubernetes.io/zone", "example.com/rack")
    constraint = {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule"}
    waiting.in_templates(
        app, topologySpreadConstraints=[constraint | {"labelSelector": app.service["spec"]["selector"]}]
    )
    waiting.leave_without_node(
        draw, app, "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints."
    )
    return Told(draw.world(), waiting.complaint(draw, app), cause("spread", key))


@situation("fit")
def beside_pods_that_are_not_there(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    peer = draw.name()
    rule = {"labelSelector": {"matchLabels": {"app": peer}}, "topologyKey": "kubernetes.io/hostname"}
    waiting.in_templates(app, affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}})
    waiting.leave_without_node(draw, app, "0/2 nodes are available: 2 node(s) didn't match pod affinity rules.")
    return Told(draw.world(), waiting.complaint(draw, app), cause("affinity", f"app={peer}"))


def _bounds(draw: Draw, app: App, **rules: Any) -> str:
    name = f"bounds-{draw.suffix(3)}"
    spec = {"limits": [{"type": "Container", **rules}]}
    draw.objects.append({"kind": "LimitRange", "metadata": objects.meta(name, app.namespace, 9000, {}), "spec": spec})
    return name


@situation("fit")
def request_below_the_least_of_its_limit_range(draw: Draw) -> Told:
    app = draw.app()
    name = _bounds(draw, app, min={"cpu": "100m"})
    unstarted.refuse(
        draw, app, 'pods "{pod}" is forbidden: minimum cpu usage per Container is 100m, but request is 50m'
    )
    return Told(draw.world(), mismatch(draw, app), cause(name, "100m", "50m"))


@situation("fit")
def request_above_the_default_limit(draw: Draw) -> Told:
    app = draw.app()
    for one in bodies(app):
        one["spec"]["containers"][0]["resources"] = {"requests": {"memory": "1Gi"}}
    name = _bounds(draw, app, default={"memory": "512Mi"})
    field = "spec.containers[0].resources.requests"
    unstarted.refuse(
        draw,
        app,
        f'Pod "{{pod}}" is invalid: {field}: Invalid value: "1Gi": must be less than or equal to memory limit',
    )
    return Told(draw.world(), mismatch(draw, app), cause(name, "1Gi", "512Mi"))


@situation("fit")
def quota_of_which_too_little_is_left_and_nobody_says_so(draw: Draw) -> Told:
    app = draw.app(replicas=3)
    for pod in app.pods[1:]:
        draw.objects.remove(pod)
    for one in (app.deployment, app.replica_set):
        one["status"].update(replicas=1, readyReplicas=1, availableReplicas=1)
    quota, hard, used = f"team-{draw.suffix(3)}", {"requests.memory": "1Gi"}, {"requests.memory": "1000Mi"}
    metadata = objects.meta(quota, app.namespace, 9000, {})
    draw.objects.append(
        {"kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}, "status": {"hard": hard, "used": used}}
    )
    return Told(draw.world(), mismatch(draw, app), cause(quota, "64Mi", "1000Mi", "1Gi"))


@situation("fit")
def secret_that_only_another_namespace_has(draw: Draw) -> Told:
    app = serving_app(draw)
    name, place = f"{draw.name()}-login", draw.place()
    draw.namespace(place)
    unstarted.takes(app, {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": name, "key": "password"}}})
    unstarted.holds(draw, "Secret", name, place, "password")
    trigger = unstarted.alarm(draw, app)
    unstarted.waiting(draw, app, "CreateContainerConfigError", f'secret "{name}" not found')
    return Told(draw.world(), trigger, cause(name, place))


@situation("fit")
def host_of_a_service_that_only_another_namespace_has(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    calling.told_of(draw, caller, "PEER_HOST", callee.name, "env", "config")
    draw.log(caller, ["ERROR peer not available"] * 9)
    return Told(draw.world(), calling.complaint(draw, caller, "its peer"), trouble(callee.name, callee.namespace))


@situation("fit")
def host_of_another_namespace_in_a_client_that_crashes(draw: Draw) -> Told:
    caller, callee = calling.pair(draw, apart=True)
    calling.told_of(draw, caller, "PEER_URL", f"http://{callee.name}.{caller.namespace}.svc:80", "env", "args")
    break_app(caller)
    draw.log(caller, ["starting", "FATAL: peer not available"])
    return Told(draw.world(), unstarted.alarm(draw, caller), trouble(callee.name, callee.namespace))


@situation("fit")
def port_that_the_service_of_the_host_does_not_have(draw: Draw) -> Told:
    caller, callee = calling.pair(draw)
    calling.told_of(draw, caller, "PEER_URL", f"http://{callee.name}:9443")
    draw.log(caller, ["ERROR peer not available"] * 9)
    return Told(draw.world(), calling.complaint(draw, caller, "its peer"), trouble(callee.name, "9443", r"\b80\b"))


@situation("fit")
def route_to_a_service_of_another_namespace_and_an_alarm_on_the_pods(draw: Draw) -> Told:
    """The alarm names a workload, and in its text the host that fails."""
    app = draw.app()
    host, missing = f"shop.{draw.suffix(4)}.example.com", draw.app(draw.place()).name
    draw.objects.append(objects.ingress(app.name, app.namespace, host, missing))
    text = {"summary": draw.pick(f"{host} returns 503", f"5xx at https://{host}/")}
    return Told(draw.world(), triggers.alertmanager("Http5xx", labels(draw, app), text), trouble(missing))


@situation("fit")
def route_whose_class_has_no_controller(draw: Draw) -> Told:
    app = draw.app()
    host = f"shop.{draw.suffix(4)}.example.com"
    route = objects.ingress(app.name, app.namespace, host, app.name)
    route["spec"]["ingressClassName"] = "nginx-internal"
    route["status"] = {"loadBalancer": {}}
    draw.objects += [route, {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "x/nginx"}}]
    where = {"namespace": app.namespace, "ingress": app.name}
    return Told(
        draw.world(),
        triggers.alertmanager("IngressErrors", where, {"summary": f"{host} answers 404"}),
        cause("nginx-internal", r"\bnginx\b"),
    )
