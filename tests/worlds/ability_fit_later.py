"""Things that have to fit each other and do not: disks and zones, names and namespaces, ports, labels, requests."""

from __future__ import annotations

from tests.worlds import calling, controllers, objects, past, triggers, unstarted, waiting
from tests.worlds.ability_proposals import containers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, claim_volume

ZONE = "topology.kubernetes.io/zone"


def nodes(draw: Draw) -> list[Obj]:
    return [one for one in draw.objects if one["kind"] == "Node"]


def find(draw: Draw, kind: str, name: str) -> Obj:
    return next(one for one in draw.objects if one["kind"] == kind and one["metadata"]["name"] == name)


@situation("fit")
def disk_whose_zone_has_only_a_closed_node(draw: Draw) -> Told:
    """The disk ties the pod to one zone; the one node of that zone takes no new pods."""
    app = draw.app(replicas=1)
    draw.bystanders(2)
    claim = find(draw, "PersistentVolumeClaim", claim_volume(draw, app))
    near, far = draw.rng.sample(("a", "b", "c"), 2)
    for node, letter in zip(nodes(draw), (near, far), strict=True):
        node["metadata"]["labels"][ZONE] = f"eu-central-1{letter}"
        node["spec"]["providerID"] = node["spec"]["providerID"].replace("1a", f"1{letter}")
    closed = nodes(draw)[1]
    closed["spec"].update(
        unschedulable=True, taints=[{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    )
    match = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [f"eu-central-1{far}"]}]}
    disk = find(draw, "PersistentVolume", claim["spec"]["volumeName"])
    disk["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [match]}}
    halves = ["1 node(s) had volume node affinity conflict", "1 node(s) were unschedulable"]
    draw.rng.shuffle(halves)
    waiting.leave_without_node(draw, app, f"0/2 nodes are available: {', '.join(halves)}.")
    says = (rf"zone|affinity|1{far}|{disk['metadata']['name']}", r"cordon|unschedulable|drain|takes no")
    classes = ("placement_impossible", "volume_unattachable", "capacity_insufficient", "drain_blocked")
    return Told(draw.world(), waiting.complaint(draw, app), Expect(("cause",), classes, says=says, may_propose=True))


@situation("fit")
def volume_kept_for_a_claim_of_another_namespace(draw: Draw) -> Told:
    """The claim names its volume, and the volume names a claim of the same name elsewhere."""
    app = draw.app(replicas=1)
    draw.bystanders(2)
    claim = find(draw, "PersistentVolumeClaim", claim_volume(draw, app, phase="Pending"))
    elsewhere, name = draw.place(), f"vol-{draw.suffix()}"
    draw.namespace(elsewhere)
    reference = {"kind": "PersistentVolumeClaim", "namespace": elsewhere, "name": claim["metadata"]["name"]}
    disk = waiting.volume(name, "10Gi", storage_class="gp3", claimRef=reference)
    disk["status"]["phase"] = "Available"
    draw.objects.append(disk)
    claim["spec"]["volumeName"] = name
    text = f'volume "{name}" already bound to a different claim.'
    draw.objects.append(objects.event(claim, "FailedBinding", text, count=draw.number(20, 90)))
    message = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    waiting.leave_without_node(draw, app, message)
    says = (
        rf"{name}|{claim['metadata']['name']}",
        rf"{elsewhere}|different claim|another claim|already bound|claimRef",
    )
    classes = ("volume_unprovisioned", "volume_unattachable")
    return Told(draw.world(), waiting.complaint(draw, app), Expect(("cause",), classes, says=says, may_propose=True))


@situation("fit")
def default_request_that_no_node_can_hold(draw: Draw) -> Told:
    """The workload asks for nothing; what a LimitRange fills in is more than any node has."""
    app = draw.app(replicas=draw.number(1, 2))
    draw.bystanders(2)
    size = draw.pick("24Gi", "32Gi", "20Gi")
    spec = {"limits": [{"type": "Container", "defaultRequest": {"memory": size}, "default": {"memory": size}}]}
    name = f"defaults-{draw.suffix(3)}"
    meta = objects.meta(name, app.namespace, draw.number(60, 900), {})
    draw.objects.append({"kind": "LimitRange", "metadata": meta, "spec": spec})
    for container in containers(app):
        container.pop("resources")
    for pod in app.pods:
        container = pod["spec"]["containers"][0]
        container["resources"] = {"requests": {"memory": size}, "limits": {"memory": size}}
        note = f"LimitRanger plugin set: memory request for container {container['name']}"
        pod["metadata"]["annotations"] = {"kubernetes.io/limit-ranger": note}
    waiting.leave_without_node(draw, app, "0/2 nodes are available: 2 Insufficient memory.")
    says = ("memory", rf"{size}|limit ?range|{name}")
    classes = ("capacity_insufficient", "placement_impossible", "quota_exceeded", "nodes_not_added")
    return Told(draw.world(), waiting.complaint(draw, app), Expect(("cause",), classes, says=says, may_propose=True))


@situation("fit")
def probe_in_plain_words_of_a_program_that_wants_tls(draw: Draw) -> Told:
    app = draw.app(port=8443)
    draw.bystanders(2)
    path = draw.pick("/ready", "/healthz", "/status")
    for container in containers(app):
        container["readinessProbe"] = {"httpGet": {"path": path, "port": 8443, "scheme": "HTTP"}, "periodSeconds": 10}
    minutes = draw.number(16, 30)
    greeting = draw.pick("listening on :8443 (tls)", "INFO serving https on 0.0.0.0:8443")
    for pod in app.pods:
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(minutes)
        )
        pod["status"]["containerStatuses"][0]["ready"] = False
        text = "Readiness probe failed: HTTP probe failed with statuscode: 400"
        draw.objects.append(objects.event(pod, "Unhealthy", text, minutes=0.3, count=draw.number(60, 180)))
        complaint = "http: TLS handshake error from 10.2.3.1:{}: client sent an HTTP request to an HTTPS server"
        lines = [complaint.format(draw.number(30000, 60000)) for _ in range(25)]
        draw.log(app, [greeting, *lines], pod=pod, every=10)
    unstarted.unavailable(app, minutes)
    controllers.fresh(draw, app)
    says = (r"https|tls|scheme", r"probe|readiness")
    trigger = unstarted.alarm(draw, app)
    return Told(draw.world(), trigger, Expect(("cause",), ("readiness_wrong",), says=says, may_propose=True))


@situation("fit")
def host_of_a_service_that_lives_in_another_namespace(draw: Draw) -> Told:
    """A short name is only good within its own namespace."""
    caller, callee = calling.pair(draw, apart=True)
    host = callee.service["metadata"]["name"]
    key = draw.pick("BACKEND_URL", "UPSTREAM_ADDR", "PEER_URL")
    calling.told_of(draw, caller, key, f"http://{host}", "env", "config")
    lines = calling.unknown_host(draw, host)
    for pod in caller.pods:
        draw.log(caller, lines, pod=pod)
    draw.chatter(callee)
    classes = ("dependency_unreachable", "env_wrong", "config_wrong", "service_deleted", "service_misdirected")
    says = (host, rf"{callee.namespace}|no such host|not (?:exist|found|resolve)|no service|unknown host|ENOTFOUND")
    trigger = calling.complaint(draw, caller, callee.name)
    return Told(draw.world(), trigger, Expect(("cause",), classes, says=says, may_propose=True))


@situation("fit")
def route_to_a_port_name_that_its_service_lacks(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    draw.bystanders(2)
    host = f"{draw.pick('www', 'shop', 'my')}.{draw.suffix(5)}.example.org"
    wrong = draw.pick("https", "web", "api")
    route = objects.ingress(f"{draw.name()}-edge", app.namespace, host, app.service["metadata"]["name"])
    route["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["port"] = {"name": wrong}
    ingress_class = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/nginx"}}
    draw.objects += [route, ingress_class]
    where = {"namespace": app.namespace, "ingress": route["metadata"]["name"]}
    trigger = triggers.alertmanager("SiteDown", where, {"summary": f"https://{host}/ answers 503"})
    classes, says = ("ingress_misrouted", "service_misdirected"), ("port", rf"\b{wrong}\b")
    expect = Expect(("cause",), classes, says=says, may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("fit")
def selector_with_a_label_that_the_new_pods_lost(draw: Draw) -> Told:
    """The Service also selects a label, which the pods have had with another value since the last rollout."""
    app = draw.app()
    draw.bystanders(2)
    draw.chatter(app)
    key, old, new = draw.pick(("track", "green", "blue"), ("tier", "front", "edge"), ("lane", "one", "two"))
    minutes = draw.number(18, 35)
    before = past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    before["spec"]["template"]["metadata"]["labels"] = {**before["metadata"]["labels"], key: old}
    template = app.deployment["spec"]["template"]
    template["metadata"] = {"labels": {**template["metadata"]["labels"], key: new}}
    app.replica_set["spec"]["template"]["metadata"] = {"labels": {**app.replica_set["metadata"]["labels"], key: new}}
    for pod in app.pods:
        pod["metadata"]["labels"] = {**pod["metadata"]["labels"], key: new}
    app.service["spec"]["selector"] = {**app.service["spec"]["selector"], key: old}
    waiting.empty(draw, app)
    text = draw.pick(f"{app.name} refuses connections", f"Service {app.service['metadata']['name']} has no endpoints")
    trigger = triggers.alertmanager("TargetDown", {"namespace": app.namespace, "service": app.name}, {"summary": text})
    expect = Expect(("cause",), ("service_misdirected", "bad_rollout"), says=("select|label", key), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("fit")
def account_that_the_pods_are_to_run_as(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    name = f"{draw.name()}-sa"
    waiting.in_templates(app, serviceAccountName=name)
    for account in ("default", draw.name()):
        meta = objects.meta(account, app.namespace, 9000, {})
        draw.objects.append({"kind": "ServiceAccount", "metadata": meta})
    trigger = unstarted.alarm(draw, app)
    text = f'error looking up service account {app.namespace}/{name}: serviceaccount "{name}" not found'
    unstarted.refuse(draw, app, 'pods "{pod}" is forbidden: ' + text)
    classes = ("config_missing", "admission_denied", "rbac_denied", "pod_rejected")
    expect = Expect(("cause",), classes, says=(name, r"service ?account"), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("fit")
def runtime_that_the_node_does_not_offer(draw: Draw) -> Told:
    """The sandbox is refused for want of a runtime, which is no matter of the network."""
    app = draw.app()
    draw.bystanders(2)
    name, handler = draw.pick(("isolated", "kata-fc"), ("sandboxed", "runsc"), ("micro-vm", "kata-qemu"))
    draw.objects.append({"kind": "RuntimeClass", "metadata": {"name": name}, "handler": handler})
    waiting.in_templates(app, runtimeClassName=name)
    reason = f'failed to get sandbox runtime: no runtime for "{handler}" is configured'
    text = f"Failed to create pod sandbox: rpc error: code = Unknown desc = {reason}"
    waiting.hold(draw, app, "FailedCreatePodSandBox", text)
    classes = (
        *("config_wrong", "placement_impossible", "pod_rejected", "sandbox_failed", "config_missing", "bad_rollout"),
        "rollout_stuck",
    )
    expect = Expect(("cause", "open"), classes, says=(handler, "runtime"), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("fit")
def spread_over_a_label_that_no_node_carries(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    key = draw.pick(ZONE, "rack", "example.com/row")
    rule = {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": app.deployment["spec"]["selector"],
    }
    waiting.in_templates(app, topologySpreadConstraints=[rule])
    text = "2 node(s) didn't match pod topology spread constraints (missing required label)"
    waiting.leave_without_node(draw, app, f"0/2 nodes are available: {text}.")
    expect = Expect(("cause",), ("placement_impossible",), says=("spread|topology", rf"{key}|label"), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


def _crash(draw: Draw, app: App, pod: Obj, line: str) -> None:
    last = {"exitCode": 255, "reason": "Error", "startedAt": objects.at(2), "finishedAt": objects.at(2)}
    pod["status"]["conditions"][0].update(
        status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(14)
    )
    pod["status"]["containerStatuses"][0].update(
        ready=False,
        started=False,
        restartCount=draw.number(5, 9),
        lastState={"terminated": last},
        state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
    )
    draw.log(app, [line], pod=pod, every=1)


@situation("fit")
def image_that_runs_on_one_of_two_kinds_of_nodes(draw: Draw) -> Told:
    """The same image serves on one node and ends at once on the other."""
    app = draw.app(replicas=2)
    draw.bystanders(2)
    good, bad = draw.pick(("amd64", "arm64"), ("arm64", "amd64"))
    for node, pod, kind in zip(nodes(draw), app.pods, (good, bad), strict=True):
        node["metadata"]["labels"]["kubernetes.io/arch"] = kind
        node["status"]["nodeInfo"] = {"architecture": kind, "operatingSystem": "linux"}
        pod["spec"]["nodeName"] = node["metadata"]["name"]
    draw.chatter(app)
    _crash(draw, app, app.pods[1], f"exec {draw.pick('/app/server', '/usr/local/bin/run')}: exec format error")
    app.deployment["status"].update(readyReplicas=1, availableReplicas=1, unavailableReplicas=1)
    controllers.fresh(draw, app)
    trigger = past.alarm(draw, app, past.RESTARTS, minutes=9)
    says = (rf"architecture|{bad}|exec format",)
    return Told(draw.world(), trigger, Expect(("cause",), ("wrong_architecture",), says=says, may_propose=True))


@situation("fit")
def autoscaler_of_pods_with_a_container_that_asks_for_nothing(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    draw.chatter(app)
    draw.bystanders(2)
    beside = {"name": draw.pick("proxy", "agent", "shipper"), "image": "registry.example.com/tools/side:2.4"}
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [*one["spec"]["containers"], beside]
    for pod in app.pods:
        state = {**pod["status"]["containerStatuses"][0], "name": beside["name"], "image": beside["image"]}
        pod["status"]["containerStatuses"].append(state)
    scaler = autoscaler(draw, app, most=9, desired=2)
    text = f"failed to get cpu utilization: missing request for cpu in container {beside['name']} of Pod {app.pod}"
    whole = f"the HPA was unable to compute the replica count: {text}"
    scaler["status"].update(
        currentMetrics=[],
        conditions=[
            {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"},
            {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": whole},
        ],
    )
    draw.objects += [scaler, objects.event(scaler, "FailedGetResourceMetric", text, count=draw.number(30, 200))]
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    summary = draw.pick(f"HPA {app.name} does not scale", f"autoscaling of {app.name} has no current metrics")
    trigger = triggers.alertmanager("HpaScalingInactive", where, {"summary": summary})
    says = ("request", beside["name"])
    expect = Expect(("cause",), ("autoscaler_blocked", "config_wrong"), says=says, may_propose=True)
    return Told(draw.world(), trigger, expect)
