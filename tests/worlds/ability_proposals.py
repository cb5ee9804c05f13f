"""The exact change is proposed where its value is evident, and none where it would be a guess."""

from __future__ import annotations

import copy

from tests.worlds import objects, triggers
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.workloads import break_app, labels

NO_GUESS = ("To correct it",)
UNENCRYPTED = {"kind": "StorageClass", "metadata": {"name": "plain"}, "provisioner": "ebs.csi.aws.com"}


def alarm(draw: Draw, app: App) -> Obj:
    text = draw.pick(
        f"{app.name} has been in a non-ready state for 15 minutes",
        f"Deployment {app.name} has not matched the expected number of replicas",
    )
    return triggers.alertmanager("KubeDeploymentReplicasMismatch", labels(draw, app), {"summary": text})


def containers(app: App) -> list[Obj]:
    """The first container of the template, of the ReplicaSet and of every pod; each a copy of its own."""
    for body in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        body["spec"]["containers"] = copy.deepcopy(body["spec"]["containers"])
    bodies = (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods)
    return [body["spec"]["containers"][0] for body in bodies]


def revise(draw: Draw, app: App) -> int:
    """A revision before the present one, which served as the app is now and gave way 20 minutes ago; its number."""
    number = draw.number(2, 30)
    before = copy.deepcopy(app.replica_set)
    before["metadata"]["name"] = f"{app.name}-{draw.suffix(10)}"
    before["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number)
    before["metadata"]["creationTimestamp"] = objects.at(app.age + 5000)
    before["spec"]["replicas"], before["status"] = 0, {"replicas": 0}
    draw.objects.append(before)
    for one in (app.deployment, app.replica_set):
        one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number + 1)
    app.replica_set["metadata"]["creationTimestamp"] = objects.at(20)
    for pod in app.pods:
        pod["metadata"]["creationTimestamp"] = pod["status"]["startTime"] = objects.at(20)
    return int(number)


def waiting(app: App, reason: str, message: str) -> None:
    for pod in app.pods:
        pod["status"]["phase"] = "Pending"
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(12)
        )
        pod["status"]["containerStatuses"][0].update(
            ready=False, started=False, imageID="", state={"waiting": {"reason": reason, "message": message}}
        )
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0, unavailableReplicas=app.replicas)
    app.deployment["status"]["conditions"] = [
        {
            "type": "Available",
            "status": "False",
            "reason": "MinimumReplicasUnavailable",
            "lastTransitionTime": objects.at(12),
        }
    ]
    app.replica_set["status"].update(readyReplicas=0, availableReplicas=0)


def fail_pull(app: App) -> str:
    """Every container gets an image that the registry does not have; that image."""
    image = f"{app.image}-rc"
    for container in containers(app):
        container["image"] = image
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["image"] = image
    text = f'rpc error: code = NotFound desc = failed to pull and unpack image "{image}": {image}: not found'
    waiting(app, "ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {text}')
    return image


@situation("proposals")
def an_image_that_the_revision_before_had(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    before, number = app.image, revise(draw, app)
    fail_pull(app)
    name = app.deployment["spec"]["template"]["spec"]["containers"][0]["name"]
    expect = Expect(
        ("cause",),
        says=(f"image of container {name} to {before}", f"revision {number}"),
        steps=(f"set image deployment/{app.name} {name}={before}",),
        may_propose=True,
    )
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def an_image_that_a_sibling_runs(draw: Draw) -> Told:
    app = draw.app()
    sibling = draw.app(app.namespace)
    sibling.deployment["spec"]["template"]["spec"]["containers"] = copy.deepcopy(
        app.deployment["spec"]["template"]["spec"]["containers"]
    )
    good = app.image
    fail_pull(app)
    return Told(
        draw.world(),
        alarm(draw, app),
        Expect(("cause",), remedy=("kubectl_set_image", {"name": app.name, "image": good})),
    )


@situation("proposals")
def an_image_of_which_nobody_knows_a_tag(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    fail_pull(app)
    return Told(draw.world(), alarm(draw, app), Expect(("cause",), ("image_pull_failed",), never=NO_GUESS))


def configure(draw: Draw, app: App, config_map: str, there: list[str]) -> None:
    for container in containers(app):
        container["envFrom"] = [{"configMapRef": {"name": config_map}}]
    for name in there:
        meta = objects.meta(name, app.namespace, 4000, {})
        draw.objects.append({"kind": "ConfigMap", "metadata": meta, "data": {"level": "info"}})
    waiting(app, "CreateContainerConfigError", f'configmap "{config_map}" not found')


@situation("proposals")
def a_config_map_of_a_near_name(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    good = f"{app.name}-settings"
    configure(draw, app, draw.pick(f"{app.name}-setting", f"{app.name}-settingz"), [good, "zzz"])
    expect = Expect(("cause",), ("config_missing",), says=(good,), remedy=("kubectl_set_reference", {"name": app.name}))
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def two_config_maps_of_near_names(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    configure(draw, app, f"{app.name}-conf", [f"{app.name}-config", f"{app.name}-confs"])
    return Told(draw.world(), alarm(draw, app), Expect(("cause",), ("config_missing",), never=NO_GUESS))


@situation("proposals")
def a_probe_at_a_port_that_is_not_declared(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    wrong = app.port + draw.number(1, 90)
    for container in containers(app):
        container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": wrong}, "periodSeconds": 10}
    for pod in app.pods:
        pod["status"]["conditions"][0].update(
            status="False", reason="ContainersNotReady", lastTransitionTime=objects.at(25)
        )
        pod["status"]["containerStatuses"][0]["ready"] = False
        address = f"10.2.3.4:{wrong}"
        text = f'Readiness probe failed: Get "http://{address}/ready": dial tcp {address}: connect: connection refused'
        draw.objects.append(objects.event(pod, "Unhealthy", text, minutes=0.2, count=150))
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0)
    draw.chatter(app)
    expect = Expect(("cause",), ("readiness_wrong",), remedy=("kubectl_set_probe", {"name": app.name}))
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_label_that_nodes_spell_otherwise(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    good, bad = draw.pick(("production", "prodution"), ("gpu-large", "gpu-larg"), ("workers", "worker-s"))
    for one in draw.objects:
        if one["kind"] == "Node":
            one["metadata"]["labels"]["pool"] = good
    message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    for body in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        body["spec"]["nodeSelector"] = {"pool": bad}
    for pod in app.pods:
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
            "containerStatuses": [{"name": "x", "ready": False, "restartCount": 0, "image": "", "state": {}}],
        }
        draw.objects.append(objects.event(pod, "FailedScheduling", message))
    app.deployment["status"].update(readyReplicas=0, availableReplicas=0)
    remedy = ("kubectl_set_node_selector", {"name": app.name})
    return Told(draw.world(), alarm(draw, app), Expect(("cause",), ("placement_impossible",), remedy=remedy))


@situation("proposals")
def a_variable_that_the_revision_before_had(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    name, value = draw.pick(("LISTEN_MODE", "strict"), ("REGION_NAME", "eu-1"), ("QUEUE_DEPTH", "40"))
    for container in containers(app):
        container["env"] = [{"name": name, "value": value}]
    number = revise(draw, app)
    for container in containers(app):
        container["env"] = []
    break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", f"fatal: environment variable {name} is not set"], pod=pod, every=1)
    expect = Expect(
        ("cause",), says=(name, f"revision {number}"), steps=(f"set env .*{name}={value}",), may_propose=True
    )
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_secret_that_the_revision_before_had(draw: Draw) -> Told:
    """Its name may be told, its value never is."""
    app = draw.app()
    draw.bystanders()
    value = f"pw-{draw.suffix(16)}"
    for container in containers(app):
        container["env"] = [{"name": "DB_PASSWORD", "value": value}]
    revise(draw, app)
    for container in containers(app):
        container["env"] = []
    break_app(app)
    for pod in app.pods:
        draw.log(app, ["starting", "fatal: environment variable DB_PASSWORD is not set"], pod=pod, every=1)
    expect = Expect(("cause",), says=("DB_PASSWORD",), never=(value, *NO_GUESS), may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


@situation("proposals")
def a_memory_limit_that_was_cut(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders()
    revise(draw, app)
    small = draw.pick("32Mi", "48Mi", "20Mi")
    for container in containers(app):
        container["resources"] = {"requests": {"cpu": "50m", "memory": small}, "limits": {"memory": small}}
    break_app(app, exit_code=137)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    expect = Expect(("cause",), says=("256Mi",), steps=("set resources .*memory=256Mi",), may_propose=True)
    return Told(draw.world(), alarm(draw, app), expect)


def starve(app: App, limit: str) -> None:
    for container in containers(app):
        container["resources"] = {"requests": {"cpu": "50m", "memory": limit}, "limits": {"memory": limit}}
    break_app(app, exit_code=137)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"


@situation("proposals")
def a_description_in_place_of_a_name(draw: Draw) -> Told:
    """What nobody is called so describes what runs there: where one thing alone is in trouble, that is meant."""
    app = draw.app(draw.place())
    limit = draw.pick("32Mi", "64Mi", "128Mi")
    starve(app, limit)
    draw.objects.append(UNENCRYPTED)  # unwise, and no trouble
    remedy = ("kubectl_set_resources", {"name": app.name})
    expect = Expect(("cause",), ("oom_killed",), (app.subject,), says=(app.name, limit), remedy=remedy)
    return Told(draw.world(), triggers.question(describe(draw, app)), expect)


@situation("proposals")
def a_description_that_fits_two_things_in_trouble(draw: Draw) -> Told:
    """Which of them is meant, the person has to say: what is wrong is told, and nothing is done."""
    app = draw.app(draw.place())
    other = draw.app(namespace=app.namespace)
    for one in (app, other):
        starve(one, "64Mi")
    return Told(
        draw.world(), triggers.question(describe(draw, app)), Expect(("answered",), says=(app.name, other.name))
    )


def describe(draw: Draw, app: App) -> str:
    what = draw.pick("web application", "checkout application", "shop app")
    text: str = draw.pick(
        f"I have a {what} running in the '{app.namespace}' namespace that keeps crashing. Please fix it.",
        f"Please fix our {what} in the {app.namespace} namespace, it keeps crashing.",
    )
    return text


@situation("proposals")
def a_name_that_nothing_there_has(draw: Draw) -> Told:
    app = draw.app(draw.place())
    starve(app, "64Mi")
    text = f"Please fix {draw.name()}-v{draw.number(2, 9)} in the {app.namespace} namespace, it keeps crashing."
    return Told(draw.world(), triggers.question(text), Expect(("answered", "open"), never=("64Mi",)))
