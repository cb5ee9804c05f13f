"""How an object goes: pods on a node after their grace, everything else at once unless finalizers hold it.

A namespace goes last of all that is in it; what empties it, and what removes dependents in the foreground, are
controllers.
"""

from __future__ import annotations

from collections.abc import Iterator

from sre_lab.clock import rfc3339
from sre_lab.objects.store import NotFoundError, Obj
from sre_lab.world import World

DEFAULT_GRACE = 30
FOREGROUND = "foregroundDeletion"


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

    `grace` is in seconds (None: the pod's own). `propagation` Orphan cuts the dependents loose first, Foreground keeps
    the object until they are gone; what is left with a gone owner is removed by the garbage collector.
    """
    obj = world.objects.get(kind, namespace, name)
    if obj is None:
        raise NotFoundError(f'{kind} "{name}" not found')
    if kind == "Namespace":
        _close(world, obj)
        return
    if propagation == "Orphan":
        _orphan(world, obj)
    elif propagation == "Foreground" and any(True for _ in dependents_of(world, obj)):
        obj = _with_finalizer(obj, FOREGROUND)
    seconds = grace_of(obj, grace)
    if seconds == 0 and not has_finalizers(world, obj):
        world.objects.delete(kind, namespace, name)
        return
    world.objects.replace(mark_deleted(world, obj, seconds))


def grace_of(obj: Obj, seconds: int | None) -> int:
    """Seconds until the object may go. Only pods that a node may still run need any."""
    if obj["kind"] != "Pod":
        return 0
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    own = spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE)
    return max(0, int(own if seconds is None else seconds))


def mark_deleted(world: World, obj: Obj, grace: int) -> Obj:
    """The object with its deletionTimestamp; a second request can only shorten the grace."""
    meta = obj["metadata"]
    before = meta.get("deletionGracePeriodSeconds")
    if meta.get("deletionTimestamp") and (before is None or before <= grace):
        return obj
    when = rfc3339(world.clock.now() + grace)
    return {**obj, "metadata": {**meta, "deletionTimestamp": when, "deletionGracePeriodSeconds": grace}}


def has_finalizers(world: World, obj: Obj) -> bool:
    """Whether finalizers keep it. The protection of volumes ends by itself when nothing uses them."""
    finalizers = set(obj["metadata"].get("finalizers") or [])
    if "kubernetes.io/pvc-protection" in finalizers and not _is_mounted(world, obj):
        finalizers.remove("kubernetes.io/pvc-protection")
    if (obj.get("status") or {}).get("phase") != "Bound":
        finalizers.discard("kubernetes.io/pv-protection")
    return bool(finalizers)


def _is_mounted(world: World, claim: Obj) -> bool:
    name = claim["metadata"]["name"]
    return any(
        (volume.get("persistentVolumeClaim") or {}).get("claimName") == name
        for pod in world.objects.all("Pod", claim["metadata"]["namespace"])
        for volume in pod["spec"].get("volumes") or []
    )


def release(world: World, obj: Obj, finalizer: str) -> None:
    """Take one finalizer away; the object goes if that was the last thing that held it."""
    meta = obj["metadata"]
    left = [f for f in meta.get("finalizers") or [] if f != finalizer]
    remaining = {key: value for key, value in meta.items() if key != "finalizers"} | (
        {"finalizers": left} if left else {}
    )
    after = world.objects.replace({**obj, "metadata": remaining})
    if may_go(after):
        world.objects.delete(obj["kind"], meta.get("namespace", ""), meta["name"])


def may_go(obj: Obj) -> bool:
    """Whether an object that was asked to go is held by nothing any more. Pods on a node go by their kubelet."""
    meta = obj["metadata"]
    if not meta.get("deletionTimestamp") or meta.get("finalizers"):
        return False
    spec = obj.get("spec") or {}
    if obj["kind"] == "Namespace":
        return not spec.get("finalizers")
    return obj["kind"] != "Pod" or not spec.get("nodeName")


def closing_reason(world: World, obj: Obj) -> str:
    """Why nothing new may be created in the object's namespace; empty when it may."""
    namespace = obj["metadata"].get("namespace", "")
    namespace_object = world.objects.get("Namespace", "", namespace) if namespace else None
    if namespace_object is None or not namespace_object["metadata"].get("deletionTimestamp"):
        return ""
    return f"unable to create new content in namespace {namespace} because it is being terminated"


def dependents_of(world: World, owner: Obj) -> Iterator[Obj]:
    """Everything that names `owner` among its owners."""
    uid = owner["metadata"].get("uid")
    for kind in world.objects.kinds():
        for obj in world.objects.all(kind, owner["metadata"].get("namespace", "")):
            if any(o.get("uid") == uid for o in obj["metadata"].get("ownerReferences") or []):
                yield obj


def _close(world: World, namespace: Obj) -> None:
    if not (namespace.get("spec") or {}).get("finalizers") and not namespace["metadata"].get("finalizers"):
        world.objects.delete("Namespace", "", namespace["metadata"]["name"])
        return
    meta = {"deletionTimestamp": rfc3339(world.clock.now()), **namespace["metadata"]}
    status = {**(namespace.get("status") or {}), "phase": "Terminating"}
    world.objects.replace({**namespace, "metadata": meta, "status": status})


def _with_finalizer(obj: Obj, finalizer: str) -> Obj:
    meta = obj["metadata"]
    finalizers = meta.get("finalizers") or []
    return {**obj, "metadata": {**meta, "finalizers": [*(f for f in finalizers if f != finalizer), finalizer]}}


def _orphan(world: World, owner: Obj) -> None:
    uid = owner["metadata"].get("uid")
    for obj in list(dependents_of(world, owner)):
        left = [o for o in obj["metadata"]["ownerReferences"] if o.get("uid") != uid]
        world.objects.replace({**obj, "metadata": {**obj["metadata"], "ownerReferences": left}})
