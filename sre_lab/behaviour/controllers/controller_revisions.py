"""The templates that a StatefulSet or DaemonSet had, as ControllerRevisions: `kubectl rollout undo` goes back to them.

A revision is named after the hash of its template. A template that comes back gets its old revision again, with the
next number.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from sre_lab.behaviour.ownership import adopt, controller_reference, owned_objects, without_owner
from sre_lab.behaviour.templates import same_template, template_hash
from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.world import World

KIND = "ControllerRevision"
POD_LABEL = "controller-revision-hash"
SET_LABEL = {"StatefulSet": "controller.kubernetes.io/hash", "DaemonSet": "controller-revision-hash"}
DIRECTIVE = {"$patch": "replace"}  # the stored form is a strategic merge patch of the set
COMPARED = ("name", "image", "command", "args", "env", "envFrom", "resources", "ports")


def keep(world: World, owner: Obj, pods: list[Obj]) -> Obj:
    """The revision of the set's present template: found and made the newest, or created."""
    revisions = sorted(owned_objects(world.objects, KIND, owner) or _adopt(world, owner), key=_number)
    template = owner["spec"]["template"]
    newest = max((_number(one) for one in revisions), default=0)
    revision = next((one for one in reversed(revisions) if same_template(template_of(one), template)), None)
    if revision is None:
        return _create(world, owner, _hash(world, owner, pods if not revisions else []), newest + 1)
    if _number(revision) == newest:
        return revision
    meta = revision["metadata"]
    return world.objects.edit(KIND, meta["namespace"], meta["name"], lambda new: new.update(revision=newest + 1))


def _adopt(world: World, owner: Obj) -> list[Obj]:
    """What a set of this name left behind when it was deleted without its dependents."""
    orphans = without_owner(world.objects, KIND, owner["metadata"]["namespace"])
    mine = (one for one in orphans if matches(owner["spec"].get("selector"), one["metadata"].get("labels") or {}))
    return [adopt(world.objects, one, owner) for one in mine]


def hash_of(revision: Obj) -> str:
    labels: dict[str, str] = revision["metadata"]["labels"]
    return next(labels[name] for name in SET_LABEL.values() if name in labels)


def template_of(revision: Obj) -> Obj:
    """The pod template that the revision stands for."""
    template: Obj = revision["data"]["spec"]["template"]
    return {key: copy.deepcopy(value) for key, value in template.items() if key not in DIRECTIVE}


def find_revision(world: World, owner: Obj, name: str) -> Obj | None:
    """The revision of this name if the set has it."""
    revision = world.objects.get(KIND, owner["metadata"]["namespace"], name)
    return (
        revision
        if revision is not None and any(revision is one for one in owned_objects(world.objects, KIND, owner))
        else None
    )


def forget_old(world: World, owner: Obj, used: Iterable[str]) -> None:
    """Remove the oldest revisions beyond revisionHistoryLimit that are not among the names in `used`."""
    in_use = set(used)
    limit = owner["spec"].get("revisionHistoryLimit")
    spare = [one for one in owned_objects(world.objects, KIND, owner) if one["metadata"]["name"] not in in_use]
    surplus = len(spare) - (10 if limit is None else int(limit))
    for one in sorted(spare, key=_number)[: max(0, surplus)]:
        deletion.delete(world, KIND, one["metadata"]["namespace"], one["metadata"]["name"])


def _create(world: World, owner: Obj, name_hash: str, number: int) -> Obj:
    meta = owner["metadata"]
    template = copy.deepcopy(owner["spec"]["template"])
    labels = {**((template.get("metadata") or {}).get("labels") or {}), SET_LABEL[owner["kind"]]: name_hash}
    body: Obj = {
        "apiVersion": "apps/v1",
        "kind": KIND,
        "metadata": {
            "name": f"{meta['name']}-{name_hash}",
            "namespace": meta["namespace"],
            "labels": labels,
            "ownerReferences": [controller_reference(owner)],
        },
        "data": {"spec": {"template": {**DIRECTIVE, **template}}},
        "revision": number,
    }
    if meta.get("annotations"):
        body["metadata"]["annotations"] = dict(meta["annotations"])
    return world.objects.create(body)


def _hash(world: World, owner: Obj, pods: list[Obj]) -> str:
    """The hash of the set's template; that of recorded pods that run it, where their revisions were not recorded."""
    meta, template = owner["metadata"], owner["spec"]["template"]

    def is_free(name: str) -> bool:
        return world.objects.get(KIND, meta["namespace"], f"{meta['name']}-{name}") is None

    labels = [str((pod["metadata"].get("labels") or {}).get(POD_LABEL, "")) for pod in pods if _runs(pod, template)]
    suffix = labels[0].removeprefix(f"{meta['name']}-") if labels else ""
    if suffix and is_free(suffix):
        return suffix
    collisions = 0
    while not is_free(name := template_hash(template, collisions)):
        collisions += 1
    return name


def _runs(pod: Obj, template: Obj) -> bool:
    """Whether the pod's containers are those of the template, by what a template says of them."""
    there = {one["name"]: one for one in pod["spec"].get("containers") or []}
    containers = template["spec"].get("containers") or []
    return len(there) == len(containers) and all(
        all(one.get(field) == there.get(one["name"], {}).get(field) for field in COMPARED if field in one)
        for one in containers
    )


def _number(revision: Obj) -> int:
    return int(revision.get("revision") or 0)
