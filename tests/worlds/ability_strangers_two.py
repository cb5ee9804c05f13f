"""Everyday incidents by people who do not know the responder: what programs print, and the words of who refused."""

from __future__ import annotations

from typing import Final

from tests.worlds import objects, outages, triggers, workloads
from tests.worlds.ability_strangers_one import imaged, reborn, speak
from tests.worlds.ability_unseen_one import over
from tests.worlds.new_scenes import (
    container_of,
    crash,
    edit,
    in_specs,
    kept_waiting,
    last_words,
    note,
    others,
    renew,
    say,
    settle,
    unplaced,
)
from tests.worlds.new_tidying import told
from tests.worlds.objects import Obj, at
from tests.worlds.parts import App, Draw
from tests.worlds.situation import End, Expect, Told, situation

EITHER: Final[tuple[End, ...]] = ("cause", "open")


def loops(draw: Draw, app: App, since: float, form: list[str], code: int = 1, ran: float = 0.15) -> None:
    """Every pod ends with these words again and again."""
    for pod in app.pods:
        end_state = crash(draw, pod, since - 0.5, code=code, ran=ran, restarts=draw.number(6, 9))
        last_words(draw, pod, form, end_state)
    settle(app, since=since)


@situation("logs")
def classes_compiled_for_a_newer_machine(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(18, 45)
    renew(draw, app, since)
    version, knows = draw.pick(("65.0", "61.0"), ("61.0", "55.0"), ("65.0", "55.0"))
    loops(draw, app, since, [
        "Picked up JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=70.0",
        "Error: LinkageError occurred while loading main class com.acme.Application\n"
        "\tjava.lang.UnsupportedClassVersionError: com/acme/Application has been compiled by a more recent version of "
        f"the Java Runtime (class file version {version}), this version of the Java Runtime only recognizes class file "
        f"versions up to {knows}",
    ])  # fmt: skip
    text, classes = f"{app.name} restarts again and again", ("bad_rollout", "crash_loop", "bad_command")
    return over(draw, app, "KubePodCrashLooping", text, since - 9, classes, "Java|class (?:file )?version|Unsupported")


@situation("logs")
def server_that_may_open_no_further_file(draw: Draw) -> Told:
    app = draw.app(replicas=2, port=8080)
    speak(
        draw,
        app,
        "go",
        "@go http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 1s",
        'time=@isoZ level=ERROR msg="cannot read rates" err="open /etc/app/rates.json: too many open files"',
    )
    text = f"{draw.number(20, 70)}% of the requests to {app.name} time out"
    classes = ("kernel_limit_hit",)
    return over(draw, app, "HighErrorRate", text, draw.number(10, 20), classes, "open files|descriptor", ends=EITHER)


@situation("logs")
def node_process_with_an_old_space_smaller_than_its_work(draw: Draw) -> Told:
    app, since, size = draw.app(replicas=2), draw.number(40, 120), draw.pick(192, 256, 384)
    edit(app, resources={"requests": {"cpu": "200m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
         env=[{"name": "NODE_OPTIONS", "value": f"--max-old-space-size={size}"}])  # fmt: skip
    loops(draw, app, since, [
        '{"level":30,"time":"@isoZ","pid":1,"msg":"building the index"}',
        f"\n<--- Last few GCs --->\n\n[1:0x7f2c5c0a0000]    61843 ms: Mark-Compact {size - 4}.1 ({size + 14}.6) -> "
        f"{size - 5}.8 ({size + 15}.1) MB, 512.40 / 0.00 ms  (average mu = 0.121, current mu = 0.018) allocation "
        f"failure; "
        "scavenge might not succeed\n\n<--- JS stacktrace --->\n",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "----- Native stack trace -----\n\n 1: 0xb8d0a3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) "
        "[node]",
    ], code=134, ran=1.1)  # fmt: skip
    text = f"Pods of {app.name} restart again and again"
    classes = ("runtime_collapse", "env_wrong", "config_wrong", "crash_loop", "oom_killed", "memory_pressure")
    return over(draw, app, "KubePodCrashLooping", text, since - 12, classes, "heap|old.space|NODE_OPTIONS")


@situation("logs")
def task_that_holds_its_message_longer_than_the_broker_allows(draw: Draw) -> Told:
    app, broker = draw.app(replicas=2), f"{draw.name()}-mq.internal.example.com"
    outages.uses(app, CELERY_BROKER_URL=f"amqp://tasks@{broker}:5672//")
    task = draw.pick("reports.tasks.build_yearly", "media.tasks.transcode", "feeds.tasks.export_all")
    speak(draw, app, "python",
          f"[@day,114: INFO/MainProcess] Task {task}[{draw.suffix(8)}-3f0a-4d2e-9a55-{draw.suffix(12)}] received",
          "[@day,481: CRITICAL/MainProcess] Unrecoverable error: PreconditionFailed(406, 'PRECONDITION_FAILED - "
          "delivery "
          "acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be "
          "configured, "
          "see consumers doc guide to learn more', (0, 0), '')")  # fmt: skip
    classes = ("queue_backlog", "poison_message", "calls_slow", "config_wrong", "dependency_unreachable")
    text = draw.pick(f"The queue of {app.name} grows", f"{app.name} does the same tasks several times")
    return over(draw, app, "QueueGrowing", text, 25, classes, "acknowledg|PRECONDITION|delivery", ends=EITHER)


@situation("logs")
def cookies_that_only_the_pod_that_made_them_can_read(draw: Draw) -> Told:
    app, since = draw.app(replicas=3, port=8080), draw.number(25, 70)
    renew(draw, app, since)
    settle(app, since=since)
    key = f"{draw.suffix(8)}-7c11-4a0b-b0c5-{draw.suffix(12)}"
    speak(draw, app, "dotnet",
          "warn: Microsoft.AspNetCore.DataProtection.Repositories.EphemeralXmlRepository[50]\n      Using an in-memory "
          "repository. Keys will not be persisted to storage.",
          "fail: Microsoft.AspNetCore.Antiforgery.DefaultAntiforgery[7]\n      An exception was thrown while "
          "deserializing the token.\n      Microsoft.AspNetCore.Antiforgery.AntiforgeryValidationException: The "
          "antiforgery token could not be decrypted.\n       ---> System.Security.Cryptography.CryptographicException: "
          f"The key {{{key}}} was not found in the key ring.")  # fmt: skip
    classes = ("config_wrong", "bad_rollout", "login_refused", "secret_stale", "config_missing", "env_wrong")
    text = f"{draw.number(30, 66)}% of the logins at {app.name} fail"
    return over(draw, app, "LoginFailures", text, since - 8, classes, r"\bkeys?\b|decrypt", ends=EITHER)


@situation("logs")
def file_of_a_process_number_that_outlives_its_process(draw: Draw) -> Told:
    app, since = draw.app(replicas=1, port=3000), draw.number(20, 90)
    in_specs(app, volumes=[{"name": "tmp", "emptyDir": {}}])
    edit(app, volumeMounts=[{"name": "tmp", "mountPath": "/app/tmp"}])
    loops(draw, app, since, [
        "=> Booting Puma\n=> Rails 7.1.3 application starting in production \n=> Run `bin/rails server --help` "
        "for more "
        "startup options",
        "A server is already running (pid: 1, file: /app/tmp/pids/server.pid).\nExiting",
    ])  # fmt: skip
    text = f"{app.name} restarts again and again"
    classes = ("crash_loop", "shutdown_ungraceful", "bad_command", "config_wrong")
    return over(draw, app, "KubePodCrashLooping", text, since - 9, classes, r"already running|server\.pid|pid file")


@situation("logs")
def client_that_does_not_know_how_the_database_asks_who_it_is(draw: Draw) -> Told:
    app, name = draw.app(replicas=2, port=8080), f"{draw.name()}-mysql"
    host = f"{name}.internal.example.com"
    outages.uses(app, DB_HOST=host, DB_PORT="3306", DB_USERNAME="shop")
    speak(draw, app, "nginx",
          '10.0.3.7 - - [@clf] "GET /v1/cart HTTP/1.1" 500 812 "-" "Mozilla/5.0"',
          "[@day] production.ERROR: SQLSTATE[HY000] [2054] The server requested authentication method unknown to the "
          'client [caching_sha2_password] {"exception":"[object] (Illuminate\\\\Database\\\\'
          'QueryException(code: 2054): '
          "SQLSTATE[HY000] [2054] The server requested authentication method unknown to the client at "
          '/app/vendor/laravel/framework/src/Illuminate/Database/Connection.php:829)"}')  # fmt: skip
    classes = ("login_refused", "version_removed", "config_wrong", "dependency_unreachable", "database_degraded",
               "database_rights_missing")  # fmt: skip
    text = f"{app.name} answers {draw.number(80, 99)}% with 500"
    return over(draw, app, "Http5xx", text, 18, classes, "authentication method|caching_sha2|2054", ends=EITHER)


@situation("logs")
def proxy_that_admits_no_further_request_to_its_cluster(draw: Draw) -> Told:
    callee = draw.app(replicas=1)
    app, most = draw.app(callee.namespace, replicas=2), draw.pick(32, 64, 100)
    imaged(app, "docker.io/envoyproxy/envoy:v1.31.2")
    host = callee.service["metadata"]["name"]
    settings = (f"static_resources:\n  clusters:\n  - name: {host}\n    type: STRICT_DNS\n    circuit_breakers:\n      "
                f"thresholds:\n      - max_pending_requests: {most}\n        max_requests: {most}\n    "
                f"load_assignment:\n"
                f"      cluster_name: {host}\n      endpoints:\n      - lb_endpoints:\n        - endpoint: {{address: "
                f"{{socket_address: {{address: {host}, port_value: 80}}}}}}\n")  # fmt: skip
    draw.objects.append({"kind": "ConfigMap", "metadata": objects.meta(f"{app.name}-envoy", app.namespace, app.age, {}),
                         "data": {"envoy.yaml": settings}})  # fmt: skip
    in_specs(app, volumes=[{"name": "conf", "configMap": {"name": f"{app.name}-envoy"}}])
    edit(app, volumeMounts=[{"name": "conf", "mountPath": "/etc/envoy"}])
    speak(draw, callee, "java", "@sql  WARN 1 --- [nio-8080-exec-4] c.acme.web.AccessLog : slow: GET /v1/list -> 200 "
          f"({draw.number(4000, 9000)} ms)")  # fmt: skip
    refusal = (f'[@isoZ] "GET /v1/list HTTP/1.1" 503 UO upstream_reset_before_response_started{{overflow}} - "-" '
               f'0 81 0 '
               f'- "-" "axios/1.7" "{draw.suffix(8)}" "{host}" "-"')  # fmt: skip
    fine = refusal.replace("503 UO upstream_reset_before_response_started{overflow}", "200 - via_upstream")
    for pod in app.pods:
        say(draw, pod, [fine, refusal, refusal, fine, refusal] * 12, every=5)
    classes = ("traffic_surge", "retry_storm", "pool_exhausted", "mesh_policy_blocks", "calls_slow", "config_wrong",
               "capacity_insufficient", "dependency_unreachable")  # fmt: skip
    text = f"{draw.number(40, 65)}% of the requests through {app.name} get a 503"
    return over(draw, app, "Http5xx", text, 20, classes, f"overflow|circuit|max_|{host}|{callee.name}", ends=EITHER,
                names=())  # fmt: skip


def run_of(draw: Draw, namespace: str, *lines: str) -> tuple[str, Obj]:
    """A Job that failed with these words; its name and the alarm about it."""
    name = f"{draw.name()}-{draw.pick('deploy', 'install', 'release')}"
    body, pod = workloads.job(draw, name, namespace, failed=True)
    draw.objects += [body, pod]
    say(draw, pod, lines, until=21.1, every=2)
    where = {"namespace": namespace, "job_name": name}
    return name, triggers.alertmanager("KubeJobFailed", where, {"summary": f"Job {name} failed"}, minutes=18)


@situation("reasons")
def port_of_the_nodes_that_another_service_has(draw: Draw) -> Told:
    holder, port = draw.app(), draw.number(30010, 32700)
    holder.service["spec"]["type"] = "NodePort"
    holder.service["spec"]["ports"][0]["nodePort"] = port
    place, chart = draw.place(), draw.name()
    draw.namespace(place)
    _, trigger = run_of(
        draw, place, f"Release \"{chart}\" does not exist. Installing it now.",
        f'Error: 1 error occurred:\n\t* Service "{chart}" is invalid: spec.ports[0].nodePort: Invalid value: {port}: '
        "provided port is already allocated\n\n")  # fmt: skip
    names = others(draw, place)
    classes = ("job_failing", "config_wrong", "admission_denied")
    expect = Expect(("cause", "open"), classes, says=(f"{port}|nodePort",), may_propose=True, innocent=names)
    return told(draw, trigger, expect)


@situation("reasons")
def directory_for_a_sub_path_on_a_volume_mounted_to_read(draw: Draw) -> Told:
    app, since = draw.app(replicas=1), draw.number(16, 40)
    claim, part = workloads.claim_volume(draw, app), draw.pick("current", "models", "2026")
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    in_specs(app, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim, "readOnly": True}}])
    edit(app, volumeMounts=[{"name": "data", "mountPath": "/srv/data"}])
    renew(draw, app, since)
    edit(app, volumeMounts=[{"name": "data", "mountPath": "/srv/data", "subPath": part}])
    why = f'failed to create subPath directory for volumeMount "data" of container "{container_of(app)}"'
    kept_waiting(draw, app.pods[0], since, "CreateContainerConfigError", why)
    settle(app, since=since)
    text, classes = f"{app.pod} does not start", (
        "volume_not_writable", "config_wrong", "bad_rollout", "volume_unattachable", "config_missing")  # fmt: skip
    return over(draw, app, "KubePodNotReady", text, since - 8, classes, "sub.?path")


@situation("reasons")
def image_that_finds_no_room_on_the_disk_of_its_node(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(15, 35)
    pod = app.pods[0]
    reborn(pod, since)
    layer = f"sha256:{draw.suffix(24)}"
    why = (f'failed to pull and unpack image "{app.image}": failed to extract layer {layer}: write '
           f"/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/{draw.number(200, 900)}/fs/usr/lib/"
           "libtorch_cpu.so: no space left on device: unknown")  # fmt: skip
    back = f'Back-off pulling image "{app.image}"'
    kept_waiting(draw, pod, since, "ImagePullBackOff", f"{back}: ErrImagePull: {why}",
                 ("Failed", f'Failed to pull image "{app.image}": {why}'), ("Failed", "Error: ErrImagePull"),
                 ("BackOff", back))  # fmt: skip
    node = next(one for one in draw.objects if one["metadata"]["name"] == pod["spec"]["nodeName"])
    note(draw, node, "FreeDiskSpaceFailed", "Failed to garbage collect required amount of images. Attempted to free "
         f"{draw.number(2, 9)}{draw.number(100000000, 999999999)} bytes, but only found 0 bytes eligible to free.",
         minutes=2, first=since, count=4)  # fmt: skip
    settle(app, since=since)
    classes = ("image_pull_failed", "disk_pressure", "volume_full")
    return over(draw, app, "KubePodNotReady", f"{app.pod} is not ready", since - 9, classes, "space|disk")


@situation("reasons")
def pool_of_nodes_that_may_not_grow_further(draw: Draw) -> Told:
    app, since = draw.app(replicas=3), draw.number(16, 45)
    edit(app, resources={"requests": {"cpu": "2500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}})
    nodes = [one["metadata"]["name"] for one in draw.objects if one["kind"] == "Node"][:2]
    for pod, name in zip(app.pods[1:], nodes, strict=True):
        pod["spec"]["nodeName"] = name
    unplaced(draw, app.pods[0], since, "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are "
                                       "available"
             ": 2 No preemption victims found for incoming pod.")  # fmt: skip
    note(draw, app.pods[0], "FailedScheduling", "Failed to schedule pod, all available instance types exceed "
                                                "limits for "
         'nodepool: "default"', minutes=0.8, first=since - 0.2, count=9, by="karpenter")  # fmt: skip
    settle(app, since=since)
    speak_of = App(**{**app.__dict__, "pods": app.pods[1:]})
    speak(draw, speak_of, "go")
    classes = ("nodes_not_added", "capacity_insufficient", "placement_impossible", "quota_exceeded")
    text = f"A pod of {app.name} is pending"
    return over(draw, app, "KubePodNotScheduled", text, since - 10, classes, "limit", "node ?pool|cpu")


@situation("reasons")
def account_that_has_all_the_disks_it_may_have(draw: Draw) -> Told:
    app, since = draw.app(replicas=1), draw.number(20, 50)
    claim = workloads.claim_volume(draw, app, phase="Pending")
    body = next(one for one in draw.objects if one["kind"] == "PersistentVolumeClaim")
    body["metadata"]["creationTimestamp"], size = at(since), draw.pick(20, 50)
    for one in draw.objects:
        if one["kind"] == "StorageClass":
            one["volumeBindingMode"] = "Immediate"
    why = (f'failed to provision volume with StorageClass "gp3": rpc error: code = Internal desc = Could not '
           f'create volume'
           f' "pvc-{draw.suffix(8)}": could not create volume in EC2: operation error EC2: CreateVolume, https '
           f'response '
           f"error StatusCode: 400, RequestID: {draw.suffix(8)}-51c2-4d0e-9f3a-{draw.suffix(12)}, api error "
           "VolumeLimitExceeded: You have exceeded your maximum gp3 storage limit of "
           f"{size} TiB in this region. Please contact AWS Support to request an Elastic Block Store service limit "
           "increase.")  # fmt: skip
    note(draw, body, "ProvisioningFailed", why, minutes=0.9, first=since - 0.1, count=14,
         by="ebs.csi.aws.com_ebs-csi-controller-7d9f")  # fmt: skip
    unplaced(draw, app.pods[0], since, "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. "
             "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.")  # fmt: skip
    settle(app, since=since)
    text, classes = f"{app.pod} is pending", ("volume_unprovisioned", "quota_exceeded")
    return over(draw, app, "KubePodNotScheduled", text, since - 10, classes, f"limit|quota|exceeded|{size} TiB",
                f"volume|storage|{claim}")  # fmt: skip


@situation("reasons")
def table_without_a_part_for_the_present_month(draw: Draw) -> Told:
    """Rows go to a part of the table by their date, and nobody has made the one for now."""
    app, table = draw.app(replicas=2), draw.pick("events", "clicks", "audit_entries", "line_items")
    outages.uses(app, DATABASE_URL=f"postgres://app@{draw.name()}-db.internal.example.com:5432/app")
    speak(
        draw, app, "ruby",
        f'E, [@iso #1] ERROR -- : PG::CheckViolation: ERROR:  no partition of relation "{table}" found for row\n'
        "DETAIL:  Partition key of the failing row contains (created_at) = (@day+00).\n"
        f'I, [@iso #1]  INFO -- : Completed 500 Internal Server Error in 9ms path="/v1/{table}"',
    )  # fmt: skip
    classes = ("database_degraded", "config_wrong", "dependency_unreachable", "job_failing")
    text = f"{app.name}: nothing new is stored"
    return over(draw, app, "WritesFailing", text, 22, classes, "partition", ends=EITHER)


@situation("reasons")
def route_that_another_namespace_has_already_taken(draw: Draw) -> Told:
    holder = draw.app()
    domain = f"{draw.suffix(5)}.example.org"
    route = objects.ingress(f"{holder.name}-edge", holder.namespace, domain, holder.service["metadata"]["name"])
    place = draw.place()
    draw.namespace(place)
    draw.objects.append(route)
    chart = draw.name()
    _, trigger = run_of(
        draw,
        place,
        f'Release "{chart}" does not exist. Installing it now.',
        'Error: admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: host '
        f'"{domain}" and path "/" is already defined in ingress {holder.namespace}/{route["metadata"]["name"]}',
    )
    classes = ("admission_denied", "job_failing", "ingress_misrouted", "config_wrong")
    says = (f"already defined|{domain}|{route['metadata']['name']}",)
    names = others(draw, place)
    return told(draw, trigger, Expect(("cause", "open"), classes, says=says, may_propose=True, innocent=names))


@situation("reasons")
def policy_of_the_whole_organisation_that_forbids_one_region(draw: Draw) -> Told:
    app, action = draw.app(replicas=2), draw.pick("sqs:SendMessage", "sns:Publish", "kinesis:PutRecord")
    region, service = draw.pick("us-east-1", "ap-south-1"), action.partition(":")[0]
    role = f"arn:aws:sts::123456789012:assumed-role/{app.name}/1773238{draw.number(100, 999)}"
    outages.uses(app, AWS_REGION=region, AWS_ROLE_ARN=f"arn:aws:iam::123456789012:role/{app.name}")
    verb = action.partition(":")[2]
    speak(draw, app, "python", "[@iso] ERROR botocore.exceptions.ClientError: An error occurred (AccessDenied) "
                               "when calling "
          f"the {verb} operation: User: {role} is not authorized to perform: {action} on resource: arn:aws:{service}:"
          f"{region}:123456789012:{draw.name()} with an explicit deny in a service control policy")  # fmt: skip
    text = f"{app.name} sends nothing any more"
    return over(draw, app, "PublishErrors", text, 24, ("cloud_identity_denied",), "deny|denied|not authorized|policy",
                f"{action}|{verb}|service control", ends=("cause",))  # fmt: skip
