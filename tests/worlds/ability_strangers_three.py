"""Everyday incidents by people who do not know the responder: evident remedies, what is over, and two faults at "
"once."""

from __future__ import annotations

from tests.worlds import new_scenes, objects, outages, workloads
from tests.worlds.ability_strangers_one import creating, imaged, opened, reborn, speak
from tests.worlds.ability_unseen_one import over
from tests.worlds.new_scenes import (
    alarm,
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
    work,
)
from tests.worlds.new_tidying import told
from tests.worlds.objects import at
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation

BACK = r"roll(?:ed|ing|s)?[ -]?(?:it )?back|undo|previous revision"


@situation("proposals")
def memory_limit_in_thousandths_of_a_byte(draw: Draw) -> Told:
    """The release wrote a small m for the unit."""
    app, since, size = draw.app(replicas=2), draw.number(16, 40), draw.pick(256, 384, 512)
    good = {"requests": {"cpu": "100m", "memory": f"{size}Mi"}, "limits": {"memory": f"{size}Mi"}}
    bad = {"requests": {"cpu": "100m", "memory": f"{size}m"}, "limits": {"memory": f"{size}m"}}
    edit(app, resources=good)
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    renew(draw, app, since)
    edit(app, resources=bad)
    why = ("Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to "
           "create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
           "container init was OOM-killed (memory limit too low?): unknown")  # fmt: skip
    for pod in app.pods:
        creating(draw, pod, since, why, "FailedCreatePodSandBox")
    settle(app, since=since)
    text = draw.pick(f"{app.name} has had no ready pod since its release", f"No pod of {app.name} becomes ready")
    classes = ("bad_rollout", "config_wrong", "oom_killed", "sandbox_failed", "limits_shrunk", "capacity_insufficient")
    return over(draw, app, "KubePodNotReady", text, since - 8, classes, "memory|limit", rf"{size}Mi|{BACK}")


@situation("proposals")
def account_of_the_pods_with_one_letter_too_few(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(15, 45)
    good = f"{app.name}-{draw.pick('runner', 'reader', 'deployer')}"
    bad = good[:-1]
    draw.objects.append({"kind": "ServiceAccount", "metadata": objects.meta(good, app.namespace, app.age, {})})
    in_specs(app, serviceAccountName=good)
    new = new_scenes.surge(draw, app, since)
    for body in (new.replica_set["spec"]["template"], app.deployment["spec"]["template"]):
        body["spec"]["serviceAccountName"] = bad
    draw.objects[:] = [one for one in draw.objects if one is not new.pods[0]]
    new.pods.clear()
    settle(app, new, since=since, is_stuck=True)
    new.replica_set["spec"]["replicas"] = 1
    set_name = new.replica_set["metadata"]["name"]
    refusal = (f'pods "{set_name}-" is forbidden: error looking up service account {app.namespace}/{bad}: '
               f'serviceaccount "{bad}" not found')  # fmt: skip
    problem = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": refusal,
               "lastTransitionTime": at(since)}  # fmt: skip
    new.replica_set["status"]["conditions"] = [problem]
    app.deployment["status"]["conditions"].append(dict(problem))
    note(draw, new.replica_set, "FailedCreate", f"Error creating: {refusal}", minutes=1, first=since, count=17,
         by="replicaset-controller")  # fmt: skip
    speak(draw, app, "go")
    classes = ("config_missing", "bad_rollout", "rollout_stuck", "config_wrong", "admission_denied", "pod_rejected")
    text = f"The rollout of {app.name} does not get on"
    return over(draw, app, "KubeDeploymentRolloutStuck", text, since - 11, classes, bad, rf"{good}|{BACK}")


@situation("proposals")
def pull_secret_that_the_namespace_has_under_a_near_name(draw: Draw) -> Told:
    app, since = draw.app(replicas=1), draw.number(15, 45)
    good, bad = draw.pick(("regcred", "reg-cred"), ("registry-pull", "registry-pul"), ("acme-registry", "acme-registr"))
    draw.objects.append({"kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
                         "data": {".dockerconfigjson": "e30="},
                         "metadata": objects.meta(good, app.namespace, 90000, {})})  # fmt: skip
    in_specs(app, imagePullSecrets=[{"name": good}])
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    renew(draw, app, since)
    in_specs(app, imagePullSecrets=[{"name": bad}])
    path, _, tag = app.image.removeprefix("registry.example.com/").rpartition(":")
    why = (
        f'failed to pull and unpack image "{app.image}": failed to resolve reference "{app.image}": failed to '
        f"authorize:"
        f" failed to fetch anonymous token: unexpected status from GET request to "
        f"https://registry.example.com/token?"
        f"scope=repository%3A{path.replace('/', '%2F')}%3Apull&service=registry.example.com: 401 Unauthorized"
    )
    back = f'Back-off pulling image "{app.image}"'
    retrieve = f"Unable to retrieve some image pull secrets ({bad}); attempting to pull the image may not succeed."
    kept_waiting(draw, app.pods[0], since, "ImagePullBackOff", f"{back}: ErrImagePull: {why}",
                 ("FailedToRetrieveImagePullSecret", retrieve), ("Failed", f'Failed to pull image "{app.image}": '
                                                                           f'{why}'),
                 ("Failed", "Error: ErrImagePull"), ("BackOff", back))  # fmt: skip
    settle(app, since=since)
    classes = ("registry_auth_failed", "image_pull_failed", "config_missing", "bad_rollout")
    text = f"{app.pod} has not been ready since the release {tag}"
    return over(draw, app, "KubePodNotReady", text, since - 8, classes, bad, rf"\b{good}\b|{BACK}")


@situation("proposals")
def port_of_the_database_with_two_digits_exchanged(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(20, 45)
    good, bad = draw.pick(("5432", "5423"), ("3306", "3360"), ("27017", "27071"))
    host = f"{draw.name()}-db.internal.example.com"
    edit(app, env=[{"name": "DB_HOST", "value": host}, {"name": "DB_PORT", "value": good}])
    renew(draw, app, since)
    edit(app, env=[{"name": "DB_HOST", "value": host}, {"name": "DB_PORT", "value": bad}])
    number = app.replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
    for pod in app.pods:
        end_state = crash(draw, pod, since - 0.5, ran=0.4)
        last_words(draw, pod, [
            "time=@isoZ level=INFO msg=starting",
            f'time=@isoZ level=ERROR msg="database not reachable" err="dial tcp 10.0.21.14:{bad}: connect: connection '
            'refused" attempt=5',
            'time=@isoZ level=ERROR msg="giving up"',
        ], end_state, every=4)  # fmt: skip
    settle(app, since=since)
    classes = ("env_wrong", "config_wrong", "bad_rollout", "dependency_unreachable", "crash_loop")
    text = f"Pods of {app.name} restart, nothing is served"
    return over(draw, app, "KubePodCrashLooping", text, since - 8, classes, bad,
                rf"\b{good}\b|{BACK}|revision {int(number) - 1}\b")  # fmt: skip


@situation("proposals")
def topic_that_the_producer_beside_it_spells_otherwise(draw: Draw) -> Told:
    producer = draw.app(replicas=2)
    app, since = draw.app(producer.namespace, replicas=2), draw.number(20, 60)
    good, bad = draw.pick(("orders-created", "order-created"), ("user-signups", "user-signup"),
                          ("price.updates", "price-updates"))  # fmt: skip
    brokers = "b-1.events.internal.example.com:9092"
    edit(producer, env=[{"name": "KAFKA_BROKERS", "value": brokers}, {"name": "OUTPUT_TOPIC", "value": good}])
    edit(app, env=[{"name": "KAFKA_BROKERS", "value": brokers}, {"name": "INPUT_TOPIC", "value": good}])
    renew(draw, app, since)
    edit(app, env=[{"name": "KAFKA_BROKERS", "value": brokers}, {"name": "INPUT_TOPIC", "value": bad}])
    settle(app, since=since)
    speak(draw, producer, "go", f"time=@isoZ level=INFO msg=published topic={good} partition=2")
    for pod in app.pods:
        say(draw, pod, ["@sql  WARN 1 --- [ntainer#0-0-C-1] org.apache.kafka.clients.NetworkClient : [Consumer "
                        "clientId="
                        f"{app.name}-1, groupId={app.name}] Error while fetching metadata with correlation id {n}: "
                        f"{{{bad}=UNKNOWN_TOPIC_OR_PARTITION}}" for n in range(40, 100)], every=10)  # fmt: skip
    text = f"{app.name} has taken no message for {since - 10} minutes"
    classes = ("config_wrong", "env_wrong", "bad_rollout", "queue_backlog", "dependency_unreachable")
    return over(draw, app, "ConsumerIdle", text, since - 10, classes, bad, rf"{good}|{BACK}", names=(producer.name,))


@situation("proposals")
def group_of_a_volume_that_the_release_left_out(draw: Draw) -> Told:
    app, since, group = draw.app(replicas=1), draw.number(18, 50), draw.pick(1000, 2000, 10001)
    workloads.claim_volume(draw, app)
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    edit(app, volumeMounts=[{"name": "data", "mountPath": "/var/lib/app"}])
    in_specs(app, securityContext={"runAsUser": group, "runAsNonRoot": True, "fsGroup": group})
    renew(draw, app, since)
    in_specs(app, securityContext={"runAsUser": group, "runAsNonRoot": True})
    end_state = crash(draw, app.pods[0], since - 0.6)
    last_words(draw, app.pods[0], [
        "@isoZ  INFO store: opening /var/lib/app/index",
        "@isoZ ERROR store: cannot open the index: Os { code: 13, kind: PermissionDenied, "
        'message: "Permission denied" }',
    ], end_state)  # fmt: skip
    settle(app, since=since)
    classes = ("volume_not_writable", "bad_rollout", "config_wrong", "crash_loop")
    text = f"{app.name} restarts again and again"
    return over(draw, app, "KubePodCrashLooping", text, since - 9, classes, "permission", rf"fsGroup|{BACK}")


@situation("proposals")
def repository_that_its_publisher_moved_elsewhere(draw: Draw) -> Told:
    """A neighbour has the same version from the place that it was moved to."""
    name, tag = draw.pick(("redis", "7.2.4-debian-12-r16"), ("rabbitmq", "3.13.7-debian-12-r5"),
                          ("memcached", "1.6.31-debian-12-r2"))  # fmt: skip
    app, since = draw.app(replicas=1), draw.number(16, 45)
    sibling = draw.app(app.namespace, replicas=1)
    wrong, good = f"docker.io/bitnami/{name}:{tag}", f"docker.io/bitnamilegacy/{name}:{tag}"
    imaged(app, wrong)
    imaged(sibling, good)
    reborn(app.pods[0], since)
    why = (f'rpc error: code = NotFound desc = failed to pull and unpack image "{wrong}": failed to resolve reference '
           f'"{wrong}": {wrong}: not found')  # fmt: skip
    back = f'Back-off pulling image "{wrong}"'
    kept_waiting(draw, app.pods[0], since, "ImagePullBackOff", f"{back}: ErrImagePull: {why}",
                 ("Failed", f'Failed to pull image "{wrong}": {why}'), ("Failed", "Error: ErrImagePull"),
                 ("BackOff", back))  # fmt: skip
    settle(app, since=since)
    names = (sibling.name, *others(draw, app.namespace, 1))
    trigger = alarm(draw, app, "KubePodNotReady", f"{app.pod} has not been ready for 10 minutes", since - 10)
    expect = Expect(
        ("cause",),
        ("image_pull_failed",),
        says=("bitnami", "not found|not there|missing|no such|pull"),
        may_propose=True,
        innocent=names,
        remedy=("kubectl_set_image", {"name": app.name, "image": good}),
    )
    return told(draw, trigger, expect)


@situation("proposals")
def mounted_settings_whose_name_lost_its_end(draw: Draw) -> Told:
    app, since = draw.app(replicas=2), draw.number(15, 40)
    good = f"{app.name}-{draw.pick('settings', 'templates', 'rules')}"
    bad = good[:-1]
    draw.objects.append({"kind": "ConfigMap", "metadata": objects.meta(good, app.namespace, app.age, {}),
                         "data": {"main.yaml": "level: info\n"}})  # fmt: skip
    app.deployment["spec"]["strategy"] = {"type": "Recreate"}
    edit(app, volumeMounts=[{"name": "conf", "mountPath": "/etc/app"}])
    in_specs(app, volumes=[{"name": "conf", "configMap": {"name": good}}])
    renew(draw, app, since)
    in_specs(app, volumes=[{"name": "conf", "configMap": {"name": bad}}])
    for pod in app.pods:
        creating(draw, pod, since, f'MountVolume.SetUp failed for volume "conf" : configmap "{bad}" not found')
    settle(app, since=since)
    text, classes = f"{app.name} has no ready pods", ("config_missing", "bad_rollout", "config_wrong")
    return over(draw, app, "KubeDeploymentReplicasMismatch", text, since - 9, classes, rf"{bad}\b",
                rf"{good}|{BACK}")  # fmt: skip


@situation("time")
def store_that_changed_its_leader_and_takes_writes_again(draw: Draw) -> Told:
    """Two minutes of refused writes, and nothing but work since."""
    app, ago = draw.app(replicas=2), draw.number(24, 40)
    outages.uses(app, REDIS_URL=f"rediss://{draw.name()}.abc123.euc1.cache.amazonaws.com:6379")
    refusal = "[@iso] ERROR redis.exceptions.ReadOnlyError: You can't write against a read only replica."
    for pod in app.pods:
        said_before = [*work(draw, "python", 20), *[refusal] * 12]
        say(draw, pod, said_before, until=ago - 2, every=10)
        before = draw.logs.pop()["text"]
        say(draw, pod, work(draw, "python", 80), every=(ago - 3) * 60 / 80)
        draw.logs[-1]["text"] = f"{before}\n{draw.logs[-1]['text']}"
    names = others(draw, app.namespace)
    trigger = alarm(draw, app, "HighErrorRate", f"{draw.number(20, 50)}% of the writes of {app.name} fail", ago - 1)
    return told(draw, trigger, Expect(("well", "open"), innocent=names))


@situation("time")
def memory_that_runs_out_every_few_hours_since_a_release_days_ago(draw: Draw) -> Told:
    """A neighbour was changed minutes before; it has no part in it."""
    app, days = draw.app(replicas=2), draw.pick(2, 3)
    for one in (app.deployment, app.replica_set, app.service):
        one["metadata"]["creationTimestamp"] = at(60 * 24 * 20)
    app.age = 60 * 24 * 20
    renew(draw, app, 60 * 24 * days)
    draw.objects.pop()  # the event of it, which the API server has not kept so long
    for place, pod in enumerate(app.pods):
        end = 17 + 65.0 * place
        pod["status"]["containerStatuses"][0].update(
            restartCount=days * 4 - place, state={"running": {"startedAt": at(end - 0.1)}},
            lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": at(end + 352),
                                      "finishedAt": at(end)}},
        )  # fmt: skip
        pod["status"]["conditions"][0]["lastTransitionTime"] = at(end - 0.6)
        say(draw, pod, work(draw, "java", 60), every=15)
        say(draw, pod, work(draw, "java", 60), every=15, until=end + 0.1, previous=True)
    settle(app, since=60 * 24 * days - 40)
    neighbour = draw.app(app.namespace, replicas=1)
    renew(draw, neighbour, 25)
    settle(neighbour, since=60)
    neighbour.deployment["status"]["conditions"][1]["lastTransitionTime"] = at(24)
    say(draw, neighbour.pods[0], work(draw, "go", 60), every=15)
    text = f"A pod of {app.name} was killed and started again"
    classes = ("oom_killed", "bad_rollout", "memory_pressure")
    return over(draw, app, "ContainerRestarted", text, 15, classes, "memory|OOM", names=(neighbour.name,))


@situation("time")
def trial_pod_that_has_failed_for_days_beside_a_name_that_is_gone_today(draw: Draw) -> Told:
    app, trial = draw.app(replicas=2), draw.app(replicas=1)
    age = 60 * 24 * draw.pick(5, 6)
    for one in (trial.deployment, trial.replica_set, trial.service):
        one["metadata"]["creationTimestamp"] = at(age)
    trial.age = age
    reborn(trial.pods[0], age - 1)
    end_state = crash(draw, trial.pods[0], age - 3, restarts=draw.number(1300, 1400))
    last_words(draw, trial.pods[0], ["INFO begins", "FATAL licence file /etc/licence not readable"], end_state)
    settle(trial, since=age - 3)
    host = f"{draw.name()}.partner.example"
    outages.uses(app, PARTNER_URL=f"https://{host}")
    for pod in app.pods:
        said_before = work(draw, "node", 60)
        line = (f'{{"level":50,"time":"@isoZ","pid":1,"msg":"getaddrinfo ENOTFOUND {host}","code":"ENOTFOUND",'
                '"syscall":"getaddrinfo"}')  # fmt: skip
        say(draw, pod, [*said_before, *[line, *work(draw, "node", 1)] * 40], every=15)
    text = f"{draw.number(40, 60)}% of the requests of {app.name} fail"
    classes = ("dependency_unreachable", "cluster_dns_broken", "config_wrong", "env_wrong")
    return over(draw, app, "HighErrorRate", text, 17, classes, host, ends=("cause", "open"), names=(trial.name,),
                may_propose=False)  # fmt: skip


@situation("several")
def alarm_on_a_count_that_the_autoscaler_lowered(draw: Draw) -> Told:
    """It went from five to two as the load fell; a neighbour of another namespace is sick, and nobody asked."""
    app, ago = draw.app(replicas=2), draw.number(12, 25)
    scaler = workloads.autoscaler(draw, app, most=8, desired=2)
    scaler["spec"]["minReplicas"] = 2
    scaler["status"]["lastScaleTime"] = at(ago)
    scaler["status"]["conditions"][-1].update(reason="TooFewReplicas", status="True", lastTransitionTime=at(ago),
        message="the desired replica count is less than the minimum replica count")  # fmt: skip
    draw.objects.append(scaler)
    note(draw, scaler, "SuccessfulRescale", "New size: 2; reason: All metrics below target", minutes=ago, count=1,
         kind="Normal", by="horizontal-pod-autoscaler")  # fmt: skip
    note(draw, app.deployment, "ScalingReplicaSet", f"Scaled down replica set "
                                                    f"{app.replica_set['metadata']['name']} from 5 "
         "to 2", minutes=ago, count=1, kind="Normal", by="deployment-controller")  # fmt: skip
    settle(app, since=300)
    speak(draw, app, "java")
    sick = draw.app(draw.place(), replicas=1)
    end_state = crash(draw, sick.pods[0], 200)
    last_words(draw, sick.pods[0], ["INFO begins", "KeyError: 'REGION'"], end_state)
    settle(sick, since=200)
    names = (sick.name, *others(draw, app.namespace, 1))
    trigger = alarm(draw, app, "ReplicasDropped", f"{app.name} has lost 3 of its 5 pods", ago - 1)
    while "pod" in trigger["payload"]["alerts"][0]["labels"]:
        trigger = alarm(draw, app, "ReplicasDropped", f"{app.name} has lost 3 of its 5 pods", ago - 1)
    return told(draw, trigger, Expect(("well", "open"), innocent=names))


@situation("several")
def import_that_fails_beside_a_node_that_ran_out_of_disk(draw: Draw) -> Told:
    """The alarm is about the crash; the evictions on the node concern somebody else."""
    app, since = draw.app(replicas=1), draw.number(20, 45)
    victim = draw.app(app.namespace, replicas=1)
    renew(draw, app, since)
    module, attribute = draw.pick(("pydantic", "BaseSettings"), ("numpy", "float"), ("collections", "Mapping"))
    end_state = crash(draw, app.pods[0], since - 0.4)
    last_words(draw, app.pods[0], [
        'Traceback (most recent call last):\n  File "/app/main.py", line 7, in <module>\n    from app.core import '
        'load\n'
        f'  File "/app/core.py", line 3, in <module>\n    from {module} import {attribute}\n'
        f"ImportError: cannot import name '{attribute}' from '{module}' "
        f"(/usr/local/lib/python3.12/site-packages/{module}"
        "/__init__.py)",
    ], end_state)  # fmt: skip
    settle(app, since=since)
    lost_pod, ago = victim.pods[0], draw.number(60, 90)
    nodes = [one for one in draw.objects if one["kind"] == "Node"]
    full = next(one for one in nodes if one["metadata"]["name"] != app.pods[0]["spec"]["nodeName"])
    absent = {
        "kind": "Pod",
        "metadata": {**lost_pod["metadata"], "name": f"{victim.name}-{victim.hash}-{draw.suffix()}"},
        "spec": {**lost_pod["spec"], "nodeName": full["metadata"]["name"]},
        "status": {
            "phase": "Failed",
            "reason": "Evicted",
            "startTime": at(victim.age - 1),
            "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 2146223340, available: "
            f"{draw.number(900, 2000)}100Ki. ",
            "conditions": [
                {"type": "Ready", "status": "False", "lastTransitionTime": at(ago)},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(victim.age - 1)},
            ],
        },
    }
    draw.objects.append(absent)
    reborn(lost_pod, ago)
    lost_pod["spec"]["nodeName"] = app.pods[0]["spec"]["nodeName"]
    for condition in full["status"]["conditions"]:
        if condition["type"] == "DiskPressure":
            condition.update(status="False", lastTransitionTime=at(ago - 8))
    speak(draw, victim, "go")
    settle(victim, since=ago)
    text, classes = f"A pod of {app.name} restarts again and again", ("bad_rollout", "crash_loop")
    return over(draw, app, "KubePodCrashLooping", text, since - 9, classes, f"{attribute}|import",
                names=(victim.name,))  # fmt: skip


@situation("several")
def cache_without_room_and_a_caller_with_a_token_of_its_own_that_ran_out(draw: Draw) -> Told:
    """Two programs of one namespace, each with its own trouble; the alarm is about the one with the token."""
    app = draw.app(replicas=2)
    cache = draw.app(app.namespace, replicas=1, port=11211)
    imaged(cache, "docker.io/library/memcached:1.6.32")
    opened(cache, "memcached", 11211)
    other: App = draw.app(app.namespace, replicas=1)
    outages.uses(other, CACHE=f"{cache.service['metadata']['name']}:11211")
    speak(
        draw,
        other,
        "rust",
        "@isoZ  WARN cache: set refused: SERVER_ERROR out of memory storing object, going on without",
    )
    host = draw.pick("git.example.net", "issues.example.net", "crm.example.net")
    draw.objects.append({"kind": "Secret", "type": "Opaque", "data": {"token": "eA=="},
                         "metadata": objects.meta(f"{app.name}-token", app.namespace, 200000, {})})  # fmt: skip
    edit(
        app,
        env=[
            {"name": "API_URL", "value": f"https://{host}/api/v4"},
            {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": f"{app.name}-token", "key": "token"}}},
        ],
    )
    speak(draw, app, "go", f'time=@isoZ level=ERROR msg="sync failed" err="GET https://{host}/api/v4/projects: 401 '
          '{error: invalid_token}, {error_description: Token is expired. You can either do re-authorization or token '
          'refresh.}"')  # fmt: skip
    text = f"{container_of(app)} of {app.name} syncs nothing any more"
    classes = ("login_refused", "secret_stale", "dependency_unreachable")
    return over(draw, app, "SyncFailing", text, 19, classes, "401|token|expired", ends=("cause", "open"),
                names=(cache.name, other.name))  # fmt: skip
