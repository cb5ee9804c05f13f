"""The ReplicaSets of a Deployment as its history: which one is new, which revision it has, which may be forgotten."""

from __future__ import annotations

import copy

from sre_lab.behaviour.controllers.rolling_update import limits, replicas
from sre_lab.behaviour.ownership import controller_reference, owned_objects
from sre_lab.behaviour.templates import HASH_LABEL, same_template, template_hash
from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.defaults import with_defaults
from sre_lab.objects.store import Obj
from sre_lab.world import World

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = {REVISION, HISTORY, DESIRED, MAXIMUM, "kubectl.kubernetes.io/last-applied-configuration"}


def replica_sets(world: World, deployment: Obj) -> list[Obj]:
    """Every ReplicaSet of the Deployment, oldest first."""
    replica_sets = owned_objects(world.objects, "ReplicaSet", deployment)
    return sorted(replica_sets, key=lambda rs: (rs["metadata"].get("creationTimestamp") or "", revision(rs)))


def split(world: World, deployment: Obj) -> tuple[Obj | None, list[Obj]]:
    """(the ReplicaSet of the present template if there is one, the others), oldest first."""
    sets = replica_sets(world, deployment)
    template = deployment["spec"]["template"]
    new = next((rs for rs in sets if same_template(rs["spec"]["template"], template)), None)
    return new, [rs for rs in sets if rs is not new]


def revision(obj: Obj) -> int:
    text = (obj["metadata"].get("annotations") or {}).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def take_next_revision(world: World, deployment: Obj, new: Obj, old: list[Obj]) -> Obj:
    """Give a found ReplicaSet the next revision if an older one has overtaken it (an undo), keeping its history."""
    following = max((revision(rs) for rs in old), default=0) + 1
    annotations = dict(new["metadata"].get("annotations") or {})
    before = annotations.get(REVISION)
    annotations.update(_inheritable_annotations(deployment))
    if revision(new) < following:
        annotations[REVISION] = str(following)
        if before:
            annotations[HISTORY] = ",".join(filter(None, [annotations.get(HISTORY), before]))
    meta = new["metadata"]
    return world.objects.edit(
        "ReplicaSet", meta["namespace"], meta["name"], lambda rs: rs["metadata"].update(annotations=annotations)
    )


def create(world: World, deployment: Obj, old: list[Obj], size: int) -> Obj:
    """The ReplicaSet of the present template with the next revision."""
    meta = deployment["metadata"]
    spec = deployment["spec"]
    collisions = int((deployment.get("status") or {}).get("collisionCount") or 0)
    name_hash = template_hash(spec["template"], collisions)
    while world.objects.get("ReplicaSet", meta["namespace"], f"{meta['name']}-{name_hash}") is not None:
        collisions += 1
        name_hash = template_hash(spec["template"], collisions)
    template = copy.deepcopy(spec["template"])
    labels = template.setdefault("metadata", {}).setdefault("labels", {})
    labels[HASH_LABEL] = name_hash
    selector = copy.deepcopy(spec["selector"])
    selector.setdefault("matchLabels", {})[HASH_LABEL] = name_hash
    following = max((revision(rs) for rs in old), default=0) + 1
    body: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{name_hash}",
            "namespace": meta["namespace"],
            "labels": dict(labels),
            "annotations": {**_inheritable_annotations(deployment), **sizes(deployment), REVISION: str(following)},
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": {"replicas": size, "selector": selector, "template": template},
        "status": {"replicas": 0},
    }
    if spec.get("minReadySeconds"):
        body["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    return world.objects.create(with_defaults(body))


def sizes(deployment: Obj) -> dict[str, str]:
    desired = replicas(deployment)
    return {DESIRED: str(desired), MAXIMUM: str(desired + limits(deployment)[0])}


def forget_old(world: World, deployment: Obj, old: list[Obj]) -> None:
    """Remove the oldest empty ReplicaSets beyond revisionHistoryLimit."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    surplus = len(old) - (10 if limit is None else int(limit))
    for rs in sorted(old, key=revision)[: max(0, surplus)]:
        status = rs.get("status") or {}
        if rs["spec"].get("replicas") or status.get("replicas") or rs["metadata"].get("deletionTimestamp"):
            continue
        deletion.delete(world, "ReplicaSet", rs["metadata"]["namespace"], rs["metadata"]["name"])


def _inheritable_annotations(deployment: Obj) -> dict[str, str]:
    annotations = deployment["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in NOT_COPIED}
