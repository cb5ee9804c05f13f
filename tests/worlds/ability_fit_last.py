"""Pairs of things that do not fit, as clusters have them: mounts and keys, sizes, probes, taints, paths."""

from __future__ import annotations

import copy

from tests.worlds import controllers, objects, past, triggers, unstarted, waiting
from tests.worlds.ability_proposals import containers
from tests.worlds.objects import Obj
from tests.worlds.outages import uses
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import autoscaler, break_app, claim_volume


def cause(*classes: str, says: tuple[str, ...] = (), innocent: tuple[str, ...] = ()) -> Expect:
    return Expect(("cause",), classes, says=says, may_propose=True, innocent=innocent)


@situation("fit")
def one_file_of_a_configmap_mounted_under_a_key_that_it_lacks(draw: Draw) -> Told:
    """The subPath is no key of the ConfigMap, so that the kubelet makes a directory there and runc refuses it."""
    app = draw.app()
    draw.bystanders(2)
    has, wants = draw.pick(
        ("application.yml", "application.yaml"), ("server.conf", "app.conf"), ("log.xml", "logs.xml")
    )
    name, target = f"{app.name}-config", f"/etc/app/{wants}"
    meta = objects.meta(name, app.namespace, app.age, {})
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {has: "level: info\n", "README": "see wiki"}})
    waiting.in_templates(app, volumes=[{"name": "config", "configMap": {"name": name}}])
    for container in containers(app):
        container["volumeMounts"] = [{"name": "config", "mountPath": target, "subPath": wants}]
    main = app.pods[0]["spec"]["containers"][0]["name"]
    source = f"/var/lib/kubelet/pods/{draw.suffix(8)}-1b2c-4d5e-8f90-{draw.suffix(12)}/volume-subpaths/config/{main}/0"
    text = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        f'unable to start container process: error during container init: error mounting "{source}" to rootfs at '
        f'"{target}": mount src={source}, dst={target}, dstFd=/proc/thread-self/fd/11, flags=MS_BIND|MS_REC: not a '
        "directory: unknown"
    )
    unstarted.waiting(draw, app, "CrashLoopBackOff", "back-off 5m0s restarting failed container",
                      ("Failed", f"Error: {text}"))  # fmt: skip
    last = {"exitCode": 128, "reason": "StartError", "message": text, "startedAt": "1970-01-01T00:00:00Z",
            "finishedAt": objects.at(2)}  # fmt: skip
    for pod in app.pods:
        pod["status"]["phase"] = "Running"
        pod["status"]["containerStatuses"][0].update(restartCount=draw.number(5, 8), lastState={"terminated": last})
    controllers.fresh(draw, app)
    classes = ("config_missing", "config_wrong", "bad_command", "bad_rollout")
    return Told(
        draw.world(), unstarted.alarm(draw, app), cause(*classes, says=(wants, r"sub ?path|key|not a dir|mount"))
    )


@situation("fit")
def autoscaler_that_wants_more_pods_than_the_quota_has(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(3, 4))
    draw.chatter(app)
    others = draw.bystanders(2)
    desired, name = app.replicas + draw.number(2, 5), draw.pick("compute", "team-quota", "pods-limit")
    hard = {"pods": str(app.replicas)}
    quota = {"kind": "ResourceQuota", "metadata": objects.meta(name, app.namespace, 60 * 24 * 200, {}),
             "spec": {"hard": hard}, "status": {"hard": hard, "used": hard}}  # fmt: skip
    scaler = autoscaler(draw, app, most=desired + 4, desired=desired)
    scaler["status"]["currentReplicas"] = app.replicas
    scaler["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"] = draw.number(110, 160)
    wish = past.old_pod(draw, app)["metadata"]["name"]
    problem = (
        f'pods "{wish}" is forbidden: exceeded quota: {name}, requested: pods=1, used: pods={app.replicas}, '
        f"limited: pods={app.replicas}"
    )
    for one in (app.deployment, app.replica_set):
        one["spec"]["replicas"] = desired
    app.deployment["status"].update(unavailableReplicas=desired - app.replicas)
    app.deployment["status"]["conditions"] = [
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
         "lastTransitionTime": objects.at(22)},
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": problem,
         "lastTransitionTime": objects.at(22)},
    ]  # fmt: skip
    refused = objects.event(app.replica_set, "FailedCreate", f"Error creating: {problem}", minutes=2, count=17)
    refused["source"] = {"component": "replicaset-controller"}
    draw.objects += [quota, scaler, refused]
    where = {"namespace": app.namespace, "horizontalpodautoscaler": app.name}
    text = {"summary": f"HPA {app.namespace}/{app.name} has not matched the desired number of replicas for 15 minutes"}
    trigger = triggers.alertmanager("KubeHpaReplicasMismatch", where, text)
    expect = cause("quota_exceeded", "autoscaler_blocked", says=("quota", rf"{name}|pods"),
                   innocent=tuple(o.name for o in others))  # fmt: skip
    return Told(draw.world(), trigger, expect)


@situation("fit")
def grpc_probe_of_a_server_without_the_health_service(draw: Draw) -> Told:
    app = draw.app(port=draw.pick(50051, 9000))
    others = draw.bystanders(2)
    for container in containers(app):
        container["readinessProbe"] = {"grpc": {"port": app.port, "service": ""}, "periodSeconds": 10}
    text = (
        "Readiness probe failed: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
        "unknown service grpc.health.v1.Health"
    )
    minutes = draw.number(17, 40)
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(minutes)
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(minutes)
        )
        pod["status"]["containerStatuses"][0]["ready"] = False
        draw.objects.append(objects.event(pod, "Unhealthy", text, minutes=0.3, count=minutes * 6))
        draw.log(app, ["INFO loaded 4 price lists", f"INFO grpc server listening on [::]:{app.port}"], pod=pod)
    unstarted.unavailable(app, minutes)
    controllers.fresh(draw, app)
    expect = cause("readiness_wrong", "config_wrong", "bad_rollout", says=("grpc", "health|probe"),
                   innocent=tuple(o.name for o in others))  # fmt: skip
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("fit")
def toleration_whose_value_is_not_that_of_the_taint(draw: Draw) -> Told:
    """Selector and label fit; the toleration is for another value than the nodes of that pool are tainted with."""
    app = draw.app()
    draw.bystanders(2)
    key, request, there = draw.pick(("dedicated", "ml", "ml-serving"), ("workload", "batch", "batch-jobs"))
    special = next(one for one in draw.objects if one["kind"] == "Node")
    special["metadata"]["labels"]["pool"] = there
    special["spec"]["taints"] = [{"key": key, "value": there, "effect": "NoSchedule"}]
    for one in draw.objects:  # what runs there came before the taint, or is elsewhere
        if one["kind"] == "Node" and one is not special:
            one["metadata"]["labels"]["pool"] = "general"
    toleration = {"key": key, "operator": "Equal", "value": request, "effect": "NoSchedule"}
    waiting.in_templates(app, nodeSelector={"pool": there}, tolerations=[toleration])
    halves = [
        f"1 node(s) had untolerated taint {{{key}: {there}}}",
        "1 node(s) didn't match Pod's node affinity/selector",
    ]
    draw.rng.shuffle(halves)
    waiting.leave_without_node(draw, app, f"0/2 nodes are available: {', '.join(halves)}. preemption: 0/2 nodes are "
                               "available: 2 Preemption is not helpful for scheduling.")  # fmt: skip
    expect = cause("placement_impossible", says=("tolerat|taint", rf"{key}|{there}"))
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("fit")
def surge_pod_that_may_not_stand_beside_the_old_ones(draw: Draw) -> Told:
    """One pod for each node, none may be missing during a rollout, and the new one finds every node taken."""
    app = draw.app(replicas=2)
    others = draw.bystanders(2)
    draw.chatter(app)
    minutes = draw.number(18, 45)
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": app.deployment["spec"]["selector"]}
    waiting.in_templates(app, affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    before = past.rolled_out(draw, app, minutes)
    before["spec"]["template"]["spec"]["affinity"] = app.replica_set["spec"]["template"]["spec"]["affinity"]
    before["spec"]["replicas"], before["status"] = 2, {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    old_image = before["spec"]["template"]["spec"]["containers"][0]["image"]
    new = copy.deepcopy(app.pods[0])
    new["metadata"].update(name=f"{app.name}-{app.hash}-{draw.suffix()}", creationTimestamp=objects.at(minutes))
    for pod, node in zip(app.pods, [o for o in draw.objects if o["kind"] == "Node"], strict=True):
        pod["metadata"]["name"] = f"{before['metadata']['name']}-{draw.suffix()}"
        pod["metadata"]["labels"] = dict(before["metadata"]["labels"])
        pod["metadata"]["ownerReferences"][0]["name"] = before["metadata"]["name"]
        pod["spec"]["nodeName"] = node["metadata"]["name"]
        pod["spec"]["containers"] = copy.deepcopy(before["spec"]["template"]["spec"]["containers"])
        pod["status"]["containerStatuses"][0]["image"] = old_image
    draw.logs.clear()
    draw.chatter(app)
    text = (
        "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. preemption: 0/2 nodes are available: "
        "2 No preemption victims found for incoming pod."
    )
    new["spec"].pop("nodeName")
    new["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": text,
                        "lastTransitionTime": objects.at(minutes)}],
    }  # fmt: skip
    draw.objects += [new, objects.event(new, "FailedScheduling", text, minutes=2, count=9)]
    controllers.fresh(draw, app)
    app.replica_set["spec"]["replicas"], app.replica_set["status"] = 1, {"replicas": 1}
    app.deployment["spec"]["strategy"] = {
        "type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}  # fmt: skip
    app.deployment["status"].update(replicas=3, updatedReplicas=1, unavailableReplicas=1)
    app.deployment["status"]["conditions"].append(
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
         "message": f'ReplicaSet "{app.replica_set["metadata"]["name"]}" has timed out progressing.',
         "lastTransitionTime": objects.at(minutes - 10)}
    )  # fmt: skip
    where = {"namespace": app.namespace, "deployment": app.name}
    text_of = draw.pick(f"Rollout of deployment {app.name} is not progressing", f"{app.name} is stuck in its rollout")
    trigger = triggers.alertmanager("KubeDeploymentRolloutStuck", where, {"summary": text_of})
    expect = cause("rollout_stuck", "placement_impossible", "capacity_insufficient", says=("affinity",),
                   innocent=tuple(o.name for o in others))  # fmt: skip
    return Told(draw.world(), trigger, expect)


@situation("fit")
def shared_claim_of_disks_that_only_one_node_can_hold(draw: Draw) -> Told:
    """EBS volumes are for one node; the claim asks for many."""
    app = draw.app(replicas=draw.number(2, 3))
    draw.bystanders(2)
    name = claim_volume(draw, app, phase="Pending")
    claim = next(o for o in draw.objects if o["kind"] == "PersistentVolumeClaim")
    claim["spec"]["accessModes"] = ["ReadWriteMany"]
    text = (
        'failed to provision volume with StorageClass "gp3": rpc error: code = InvalidArgument desc = Volume '
        "capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce] supported."
    )
    event = objects.event(claim, "ProvisioningFailed", text, minutes=3, count=draw.number(8, 20))
    event["source"] = {"component": "ebs.csi.aws.com_ebs-csi-controller-6f8d9c7b5-x2k4p"}
    draw.objects.append(event)
    waiting.leave_without_node(draw, app, "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.")
    says = (r"ReadWriteMany|RWX|access ?mode|MULTI_NODE", rf"{name}|gp3|EBS")
    return Told(draw.world(), waiting.complaint(draw, app), cause("volume_unprovisioned", "config_wrong", says=says))


@situation("fit")
def database_name_that_the_pooler_does_not_list(draw: Draw) -> Told:
    pooler = draw.app(port=6432)
    caller = draw.app(pooler.namespace)
    others = draw.bystanders(2)
    pooler.service["spec"]["ports"][0].update(name="pgbouncer", port=6432)
    controllers.fresh(draw, pooler)
    database, request = draw.pick(("orders", "orders_main"), ("billing", "billing-db"), ("catalogue", "catalog"))
    host = f"{database}.cb4rtu2kqxyz.eu-central-1.rds.amazonaws.com"
    ini = f"[databases]\n{database} = host={host} port=5432 dbname={database}\n\n[pgbouncer]\nlisten_port = 6432\n"
    name = f"{pooler.name}-ini"
    meta = objects.meta(name, pooler.namespace, pooler.age, {})
    draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"pgbouncer.ini": ini}})
    unstarted.mounts(pooler, {"name": "ini", "configMap": {"name": name}})
    uses(caller, DATABASE_URL=f"postgres://app@{pooler.service['metadata']['name']}:6432/{request}?sslmode=disable")
    break_app(caller)
    controllers.fresh(draw, caller)
    for pod in caller.pods:
        draw.log(caller, ["INFO opening pool, max=10", draw.pick(
            f"FATAL: pq: no such database: {request}",
            f"psycopg2.OperationalError: connection to server failed: FATAL:  no such database: {request}",
        )], pod=pod, every=1)  # fmt: skip
    for pod in pooler.pods:
        lines = [
            f"2026-03-11 14:1{n}:04.112 UTC [1] LOG C-0x55d0c{draw.number(100, 999)}: (nodb)/app@10.2.3.9:4{n}122 "
            f"closing because: no such database: {request} (age=0s)"
            for n in range(9)
        ]
        draw.log(pooler, lines, pod=pod)
    trigger = past.alarm(draw, caller, past.RESTARTS, minutes=10)
    classes = ("env_wrong", "config_wrong", "dependency_unreachable", "login_refused", "crash_loop", "config_missing")
    return Told(draw.world(), trigger, cause(*classes, says=(request,), innocent=tuple(o.name for o in others)))


@situation("fit")
def route_that_takes_one_path_exactly(draw: Draw) -> Told:
    """Only the bare path is routed; all below it ends at the controller's default backend."""
    app = draw.app()
    draw.chatter(app)
    others = draw.bystanders(2)
    front = draw.app("ingress-nginx", name="ingress-nginx-controller", replicas=1)
    host, path = f"{draw.pick('api', 'shop')}.{draw.suffix(5)}.example.org", draw.pick("/api", "/v2", "/orders")
    route = objects.ingress(app.name, app.namespace, host, app.service["metadata"]["name"])
    route["spec"]["rules"][0]["http"]["paths"][0].update(path=path, pathType="Exact")
    kind: Obj = {"kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    draw.objects += [route, kind]
    below = f"{path}/{draw.pick('items', 'search', 'list')}"
    lines = [
        f'10.0.3.{n} - - [11/Mar/2026:14:1{n % 10}:02 +0000] "GET {below}?page={n} HTTP/1.1" 404 146 "-" "Mozilla/5.0" '
        f"412 0.001 [upstream-default-backend] [] 127.0.0.1:8181 146 0.001 404 {draw.suffix(16)}"
        for n in range(20)
    ]
    draw.log(front, lines)
    trigger = triggers.alertmanager(
        "BlackboxProbeFailed", {"instance": f"https://{host}{below}"}, {"summary": f"https://{host}{below} answers 404"}
    )
    expect = cause("ingress_misrouted", "config_wrong", says=(rf"exact|path|{path}",),
                   innocent=(*(o.name for o in others), front.name))  # fmt: skip
    return Told(draw.world(), trigger, expect)
