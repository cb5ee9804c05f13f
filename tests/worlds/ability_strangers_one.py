"""Everyday incidents by people who do not know the responder: two things that do not fit each other."""

from __future__ import annotations

from tests.worlds import objects, outages, workloads
from tests.worlds.ability_unseen_one import over
from tests.worlds.new_scenes import (
    amid,
    container_of,
    crash,
    edit,
    in_specs,
    kept_waiting,
    last_words,
    note,
    renew,
    say,
    settle,
    unplaced,
    unready,
)
from tests.worlds.objects import Obj, at
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Told, situation


def speak(draw: Draw, app: App, form: str, *lines: str, until: float = 0.1) -> None:
    """Every pod does its work and prints these lines amid it."""
    for pod in app.pods:
        say(draw, pod, amid(draw, form, *lines), every=5, until=until)


def reborn(pod: Obj, minutes: float) -> None:
    """The pod was made anew so many minutes ago."""
    pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = at(minutes)
    pod["status"]["containerStatuses"][0]["state"] = {"running": {"startedAt": at(minutes - 0.1)}}
    for condition in pod["status"]["conditions"]:
        condition["lastTransitionTime"] = at(minutes - (0.4 if condition["type"] == "Ready" else 0))


def creating(draw: Draw, pod: Obj, since: float, message: str, reason: str = "FailedMount") -> None:
    """Nothing of it has started since then, and the kubelet says why."""
    reborn(pod, since)
    unready(pod, since)
    pod["status"].pop("podIP", None)
    pod["status"]["phase"] = "Pending"
    pod["status"]["containerStatuses"][0].update(
        started=False, imageID="", state={"waiting": {"reason": "ContainerCreating"}}
    )
    note(draw, pod, reason, message, minutes=0.7, first=since - 0.1, count=draw.number(8, 14))


def imaged(app: App, image: str) -> None:
    app.image = image
    edit(app, image=image)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = image


def opened(app: App, name: str, port: int, protocol: str = "TCP") -> None:
    """Its Service has this one port."""
    app.service["spec"]["ports"] = [{"name": name, "port": port, "targetPort": port, "protocol": protocol}]


@situation("fit")
def raw_disk_mounted_as_if_it_were_a_directory(draw: Draw) -> Told:
    app, since = draw.app(replicas=1), draw.number(16, 50)
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    claim = workloads.claim_volume(draw, app)
    for one in draw.objects:
        if one["kind"] in ("PersistentVolumeClaim", "PersistentVolume"):
            one["spec"]["volumeMode"] = "Block"
    edit(app, volumeMounts=[{"name": "data", "mountPath": draw.pick("/var/lib/data", "/srv/index")}])
    creating(draw, app.pods[0], since, "Unable to attach or mount volumes: unmounted volumes=[data], unattached "
             "volumes=[], failed to process volumes=[data]: volume data has volumeMode Block, but is specified in "
             "volumeMounts")  # fmt: skip
    settle(app, since=since)
    text = draw.pick(f"{app.pod} hangs in ContainerCreating", f"{app.name} has had no ready pod for 10 minutes")
    classes = ("volume_unattachable", "config_wrong", "volume_unprovisioned", "pod_rejected")
    return over(draw, app, "KubePodNotReady", text, since - 10, classes, "block", f"volume|{claim}")


@situation("fit")
def data_directory_of_an_older_major_version(draw: Draw) -> Told:
    app, since = draw.app(replicas=1, port=5432), draw.number(15, 60)
    old, new = draw.pick(("14", "16.4"), ("15", "17.2"), ("13", "16.6"))
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    workloads.claim_volume(draw, app)
    imaged(app, f"docker.io/library/postgres:{old}.13.0")
    edit(app, volumeMounts=[{"name": "data", "mountPath": "/var/lib/postgresql/data"}])
    opened(app, "postgres", 5432)
    renew(draw, app, since)
    imaged(app, f"docker.io/library/postgres:{new}")
    for one in draw.objects:
        if one["kind"] == "ReplicaSet" and one is not app.replica_set and one["metadata"]["namespace"] == app.namespace:
            one["spec"]["template"]["spec"]["containers"][0]["image"] = f"docker.io/library/postgres:{old}.13"
    end_state = crash(draw, app.pods[0], since - 0.3, restarts=draw.number(6, 9))
    last_words(draw, app.pods[0], [
        "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n",
        "@sql UTC [1] FATAL:  database files are incompatible with server",
        f"@sql UTC [1] DETAIL:  The data directory was initialized by PostgreSQL version {old}, which is not compatible"
        f" with this version {new} (Debian {new}-1.pgdg120+1).",
    ], end_state)  # fmt: skip
    settle(app, since=since)
    text, classes = f"{app.name} restarts again and again", ("bad_rollout", "crash_loop", "config_wrong")
    return over(draw, app, "KubePodCrashLooping", text, since - 6, classes, "incompatible|not compatible|version")


@situation("fit")
def topic_that_wants_more_copies_than_there_are_brokers(draw: Draw) -> Told:
    broker, since = draw.app(replicas=1, port=9092), draw.number(18, 60)
    app, topic = draw.app(broker.namespace, replicas=1), f"{draw.name()}-events"
    imaged(broker, "docker.io/apache/kafka:3.8.1")
    opened(broker, "kafka", 9092)
    host = f"{broker.service['metadata']['name']}:9092"
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    edit(app, env=[{"name": "KAFKA_BOOTSTRAP", "value": host}, {"name": "TOPIC", "value": topic},
                   {"name": "TOPIC_REPLICATION", "value": "3"}])  # fmt: skip
    renew(draw, app, since)
    end_state = crash(draw, app.pods[0], since - 0.5, ran=0.2)
    last_words(draw, app.pods[0], [
        f"@sql  INFO 1 --- [main] o.a.k.clients.admin.AdminClientConfig : AdminClientConfig values: bootstrap.servers "
        f"= [{host}]",
        "@sql ERROR 1 --- [main] o.s.k.core.KafkaAdmin : Could not configure topics\n"
        "org.springframework.kafka.KafkaException: Failed to create topics; nested exception is "
        "org.apache.kafka.common.errors.InvalidReplicationFactorException: "
        "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because "
        "only 1 broker(s) are registered.",
    ], end_state)  # fmt: skip
    say(draw, broker.pods[0], ["[@day,118] INFO [KafkaRaftServer nodeId=1] Kafka Server started (kafka.server."
                               "KafkaRaftServer)"], until=broker.age - 2)  # fmt: skip
    settle(app, since=since)
    text, classes = f"{app.name} restarts again and again", ("config_wrong", "env_wrong", "bad_rollout", "crash_loop")
    return over(draw, app, "KubePodCrashLooping", text, since - 8, classes, "replication",
                r"\b(?:3|1|three|one)\b|only")  # fmt: skip


@situation("fit")
def more_disks_than_a_machine_can_hold(draw: Draw) -> Told:
    app, since = draw.app(replicas=1), draw.number(16, 45)
    claim = workloads.claim_volume(draw, app)
    for node in [one for one in draw.objects if one["kind"] == "Node"]:
        name = node["metadata"]["name"]
        draw.objects.append({"kind": "CSINode", "metadata": {"name": name, "creationTimestamp": at(8999)}, "spec": {
            "drivers": [{"name": "ebs.csi.aws.com", "nodeID": node["spec"]["providerID"].rpartition("/")[2],
                         "allocatable": {"count": 25}}]}})  # fmt: skip
    unplaced(draw, app.pods[0], since, "0/2 nodes are available: 2 node(s) exceed max volume count. preemption: 0/2 "
             "nodes are available: 2 No preemption victims found for incoming pod.")  # fmt: skip
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    settle(app, since=since)
    classes = ("placement_impossible", "volume_unattachable", "capacity_insufficient", "nodes_not_added")
    text = f"{app.pod} has been pending for {draw.number(8, 10)} minutes"
    return over(
        draw,
        app,
        "KubePodNotScheduled",
        text,
        since - 10,
        classes,
        f"volume|disk|{claim}",
        "max|limit|exceed|attach|too many|no more",
    )


@situation("fit")
def limit_many_times_above_its_request(draw: Draw) -> Told:
    app, since, ratio = draw.app(replicas=3), draw.number(15, 40), draw.pick(2, 4)
    for pod in app.pods:
        draw.objects[:] = [one for one in draw.objects if one is not pod]
    app.pods[:] = app.pods[:1]
    kept_pod = app.pods[0]
    edit(app, resources={"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}})
    draw.objects.append(kept_pod)
    item = {"type": "Container", "maxLimitRequestRatio": {"cpu": str(ratio)}}
    draw.objects.append(
        {
            "kind": "LimitRange",
            "spec": {"limits": [item]},
            "metadata": objects.meta(draw.pick("ratio", "fairness"), app.namespace, since + 20, {}),
        }
    )
    settle(app, since=since)
    app.replica_set["spec"]["replicas"] = 3
    refusal = (f'pods "{app.replica_set["metadata"]["name"]}-{draw.suffix()}" is forbidden: cpu max limit to request '
               f"ratio per Container is {ratio}, but provided ratio is 10.000000")  # fmt: skip
    app.replica_set["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
                                                "message": refusal, "lastTransitionTime": at(since)}]  # fmt: skip
    note(draw, app.replica_set, "FailedCreate", f"Error creating: {refusal}", minutes=0.9, first=since, count=18,
         by="replicaset-controller")  # fmt: skip
    speak(draw, app, "rust")
    text, classes = f"Deployment {app.name} has 1 of 3 replicas", ("admission_denied", "quota_exceeded", "pod_rejected")
    return over(draw, app, "KubeDeploymentReplicasMismatch", text, since - 11, classes, "ratio|LimitRange|limit range")


@situation("fit")
def datagrams_sent_to_a_service_of_streams(draw: Draw) -> Told:
    """The program takes statsd over UDP, its Service passes TCP only."""
    app, since = draw.app(replicas=1, port=8125), draw.number(20, 50)
    caller = draw.app(app.namespace, replicas=2)
    imaged(app, "docker.io/prom/statsd-exporter:v0.27.1")
    edit(app, ports=[{"name": "statsd", "containerPort": 8125, "protocol": "UDP"}],
         args=["--statsd.listen-udp=:8125", "--statsd.listen-tcp="])  # fmt: skip
    opened(app, "statsd", 8125)
    app.service["metadata"]["managedFields"] = [
        {"manager": "kubectl-client-side-apply", "operation": "Update", "apiVersion": "v1", "time": at(since)}
    ]
    outages.uses(caller, STATSD_ADDR=f"udp://{app.service['metadata']['name']}:8125")
    speak(draw, caller, "go")
    say(draw, app.pods[0], ["ts=@isoZ level=info caller=main.go:336 msg=\"Accepting StatsD Traffic\" udp=:8125 tcp= "
                            "unixgram="], until=app.age - 2)  # fmt: skip
    text, about = f"No samples from {caller.name} any more", draw.pick(app, caller)
    classes = ("service_misdirected", "monitoring_gap", "config_wrong")
    return over(draw, about, "MetricsAbsent", text, since - 8, classes, "UDP", "TCP|protocol", names=(caller.name,))


@situation("fit")
def variable_that_the_cluster_makes_for_every_service(draw: Draw) -> Told:
    """A Service by the name of the variable's first half: the kubelet fills in an address where a number is read."""
    stem, port = draw.pick(("redis", 6379), ("search", 9200), ("broker", 5672))
    store = draw.app(replicas=1, service=stem, port=port)
    app, since = draw.app(store.namespace, replicas=2), draw.number(20, 50)
    opened(store, "main", port)
    store.service["metadata"]["creationTimestamp"] = at(store.age)
    in_specs(app, enableServiceLinks=True)
    renew(draw, app, since)
    address = f"tcp://{store.service['spec']['clusterIP']}:{port}"
    for pod in app.pods:
        end_state = crash(draw, pod, since - 0.4, restarts=draw.number(6, 9))
        last_words(draw, pod, [
            "[@day +0000] [1] [INFO] Starting gunicorn 22.0.0",
            'Traceback (most recent call last):\n  File "/app/settings.py", line 31, in <module>\n'
            f'    {stem.upper()}_PORT = int(os.environ.get("{stem.upper()}_PORT", "{port}"))\n'
            f"ValueError: invalid literal for int() with base 10: '{address}'",
        ], end_state)  # fmt: skip
    settle(app, since=since)
    text = f"Pods of {app.name} restart all the time"
    classes = ("env_wrong", "config_wrong", "bad_rollout", "crash_loop")
    return over(
        draw, app, "KubePodCrashLooping", text, since - 9, classes, f"{stem.upper()}_PORT|tcp://|invalid literal"
    )


@situation("fit")
def user_of_an_image_that_has_a_name_and_no_number(draw: Draw) -> Told:
    app, since, user = draw.app(replicas=2), draw.number(14, 40), draw.pick("node", "app", "nobody", "nginx")
    in_specs(app, securityContext={"runAsNonRoot": True})
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    renew(draw, app, since)
    for pod in app.pods:
        why = (f"container has runAsNonRoot and image has non-numeric user ({user}), cannot verify user is non-root "
               f'(pod: "{pod["metadata"]["name"]}_{app.namespace}({draw.suffix(8)}-41d7-4b0e-8e1f-{draw.suffix(12)})", '
               f"container: {container_of(app)})")  # fmt: skip
        kept_waiting(draw, pod, since, "CreateContainerConfigError", why)
        note(draw, pod, "Pulled", f'Container image "{app.image}" already present on machine', minutes=0.5,
             first=since, count=30, kind="Normal")  # fmt: skip
    settle(app, since=since)
    text = f"{app.name} has no ready pod since its last rollout"
    classes = ("config_wrong", "bad_rollout", "admission_denied", "pod_rejected")
    return over(draw, app, "KubeDeploymentReplicasMismatch", text, since - 8, classes,
                "non-?root|non-numeric|numeric user")  # fmt: skip


@situation("fit")
def pooler_that_changes_the_session_under_prepared_statements(draw: Draw) -> Told:
    pooler, since = draw.app(replicas=1, port=6432), draw.number(20, 60)
    app, settings = draw.app(pooler.namespace, replicas=2), f"{pooler.name}-ini"
    imaged(pooler, "docker.io/edoburu/pgbouncer:v1.20.1-p0")
    opened(pooler, "pgbouncer", 6432)
    text = ("[databases]\n* = host=pg.internal.example.com port=5432\n[pgbouncer]\nlisten_port = 6432\n"
            f"pool_mode = transaction\nmax_client_conn = {draw.number(4, 9)}00\n")  # fmt: skip
    draw.objects.append({"kind": "ConfigMap", "metadata": objects.meta(settings, pooler.namespace, pooler.age, {}),
                         "data": {"pgbouncer.ini": text}})  # fmt: skip
    in_specs(pooler, volumes=[{"name": "ini", "configMap": {"name": settings}}])
    edit(pooler, volumeMounts=[{"name": "ini", "mountPath": "/etc/pgbouncer"}])
    outages.uses(app, DATABASE_URL=f"postgresql://app@{pooler.service['metadata']['name']}:6432/app")
    renew(draw, app, since)
    settle(app, since=since)
    number = draw.number(3, 60)
    speak(draw, app, "python", '10.0.3.7 - - [@clf] "GET /v1/items HTTP/1.1" 500 141 "-" "python-requests/2.32"',
          'ERROR:    Exception in ASGI application\nTraceback (most recent call last):\n  File "/app/db.py", line '
          '52, in '
          "fetch\n    return await conn.fetch(query)\nasyncpg.exceptions.DuplicatePreparedStatementError: prepared "
          f'statement "__asyncpg_stmt_{number:x}__" already exists\nHINT:  \nNOTE: pgbouncer with pool_mode set to '
          '"transaction" or "statement" does not support prepared statements properly.')  # fmt: skip
    alarm_text, classes = f"{draw.number(20, 60)}% of requests to {app.name} fail", (
        "config_wrong", "bad_rollout", "database_degraded", "env_wrong", "pool_exhausted")  # fmt: skip
    return over(draw, app, "HighErrorRate", alarm_text, since - 5, classes, "prepared statement|pool_mode|transaction",
                ends=("cause", "open"))  # fmt: skip


@situation("fit")
def host_of_a_site_that_its_route_does_not_list(draw: Draw) -> Told:
    """The route has the bare domain, visitors come by the name with www."""
    app, since = draw.app(replicas=2), draw.number(20, 60)
    domain = f"{draw.suffix(5)}-{draw.pick('shop', 'tickets', 'books')}.example.org"
    route = objects.ingress(f"{app.name}-web", app.namespace, domain, app.service["metadata"]["name"])
    route["metadata"]["managedFields"] = [
        {"manager": "helm", "operation": "Update", "apiVersion": "networking.k8s.io/v1", "time": at(since)}
    ]
    front = draw.app("ingress-nginx", name="ingress-nginx-controller", replicas=1)
    draw.objects += [route, {"kind": "IngressClass", "metadata": {"name": "nginx"},
                             "spec": {"controller": "k8s.io/ingress-nginx"}}]  # fmt: skip
    speak(draw, app, "node")
    say(draw, front.pods[0], [
        f'203.0.113.{draw.number(2, 250)} - - [@clf] "GET / HTTP/2.0" 404 146 "https://www.{domain}/" "Mozilla/5.0" '
        f"412 0.000 [upstream-default-backend] [] 127.0.0.1:8181 146 0.001 404 {draw.suffix(16)}" for _ in range(40)
    ], every=6)  # fmt: skip
    text = f"https://www.{domain}/ answers 404 (service {app.name})"
    return over(draw, app, "ProbeFailed", text, since - 6, ("ingress_misrouted",), rf"www\.|host|{domain}",
                ends=("cause", "open"), names=(front.name,))  # fmt: skip
