"""Incidents of nodes as reports after the fact tell them: what a machine and its kernel give, what runs on it and hangs
or breaks, and machines that came and went without harm.

An examiner wrote them who does not know how the responder judges; each is of a kind that no other world here has.
"""

from __future__ import annotations

from tests.worlds import objects, past, triggers, unstarted, waiting, workloads
from tests.worlds.incident_alarms import raise_alarm
from tests.worlds.objects import Obj
from tests.worlds.outages import EITHER, complains, outage
from tests.worlds.parts import App, Draw
from tests.worlds.situation import WELL, Expect, Told, situation


def _node(draw: Draw, name: str) -> Obj:
    one: Obj = next(one for one in draw.objects if one["kind"] == "Node" and one["metadata"]["name"] == name)
    return one


def _of_a_node(
    draw: Draw, apps: list[App], trigger: Obj, *, classes: tuple[str, ...], says: tuple[str, ...],
    subjects: tuple[str, ...] = (),
) -> Told:  # fmt: skip
    """Without the surroundings of `outage`, of which one says that a node, perhaps this one, is innocent."""
    for _ in range(draw.number(0, 2)):
        draw.chatter(draw.app(apps[0].namespace))
    return Told(draw.world(), trigger, Expect(EITHER, classes, subjects, says=says, may_propose=True))


@situation("postmortems")
def volumes_beyond_what_a_node_attaches(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    workloads.claim_volume(draw, app)
    waiting.leave_without_node(draw, app, draw.pick(
        "0/2 nodes are available: 2 node(s) exceed max volume count. preemption: 0/2 nodes are available: 2 No"
        " preemption victims found for incoming pod.",
        "0/2 nodes are available: 2 node(s) exceed max volume count.",
    ))  # fmt: skip
    return outage(draw, [app], waiting.complaint(draw, app), says=("volume",), ends=("cause",),
                  classes=("placement_impossible", "capacity_insufficient", "volume_unattachable"))  # fmt: skip


@situation("postmortems")
def watches_beyond_what_the_kernel_gives(draw: Draw) -> Told:
    """Each program that follows files takes an inotify instance, and the node has no more of them."""
    app = draw.app()
    draw.bystanders(2)
    workloads.break_app(app, exit_code=draw.pick(1, 134), restarts=draw.number(5, 14))
    line = draw.pick(
        "failed to create fsnotify watcher: too many open files",
        "Unhandled exception. System.IO.IOException: The configured user limit (128) on the number of inotify"
        " instances has been reached, or the per-process limit on the number of open file descriptors has been"
        " reached.",
        "Error: ENOSPC: System limit for number of file watchers reached, watch '/app/config'",
    )
    for pod in app.pods:
        draw.log(app, ["starting", "reading /app/config", line], pod=pod, every=1)
    waiting.empty(draw, app)
    return outage(draw, [app], unstarted.alarm(draw, app), classes=("kernel_limit_hit", "crash_loop"),
                  says=("inotify|watcher|too many open files",))  # fmt: skip


@situation("postmortems")
def node_whose_runtime_does_not_answer(draw: Draw) -> Told:
    """The kubelet lives and reports; what starts containers under it hangs."""
    app = draw.app(replicas=1)
    draw.bystanders(2)
    name = app.pods[0]["spec"]["nodeName"]
    minutes = draw.number(12, 25)
    message = draw.pick(
        f"PLEG is not healthy: pleg was last seen active {draw.number(4, 19)}m3.184s ago; threshold is 3m0s",
        "[container runtime is down, PLEG is not healthy: pleg was last seen active 9m12.402s ago; threshold is 3m0s]",
    )
    _node(draw, name)["status"]["conditions"][3].update(
        status="False", reason="KubeletNotReady", message=message, lastTransitionTime=objects.at(minutes)
    )
    _node(draw, name)["spec"]["taints"] = [{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}]
    for one in draw.objects:
        if one["kind"] == "Pod" and one["spec"].get("nodeName") == name:
            one["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(minutes))
    unstarted.unavailable(app, minutes)
    waiting.empty(draw, app)
    text = {"summary": draw.pick(f"{name} has been unready for more than 10 minutes", f"Node {name} is not ready")}
    trigger = draw.pick(unstarted.alarm(draw, app), triggers.alertmanager("KubeNodeNotReady", {"node": name}, text))
    return _of_a_node(draw, [app], trigger, classes=("node_not_ready",), subjects=(f"Node/{name}",),
                  says=("PLEG|runtime", name.replace(".", r"\.")))  # fmt: skip


@situation("postmortems")
def devices_of_a_machine_that_broke(draw: Draw) -> Told:
    """The scheduler counts a card that the plugin has called unhealthy since; each new pod ends before it starts."""
    app = draw.app(replicas=1)
    draw.bystanders(2)
    pod, device = app.pods[0], "nvidia.com/gpu"
    message = draw.pick("", "Pod was rejected: ") + draw.pick(
        f"Allocate failed due to no healthy devices present; cannot allocate unhealthy devices {device}, which is"
        " unexpected",
        "Allocate failed due to device plugin GetPreferredAllocation rpc failed with err: rpc error: code = Unknown"
        " desc = Unable to retrieve list of available devices: error creating nvml.Device 3: nvml: GPU is lost, which"
        " is unexpected",
    )
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], pod):
        container = one["spec"]["containers"][0]
        one["spec"]["containers"] = [{**container, "resources": {"limits": {device: "1"}, "requests": {device: "1"}}}]
    _node(draw, pod["spec"]["nodeName"])["status"]["capacity"] = {
        **_node(draw, pod["spec"]["nodeName"])["status"]["capacity"], device: "4"}  # fmt: skip
    pod["status"].update(phase="Failed", reason="UnexpectedAdmissionError", message=message, containerStatuses=[])
    pod["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(13))
    draw.objects.append(objects.event(pod, "UnexpectedAdmissionError", message, minutes=13, count=1))
    unstarted.unavailable(app, 13)
    waiting.empty(draw, app)
    return _of_a_node(draw, [app], unstarted.alarm(draw, app), says=("devices|GPU|gpu",),
                  classes=("placement_impossible", "capacity_insufficient", "node_not_ready",
                           "admission_denied", "pod_rejected"))  # fmt: skip


@situation("postmortems")
def disk_that_turned_read_only_beside_a_stricter_release(draw: Draw) -> Told:
    """Two explanations: the kernel remounted the node's disk, and the release of that hour made the root read-only."""
    app = draw.app(replicas=1)
    draw.bystanders(2)
    name, minutes = app.pods[0]["spec"]["nodeName"], draw.number(17, 24)
    message = "EXT4-fs (nvme1n1): Remounting filesystem read-only"
    condition = {"type": "ReadonlyFilesystem", "status": "True", "reason": "FilesystemIsReadOnly", "message": message}
    _node(draw, name)["status"]["conditions"].append({**condition, "lastTransitionTime": objects.at(minutes - 2)})
    past.rolled_out(draw, app, minutes)
    past.renew(app, minutes)
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        container = one["spec"]["containers"][0]
        one["spec"]["containers"] = [{**container, "securityContext": {"readOnlyRootFilesystem": True}}]
    line = draw.pick(
        "OSError: [Errno 30] Read-only file system: '/var/cache/app/index.tmp'",
        "ERROR open /var/cache/app/index.tmp: read-only file system",
        "Error: EROFS: read-only file system, open '/var/cache/app/index.tmp'",
    )
    complains(draw, app, line)
    return _of_a_node(draw, [app], raise_alarm(draw, app, "errors", measured=draw.pick(True, False)),
                  says=("read-only",),
                  classes=("volume_not_writable", "bad_rollout", "node_not_ready", "config_wrong"))  # fmt: skip


def _grown(app: App, minutes: float) -> None:
    """Its pods are that young and serve."""
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = objects.at(minutes + 6)
        pod["status"]["startTime"] = objects.at(minutes)
        for condition in pod["status"]["conditions"]:
            condition["lastTransitionTime"] = objects.at(minutes - 0.5)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(minutes - 0.3)}}


@situation("postmortems")
def pods_that_waited_for_a_machine_that_came(draw: Draw) -> Told:
    """The autoscaler did what it is there for, and the pods serve since."""
    app, minutes = draw.app(), draw.number(7, 11)
    draw.chatter(app)
    draw.bystanders(1)
    _grown(app, minutes)
    group = f"eks-workers-{draw.suffix(4)}"
    message = (
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption"
        " victims found for incoming pod."
    )
    for pod in app.pods:
        growth = objects.event(pod, "TriggeredScaleUp", f"pod triggered scale-up: [{{{group} 1->2 (max: 6)}}]",
                               minutes=minutes + 5, count=1, kind="Normal")  # fmt: skip
        growth["source"] = {"component": "cluster-autoscaler"}
        draw.objects += [growth, objects.event(pod, "FailedScheduling", message, minutes=minutes + 4, count=3)]
    text = {"summary": draw.pick(f"Pods of {app.name} are not scheduled", f"{app.name} has pending pods")}
    where = {"namespace": app.namespace, "deployment": app.name}
    return Told(draw.world(), triggers.alertmanager("PodsPending", where, text, minutes=minutes + 4), WELL)


@situation("postmortems")
def machine_that_was_given_back(draw: Draw) -> Told:
    """The alarm is about a node that the autoscaler drained and removed; its pods serve elsewhere since."""
    app = draw.app(replicas=draw.number(2, 3))
    draw.chatter(app)
    draw.bystanders(1)
    minutes = draw.number(14, 25)
    _grown(app, minutes)
    name = f"ip-10-0-{draw.number(10, 30)}-{draw.number(10, 250)}.ec2.internal"
    old_node: Obj = {"kind": "Node", "metadata": {"name": name}}
    for reason, message, source, age in (
        ("ScaleDown", "marked the node as toBeDeleted/unschedulable", "cluster-autoscaler", minutes + 2),
        ("ScaleDown", "node removed by cluster autoscaler", "cluster-autoscaler", minutes - 3),
        ("RemovingNode", f"Node {name} event: Removing Node {name} from Controller", "node-controller", minutes - 4),
    ):
        one = objects.event(old_node, reason, message, minutes=age, count=1, kind="Normal")
        draw.objects.append({**one, "source": {"component": source}})
    text = {"summary": draw.pick(f"Node {name} is not ready", f"{name} has been unready for more than 5 minutes")}
    trigger = triggers.alertmanager("KubeNodeNotReady", {"node": name}, text, minutes=minutes - 3)
    return Told(draw.world(), trigger, Expect(("well", "open"), says=(name.replace(".", r"\."),)))
