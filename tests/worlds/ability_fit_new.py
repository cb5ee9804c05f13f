"""Things that must fit each other and do not: ports, schemes, limits, hosts, labels, zones, measures."""

from __future__ import annotations

from tests.worlds import new_scenes as scene
from tests.worlds import objects, triggers, workloads
from tests.worlds.new_tidying import told
from tests.worlds.outages import uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import claim_volume


@situation("fit")
def target_port_on_which_no_container_listens(draw: Draw) -> Told:
    """The Service sends to the port of the framework's examples, the program listens at its own."""
    callee = draw.app(replicas=draw.number(2, 3), port=draw.pick(3000, 5000, 9090))
    wrong = draw.pick(8080, 8000, 80)
    callee.service["spec"]["ports"][0]["targetPort"] = wrong
    callee.service["metadata"]["managedFields"] = [
        {"manager": "kubectl-edit", "operation": "Update", "apiVersion": "v1", "time": objects.at(28)}
    ]
    caller = draw.app(callee.namespace)
    uses(caller, UPSTREAM_URL=f"http://{callee.name}.{callee.namespace}.svc.cluster.local")
    bystanders = scene.others(draw, callee.namespace, 1)
    listening = f'time=@isoZ level=INFO msg="listening" addr=0.0.0.0:{callee.port}'
    for pod in callee.pods:
        scene.say(draw, pod, [listening], until=callee.age - 2)
    address = callee.service["spec"]["clusterIP"]
    line = draw.pick(
        f'time=@isoZ level=ERROR msg="upstream failed" err="Get \\"http://{callee.name}.{callee.namespace}.svc.cluster.'
        f'local/v1/list\\": dial tcp {address}:80: connect: connection refused"',
        f'time=@isoZ level=ERROR msg="call failed" upstream={callee.name} err="dial tcp {address}:80: connect: '
        'connection refused"',
    )
    for pod in caller.pods:
        scene.say(draw, pod, scene.amid(draw, "go", line))
    trigger = scene.alarm(draw, caller, "HighErrorRate", f"More than 20% of the requests to {caller.name} fail", 25)
    classes, says = ("service_misdirected", "config_wrong"), (str(wrong), str(callee.port))
    expect = Expect(("cause",), classes, (), says, may_propose=True, innocent=bystanders)
    return told(draw, trigger, expect)


@situation("fit")
def probe_speaks_http_to_a_port_that_now_speaks_tls(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 3), port=8443)
    probe = {"httpGet": {"path": "/healthz", "port": 8443, "scheme": "HTTP"}, "periodSeconds": 10,
             "failureThreshold": 3, "timeoutSeconds": 1}  # fmt: skip
    scene.edit(app, readinessProbe=probe)
    since = draw.number(18, 40)
    new = scene.surge(draw, app, since)
    uses(new, TLS_CERT_FILE="/etc/tls/tls.crt", TLS_KEY_FILE="/etc/tls/tls.key")
    name = f"{app.name}-tls"
    scene.in_specs(new, volumes=[{"name": "tls", "secret": {"secretName": name}}])
    for container in scene.containers(new):
        container["volumeMounts"] = [{"name": "tls", "mountPath": "/etc/tls", "readOnly": True}]
    data = {"tls.crt": "LS0t", "tls.key": "LS0t"}
    meta = objects.meta(name, app.namespace, since + 20, {})
    draw.objects.append({"kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data})
    pod = new.pods[0]
    scene.unready(pod, since)
    text = "Readiness probe failed: HTTP probe failed with statuscode: 400"
    scene.note(draw, pod, "Unhealthy", text, minutes=0.1, first=since - 0.3, count=since * 6)
    shake = "@go http: TLS handshake error from 10.0.1.{}:{}: client sent an HTTP request to an HTTPS server"
    lines = [shake.format(17, draw.number(33000, 60000)) for _ in range(40)]
    scene.say(draw, pod, ["@go serving https on [::]:8443", *lines], every=since * 60 / 42)
    for old in app.pods:
        scene.say(draw, old, scene.work(draw, "go", 30))
    scene.settle(app, new, since=since, is_stuck=True)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(
        draw, app, "KubeDeploymentRolloutStuck", f"Rollout of {app.name} is not progressing", since - 12
    )
    expect = Expect(
        ("cause",),
        ("readiness_wrong", "rollout_stuck", "bad_rollout"),
        (),
        ("https|TLS|scheme",),
        may_propose=True,
        innocent=bystanders,
    )
    return told(draw, trigger, expect)


@situation("fit")
def new_pods_above_the_maximum_of_the_limit_range(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    since = draw.number(15, 50)
    new = scene.surge(draw, app, since, image=app.image)
    most, asked_value = draw.pick(("1Gi", "2Gi"), ("512Mi", "768Mi"), ("2Gi", "4Gi"))
    scene.edit(new, resources={"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": asked_value}})
    pod = new.pods.pop()
    draw.objects[:] = [one for one in draw.objects if one is not pod]
    scene.settle(app, new, since=since, is_stuck=True)
    message = (
        f'pods "{pod["metadata"]["name"]}" is forbidden: maximum memory usage per Container is {most}, '
        f"but limit is {asked_value}"
    )
    new.replica_set["spec"]["replicas"] = 1
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message,
               "lastTransitionTime": objects.at(since)}  # fmt: skip
    new.replica_set["status"]["conditions"] = [failure]
    app.deployment["status"]["conditions"].append(dict(failure))
    scene.note(draw, new.replica_set, "FailedCreate", f"Error creating: {message}", minutes=2, first=since, count=16,
         by="replicaset-controller")  # fmt: skip
    name = draw.pick("limits", "default-limits", "mem-limit-range")
    limits = [{"type": "Container", "max": {"memory": most}, "default": {"memory": "256Mi"},
               "defaultRequest": {"memory": "128Mi"}}]  # fmt: skip
    meta = objects.meta(name, app.namespace, 60000, {})
    draw.objects.append({"kind": "LimitRange", "metadata": meta, "spec": {"limits": limits}})
    for old in app.pods:
        scene.say(draw, old, scene.work(draw, "java", 30))
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(
        draw, app, "KubeDeploymentRolloutStuck", f"Deployment {app.name} does not progress", since - 11
    )
    classes = ("pod_rejected", "admission_denied", "quota_exceeded", "rollout_stuck", "bad_rollout")
    expect = Expect(
        ("cause",), classes, (), (most, f"limit ?range|maximum|{name}"), may_propose=True, innocent=bystanders
    )
    return told(draw, trigger, expect)


@situation("fit")
def host_in_the_environment_is_the_old_name_of_a_service(draw: Draw) -> Told:
    """The Service was deployed anew under another name not long ago; the caller was told of it with its old one."""
    callee = draw.app(service="")
    old = f"{callee.name}-{draw.pick('svc', 'api', 'service')}"
    ago = draw.number(30, 70)
    callee.service["metadata"]["creationTimestamp"] = objects.at(ago)
    draw.chatter(callee)
    caller = draw.app(callee.namespace)
    host = f"{old}.{callee.namespace}.svc.cluster.local"
    key = draw.pick("BACKEND_URL", "API_BASE_URL", f"{draw.pick('STOCK', 'PRICES', 'USERS')}_URL")
    uses(caller, **{key: f"http://{host}"})
    line, form = draw.pick(
        (f'time=@isoZ level=ERROR msg="request failed" err="Get \\"http://{host}/v1/items\\": dial tcp: lookup {host} '
         'on 10.96.0.10:53: no such host"', "go"),
        (f'{{"level":50,"time":"@isoZ","pid":1,"msg":"upstream call failed","err":{{"type":"Error","message":'
         f'"getaddrinfo ENOTFOUND {host}","code":"ENOTFOUND","syscall":"getaddrinfo"}}}}', "node"),
        (f"@sql ERROR 1 --- [nio-8080-exec-4] c.acme.web.Upstream : I/O error on GET request for \"http://{host}/v1/"
         f'items": {host}\njava.net.UnknownHostException: {host}', "java"),
    )  # fmt: skip
    for pod in caller.pods:
        scene.say(draw, pod, scene.amid(draw, form, line))
    bystanders = scene.others(draw, callee.namespace)
    trigger = scene.alarm(draw, caller, "HighErrorRate", f"{caller.name}: 5xx ratio is 38%", ago - 5)
    classes = ("env_wrong", "config_wrong", "service_deleted", "dependency_unreachable")
    return told(draw, trigger, Expect(("cause",), classes, (), (old,), may_propose=True, innocent=bystanders))


@situation("fit")
def autoscaler_by_cpu_over_pods_that_request_none(draw: Draw) -> Told:
    app = draw.app(replicas=2)
    name, most = scene.container_of(app), draw.number(6, 12)
    scene.edit(app, resources={"requests": {"memory": "128Mi"}, "limits": {"memory": "512Mi"}})
    scaler = workloads.autoscaler(draw, app, most=most, desired=2)
    scaler["spec"]["minReplicas"] = 2
    why = (
        f"the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in "
        f"container {name} of Pod {app.pod}"
    )
    scaler["status"] = {
        "currentReplicas": 2,
        "desiredReplicas": 2,
        "currentMetrics": None,
        "conditions": [
            {"type": "AbleToScale", "status": "True", "reason": "SucceededGetScale",
             "message": "the HPA controller was able to get the target's current scale",
             "lastTransitionTime": objects.at(app.age - 2)},
            {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": why,
             "lastTransitionTime": objects.at(app.age - 2)},
        ],
    }  # fmt: skip
    draw.objects.append(scaler)
    scene.note(draw, scaler, "FailedGetResourceMetric", why.partition("count: ")[2], minutes=0.2, first=55, count=220,
         by="horizontal-pod-autoscaler")  # fmt: skip
    slow = '{{"level":40,"time":"@isoZ","pid":1,"msg":"slow request","url":"/v1/{}","status":200,"ms":{}}}'
    for pod in app.pods:
        scene.say(draw, pod, scene.amid(draw, "node", slow.format(draw.suffix(6), draw.number(2000, 5900))), every=4)
        where = {"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": name}
        draw.prometheus("container_cpu_usage_seconds_total", where, [900.0 + 57 * n for n in range(60)])
    bystanders = scene.others(draw, app.namespace)
    text = draw.pick(f"{app.name}: p95 is above 2s, replicas stay at 2", f"{app.name} does not scale while CPU is high")
    expect = Expect(
        ("cause",),
        ("autoscaler_blocked", "capacity_insufficient", "config_wrong"),
        (),
        ("cpu", "request"),
        may_propose=True,
        innocent=bystanders,
    )
    return told(draw, scene.alarm(draw, app, "HighLatency", text, 22), expect)


@situation("fit")
def volume_in_a_zone_that_has_no_nodes(draw: Draw) -> Told:
    """Its node went, and all that are left are in another zone than the volume."""
    app = draw.app(replicas=1)
    claim_volume(draw, app)
    zone = draw.pick("eu-central-1b", "eu-central-1c")
    volume = next(one for one in draw.objects if one["kind"] == "PersistentVolume")
    term = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
    volume["spec"]["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}
    volume["spec"]["csi"] = {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-0{draw.suffix(16)}"}
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    since = draw.number(12, 45)
    message = (
        "0/2 nodes are available: 2 node(s) had volume node affinity conflict. preemption: 0/2 nodes are available: "
        "2 Preemption is not helpful for scheduling."
    )
    scene.unplaced(draw, app.pods[0], since, message)
    scene.settle(app, since=since)
    bystanders = scene.others(draw, app.namespace)
    trigger = scene.alarm(draw, app, "KubePodNotReady", f"A pod of {app.name} has been pending", since - 5)
    classes = ("placement_impossible", "volume_unattachable", "capacity_insufficient", "nodes_not_added")
    return told(
        draw,
        trigger,
        Expect(("cause",), classes, (), ("zone|affinity", "volume"), may_propose=True, innocent=bystanders),
    )


@situation("fit")
def selector_that_also_takes_the_workers(draw: Draw) -> Told:
    """The worker of a product was deployed with the labels of its web part; a part of the requests goes to it."""
    web = draw.app(replicas=2, port=8080)
    part = draw.pick("worker", "cron", "consumer")
    other = draw.app(web.namespace, name=f"{web.name}-{part}", replicas=2)
    ago = draw.number(20, 60)
    draw.objects[:] = [one for one in draw.objects if one is not other.service]
    shared_labels = {"app": web.name}
    for app, tier in ((web, "web"), (other, part)):
        scene.relabel(app, {**shared_labels, "tier": tier})
    web.service["metadata"]["labels"] = dict(shared_labels)
    web.service["spec"]["selector"] = dict(shared_labels)
    for one in (other.deployment, other.replica_set, *other.pods):
        one["metadata"]["creationTimestamp"] = objects.at(ago)
    for container in scene.containers(other):
        container.pop("ports")
    other.age = ago
    scene.settle(other, since=ago - 30)
    for pod in other.pods:
        pod["status"]["startTime"] = objects.at(ago)
        pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": objects.at(ago - 0.1)}}
        for condition in pod["status"]["conditions"]:
            condition["lastTransitionTime"] = objects.at(ago - 0.2)
        scene.say(draw, pod, [f"@day,210 INFO {part}: processed task {draw.suffix(8)}" for _ in range(30)])
    for pod in web.pods:
        scene.say(draw, pod, scene.work(draw, "python", 30))
    caller = draw.app(web.namespace)
    uses(caller, WEB_URL=f"http://{web.name}.{web.namespace}")
    line = (
        f'time=@isoZ level=ERROR msg="proxy error" err="dial tcp {web.service["spec"]["clusterIP"]}:80: connect: '
        f'connection refused" upstream={web.name}'
    )
    for pod in caller.pods:
        scene.say(draw, pod, scene.amid(draw, "go", line))
    text = f"About half of the calls of {caller.name} to {web.name} fail"
    says = (other.name, "selector|label|endpoint|selects")
    expect = Expect(
        ("cause",), ("service_overselects", "service_misdirected", "config_wrong"), (), says, may_propose=True
    )
    return told(draw, scene.alarm(draw, caller, "HighErrorRate", text, ago - 4), expect)


@situation("fit")
def everything_fits_since_the_rollout_ended(draw: Draw) -> Told:
    """Ports by name, a scheme that is right, a key that is there; the alarm fired while pods were replaced."""
    app = draw.app(replicas=draw.number(2, 4), port=8443)
    probe = {"httpGet": {"path": "/healthz", "port": "https", "scheme": "HTTPS"}, "periodSeconds": 10}
    name = f"{app.name}-settings"
    source = {"configMapKeyRef": {"name": name, "key": "log.level"}}
    scene.edit(app, ports=[{"name": "https", "containerPort": 8443}], readinessProbe=probe,
         env=[{"name": "LOG_LEVEL", "valueFrom": source}])  # fmt: skip
    meta = objects.meta(name, app.namespace, app.age, {})
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"log.level": "info", "theme": "dark"}})
    app.service["spec"]["ports"] = [{"name": "https", "port": 443, "targetPort": "https", "protocol": "TCP"}]
    ago = draw.number(9, 14)
    scene.renew(draw, app, ago)
    scene.settle(app, since=-30 + ago)
    for pod in app.pods:
        scene.say(
            draw,
            pod,
            ['time=@isoZ level=INFO msg="serving" addr=[::]:8443 tls=true', *scene.work(draw, "go", 24)],
            every=(ago - 0.3) * 60 / 25,
        )
        where = f"10.0.4.{draw.number(20, 90)}:8443"
        text = f'Readiness probe failed: Get "https://{where}/healthz": dial tcp {where}: connect: connection refused'
        scene.note(draw, pod, "Unhealthy", text, minutes=ago - 0.2, first=ago - 0.1, count=2)
    scene.others(draw, app.namespace)
    trigger = draw.pick(
        scene.alarm(draw, app, "KubePodNotReady", f"Pods of {app.name} are not ready", ago - 1),
        triggers.webhook(f"Deployment {app.name} in {app.namespace} has not matched the expected number of replicas"),
    )
    return told(draw, trigger, Expect(("well",)))
