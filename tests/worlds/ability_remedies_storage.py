"""A storage class that is missing is made as the default one is, where nothing says that another one was meant."""

from __future__ import annotations

from tests.worlds import objects, triggers, waiting
from tests.worlds.ability_remedies import NOTHING, does, mistype
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.situation import Expect, Told, situation

TOOL = "kubectl_create_storage_class"
NAMES = ("fast", "files", "premium", "nvme", "bulk", "sc")


def claim(draw: Draw, name: str, namespace: str, class_name: str, mode: str = "ReadWriteOnce", text: str = "") -> Obj:
    """A claim that waits, with what the controller says of it."""
    size = {"requests": {"storage": f"{draw.number(2, 40)}Gi"}}
    body = {
        "kind": "PersistentVolumeClaim",
        "metadata": objects.meta(name, namespace, 25, {}),
        "spec": {"accessModes": [mode], "resources": size, "storageClassName": class_name},
        "status": {"phase": "Pending"},
    }
    message = text or f'storageclass.storage.k8s.io "{class_name}" not found'
    draw.objects += [body, objects.event(body, "ProvisioningFailed", message)]
    return body


def with_claim(draw: Draw, class_name: str, *classes: Obj, mode: str = "ReadWriteOnce", text: str = "") -> App:
    """Pods that wait for a claim with this class, beside these classes."""
    app = draw.app()
    draw.bystanders(2)
    draw.objects += classes
    claim(draw, f"{app.name}-files", app.namespace, class_name, mode, text)
    waiting.in_templates(app, volumes=[{"name": "files", "persistentVolumeClaim": {"claimName": f"{app.name}-files"}}])
    waiting.leave_without_node(draw, app, "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.")
    return app


def storage_class(name: str, *, default: bool, **fields: object) -> Obj:
    marks = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": marks},
        "provisioner": "ebs.csi.aws.com",
        **fields,
    }


def usual(draw: Draw) -> list[Obj]:
    """A default class, and another one."""
    kind, mode = draw.pick("gp3", "io2"), draw.pick("WaitForFirstConsumer", "Immediate")
    return [
        storage_class(kind, default=True, parameters={"type": kind}, volumeBindingMode=mode),
        storage_class("cold", default=False, parameters={"type": "sc1"}),
    ]


def story_of(draw: Draw, app: App, expect: Expect) -> Told:
    return Told(draw.world(), waiting.complaint(draw, app), expect)


@situation("remedies")
def storage_class_that_is_missing_beside_a_default_one(draw: Draw) -> Told:
    class_name = draw.pick(*NAMES)
    app = with_claim(draw, class_name, *usual(draw))
    return story_of(draw, app, does(TOOL, namespace=app.namespace, name=class_name))


@situation("remedies")
def storage_class_that_several_claims_of_a_namespace_name(draw: Draw) -> Told:
    class_name = draw.pick(*NAMES)
    app = with_claim(draw, class_name, *usual(draw))
    claim(draw, "scratch", app.namespace, class_name)
    return story_of(draw, app, does(TOOL, namespace=app.namespace, name=class_name))


@situation("remedies")
def storage_class_that_another_namespace_waits_for_too(draw: Draw) -> Told:
    class_name = draw.pick(*NAMES)
    app = with_claim(draw, class_name, *usual(draw))
    claim(draw, "scratch", draw.app().namespace, class_name)
    return story_of(draw, app, NOTHING)


@situation("remedies")
def storage_class_that_is_missing_where_none_is_the_default(draw: Draw) -> Told:
    app = with_claim(draw, draw.pick(*NAMES), storage_class("cold", default=False))
    return story_of(draw, app, NOTHING)


@situation("remedies")
def storage_class_that_is_missing_beside_two_default_ones(draw: Draw) -> Told:
    both = [storage_class(name, default=True) for name in ("gp3", "io2")]
    return story_of(draw, with_claim(draw, draw.pick(*NAMES), *both), NOTHING)


@situation("remedies")
def storage_class_with_a_typing_error(draw: Draw) -> Told:
    class_name = draw.pick("standard", "premium", "bulkdata")
    app = with_claim(draw, mistype(draw, class_name), *usual(draw), storage_class(class_name, default=False))
    return story_of(draw, app, NOTHING)


@situation("remedies")
def storage_class_for_a_volume_that_several_nodes_mount(draw: Draw) -> Told:
    app = with_claim(draw, draw.pick(*NAMES), *usual(draw), mode="ReadWriteMany")
    return story_of(draw, app, NOTHING)


@situation("remedies")
def storage_class_whose_provisioner_is_denied(draw: Draw) -> Told:
    text = "failed to provision volume: could not create volume in EC2: UnauthorizedOperation"
    app = with_claim(draw, "cold", *usual(draw), text=text)
    return story_of(draw, app, NOTHING)


@situation("remedies")
def storage_class_for_a_pod_without_a_controller(draw: Draw) -> Told:
    class_name = draw.pick(*NAMES)
    app = with_claim(draw, class_name, *usual(draw))
    [pod, *others] = app.pods
    for one in (app.deployment, app.replica_set, *others):
        draw.objects.remove(one)
    pod["metadata"].pop("ownerReferences")
    about = {"namespace": app.namespace, "pod": pod["metadata"]["name"]}
    trigger = triggers.alertmanager("KubePodNotReady", about, {"summary": "A pod is not ready for 15 minutes"})
    return Told(draw.world(), trigger, does(TOOL, namespace=app.namespace, name=class_name))


@situation("remedies")
def storage_class_of_another_name_for_the_same_disks(draw: Draw) -> Told:
    """The default one makes its volumes with a policy of its own, which the new one has too."""
    class_name = draw.pick(*NAMES)
    other_class = storage_class("gp3", default=True, reclaimPolicy="Retain", allowVolumeExpansion=True)
    app = with_claim(draw, class_name, other_class)
    return story_of(draw, app, does(TOOL, namespace=app.namespace, name=class_name))


@situation("remedies")
def storage_class_whose_name_says_what_its_volumes_have(draw: Draw) -> Told:
    class_name = draw.pick("ssd-retain", "encrypted-disk", "fast.replicated")
    return story_of(draw, with_claim(draw, class_name, *usual(draw)), NOTHING)
