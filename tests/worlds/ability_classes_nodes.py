"""Limits of nodes and kernels, processors, clocks, placement, and the cluster's own network agents."""

from __future__ import annotations

from tests.worlds import objects, triggers, unstarted, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels, serving_app

FORMATS = (
    "exec /usr/local/bin/app: exec format error",
    "standard_init_linux.go:228: exec user process caused: exec format error",
    "/bin/sh: /app/run: cannot execute binary file: Exec format error",
)
FULL = {
    "file descriptors": (
        "accept tcp [::]:8080: accept4: too many open files",
        "java.net.SocketException: Too many open files",
        "OSError: [Errno 24] Too many open files: '/app/data'",
        "Error: EMFILE: too many open files, watch",
    ),
    "threads or processes": (
        "java.lang.OutOfMemoryError: unable to create native thread: process/resource limits reached",
        "runtime: failed to create new OS thread (errno=11)\nfork/exec /bin/sh: resource temporarily unavailable",
        "RuntimeError: can't start new thread",
        "bash: fork: retry: Resource temporarily unavailable",
    ),
}
SKEWED = (
    "An error occurred (RequestTimeTooSkewed) when calling the PutObject operation: "
    "The difference between the request time and the current time is too large.",
    "jwt: token used before issued; iat is in the future",
    "SignatureDoesNotMatch: Signature expired: 20260311T141000Z is now earlier than 20260311T141500Z",
)
MISSING_KINDS = (
    'no matches for kind "{}" in version "example.com/v1"',
    'failed to get API group resources: no matches for kind "{}" in version "example.com/v1"',
    "the server could not find the requested resource (get {}s.example.com)",
)


def crashing(draw: Draw, lines: list[str], *, code: int = 1) -> App:
    app = draw.app()
    break_app(app, exit_code=code)
    for pod in app.pods:
        draw.log(app, lines, pod=pod, every=1)
    draw.bystanders()
    return app


def crash_alarm(draw: Draw, app: App) -> Obj:
    text = draw.pick(f"{app.name} restarts again and again", f"Pod {app.pod} is in CrashLoopBackOff", "crash loop")
    return triggers.alertmanager("KubePodCrashLooping", labels(draw, app), {"summary": text})


@situation("classes")
def a_program_for_another_processor(draw: Draw) -> Told:
    app = crashing(draw, [draw.pick(*FORMATS)], code=draw.pick(1, 126, 255))
    return Told(draw.world(), crash_alarm(draw, app), Expect(("cause",), ("wrong_architecture",), (app.subject,)))


@situation("classes")
def a_program_that_reads_a_wrong_format(draw: Draw) -> Told:
    """The format of a file, and not that of the program."""
    app = crashing(
        draw, ["starting", draw.pick("fatal: rates.csv: format error in line 7", "panic: invalid date format")]
    )
    expect = Expect(("open", "cause"), ("crash_loop",), never=("processor",), may_propose=True)
    return Told(draw.world(), crash_alarm(draw, app), expect)


@situation("classes")
def a_limit_of_the_kernel(draw: Draw) -> Told:
    what = draw.pick(*FULL)
    line = draw.pick(*FULL[what])
    app = crashing(draw, ["starting", *[one for _ in range(draw.number(3, 9)) for one in line.split("\n")]])
    return Told(
        draw.world(),
        crash_alarm(draw, app),
        Expect(("cause",), ("kernel_limit_hit",), (app.subject,), says=(what.split()[0],), may_propose=True),
    )


@situation("classes")
def connections_that_a_node_drops(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    draw.bystanders()
    name = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == name:
            message = "nf_conntrack: nf_conntrack: table full, dropping packet"
            one["status"]["conditions"].append(
                {
                    "type": draw.pick("ConntrackFull", "ConntrackFullProblem"),
                    "status": "True",
                    "reason": "ConntrackFull",
                    "message": message,
                    "lastTransitionTime": objects.at(20),
                }
            )
    text = {"summary": f"Node {name} drops packets"}
    expect = Expect(("cause",), ("kernel_limit_hit",), (f"Node/{name}",), says=("conntrack",))
    return Told(draw.world(), triggers.alertmanager("NodeConntrackFull", {"node": name}, text), expect)


@situation("classes")
def requests_signed_at_another_time(draw: Draw) -> Told:
    app = draw.app()
    line = draw.pick(*SKEWED)
    draw.log(app, [f"ERROR upload failed: {line}" for _ in range(draw.number(8, 20))])
    draw.bystanders()
    text = {"summary": f"Error rate of {app.name} is high"}
    trigger = triggers.alertmanager("HighErrorRate", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("cause", "open"), ("clock_drift",), says=("clock|time",)))


@situation("classes")
def a_kind_that_is_not_installed(draw: Draw) -> Told:
    kind = draw.pick("Backup", "Certificate", "Rollout", "ScaledObject")
    line = draw.pick(*MISSING_KINDS).format(kind)
    app = crashing(draw, ["starting manager", f"ERROR setup unable to start controller: {line}"])
    return Told(draw.world(), crash_alarm(draw, app), Expect(("cause",), ("version_removed",), (app.subject,)))


@situation("classes")
def pods_that_may_not_stand_together(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4))
    draw.bystanders()
    message = (
        "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints. preemption: 0/2 nodes are"
        " available: 2 No preemption victims found for incoming pod."
    )
    for body in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        body["spec"]["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": draw.pick("topology.kubernetes.io/zone", "kubernetes.io/hostname"),
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": app.deployment["spec"]["selector"],
            }
        ]
    pod = app.pods[-1]
    pod["spec"].pop("nodeName")
    pod["status"] = {
        "phase": "Pending",
        "conditions": [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": message,
                "lastTransitionTime": objects.at(20),
            }
        ],
    }
    pod["status"]["containerStatuses"] = [
        {
            "name": "x",
            "ready": False,
            "restartCount": 0,
            "image": "",
            "state": {"waiting": {"reason": "ContainerCreating"}},
        }
    ]
    app.deployment["status"].update(readyReplicas=app.replicas - 1, availableReplicas=app.replicas - 1)
    draw.objects.append(objects.event(pod, "FailedScheduling", message))
    text = {"summary": f"Deployment {app.name} has not matched the expected number of replicas"}
    trigger = triggers.alertmanager("KubeDeploymentReplicasMismatch", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("cause",), ("placement_impossible",), (app.subject,), says=("spread",)))


@situation("classes")
def a_protocol_that_nobody_listens_for(draw: Draw) -> Told:
    app = draw.app()
    draw.chatter(app)
    draw.bystanders()
    app.service["spec"]["ports"][0]["protocol"] = "UDP"
    app.service["spec"]["ports"][0]["port"] = draw.pick(80, 53, 9000)
    where = {"namespace": app.namespace, "service": app.name}
    text = {"summary": draw.pick(f"Service {app.name} is unreachable", f"Probe of {app.name} fails: i/o timeout")}
    expect = Expect(("cause", "open"), ("service_misdirected",), says=("UDP|protocol",), may_propose=True)
    return Told(draw.world(), triggers.alertmanager("ServiceUnreachable", where, text), expect)


@situation("classes")
def local_files_beyond_their_limit(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    size = draw.pick("100Mi", "1Gi", "500Mi")
    message = f"Pod ephemeral local storage usage exceeds the total limit of containers {size}. "
    for pod in app.pods:
        pod["status"] = {"phase": "Failed", "reason": "Evicted", "message": message, "startTime": objects.at(app.age)}
        pod["status"]["containerStatuses"] = []
        draw.objects.append(objects.event(pod, "Evicted", message, minutes=3))
    for pod in app.pods:
        pod["status"]["containerStatuses"] = [
            {"name": "x", "ready": False, "restartCount": 0, "image": "", "state": {}}
        ]
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0)
    text = {"summary": f"Deployment {app.name} has not matched the expected number of replicas"}
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager("KubeDeploymentReplicasMismatch", where, text)
    return Told(draw.world(), trigger, Expect(("cause",), ("volume_full",), (app.subject,), says=("local storage",)))


@situation("classes")
def a_node_with_a_condition_that_is_no_trouble(draw: Draw) -> Told:
    """Conditions of node-problem-detector that are False say that the node is well."""
    app = serving_app(draw)
    for one in draw.objects:
        if one["kind"] == "Node":
            one["status"]["conditions"] += [
                {
                    "type": kind,
                    "status": "False",
                    "reason": "Fine",
                    "message": "fine",
                    "lastTransitionTime": objects.at(900),
                }
                for kind in ("ConntrackFull", "NTPProblem", "ReadonlyFilesystem", "KernelDeadlock")
            ]
    text = {"summary": f"Deployment {app.name} has not matched the expected number of replicas"}
    where = {"namespace": app.namespace, "deployment": app.name}
    return Told(draw.world(), triggers.alertmanager("KubeDeploymentReplicasMismatch", where, text), Expect(("well",)))


@situation("classes")
def a_node_that_does_not_admit_what_was_placed_there(draw: Draw) -> Told:
    """The scheduler and the kubelet do not count alike; the controller makes another pod each time."""
    app = draw.app(replicas=1)
    draw.bystanders()
    reason, message = draw.pick(
        ("OutOfcpu", "Node didn't have enough resource: cpu, requested: 500, used: 1800, capacity: 1930"),
        ("OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 29, capacity: 29"),
        ("NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"),
        ("TopologyAffinityError", "Resources cannot be allocated with Topology locality"),
        ("SysctlForbidden", 'forbidden sysctl: "net.core.somaxconn" not allowlisted'),
    )
    pod = app.pods[0]
    pod["status"].update(phase="Failed", reason=reason, message=draw.pick("", "Pod was rejected: ") + message,
                         startTime=objects.at(13), containerStatuses=[])  # fmt: skip
    pod["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(13))
    draw.objects.append(objects.event(pod, reason, message, minutes=13, count=1))
    unstarted.unavailable(app, 13)
    waiting.empty(draw, app)
    expect = Expect(("cause",), ("pod_rejected",), (app.subject,), says=(reason, pod["spec"]["nodeName"]))
    return Told(draw.world(), unstarted.alarm(draw, app), expect)
