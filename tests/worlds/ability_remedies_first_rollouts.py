"""What never ran is changed only where nothing else asks for what it lacks; a person is asked about it."""

from __future__ import annotations

from typing import Any

from tests.worlds import objects, unstarted, waiting
from tests.worlds.ability_remedies import NOTHING, does
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation

MINUTES = 25


def first(app: App, minutes: float = MINUTES) -> None:
    """The Deployment was created just now, so that it was never available."""
    for one in (app.deployment, app.replica_set):
        one["metadata"]["creationTimestamp"] = objects.at(minutes)


def without_place(draw: Draw, selector: dict[str, str], **fields: Any) -> App:
    app = draw.app()
    draw.bystanders(2)
    waiting.in_templates(app, nodeSelector=selector, **fields)
    count = sum(one["kind"] == "Node" for one in draw.objects)
    text = f"0/{count} nodes are available: {count} node(s) didn't match Pod's node affinity/selector."
    waiting.leave_without_node(draw, app, text)
    return app


def story_of(draw: Draw, app: App, expect: Expect) -> Told:
    return Told(draw.world(), waiting.complaint(draw, app), expect)


def private_label(draw: Draw) -> tuple[str, str]:
    pair: tuple[str, str] = draw.pick(("tier", "frontend-large"), ("team", "checkout"), ("env", "stage-2"))
    return pair


@situation("remedies")
def label_that_no_node_ever_had(draw: Draw) -> Told:
    key, value = private_label(draw)
    app = without_place(draw, {key: value})
    first(app)
    return story_of(draw, app, does("kubectl_set_node_selector", name=app.name, label=key, remove=True))


@situation("remedies")
def label_that_no_node_has_beside_one_that_all_have(draw: Draw) -> Told:
    key, value = private_label(draw)
    app = without_place(draw, {key: value, "kubernetes.io/os": "linux"})
    for one in draw.objects:
        if one["kind"] == "Node":
            one["metadata"].setdefault("labels", {})["kubernetes.io/os"] = "linux"
    first(app)
    return story_of(draw, app, does("kubectl_set_node_selector", name=app.name, label=key, remove=True))


@situation("remedies")
def label_that_nodes_lost_under_a_program_that_ran(draw: Draw) -> Told:
    key, value = private_label(draw)
    return story_of(draw, without_place(draw, {key: value}), NOTHING)


@situation("remedies")
def label_of_a_node_with_a_device(draw: Draw) -> Told:
    key, value = private_label(draw)
    app = without_place(draw, {key: value})
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"][0]["resources"] = {
            "limits": {draw.pick("nvidia.com/gpu", "aws.amazon.com/neuron"): "1"}
        }
    first(app)
    return story_of(draw, app, NOTHING)


@situation("remedies")
def label_that_the_provider_sets(draw: Draw) -> Told:
    key = draw.pick("karpenter.sh/capacity-type", "node.example.com/zone", "nvidia.com/gpu.present")
    app = without_place(draw, {key: "on-demand"})
    first(app)
    return story_of(draw, app, NOTHING)


@situation("remedies")
def label_with_a_taint_that_goes_with_it(draw: Draw) -> Told:
    key, value = private_label(draw)
    app = without_place(draw, {key: value}, tolerations=[{"key": key, "operator": "Equal", "value": value}])
    first(app)
    return story_of(draw, app, NOTHING)


@situation("remedies")
def label_for_which_an_autoscaler_may_make_a_node(draw: Draw) -> Told:
    key, value = private_label(draw)
    app = without_place(draw, {key: value})
    event = objects.event(app.pods[0], "TriggeredScaleUp", f"pod triggered scale-up: [{{{value} 0->1 (max: 4)}}]")
    draw.objects.append(event)
    first(app)
    return story_of(draw, app, NOTHING)


def in_containers(app: App, **fields: Any) -> None:
    """The same fields in the first container of the template, the ReplicaSet and the pods."""
    for one in (app.deployment["spec"]["template"], app.replica_set["spec"]["template"], *app.pods):
        one["spec"]["containers"] = [{**one["spec"]["containers"][0], **fields}]


def without_program(draw: Draw, *, seconds: float = 0, name: str = "") -> App:
    """Its command names a program that the image does not have, in a container of this name, else that of the image; it
    ends so many seconds after it began."""
    app = draw.app()
    draw.bystanders(2)
    name, program = name or app.name, draw.pick("gunicorn", "bundle", "dotnet")
    in_containers(app, name=name, command=["/bin/sh", "-c", f"{program} run"])
    if draw.pick(True, False):
        in_containers(app, command=["/bin/sh", "-c"], args=[f"{program} run --listen :{app.port}"])
    unstarted.waiting(draw, app, "CrashLoopBackOff", "back-off 2m40s restarting failed container", minutes=MINUTES)
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    for pod in app.pods:
        start, over = objects.at(2 + seconds / 60), objects.at(2)
        last_run = {"reason": "Error", "exitCode": 127, "startedAt": start, "finishedAt": over}
        pod["status"]["phase"] = "Running"
        pod["status"]["containerStatuses"][0].update(name=name, restartCount=7, lastState={"terminated": last_run})
        text = f"/bin/sh: 1: {program}: not found\n"
        where = {"namespace": app.namespace, "pod": pod["metadata"]["name"], "container": name}
        draw.logs.append({**where, "previous": True, "text": text})
    return app


@situation("remedies")
def executable_that_is_not_in_the_image(draw: Draw) -> Told:
    app = draw.app()
    draw.bystanders(2)
    in_containers(app, name=app.name, command=[draw.pick("/opt/app/run", "start-service"), "--all"])
    program = app.pods[0]["spec"]["containers"][0]["command"][0]
    text = (
        "failed to create containerd task: OCI runtime create failed: runc create failed: unable to start container"
        f' process: exec: "{program}": executable file not found in $PATH: unknown'
    )
    unstarted.waiting(draw, app, "RunContainerError", text, ("Failed", f"Error: {text}"), minutes=MINUTES)
    for pod in app.pods:
        pod["status"]["containerStatuses"][0]["name"] = app.name
    first(app)
    expect = does("kubectl_set_command", name=app.name, command=[], args=[])
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("remedies")
def command_of_a_program_that_the_image_lacks(draw: Draw) -> Told:
    app = without_program(draw)
    first(app)
    expect = does("kubectl_set_command", name=app.name, command=[], args=[])
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("remedies")
def command_of_another_program_of_the_image(draw: Draw) -> Told:
    """The container has a name of its own: nobody knows what it is to run."""
    app = without_program(draw, name="worker")
    first(app)
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


@situation("remedies")
def script_that_ran_on_until_a_program_was_missing(draw: Draw) -> Told:
    app = without_program(draw, seconds=draw.number(20, 90))
    first(app)
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


@situation("remedies")
def command_that_ran_until_its_program_was_gone(draw: Draw) -> Told:
    app = without_program(draw)
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


def absent_tag(draw: Draw, image: str) -> App:
    """A Deployment whose first image the registry does not have under that tag."""
    app = draw.app()
    draw.bystanders(2)
    in_containers(app, image=image)
    unstarted.fail_pull(
        draw, app, draw.pick(f"docker.io/library/{image}: not found", "manifest unknown"), minutes=MINUTES
    )
    draw.logs = [one for one in draw.logs if one["namespace"] != app.namespace]
    return app


def official(draw: Draw) -> str:
    name: str = draw.pick("httpd", "caddy", "memcached", "haproxy", "docker.io/library/traefik")
    return name


def word(draw: Draw) -> str:
    tag: str = draw.pick("stabel", "prod", "our-build", "lts-slim")
    return tag


@situation("remedies")
def tag_that_an_official_image_never_had(draw: Draw) -> Told:
    image = official(draw)
    app = absent_tag(draw, f"{image}:{word(draw)}")
    first(app)
    return Told(draw.world(), unstarted.alarm(draw, app), does("kubectl_set_image", name=app.name, image=image))


@situation("remedies")
def release_that_an_official_image_does_not_have(draw: Draw) -> Told:
    """Another release than the one that is named may not fit: a person chooses."""
    app = absent_tag(draw, f"{official(draw)}:{draw.number(2, 40)}.{draw.number(1, 99)}")
    first(app)
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


@situation("remedies")
def tag_that_an_image_of_ones_own_does_not_have(draw: Draw) -> Told:
    app = absent_tag(draw, f"{draw.pick('ghcr.io/acme', 'acme')}/{draw.pick('basket', 'ledger')}:{word(draw)}")
    first(app)
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


@situation("remedies")
def tag_of_an_official_image_with_data_that_lasts(draw: Draw) -> Told:
    app = absent_tag(draw, f"{draw.pick('redis', 'mariadb')}:{word(draw)}")
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": f"{app.name}-data"}}
    unstarted.mounts(app, volume)
    first(app)
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


@situation("remedies")
def tag_of_an_official_image_that_a_neighbour_runs_otherwise(draw: Draw) -> Told:
    """What runs elsewhere is surer than what no tag stands for."""
    image = official(draw)
    app = absent_tag(draw, f"{image}:{word(draw)}")
    other = draw.app(namespace=app.namespace)
    in_containers(other, image=f"{image}:3.1")
    first(app)
    return Told(
        draw.world(), unstarted.alarm(draw, app), does("kubectl_set_image", name=app.name, image=f"{image}:3.1")
    )


@situation("remedies")
def tag_of_an_official_image_that_was_there_before(draw: Draw) -> Told:
    """It ran: the tag is gone from the registry, and who took it away knows why."""
    app = absent_tag(draw, f"{official(draw)}:{word(draw)}")
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)
