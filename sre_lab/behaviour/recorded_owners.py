"""What ties recorded objects together although the recording left it out: the uid and the controller mark of a
reference to an owner, the reference itself, the labels that the owner selects by.

An API server keeps all of these, and its readers rely on them. A recording was made by hand or cut: there, and only
there, a name and labels are as good as a reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sre_lab.behaviour.ownership import controller_reference
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.objects.store import Obj
from sre_lab.world import World

OWNERS: Final = {
    "ReplicaSet": ("Deployment",),
    "Job": ("CronJob",),
    "ControllerRevision": ("StatefulSet", "DaemonSet"),
    "Pod": ("ReplicaSet", "StatefulSet", "DaemonSet", "Job"),
}
BY_LABELS: Final = ("ReplicaSet", "Pod")  # without any reference their labels say whose they are


def complete(world: World) -> None:
    """Fill it in, in place: nobody is told of it, it was there."""
    for kind, owners in OWNERS.items():
        for obj in world.objects.all(kind):
            meta = obj["metadata"]
            if not meta.get("ownerReferences") and kind in BY_LABELS:
                references = [controller_reference(o) for o in _by_labels(world, obj, owners)] or _not_recorded(
                    world, obj
                )
                meta["ownerReferences"] = references[:1]
            if not meta.get("ownerReferences"):
                meta.pop("ownerReferences", None)
                continue
            _mark(world, obj, owners)
            for owner in _owner(world, obj):
                labels = meta.setdefault("labels", {})
                for key, value in _selector(owner).items():
                    labels.setdefault(key, value)


def _mark(world: World, obj: Obj, owners: tuple[str, ...]) -> None:
    """The one reference to what may be its controller is the controller's, where none is marked."""
    references = obj["metadata"]["ownerReferences"]
    if len(references) != 1 or "controller" in references[0] or references[0].get("kind") not in owners:
        return
    reference = references[0]
    owner = world.objects.get(reference["kind"], obj["metadata"].get("namespace", ""), str(reference.get("name", "")))
    if owner is None or _selects(owner, (obj["metadata"].get("labels") or {}) | _own_selector(obj)):
        reference["controller"] = True


def _owner(world: World, obj: Obj) -> Iterator[Obj]:
    """Its controller, or the Deployment of one that was not recorded."""
    reference = next((r for r in obj["metadata"]["ownerReferences"] if r.get("controller")), None)
    if reference is None:
        return
    namespace, name = obj["metadata"].get("namespace", ""), str(reference.get("name", ""))
    owner = world.objects.get(reference["kind"], namespace, name)
    if owner is None and reference["kind"] == "ReplicaSet":
        owner = world.objects.get("Deployment", namespace, name.rpartition("-")[0])
    if owner is not None:
        if owner["kind"] == reference["kind"]:
            reference.setdefault("uid", owner["metadata"]["uid"])
            reference["uid"] = reference["uid"] or owner["metadata"]["uid"]
            reference.setdefault("apiVersion", of_kind(owner["kind"]).api_version)
        yield owner


def _by_labels(world: World, obj: Obj, kinds: tuple[str, ...]) -> Iterator[Obj]:
    """What selects it and has a name that its own begins with."""
    namespace, stem = obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
    labels = {**(obj["metadata"].get("labels") or {}), **_own_selector(obj)}
    while stem := stem.rpartition("-")[0]:
        for kind in kinds:
            owner = world.objects.get(kind, namespace, stem)
            if owner is not None and _selector(owner) and _selects(owner, labels):
                yield owner


def _not_recorded(world: World, obj: Obj) -> list[Obj]:
    """A reference to the ReplicaSet that the name of a Deployment's pod carries."""
    name = obj["metadata"]["name"].rpartition("-")[0]
    deployment = world.objects.get("Deployment", obj["metadata"].get("namespace", ""), name.rpartition("-")[0])
    labels = obj["metadata"].get("labels") or {}
    if obj["kind"] != "Pod" or deployment is None or not labels or not _selects(deployment, labels):
        return []
    return [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": "", "controller": True}]


def _selects(owner: Obj, labels: Obj) -> bool:
    """Whether no label speaks against it; one that was not recorded does not."""
    return all(labels.get(key, value) == value for key, value in _selector(owner).items())


def _selector(owner: Obj) -> Obj:
    return dict(((owner.get("spec") or {}).get("selector") or {}).get("matchLabels") or {})


def _own_selector(obj: Obj) -> Obj:
    """What a ReplicaSet says by its selector and template."""
    if obj["kind"] != "ReplicaSet":
        return {}
    template = (obj.get("spec") or {}).get("template") or {}
    return {**_selector(obj), **((template.get("metadata") or {}).get("labels") or {})}
