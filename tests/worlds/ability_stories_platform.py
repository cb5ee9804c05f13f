"""What public failure stories tell of what is under workloads: placement, nodes, schedules, scaling, storage."""

from __future__ import annotations

from typing import Final

from tests.worlds import calling, controllers, objects, triggers, unstarted, waiting, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import Draw
from tests.worlds.situation import End, Expect, Told, situation
from tests.worlds.workloads import break_app, labels, serving_app

OPEN_OR_CAUSE: Final[tuple[End, ...]] = ("open", "cause")


@situation("stories")
def replicas_that_no_zone_may_take_any_more(draw: Draw) -> Told:
    """A hard topology spread with one zone gone."""
    app = draw.app(replicas=3)
    draw.bystanders(2)
    key = draw.pick("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    spread = {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule",
              "labelSelector": app.deployment["spec"]["selector"]}  # fmt: skip
    waiting.in_templates(app, topologySpreadConstraints=[spread])
    waiting.leave_without_node(
        draw, app, "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints."
        " preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    )  # fmt: skip
    expect = Expect(("cause",), ("placement_impossible",), (app.subject,), says=("spread",), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("stories")
def service_proxy_that_cannot_write_its_rules(draw: Draw) -> Told:
    """kube-proxy ends on every node, and a workload's calls to one that serves time out."""
    callee, caller = draw.app(), draw.app()
    proxy = draw.app("kube-system", name="kube-proxy")
    subject = controllers.daemon(draw, proxy)
    break_app(proxy, restarts=draw.number(6, 20))
    proxy.deployment["status"].update(numberReady=0, numberAvailable=0, numberUnavailable=proxy.replicas)
    line = draw.pick(
        "Failed to execute iptables-restore: exit status 4 (Another app is currently holding the xtables lock)",
        "can't set sysctl net/netfilter/nf_conntrack_max: permission denied",
    )
    for pod in proxy.pods:
        draw.log(
            proxy, ["I0311 14:00:01.1 1 server.go:1] Starting", f"E0311 14:00:02.1 1 proxier.go:9] {line}"], pod=pod
        )
    draw.log(caller, calling.timeouts(draw, calling.host_of(draw, callee, caller)))
    text = {"summary": draw.pick("kube-proxy restarts again and again", "DaemonSet kube-proxy is not on every node")}
    where = {"namespace": "kube-system", "daemonset": "kube-proxy"}
    trigger = triggers.alertmanager("KubeDaemonSetNotReady", where, text)
    expect = Expect(("cause",), (), (subject,), says=("xtables|conntrack",), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("stories")
def node_that_runs_out_of_processes(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["status"]["conditions"][2].update(
                status="True", reason="KubeletHasInsufficientPID", message="kubelet has insufficient PID available",
                lastTransitionTime=objects.at(16),
            )  # fmt: skip
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/pid-pressure", "effect": "NoSchedule"}]
    message = "The node was low on resource: pids. Threshold quantity: 1638, available: 12. "
    pod = app.pods[0]
    pod["status"].update(phase="Failed", reason="Evicted", message=message, containerStatuses=[])
    pod["status"]["conditions"][0].update(status="False", lastTransitionTime=objects.at(14))
    draw.objects.append(objects.event(pod, "Evicted", message, minutes=14, count=1))
    unstarted.unavailable(app, 14)
    waiting.empty(draw, app)
    expect = Expect(OPEN_OR_CAUSE, says=("pid|process", node.replace(".", r"\.")), may_propose=True)
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("stories")
def schedule_that_somebody_stopped(draw: Draw) -> Told:
    """A CronJob is suspended, and the alarm says that its last success is long ago."""
    place = serving_app(draw).namespace
    name = f"{draw.name()}-{draw.pick('billing', 'backup', 'cleanup')}"
    days = draw.number(2, 6)
    container = {"name": "main", "image": f"registry.example.com/{name}:3"}
    body: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, place, 60 * 24 * 90, {}),
        "spec": {"schedule": "10 2 * * *", "suspend": True,
                 "jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}}},
        "status": {"lastScheduleTime": objects.at(1440 * days), "lastSuccessfulTime": objects.at(1440 * days - 3)},
    }  # fmt: skip
    draw.objects.append(body)
    text = draw.pick(f"CronJob {name} had no success for {days} days", f"{name} has not run since {days} days")
    trigger = triggers.alertmanager("CronJobStale", {"namespace": place, "cronjob": name}, {"summary": text})
    return Told(draw.world(), trigger, Expect(OPEN_OR_CAUSE, says=("suspend",), may_propose=True))


@situation("stories")
def schedule_that_missed_too_many_starts(draw: Draw) -> Told:
    """After a long stop the controller gives up on counting them."""
    place = serving_app(draw).namespace
    name = f"{draw.name()}-{draw.pick('digest', 'rollup', 'sync')}"
    container = {"name": "main", "image": f"registry.example.com/{name}:2"}
    body: Obj = {
        "kind": "CronJob",
        "metadata": objects.meta(name, place, 60 * 24 * 30, {}),
        "spec": {"schedule": "*/5 * * * *",
                 "jobTemplate": {"spec": {"template": {"spec": {"containers": [container]}}}}},
        "status": {"lastScheduleTime": objects.at(60 * draw.number(10, 40))},
    }  # fmt: skip
    message = (
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew:"
        " too many missed start times (> 100)"
    )
    draw.objects += [body, objects.event(body, "TooManyMissedTimes", message, minutes=2, count=draw.number(9, 60))]
    text = draw.pick(f"{name} has not run for hours", f"CronJob {name} does not start its runs")
    trigger = triggers.alertmanager("CronJobStale", {"namespace": place, "cronjob": name}, {"summary": text})
    return Told(draw.world(), trigger, Expect(OPEN_OR_CAUSE, says=("missed start",), may_propose=True))


@situation("stories")
def autoscaler_whose_metric_nobody_serves(draw: Draw) -> Told:
    """The adapter of external metrics is away; the workload stays small while a queue grows."""
    app = serving_app(draw)
    scaler = workloads.autoscaler(draw, app, most=draw.number(8, 20), desired=app.replicas)
    metric = draw.pick("sqs_messages_visible", "kafka_lag", "http_requests")
    problem = (
        f"the HPA was unable to compute the replica count: unable to get external metric {app.namespace}/{metric}/nil:"
        " unable to fetch metrics from external metrics API: the server could not find the requested resource"
        " (get external.metrics.k8s.io)"
    )
    scaler["spec"]["metrics"] = [
        {
            "type": "External",
            "external": {"metric": {"name": metric}, "target": {"type": "AverageValue", "averageValue": "30"}},
        }
    ]
    scaler["status"]["conditions"] = [
        {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale"},
        {"type": "ScalingActive", "status": "False", "reason": "FailedGetExternalMetric", "message": problem},
    ]
    scaler["status"].pop("currentMetrics", None)
    draw.objects += [scaler, objects.event(scaler, "FailedGetExternalMetric", problem, minutes=1, count=90)]
    text = draw.pick(f"{draw.number(2, 90)}000 messages wait for {app.name}", f"Backlog of {app.name} grows")
    trigger = triggers.alertmanager("QueueBacklogHigh", labels(draw, app), {"summary": text})
    expect = Expect(OPEN_OR_CAUSE, ("autoscaler_blocked", "queue_backlog"), says=(metric,), may_propose=True)
    return Told(draw.world(), trigger, expect)


@situation("stories")
def node_whose_routes_were_never_made(draw: Draw) -> Told:
    """A new node's network is not set up: its pods are reached by nobody."""
    app = draw.app(replicas=2)
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["status"]["conditions"].append(
                {"type": "NetworkUnavailable", "status": "True", "reason": "NoRouteCreated",
                 "message": "Node created without a route", "lastTransitionTime": objects.at(21)}
            )  # fmt: skip
            one["spec"]["taints"] = [{"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}]
    text = draw.pick(f"Node {node} has no network", f"Condition NetworkUnavailable of {node} is True")
    trigger = triggers.alertmanager("NodeNetworkUnavailable", {"node": node}, {"summary": text})
    expect = Expect(
        OPEN_OR_CAUSE, ("network_plugin_broken", "node_not_ready"), says=("route|network",), may_propose=True
    )
    return Told(draw.world(), trigger, expect)


@situation("stories")
def claim_that_goes_while_a_pod_waits_for_it(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders(2)
    claim = workloads.claim_volume(draw, app)
    for one in draw.objects:
        if one["kind"] == "PersistentVolumeClaim" and one["metadata"]["name"] == claim:
            one["metadata"].update(deletionTimestamp=objects.at(30), finalizers=["kubernetes.io/pvc-protection"])
    waiting.leave_without_node(draw, app, f'0/2 nodes are available: persistentvolumeclaim "{claim}" is being deleted.')
    expect = Expect(("cause",), says=(claim, "being deleted|terminating|deletion"), may_propose=True)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("stories")
def all_nodes_cordoned_after_a_maintenance(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    for one in draw.objects:
        if one["kind"] == "Node":
            one["spec"].update(
                unschedulable=True, taints=[{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
            )
    waiting.leave_without_node(draw, app, "0/2 nodes are available: 2 node(s) were unschedulable.")
    expect = Expect(
        ("cause",), ("placement_impossible", "capacity_insufficient"), says=("cordon|unschedulable",), may_propose=True
    )
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("stories")
def job_that_a_helper_container_keeps_open(draw: Draw) -> Told:
    """The work is done, and the proxy beside it runs on."""
    place = serving_app(draw).namespace
    name, helper = f"{draw.name()}-export", draw.pick("istio-proxy", "cloud-sql-proxy", "linkerd-proxy", "log-agent")
    body, pod = workloads.job(draw, name, place, failed=False)
    body["status"] = {"active": 1, "startTime": objects.at(200)}
    for template in (body["spec"]["template"], pod):
        containers = template["spec"]["containers"]
        template["spec"]["containers"] = [*containers, {"name": helper, "image": f"registry.example.com/{helper}:1"}]
    pod["status"].update(phase="Running")
    main = pod["status"]["containerStatuses"][0]
    beside = {"name": helper, "image": "", "ready": True, "restartCount": 0, "started": True,
              "state": {"running": {"startedAt": objects.at(200)}}}  # fmt: skip
    pod["status"]["containerStatuses"] = [main, beside]
    draw.objects += [body, pod]
    text = {"summary": draw.pick(f"Job {name} takes longer than 2 hours", f"Job {name} does not complete")}
    trigger = triggers.alertmanager("KubeJobNotCompleted", {"namespace": place, "job_name": name}, text)
    return Told(draw.world(), trigger, Expect(OPEN_OR_CAUSE, says=(helper,), may_propose=True))


@situation("stories")
def first_container_that_waits_for_a_failed_run(draw: Draw) -> Told:
    """Pods wait for the migration's Job, which failed."""
    app = draw.app(replicas=2)
    run_name = f"{app.name}-migrate"
    body, pod = workloads.job(draw, run_name, app.namespace, failed=True)
    draw.objects += [body, pod]
    message = draw.pick(
        'ERROR: relation "orders" already exists', "FATAL: cannot apply 0042_totals: column is not empty"
    )
    text = f"{objects.at(22)} INFO migrating\n{objects.at(21.5)} {message}"
    draw.logs.append({"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": "main",
                      "previous": False, "text": text})  # fmt: skip
    first = {"name": "wait-for-migrate", "image": "registry.example.com/k8s-wait-for:2", "args": ["job", run_name]}
    waiting.in_templates(app, initContainers=[first])
    for one in app.pods:
        one["metadata"]["creationTimestamp"] = one["status"]["startTime"] = objects.at(20)
        one["status"].update(phase="Pending", initContainerStatuses=[
            {"name": first["name"], "image": first["image"], "ready": False, "restartCount": 0, "started": True,
             "state": {"running": {"startedAt": objects.at(19)}}}])  # fmt: skip
        one["status"]["conditions"][0].update(status="False", reason="ContainersNotInitialized",
                                              lastTransitionTime=objects.at(20))  # fmt: skip
        one["status"]["conditions"].append(
            {
                "type": "Initialized",
                "status": "False",
                "reason": "ContainersNotInitialized",
                "lastTransitionTime": objects.at(20),
            }
        )
        one["status"]["containerStatuses"][0].update(
            ready=False, started=False, state={"waiting": {"reason": "PodInitializing"}}
        )
        draw.logs.append({"namespace": app.namespace, "pod": one["metadata"]["name"], "container": first["name"],
                          "previous": False, "text": f"{objects.at(1)} waiting for job {run_name}"})  # fmt: skip
    unstarted.unavailable(app, 20)
    waiting.empty(draw, app)
    expect = Expect(("cause",), ("init_blocked", "job_failing"), says=("wait-for-migrate|migrate",), may_propose=True)
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("stories")
def rollout_that_was_paused_and_forgotten(draw: Draw) -> Told:
    """A new image was set, and the Deployment is paused: nothing rolls out, and the old one serves."""
    app = serving_app(draw)
    app.deployment["spec"]["paused"] = True
    app.deployment["metadata"]["generation"] = 7
    newer = {**app.deployment["spec"]["template"]["spec"]["containers"][0], "image": f"{app.image}-hotfix"}
    app.deployment["spec"]["template"] = {
        "metadata": app.deployment["spec"]["template"]["metadata"], "spec": {"containers": [newer]}
    }  # fmt: skip
    app.deployment["status"].update(observedGeneration=7, updatedReplicas=0)
    app.deployment["status"]["conditions"].append(
        {"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused", "message": "Deployment is paused",
         "lastTransitionTime": objects.at(120)}
    )  # fmt: skip
    text = draw.pick(f"Rollout of {app.name} makes no progress", f"{app.name} does not run the newest image")
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager("KubeDeploymentRolloutStuck", where, {"summary": text})
    return Told(draw.world(), trigger, Expect(OPEN_OR_CAUSE, says=("paused",), may_propose=True))
