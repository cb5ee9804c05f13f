"""Questions for one attribute of one object, of many kinds: what it runs as, serves, keeps, allows and declares."""

from __future__ import annotations

from tests.worlds import controllers, objects
from tests.worlds.ability_questions_counting import ZERO, answer, ask
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import claim_volume, job, serving_app


def declare(app: App, **spec: object) -> None:
    """Fields of the pod, in the template and in what was made of it."""
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"].update(spec)


def of_container(app: App, **fields: object) -> None:
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0].update(fields)


def cron(draw: Draw, app: App, **spec: object) -> tuple[str, Obj]:
    name = controllers.run(draw, app.namespace, cron=True).split("/")[2]
    cron_job = next(o for o in draw.objects if o["kind"] == "CronJob" and o["metadata"]["name"] == name)
    cron_job["spec"].update(spec)
    return name, cron_job


def a_node(draw: Draw) -> tuple[str, Obj]:
    node = draw.pick(*(o for o in draw.objects if o["kind"] == "Node"))
    return node["metadata"]["name"], node


@situation("questions")
def account_that_one_runs_as(draw: Draw) -> Told:
    app = serving_app(draw)
    account = f"{draw.name()}-sa"
    declare(app, serviceAccountName=account)
    text = draw.pick(
        f"which service account does {app.name} run as?",
        f"what sa is used by {app.name}",
        f"serviceaccount of deployment {app.name} in {app.namespace}?",
        f"under which service account does pod {app.pod} run",
    )
    return ask(draw, text, answer(account))


@situation("questions")
def time_to_shut_down(draw: Draw) -> Told:
    app = serving_app(draw)
    seconds = draw.pick(45, 75, 120, 300)
    declare(app, terminationGracePeriodSeconds=seconds)
    text = draw.pick(
        f"how long is the termination grace period of {app.name}?",
        f"grace period {app.name}?",
        f"how many seconds does {app.name} get to shut down",
        f"what's the terminationGracePeriodSeconds of {app.name} in {app.namespace}",
    )
    return ask(draw, text, answer(rf"\b{seconds}\b|\b{seconds // 60} ?min"))


@situation("questions")
def type_and_node_port(draw: Draw) -> Told:
    app = serving_app(draw)
    port = draw.number(30000, 32700)
    app.service["spec"]["type"] = "NodePort"
    app.service["spec"]["ports"][0]["nodePort"] = port
    name = app.service["metadata"]["name"]
    text, says = draw.pick(
        (f"what type is service {name}?", "NodePort"),
        (f"which node port does svc {name} have", str(port)),
        (f"nodeport of the service {name} in {app.namespace}?", str(port)),
        (f"is service {name} a ClusterIP or a NodePort?", "NodePort"),
    )
    return ask(draw, text, answer(says))


@situation("questions")
def where_a_service_sends_to(draw: Draw) -> Told:
    app = serving_app(draw)
    name = app.service["metadata"]["name"]
    text = draw.pick(
        f"which target port does service {name} forward to?",
        f"targetPort of service {name}",
        f"to which container port does svc {name} send in {app.namespace}?",
    )
    return ask(draw, text, answer(rf"\b{app.port}\b"))


@situation("questions")
def host_of_an_ingress(draw: Draw) -> Told:
    app = serving_app(draw)
    host = f"{draw.pick('www', 'api', 'my')}.{draw.pick('acme', 'contoso')}.example.com"
    name = f"{app.name}-{draw.pick('web', 'public')}"
    draw.objects.append(objects.ingress(name, app.namespace, host, app.service["metadata"]["name"]))
    text = draw.pick(
        f"which host does ingress {name} serve?",
        f"hostnames of the ingress {name}",
        f"what domain is the ingress {name} in {app.namespace} for?",
        f"hosts of ing {name}?",
    )
    return ask(draw, text, answer(host.replace(".", r"\.")))


@situation("questions")
def what_becomes_of_a_volume(draw: Draw) -> Told:
    app = serving_app(draw)
    claim_volume(draw, app)
    volume = next(o for o in draw.objects if o["kind"] == "PersistentVolume")
    policy = volume["spec"]["persistentVolumeReclaimPolicy"] = draw.pick("Retain", "Delete")
    name = volume["metadata"]["name"]
    text = draw.pick(
        f"reclaim policy of pv {name}?",
        f"which reclaim policy does the volume {name} have",
        f"what is the persistentVolumeReclaimPolicy of {name}?",
    )
    return ask(draw, text, answer(policy))


@situation("questions")
def access_mode_of_a_claim(draw: Draw) -> Told:
    app = serving_app(draw)
    name = claim_volume(draw, app)
    mode = draw.pick("ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany")
    for one in draw.objects:
        if one["kind"] in ("PersistentVolumeClaim", "PersistentVolume"):
            one["spec"]["accessModes"] = [mode]
    text = draw.pick(
        f"access mode of pvc {name}?",
        f"which access modes does the claim {name} have",
        f"with what access mode was {name} in {app.namespace} created?",
    )
    return ask(draw, text, answer(mode))


@situation("questions")
def version_of_a_nodes_kubelet(draw: Draw) -> Told:
    serving_app(draw)
    name, node = a_node(draw)
    version = f"v1.{draw.number(27, 33)}.{draw.number(0, 9)}"
    node["status"]["nodeInfo"] = {"kubeletVersion": version, "osImage": "Bottlerocket OS 1.19", "architecture": "arm64"}
    text = draw.pick(
        f"which kubelet version runs on node {name}?",
        f"kubelet version of {name}",
        f"what kubernetes version does node {name} have?",
    )
    return ask(draw, text, answer(version.replace(".", r"\.")))


@situation("questions")
def taints_of_a_node(draw: Draw) -> Told:
    serving_app(draw)
    name, node = a_node(draw)
    key = draw.pick("dedicated", "gpu", "spot-instance")
    node["spec"]["taints"] = [{"key": key, "value": "yes", "effect": "NoSchedule"}]
    text = draw.pick(f"which taints does node {name} have?", f"taints on {name}?", f"what taint is set on node {name}")
    return ask(draw, text, answer(key))


@situation("questions")
def capacity_of_a_node(draw: Draw) -> Told:
    serving_app(draw)
    name, node = a_node(draw)
    pods = draw.pick("29", "58", "110")
    node["status"]["capacity"] = node["status"]["allocatable"] = {"cpu": "8", "memory": "31Gi", "pods": pods}
    text, says = draw.pick(
        (f"how many pods can node {name} hold at most?", pods),
        (f"max pods of node {name}?", pods),
        (f"how much memory does node {name} have?", "31 ?Gi"),
        (f"cpu capacity of {name}", r"\b8\b"),
    )
    return ask(draw, text, answer(says))


@situation("questions")
def how_runs_of_a_cronjob_overlap(draw: Draw) -> Told:
    policy = draw.pick("Forbid", "Replace", "Allow")
    name, _ = cron(draw, serving_app(draw), concurrencyPolicy=policy)
    text = draw.pick(
        f"concurrency policy of cronjob {name}?",
        f"which concurrencyPolicy does {name} have",
        f"what is cj {name}'s concurrency policy",
    )
    return ask(draw, text, answer(policy))


@situation("questions")
def cronjob_that_is_suspended(draw: Draw) -> Told:
    is_suspended = draw.pick(True, False)
    name, _ = cron(draw, serving_app(draw), suspend=is_suspended)
    text = draw.pick(f"is cronjob {name} suspended?", f"is the cronjob {name} paused", f"is {name} suspended?")
    return ask(draw, text, answer(r"\byes\b|is suspended" if is_suspended else r"\bno\b|\bnot\b|false"))


@situation("questions")
def next_start_of_a_cronjob(draw: Draw) -> Told:
    app = serving_app(draw)
    minute, hour = draw.number(5, 55), draw.number(16, 22)
    name, _ = cron(draw, app, schedule=f"{minute} {hour} * * *")
    text = draw.pick(
        f"when will cronjob {name} run next?",
        f"next run of {name}?",
        f"when is the next run of cronjob {name} due",
        f"when does {name} start the next time?",
    )
    return ask(draw, text, answer(rf"{hour}:{minute:02}"))


@situation("questions")
def retries_of_a_job(draw: Draw) -> Told:
    app = serving_app(draw)
    name, limit = f"{draw.name()}-move", draw.number(4, 9)
    objs = job(draw, name, app.namespace, failed=False)
    objs[0]["spec"]["backoffLimit"] = limit
    draw.objects += objs
    text = draw.pick(
        f"how many retries does job {name} have?",
        f"backoff limit of job {name}",
        f"what's the backoffLimit of {name} in {app.namespace}?",
    )
    return ask(draw, text, answer(rf"\b{limit}\b"))


@situation("questions")
def command_of_one(draw: Draw) -> Told:
    app = serving_app(draw)
    flag = f"--{draw.pick('batch-size', 'workers', 'shards')}={draw.number(3, 64)}"
    of_container(app, command=["/bin/serve"], args=["--quiet", flag])
    text = draw.pick(
        f"what command does {app.name} run?",
        f"with which args does {app.name} start",
        f"which arguments are passed to {app.name} in {app.namespace}?",
        f"command and args of deployment {app.name}",
    )
    says = "/bin/serve" if "command" in text else flag
    return ask(draw, text, answer(says))


@situation("questions")
def where_one_may_be_scheduled(draw: Draw) -> Told:
    app = serving_app(draw)
    pool = draw.pick("memory-optimised", "burst", "arm")
    declare(app, nodeSelector={"pool": pool}, priorityClassName=f"{pool}-first")
    text, says = draw.pick(
        (f"which node selector does {app.name} have?", rf"pool.{{0,4}}{pool}"),
        (f"nodeSelector of deployment {app.name}", rf"pool.{{0,4}}{pool}"),
        (f"what priority class does {app.name} use?", f"{pool}-first"),
        (f"priorityclass of {app.pod}?", f"{pool}-first"),
    )
    return ask(draw, text, answer(says))


@situation("questions")
def keys_of_a_configuration(draw: Draw) -> Told:
    app = serving_app(draw)
    name, key = f"{app.name}-settings", draw.pick("routing.yaml", "FEATURE_X", "nginx.conf")
    data = {key: "a: 1", "LOG_LEVEL": "info"}
    draw.objects.append({"kind": "ConfigMap", "metadata": objects.meta(name, app.namespace, 900, {}), "data": data})
    text = draw.pick(
        f"which keys are in configmap {name}?",
        f"what keys does the config map {name} have in {app.namespace}",
        f"keys of cm {name}",
    )
    return ask(draw, text, answer(key.replace(".", r"\."), "LOG_LEVEL"))


@situation("questions")
def team_behind_one(draw: Draw) -> Told:
    app = serving_app(draw)
    team = f"{draw.pick('blue', 'ledger', 'atlas')}-crew"
    app.deployment["metadata"]["labels"]["team"] = team
    text = draw.pick(
        f"which team owns {app.name}?",
        f"who is responsible for {app.name}",
        f"whose service is {app.name}? which team do i call",
        f"what team does deployment {app.name} belong to?",
    )
    return ask(draw, text, answer(team))


@situation("questions")
def attribute_that_is_not_set(draw: Draw) -> Told:
    app = serving_app(draw)
    text = draw.pick(
        f"which node selector does {app.name} have?",
        f"what priority class does {app.name} use",
        f"which tolerations does {app.name} have?",
        f"liveness probe of {app.name}?",
        f"what is the cpu limit of {app.name}",
    )
    return ask(draw, text, answer(rf"{ZERO}|\bnot\b", never=("256Mi$",)))


@situation("questions")
def attribute_of_another_kind(draw: Draw) -> Told:
    """What its kind does not have is said, and nothing is made up."""
    app = serving_app(draw)
    name = app.service["metadata"]["name"]
    text = draw.pick(
        f"what is the reclaim policy of service {name}?",
        f"which concurrency policy does deployment {app.name} have",
        f"kubelet version of svc {name}?",
    )
    return ask(draw, text, Expect(("answered", "open"), says=(r"\bno\b|\bnot\b|cannot",)))
