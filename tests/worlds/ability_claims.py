"""The alarm's own claim is checked before anything is called well: ready pods answer no claim but that of their being."""

from __future__ import annotations

from urllib.parse import quote

from tests.worlds import parts
from tests.worlds.parts import App, Draw, Obj
from tests.worlds.situation import Expect, Told, situation

OPEN = Expect(("open",))
WELL = Expect(("well",))
TROUBLE = Expect(("open", "cause"), may_propose=True)


def served(draw: Draw) -> App:
    """A workload that serves and logs its work, among others that do."""
    app = draw.app()
    draw.chatter(app)
    draw.bystanders()
    return app


def labels(draw: Draw, app: App, **more: str) -> dict[str, str]:
    """Where the alarm says it sits: each monitor in its own way."""
    ways = (
        {"namespace": app.namespace, "deployment": app.name},
        {"namespace": app.namespace, "service": app.name},
        {"namespace": app.namespace, "app": app.name},
        {"namespace": app.namespace, "pod": app.pod},
        {"kube_namespace": app.namespace, "kube_deployment": app.name},
    )
    return {**draw.pick(*ways), **more}


def rule(expression: str) -> str:
    """Where Prometheus says that the alert comes from."""
    return f"http://prometheus.example.com/graph?g0.expr={quote(expression)}&g0.tab=1"


def calm(draw: Draw, level: float, minutes: int = 60) -> list[float]:
    return [round(level * draw.rng.uniform(0.9, 1.1), 4) for _ in range(minutes)]


# Latency, errors, reachability


@situation("claims")
def latency_nobody_measures(draw: Draw) -> Told:
    app = served(draw)
    seconds = draw.pick(1.8, 2.5, 3, 7.2)
    name = draw.pick("HighLatency", "SlowRequests", "ApiResponseTimeHigh", "P99LatencyAboveTarget")
    text = draw.pick(
        f"p99 latency of {app.name} is {seconds}s (threshold 1s)", f"Requests to {app.name} take longer than {seconds} s",
        f"{app.name} response time is above {int(seconds * 1000)} ms",
    )  # fmt: skip
    return Told(
        draw.world(),
        parts.alertmanager(name, labels(draw, app), {"summary": text}),
        Expect(("open",), says=("laten|slow",)),
    )


@situation("claims")
def latency_that_is_over(draw: Draw) -> Told:
    app = served(draw)
    metric = draw.pick("http_request_duration_seconds_p99", "request_latency_p95_seconds")
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus(metric, own, [*calm(draw, 0.2, 30), *calm(draw, 4, 12), *calm(draw, 0.2, 30)])
    source = rule(f'{metric}{{namespace="{app.namespace}",service="{app.name}"}} > 1')
    trigger = parts.alertmanager(
        "LatencyHigh", labels(draw, app), {"summary": f"{app.name} is slow: 4.1s"}, minutes=35, generator=source
    )
    return Told(draw.world(), trigger, Expect(("well",)))


@situation("claims")
def latency_that_goes_on(draw: Draw) -> Told:
    app = served(draw)
    metric = draw.pick("http_request_duration_seconds_p99", "request_latency_p95_seconds")
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus(metric, own, [*calm(draw, 0.2, 40), *calm(draw, 4, 20)])
    source = rule(f'{metric}{{namespace="{app.namespace}",service="{app.name}"}} > 1')
    trigger = parts.alertmanager("LatencyHigh", labels(draw, app), {"summary": f"{app.name} is slow"}, generator=source)
    return Told(draw.world(), trigger, OPEN)


@situation("claims")
def errors_nobody_measures(draw: Draw) -> Told:
    app = served(draw)
    share = draw.number(4, 60)
    text = draw.pick(
        f"{app.name} 5xx rate is {share}% over the last 5 minutes", f"Error ratio of {app.name}: 0.{share:02d}",
        f"{share} % of requests to {app.name} fail with HTTP 503",
    )  # fmt: skip
    name = draw.pick("HighErrorRate", "Http5xxRateHigh", "RequestErrorsElevated", "TooMany500s")
    trigger = parts.alertmanager(name, labels(draw, app), {"description": text})
    return Told(draw.world(), trigger, Expect(("open",), says=("error|5xx|50\\d|fail",)))


@situation("claims")
def errors_that_are_over(draw: Draw) -> Told:
    app = served(draw)
    own = {"namespace": app.namespace, "service": app.name}
    draw.prometheus("service_error_ratio", own, [*calm(draw, 0.002, 30), *calm(draw, 0.4, 10), *calm(draw, 0.002, 30)])
    source = rule(f'service_error_ratio{{service="{app.name}"}} > 0.05')
    text = {"summary": f"{app.name} answers with errors"}
    return Told(
        draw.world(), parts.alertmanager("ErrorRatioHigh", labels(draw, app), text, minutes=34, generator=source), WELL
    )


@situation("claims")
def unreachable_over_the_wrong_protocol(draw: Draw) -> Told:
    app = served(draw)
    app.service["spec"]["ports"][0]["protocol"] = "UDP"
    text = draw.pick(
        f"{app.name} cannot be reached", f"Connections to {app.name} time out", f"{app.name} is unreachable"
    )
    return Told(draw.world(), parts.alertmanager("ServiceUnreachable", labels(draw, app), {"summary": text}), TROUBLE)


@situation("claims")
def probe_from_outside_fails(draw: Draw) -> Told:
    app = served(draw)
    host = f"{draw.pick('www', 'shop', 'api')}.{draw.pick('acme', 'contoso', 'umbrella')}.example.com"
    draw.objects.append(parts.ingress(app.name, app.namespace, host, app.service["metadata"]["name"]))
    name = draw.pick("BlackboxProbeFailed", "EndpointDown", "UptimeCheckFailed")
    text = {
        "summary": draw.pick(f"Probe of https://{host}/ failed", f"https://{host} is down", f"{host} does not answer")
    }
    where = {"instance": f"https://{host}/", "job": "blackbox"}
    return Told(draw.world(), parts.alertmanager(name, where, text), OPEN)


@situation("claims")
def namespace_with_errors_and_ready_pods(draw: Draw) -> Told:
    app = served(draw)
    draw.chatter(draw.app(app.namespace))
    text = draw.pick("5xx rate above 5%", "Elevated error rate: 12.5% of requests", "Requests are slow (p95 3.1s)")
    name = draw.pick("NamespaceErrorRateHigh", "IngressErrorsHigh", "SLOViolated")
    return Told(draw.world(), parts.alertmanager(name, {"namespace": app.namespace}, {"summary": text}), OPEN)


@situation("claims")
def error_budget_burns(draw: Draw) -> Told:
    app = served(draw)
    name = draw.pick("ErrorBudgetBurn", "SLOBurnRateTooHigh", "ErrorBudgetBurnFast")
    text = draw.pick(f"{app.name} burns its error budget {draw.number(6, 20)}x too fast", f"SLO of {app.name} at risk")
    return Told(
        draw.world(), parts.alertmanager(name, labels(draw, app, long="1h", short="5m"), {"summary": text}), OPEN
    )


@situation("claims")
def callers_name_a_service_that_is_gone(draw: Draw) -> Told:
    app = served(draw)
    gone = draw.name()
    draw.logs = [log for log in draw.logs if log["pod"] != app.pod]
    line = draw.pick(
        f"ERROR request failed: dial tcp: lookup {gone}.{app.namespace}.svc.cluster.local on 10.96.0.10:53: no such host",
        f"Error: getaddrinfo ENOTFOUND {gone}", f"curl: (6) Could not resolve host: {gone}",
    )  # fmt: skip
    draw.log(app, [line] * 20, every=15)
    text = {"summary": f"{app.name} fails to answer: {draw.number(20, 90)}% errors"}
    return Told(draw.world(), parts.alertmanager("HighErrorRate", labels(draw, app), text), TROUBLE)


# Saturation and throttling


@situation("claims")
def throttled_and_nobody_measures(draw: Draw) -> Told:
    app = served(draw)
    share = draw.number(40, 99)
    text = draw.pick(
        f"{share}% throttling of CPU in namespace {app.namespace} for container main in pod {app.pod}.",
        f"Container of {app.name} is CPU throttled ({share}%)",
    )  # fmt: skip
    trigger = parts.alertmanager(
        draw.pick("CPUThrottlingHigh", "ContainerCpuThrottled"), labels(draw, app), {"summary": text}
    )
    return Told(draw.world(), trigger, Expect(("open", "cause"), classes=("cpu_throttled",), says=("throttl",)))


@situation("claims")
def throttled_by_a_tiny_limit(draw: Draw) -> Told:
    app = served(draw)
    limit = draw.pick("10m", "15m", "20m")
    for one in (app.deployment, app.replica_set):
        one["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = limit
    for one in app.pods:
        one["spec"]["containers"][0]["resources"]["limits"]["cpu"] = limit
    text = {"summary": f"{draw.number(60, 100)}% throttling of CPU for {app.name}"}
    trigger = parts.alertmanager("CPUThrottlingHigh", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("open", "cause"), classes=("cpu_throttled",), says=("throttl",)))


@situation("claims")
def memory_near_its_limit(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(
        f"Memory of {app.name} is at {draw.number(91, 99)}% of its limit", f"{app.name}: memory usage > 90%"
    )
    name = draw.pick("ContainerMemoryUsageHigh", "MemoryNearLimit", "KubeContainerMemorySaturation")
    return Told(draw.world(), parts.alertmanager(name, labels(draw, app), {"summary": text}), OPEN)


@situation("claims")
def connections_are_used_up(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(
        f"Connection pool of {app.name} is exhausted ({draw.number(90, 100)}%)", f"{app.name}: too many connections"
    )
    trigger = parts.alertmanager(
        draw.pick("ConnectionPoolExhausted", "TooManyConnections"), labels(draw, app), {"message": text}
    )
    return Told(draw.world(), trigger, OPEN)


@situation("claims")
def volume_fills_up(draw: Draw) -> Told:
    app = served(draw)
    claim = claimed(draw, app)
    text = {"description": f"The volume claimed by {claim} in {app.namespace} is {draw.number(91, 99)}% full."}
    where = {"namespace": app.namespace, "persistentvolumeclaim": claim}
    return Told(draw.world(), parts.alertmanager("KubePersistentVolumeFillingUp", where, text), OPEN)


@situation("claims")
def backlog_of_a_worker(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(f"{draw.number(2, 90)}000 messages wait for {app.name}", f"Consumer lag of {app.name} grows")
    trigger = parts.alertmanager(draw.pick("QueueBacklogHigh", "ConsumerLagHigh"), labels(draw, app), {"summary": text})
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
    trigger = parts.alertmanager(
        "KubeletTooManyPods", {"node": node}, {"summary": f"Kubelet {node} is running at 100% of its pod capacity."}
    )
    return Told(draw.world(), trigger, TROUBLE)


@situation("claims")
def few_pods_on_a_node(draw: Draw) -> Told:
    app = served(draw)
    node = app.pods[0]["spec"]["nodeName"]
    trigger = parts.alertmanager(
        "KubeletTooManyPods", {"node": node}, {"summary": f"Kubelet {node} is near its pod limit"}
    )
    return Told(draw.world(), trigger, Expect(("well", "open")))


# Claims that the cluster's own state answers


@situation("claims")
def not_ready_and_all_are(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(
        f"Pod {app.pod} is not ready", f"{app.name} has been in a non-ready state for 15 minutes", "KubePodNotReady"
    )
    return Told(draw.world(), parts.alertmanager("KubePodNotReady", labels(draw, app), {"summary": text}), WELL)


@situation("claims")
def replicas_missing_and_none_is(draw: Draw) -> Told:
    app = served(draw)
    name = draw.pick("KubeDeploymentReplicasMismatch", "DeploymentReplicasUnavailable")
    text = f"Deployment {app.name} has not matched the expected number of replicas"
    trigger = parts.alertmanager(name, {"namespace": app.namespace, "deployment": app.name}, {"summary": text})
    return Told(draw.world(), trigger, WELL)


@situation("claims")
def crash_loop_that_nobody_sees(draw: Draw) -> Told:
    app = served(draw)
    name = draw.pick("KubePodCrashLooping", "PodRestartingOften", "ContainerRestarts")
    text = {"summary": f"{app.name} restarts again and again"}
    return Told(draw.world(), parts.alertmanager(name, labels(draw, app), text), WELL)


@situation("claims")
def crash_loop_that_is_one(draw: Draw) -> Told:
    app = served(draw)
    draw.logs = []
    parts.broken(app, exit_code=draw.pick(1, 2, 3))
    for pod in app.pods:
        draw.log(
            app,
            ["starting", f"fatal: cannot parse {draw.pick('rates', 'routes', 'limits')}.yaml: line 7"],
            pod=pod,
            every=1,
        )
    text = {"summary": f"{app.name} restarts again and again"}
    trigger = parts.alertmanager("KubePodCrashLooping", labels(draw, app), text)
    return Told(draw.world(), trigger, Expect(("cause", "open"), subjects=(app.subject,), may_propose=True))


@situation("claims")
def node_not_ready_and_it_is(draw: Draw) -> Told:
    app = served(draw)
    node = app.pods[0]["spec"]["nodeName"]
    name = draw.pick("KubeNodeNotReady", "NodeUnreachable", "NodeDown")
    return Told(draw.world(), parts.alertmanager(name, {"node": node}, {"summary": f"{node} is not ready"}), WELL)


@situation("claims")
def node_without_the_pressure_it_is_said_to_have(draw: Draw) -> Told:
    app = served(draw)
    node = app.pods[0]["spec"]["nodeName"]
    what = draw.pick("disk", "memory", "PID")
    text = {"summary": f"Node {node} has {what} pressure"}
    return Told(draw.world(), parts.alertmanager("KubeNodePressure", {"node": node}, text), WELL)


@situation("claims")
def job_said_to_have_failed_completed(draw: Draw) -> Told:
    app = served(draw)
    name = f"{draw.name()}-{draw.number(1, 99)}"
    draw.objects += parts.job(draw, name, app.namespace, failed=False)
    where = {"namespace": app.namespace, "job_name": name}
    return Told(
        draw.world(), parts.alertmanager("KubeJobFailed", where, {"summary": f"Job {name} failed to complete"}), WELL
    )


@situation("claims")
def job_that_failed(draw: Draw) -> Told:
    app = served(draw)
    name = f"{draw.name()}-{draw.number(1, 99)}"
    draw.objects += parts.job(draw, name, app.namespace, failed=True)
    where = {"namespace": app.namespace, "job_name": name}
    trigger = parts.alertmanager("KubeJobFailed", where, {"summary": f"Job {name} failed to complete"})
    return Told(
        draw.world(),
        trigger,
        Expect(("open", "cause"), subjects=(f"Job/{app.namespace}/{name}",), says=(name,), may_propose=True),
    )


@situation("claims")
def autoscaler_at_its_maximum(draw: Draw) -> Told:
    app = served(draw)
    draw.objects.append(autoscaler(draw, app, most=app.replicas, wanted=app.replicas))
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    return Told(
        draw.world(),
        parts.alertmanager("KubeHpaMaxedOut", where, {"summary": f"HPA {app.name} runs at max replicas"}),
        TROUBLE,
    )


@situation("claims")
def autoscaler_with_room(draw: Draw) -> Told:
    app = served(draw)
    draw.objects.append(autoscaler(draw, app, most=app.replicas + 4, wanted=app.replicas))
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    trigger = parts.alertmanager("KubeHpaMaxedOut", where, {"summary": f"HPA {app.name} runs at max replicas"})
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("claims")
def drain_that_a_budget_blocks(draw: Draw) -> Told:
    app = served(draw)
    draw.objects.append(budget(app))
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["spec"]["unschedulable"] = True
    text = draw.pick(
        f"Cannot evict pod as it would violate the pod's disruption budget: {app.pod}",
        f"Drain of {node} does not end: pods of {app.name} cannot be evicted",
    )  # fmt: skip
    where = {"node": node, "namespace": app.namespace, "deployment": app.name}
    trigger = parts.alertmanager(draw.pick("NodeDrainBlocked", "EvictionBlocked"), where, {"summary": text})
    return Told(
        draw.world(),
        trigger,
        Expect(("open", "cause"), classes=("drain_blocked",), says=("budget|evict|drain",), may_propose=True),
    )


@situation("claims")
def namespace_that_does_not_end(draw: Draw) -> Told:
    app = served(draw)
    stuck = draw.place()
    space = draw.namespace(stuck)
    message = "Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances"
    space["metadata"]["deletionTimestamp"] = parts.at(draw.number(30, 900))
    space["status"] = {
        "phase": "Terminating",
        "conditions": [{"type": "NamespaceFinalizersRemaining", "status": "True", "reason": "SomeFinalizersRemain", "message": message,
                        "lastTransitionTime": parts.at(25)}],
    }  # fmt: skip
    text = draw.pick(f"Namespace {stuck} is stuck in Terminating", f"Namespace {stuck} cannot be deleted")
    trigger = parts.alertmanager("NamespaceStuckTerminating", {"namespace": stuck}, {"summary": text})
    assert app.namespace != stuck
    return Told(draw.world(), trigger, Expect(("open", "cause"), classes=("finalizer_stuck",), says=(stuck,)))


@situation("claims")
def certificate_about_to_expire(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(
        f"Certificate of {app.name} expires in {draw.number(1, 6)} days", f"TLS certificate for {app.name} expires soon"
    )
    return Told(draw.world(), parts.alertmanager("CertificateExpiringSoon", labels(draw, app), {"summary": text}), OPEN)


@situation("claims")
def watchdog_fires_as_it_should(draw: Draw) -> Told:
    served(draw)
    name = draw.pick("Watchdog", "DeadMansSwitch", "AlwaysFiring")
    text = draw.pick(
        "This is an alert meant to ensure that the entire alerting pipeline is functional.",
        "This alert is always firing; it is a heartbeat of the monitoring.",
    )  # fmt: skip
    return Told(draw.world(), parts.alertmanager(name, {"severity": "none"}, {"summary": text}), WELL)


@situation("claims")
def scrape_target_is_down(draw: Draw) -> Told:
    app = served(draw)
    text = {"summary": f"{draw.number(50, 100)}% of the {app.name} targets are down."}
    trigger = parts.alertmanager("TargetDown", {"job": app.name, "namespace": app.namespace, "service": app.name}, text)
    return Told(draw.world(), trigger, OPEN)


@situation("claims")
def an_alarm_that_says_nothing(draw: Draw) -> Told:
    """With nothing said, nothing can be disproved but that the workload is there."""
    app = served(draw)
    trigger = parts.webhook(
        draw.pick("Something is off", "Custom check 17", "Rule 4711"), namespace=app.namespace, workload=app.name
    )
    return Told(draw.world(), trigger, Expect(("open", "well")))


# Questions and sweeps


@situation("claims")
def question_whether_a_calm_one_is_healthy(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(
        f"is {app.name} healthy?", f"Is {app.name} in {app.namespace} ok?", f"is everything fine with {app.name}"
    )
    return Told(draw.world(), parts.question(text), Expect(("well", "answered"), never=("not healthy|unhealthy",)))


@situation("claims")
def question_about_one_whose_entrance_fails(draw: Draw) -> Told:
    app = served(draw)
    host = f"{draw.pick('www', 'shop', 'api')}.{draw.pick('acme', 'contoso')}.example.com"
    service = app.service["metadata"]["name"]
    draw.objects.append(parts.ingress(app.name, app.namespace, host, service))
    entrance = draw.app(
        draw.pick("ingress-nginx", "gateways"), name=draw.pick("ingress-nginx-controller", "edge-controller")
    )
    entrance.service["spec"]["type"] = "LoadBalancer"
    entrance.service["status"] = {"loadBalancer": {"ingress": [{"hostname": parts.BALANCER}]}}
    lines = [
        f'2026/03/11 14:1{i % 10}:07 [error] 31#31: *{900 + i} connect() failed (111: Connection refused) while connecting to'
        f' upstream, client: 10.0.1.{i}, server: {host}, request: "GET / HTTP/1.1", upstream: "http://10.2.3.4:{app.port}/"'
        for i in range(20)
    ]  # fmt: skip
    draw.log(entrance, lines)
    text = draw.pick(
        f"is {app.name} healthy?", f"Is {app.name} reachable for users?"
    )
    return Told(
        draw.world(),
        parts.question(text),
        Expect(("answered", "open", "cause"), says=("refused|50\\d|entrance|ingress|upstream",)),
    )


@situation("claims")
def question_why_it_is_slow(draw: Draw) -> Told:
    app = served(draw)
    text = draw.pick(
        f"why is {app.name} slow?",
        f"Why does {app.name} take so long to answer?",
        f"users say {app.name} is slow, why?",
    )
    return Told(draw.world(), parts.question(text), Expect(("answered", "open")))


@situation("claims")
def sweep_over_a_service_of_the_wrong_protocol(draw: Draw) -> Told:
    app = served(draw)
    app.service["spec"]["ports"][0]["protocol"] = "UDP"
    return Told(
        draw.world(), parts.sweep(f"namespace {app.namespace}"), Expect(("open", "answered", "cause"), says=(app.name,))
    )


@situation("claims")
def sweep_over_what_is_well(draw: Draw) -> Told:
    app = served(draw)
    return Told(draw.world(), parts.sweep(f"namespace {app.namespace}"), Expect(("well", "answered")))


# CloudWatch


@situation("claims")
def metric_alarm_on_latency_that_is_over(draw: Draw) -> Told:
    app = served(draw)
    where = {"Service": app.name, "ClusterName": "recorded", "Namespace": app.namespace}
    draw.cloudwatch(
        "App/Requests", "Latency", where, [*calm(draw, 120, 30), *calm(draw, 2400, 8), *calm(draw, 120, 25)]
    )
    trigger = parts.cloudwatch_alarm(
        f"{app.name}-latency",
        "App/Requests",
        "Latency",
        where,
        statistic="Average",
        threshold=1000,
        value=2400,
        minutes=30,
    )
    return Told(draw.world(), trigger, Expect(("well", "open")))


@situation("claims")
def metric_alarm_on_errors_without_points(draw: Draw) -> Told:
    app = served(draw)
    where = {"Service": app.name, "ClusterName": "recorded", "Namespace": app.namespace}
    trigger = parts.cloudwatch_alarm(
        f"{app.name}-{draw.pick('5xx', 'errors')}", "App/Requests", draw.pick("HTTPCode_Target_5XX_Count", "Errors", "FaultCount"),
        where, statistic="Sum", threshold=10, value=draw.number(20, 400),
    )  # fmt: skip
    return Told(draw.world(), trigger, OPEN)


def claimed(draw: Draw, app: App, *, phase: str = "Bound") -> str:
    """A claim that the pods mount; its name."""
    name = f"data-{app.name}"
    bound = {"volumeName": f"pvc-{draw.suffix(8)}"} if phase == "Bound" else {}
    draw.objects.append({
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": app.namespace, "creationTimestamp": parts.at(app.age), "uid": f"uid-{name}"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}, "storageClassName": "gp3", **bound},
        "status": {"phase": phase, **({"capacity": {"storage": "10Gi"}} if bound else {})},
    })  # fmt: skip
    if bound:
        draw.objects.append({
            "kind": "PersistentVolume", "metadata": {"name": bound["volumeName"], "creationTimestamp": parts.at(app.age)},
            "spec": {"capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "gp3",
                     "claimRef": {"kind": "PersistentVolumeClaim", "name": name, "namespace": app.namespace, "uid": f"uid-{name}"}},
            "status": {"phase": "Bound"},
        })  # fmt: skip
    if not any(one["kind"] == "StorageClass" for one in draw.objects):
        draw.objects.append({"kind": "StorageClass", "metadata": {"name": "gp3"}, "provisioner": "ebs.csi.aws.com"})
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
    return name


def autoscaler(draw: Draw, app: App, *, most: int, wanted: int) -> Obj:
    limited = [{"type": "ScalingLimited", "status": "True" if wanted >= most else "False",
                "reason": "TooManyReplicas" if wanted >= most else "DesiredWithinRange", "message": "as the reason says"}]  # fmt: skip
    able = [{"type": kind, "status": "True", "reason": "ValidMetricFound"} for kind in ("AbleToScale", "ScalingActive")]
    usage = draw.number(95, 140) if wanted >= most else draw.number(30, 60)
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": app.name, "namespace": app.namespace, "creationTimestamp": parts.at(app.age)},
        "spec": {"minReplicas": 1, "maxReplicas": most, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
                 "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]},
        "status": {"currentReplicas": wanted, "desiredReplicas": wanted, "conditions": able + limited,
                   "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": usage}}}]},
    }  # fmt: skip


def budget(app: App) -> Obj:
    return {
        "kind": "PodDisruptionBudget",
        "metadata": {"name": f"{app.name}-pdb", "namespace": app.namespace, "creationTimestamp": parts.at(app.age)},
        "spec": {"minAvailable": app.replicas, "selector": app.deployment["spec"]["selector"]},
        "status": {
            "currentHealthy": app.replicas,
            "desiredHealthy": app.replicas,
            "disruptionsAllowed": 0,
            "expectedPods": app.replicas,
        },
    }
