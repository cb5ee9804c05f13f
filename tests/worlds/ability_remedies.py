"""A write is proposed where the right value is evident, and with that value; where two come into question, none is."""

from __future__ import annotations

import json
from typing import Any

from tests.worlds import objects, triggers, unstarted, waiting
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.unstarted import fail_pull, holds, mounts, takes
from tests.worlds.workloads import budget, job, serving_app


def does(tool: str, **arguments: Any) -> Expect:
    return Expect(("cause",), remedy=(tool, arguments))


NOTHING = Expect(("cause",))


def mistype(draw: Draw, word: str) -> str:
    """The word with two letters in the other order."""
    at = draw.number(1, len(word) - 2)
    while word[at] == word[at + 1 : at + 2]:
        at = (at + 1) % (len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def unplaced_for(draw: Draw, pool: str, *present: str) -> App:
    """Pods that require the value `pool` of a label that nodes have with other values."""
    app = draw.app()
    draw.bystanders(2)
    waiting.in_templates(app, nodeSelector={"pool": pool})
    nodes = [one for one in draw.objects if one["kind"] == "Node"]
    for number, one in enumerate(nodes):
        one["metadata"]["labels"]["pool"] = present[number % len(present)]
    count = len(nodes)
    waiting.leave_without_node(
        draw, app, f"0/{count} nodes are available: {count} node(s) didn't match Pod's node affinity/selector."
    )
    return app


@situation("remedies")
def node_selector_with_a_typing_error(draw: Draw) -> Told:
    pool = draw.pick("compute", "general", "storage", "batchwork")
    app = unplaced_for(draw, mistype(draw, pool), pool)
    expect = does("kubectl_set_node_selector", name=app.name, label="pool", value=pool)
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("remedies")
def node_selector_for_nodes_of_another_kind(draw: Draw) -> Told:
    pool = draw.pick("gpu-a100", "arm-metal")
    app = unplaced_for(draw, pool, "general")
    steps = (f"label node NODE pool={pool}", f"patch Deployment/{app.name} --type=json")
    return Told(draw.world(), waiting.complaint(draw, app), Expect(("cause",), steps=steps))


def cordoned_for(draw: Draw, count: int, **more: Any) -> tuple[App, list[str]]:
    """Pods for whose label `count` nodes stand ready, each of them cordoned; `more` is of their specs."""
    app = draw.app()
    draw.bystanders(2)
    waiting.in_templates(app, nodeSelector={"pool": "special"})
    nodes = [one for one in draw.objects if one["kind"] == "Node"]
    cordon = nodes[:count]
    for one in cordon:
        one["metadata"]["labels"]["pool"] = "special"
        one["spec"] |= {"unschedulable": True, **more}
    others = len(nodes) - count
    waiting.leave_without_node(
        draw,
        app,
        f"0/{len(nodes)} nodes are available: {count} node(s) were unschedulable, {others} node(s) didn't match Pod's"
        " node affinity/selector.",
    )
    return app, [one["metadata"]["name"] for one in cordon]


@situation("remedies")
def only_node_that_fits_left_cordoned(draw: Draw) -> Told:
    app, [node] = cordoned_for(draw, 1)
    return Told(draw.world(), waiting.complaint(draw, app), does("kubectl_uncordon", name=node))


@situation("remedies")
def two_cordoned_nodes_that_fit(draw: Draw) -> Told:
    app, _ = cordoned_for(draw, 2)
    return Told(draw.world(), waiting.complaint(draw, app), NOTHING)


@situation("remedies")
def cordoned_node_that_an_autoscaler_removes(draw: Draw) -> Told:
    taint = draw.pick("karpenter.sh/disrupted", "ToBeDeletedByClusterAutoscaler")
    app, _ = cordoned_for(draw, 1, taints=[{"key": taint, "effect": "NoSchedule"}])
    return Told(draw.world(), waiting.complaint(draw, app), Expect(("cause", "open")))


def beside(draw: Draw, app: App, *tags: str) -> None:
    """Workloads of the namespace that serve with the same repository and these tags."""
    for tag in tags:
        other = draw.app(namespace=app.namespace)
        for one in (other.deployment["spec"]["template"], other.replica_set["spec"]["template"], *other.pods):
            one["spec"]["containers"][0]["image"] = f"{repository(app)}:{tag}"


def repository(app: App) -> str:
    return str(app.image.rpartition(":")[0])


@situation("remedies")
def tag_that_a_sibling_runs(draw: Draw) -> Told:
    app = serving_app(draw)
    beside(draw, app, "7.1.4")
    fail_pull(draw, app, f"{app.image}: not found")
    expect = does("kubectl_set_image", name=app.name, image=f"{repository(app)}:7.1.4")
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("remedies")
def tags_of_two_siblings(draw: Draw) -> Told:
    app = serving_app(draw)
    beside(draw, app, "7.1.4", "7.2.0")
    fail_pull(draw, app, f"{app.image}: not found")
    steps = (f"set image Deployment/{app.name} .*=IMAGE",)
    return Told(draw.world(), unstarted.alarm(draw, app), Expect(("cause",), steps=steps))


def applied_with(app: App, image: str) -> None:
    """What `kubectl apply` leaves, with that image; somebody may have set another one since."""
    body = app.deployment
    spec = json.loads(json.dumps(body["spec"]))
    spec["template"]["spec"]["containers"][0]["image"] = image
    source = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": app.name}, "spec": spec}
    marks = body["metadata"].setdefault("annotations", {})
    marks["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(source)


@situation("remedies")
def tag_that_was_set_beside_what_is_applied(draw: Draw) -> Told:
    app = serving_app(draw)
    good = f"{repository(app)}:{draw.number(3, 6)}.2.0"
    applied_with(app, good)
    fail_pull(draw, app, f"{app.image}: not found")
    return Told(draw.world(), unstarted.alarm(draw, app), does("kubectl_set_image", name=app.name, image=good))


@situation("remedies")
def tag_that_is_the_applied_one(draw: Draw) -> Told:
    app = serving_app(draw)
    applied_with(app, app.image)
    fail_pull(draw, app, f"{app.image}: not found")
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


def lacking(draw: Draw, *others: str) -> tuple[App, str]:
    """A workload that takes a ConfigMap of a name that is not there, beside these."""
    app = serving_app(draw)
    name = f"{app.name}-settings"
    for other in others:
        holds(draw, "ConfigMap", f"{app.name}-{other}", app.namespace, "level")
    text = f'configmap "{name}" not found'
    if draw.pick(True, False):
        takes(app, {"configMapRef": {"name": name}})
        unstarted.waiting(draw, app, "CreateContainerConfigError", text, ("Failed", f"Error: {text}"))
    else:
        mounts(app, {"name": "files", "configMap": {"name": name}})
        text = f'MountVolume.SetUp failed for volume "files" : {text}'
        unstarted.waiting(draw, app, "ContainerCreating", "", ("FailedMount", text))
    return app, name


@situation("remedies")
def reference_to_a_near_name(draw: Draw) -> Told:
    near = draw.pick("setings", "setting")
    app, _ = lacking(draw, near)
    expect = does("kubectl_set_reference", name=app.name, value=f"{app.name}-{near}")
    return Told(draw.world(), unstarted.alarm(draw, app), expect)


@situation("remedies")
def reference_with_two_near_names(draw: Draw) -> Told:
    app, _ = lacking(draw, "setings", "setting")
    return Told(draw.world(), unstarted.alarm(draw, app), NOTHING)


@situation("remedies")
def reference_to_nothing_near(draw: Draw) -> Told:
    app, name = lacking(draw)
    steps = (f"create configmap {name} --from-literal",)
    return Told(draw.world(), unstarted.alarm(draw, app), Expect(("cause",), steps=steps))


def drain(draw: Draw, app: App) -> Obj:
    """A node is cordoned, and a budget lets none of the workload's pods go."""
    draw.objects.append(budget(app))
    node = app.pods[0]["spec"]["nodeName"]
    for one in draw.objects:
        if one["kind"] == "Node" and one["metadata"]["name"] == node:
            one["spec"]["unschedulable"] = True
    text = f"Cannot evict pod as it would violate the pod's disruption budget: {app.pod}"
    where = {"namespace": app.namespace, "poddisruptionbudget": f"{app.name}-pdb", "node": node}
    return triggers.alertmanager("EvictionBlocked", where, {"summary": text})


@situation("remedies")
def budget_that_requires_every_one_of_several_pods(draw: Draw) -> Told:
    app = draw.app(replicas=draw.number(2, 4))
    draw.bystanders()
    trigger = drain(draw, app)
    expect = Expect(
        ("open", "cause"), remedy=("kubectl_set_disruption_budget", {"name": f"{app.name}-pdb", "max_unavailable": 1})
    )
    return Told(draw.world(), trigger, expect)


@situation("remedies")
def budget_over_a_single_pod(draw: Draw) -> Told:
    app = draw.app(replicas=1)
    draw.bystanders()
    trigger = drain(draw, app)
    return Told(draw.world(), trigger, Expect(("open", "cause")))


def schedule_job(draw: Draw, *, suspend: bool = False, images: tuple[str, ...] = ()) -> tuple[str, str, list[Obj]]:
    """A CronJob with one run for each image, the newest first; the newest failed, the others succeeded."""
    app = serving_app(draw)
    name = draw.name()
    objs: list[Obj] = []
    for number, image in enumerate(images):
        body, pod = job_of(draw, name, app.namespace, number, image)
        objs += [body, pod]
    container = {"name": "main", "image": images[0] if images else f"registry.example.com/{name}:1"}
    spec = {
        "schedule": "*/10 * * * *",
        "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}},
    }
    objs.append(
        {
            "kind": "CronJob",
            "metadata": objects.meta(name, app.namespace, 9000, {}),
            "spec": {**spec, "suspend": suspend, "concurrencyPolicy": "Forbid"},
            "status": {"lastScheduleTime": objects.at(400 if suspend else 5)},
        }
    )
    draw.objects += objs
    return name, app.namespace, objs


def job_of(draw: Draw, cron: str, namespace: str, number: int, image: str) -> tuple[Obj, Obj]:
    body, pod = job(draw, f"{cron}-{29000000 - number}", namespace, failed=number == 0)
    body["metadata"]["ownerReferences"] = [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": cron, "controller": True, "uid": f"uid-{cron}"}
    ]
    body["metadata"]["creationTimestamp"] = objects.at(6 + 10 * number)
    body["spec"]["template"]["spec"]["containers"][0]["image"] = image
    pod["spec"]["containers"][0]["image"] = image
    return body, pod


@situation("remedies")
def image_of_a_schedule_that_ran_with_another(draw: Draw) -> Told:
    old, new = (
        f"registry.example.com/report:{draw.number(1, 4)}.0",
        f"registry.example.com/report:{draw.number(5, 9)}.0",
    )
    name, namespace, _ = schedule_job(draw, images=(new, old, old))
    where = {"namespace": namespace, "cronjob": name}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"runs of {name} fail"})
    return Told(draw.world(), trigger, does("kubectl_set_image", kind="CronJob", name=name, image=old))


@situation("remedies")
def image_of_a_schedule_that_always_ran_with_it(draw: Draw) -> Told:
    image = f"registry.example.com/report:{draw.number(1, 4)}.0"
    name, namespace, _ = schedule_job(draw, images=(image, image, image))
    where = {"namespace": namespace, "cronjob": name}
    trigger = triggers.alertmanager("KubeJobFailed", where, {"summary": f"runs of {name} fail"})
    return Told(draw.world(), trigger, NOTHING)


@situation("remedies")
def rollout_that_somebody_paused(draw: Draw) -> Told:
    app = serving_app(draw)
    app.deployment["spec"]["paused"] = True
    new = {**app.deployment["spec"]["template"]["spec"]["containers"][0], "image": f"{repository(app)}:9.9.9"}
    template = app.deployment["spec"]["template"]
    app.deployment["spec"]["template"] = {**template, "spec": {**template["spec"], "containers": [new]}}
    app.deployment["status"]["updatedReplicas"] = 0
    progress = {"type": "Progressing", "status": "Unknown", "reason": "DeploymentPaused", "message": "is paused"}
    app.deployment["status"]["conditions"] = [
        *(c for c in app.deployment["status"].get("conditions") or [] if c["type"] != "Progressing"), progress,
    ]  # fmt: skip
    where = {"namespace": app.namespace, "deployment": app.name}
    trigger = triggers.alertmanager(
        "KubeDeploymentRolloutStuck", where, {"summary": f"Rollout of {app.name} does not go on"}
    )
    return Told(draw.world(), trigger, does("kubectl_rollout_resume", name=app.name))
