"""How an object goes: pods on a node after their grace, everything else at once unless finalizers hold it."""

from __future__ import annotations

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.kubernetes.store import NotFoundError, Obj
from sre_agent.lab.world import World

DEFAULT_GRACE = 30


def delete(
    world: World,
    kind: str,
    namespace: str,
    name: str,
    *,
    grace: int | None = None,
    propagation: str = "Background",
) -> None:
    """Delete as a client asks for it; NotFoundError when there is no such object.

    `grace` is in seconds (None: the pod's own). `propagation` Orphan cuts the dependents loose first; what is left
    with a gone owner is removed by the garbage collector.
    """
    obj = world.objects.get(kind, namespace, name)
    if obj is None:
        raise NotFoundError(f'{kind} "{name}" not found')
    if propagation == "Orphan":
        _orphan(world, obj)
    seconds = grace_of(obj, grace)
    if kind == "Namespace":
        _empty(world, name)
    if seconds == 0 and not held(world, obj):
        world.objects.delete(kind, namespace, name)
        return
    world.objects.replace(marked(world, obj, seconds))


def grace_of(obj: Obj, asked: int | None) -> int:
    """Seconds until the object may go. Only pods that a node may still run need any."""
    if obj["kind"] != "Pod":
        return 0
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    own = spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE)
    return max(0, int(own if asked is None else asked))


def marked(world: World, obj: Obj, grace: int) -> Obj:
    """The object with its deletionTimestamp; a second request can only shorten the grace."""
    meta = obj["metadata"]
    before = meta.get("deletionGracePeriodSeconds")
    if meta.get("deletionTimestamp") and (before is None or before <= grace):
        return obj
    when = rfc3339(world.clock.now() + grace)
    return {**obj, "metadata": {**meta, "deletionTimestamp": when, "deletionGracePeriodSeconds": grace}}


def held(world: World, obj: Obj) -> bool:
    """Whether finalizers keep it. The protection of volumes ends by itself when nothing uses them."""
    finalizers = set(obj["metadata"].get("finalizers") or [])
    if "kubernetes.io/pvc-protection" in finalizers and not _mounted(world, obj):
        finalizers.remove("kubernetes.io/pvc-protection")
    if (obj.get("status") or {}).get("phase") != "Bound":
        finalizers.discard("kubernetes.io/pv-protection")
    return bool(finalizers)


def _mounted(world: World, claim: Obj) -> bool:
    name = claim["metadata"]["name"]
    return any(
        (volume.get("persistentVolumeClaim") or {}).get("claimName") == name
        for pod in world.objects.all("Pod", claim["metadata"]["namespace"])
        for volume in pod["spec"].get("volumes") or []
    )


def _orphan(world: World, owner: Obj) -> None:
    uid = owner["metadata"].get("uid")
    for kind in world.objects.kinds():
        for obj in world.objects.all(kind, owner["metadata"].get("namespace", "")):
            owners = obj["metadata"].get("ownerReferences") or []
            left = [o for o in owners if o.get("uid") != uid]
            if len(left) != len(owners):
                world.objects.replace({**obj, "metadata": {**obj["metadata"], "ownerReferences": left}})


def _empty(world: World, namespace: str) -> None:
    for kind in world.objects.kinds():
        for obj in world.objects.all(kind, namespace):
            if world.objects.get(kind, namespace, obj["metadata"]["name"]) is not None:
                world.objects.delete(kind, namespace, obj["metadata"]["name"])
