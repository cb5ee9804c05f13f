"""Recorded workloads stand still: nothing moves them until somebody writes to them or to what they reference.

Controllers and the kubelet ask `is_frozen` before they act, and register with `on_thaw` to take a workload over once it
moves again. `watch` has to subscribe before them, so that a write thaws first and is then acted upon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sre_lab.behaviour import completion, thaw
from sre_lab.behaviour.ownership import controller_of
from sre_lab.objects.store import Key, Obj, ObjectChange
from sre_lab.world import World

WORKLOADS = ("CronJob", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Pod")
REFERENCED = ("ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount")
TakeOver = Callable[[list[Obj]], None]


class _Listeners(list[TakeOver]):
    """Who takes over what thaws in one world."""


def is_frozen(world: World, obj: Obj) -> bool:
    """Whether `obj` (a workload or a pod) belongs to a recorded workload that nobody has touched."""
    return bool(world.frozen) and any(key in world.frozen for key in lineage(world, obj))


def lineage(world: World, obj: Obj) -> list[Key]:
    """`obj` and its owners, the topmost last. A recording may lack an owner: then its reference stands for it."""
    namespace = obj["metadata"].get("namespace", "")
    keys = [(obj["kind"], namespace, obj["metadata"]["name"])]
    while (reference := controller_of(obj)) is not None:
        key = (reference["kind"], namespace, reference["name"])
        if key in keys:
            break
        keys.append(key)
        owner = world.objects.get(*key)
        if owner is None:
            above = ("Deployment", namespace, reference["name"].rpartition("-")[0])
            if reference["kind"] == "ReplicaSet" and world.objects.get(*above) is not None:
                keys.append(above)
            break
        obj = owner
    return keys


def root(world: World, obj: Obj) -> Key:
    """The workload at the top of `obj`'s owners, which may itself be missing from a recording."""
    return lineage(world, obj)[-1]


def on_thaw(world: World, take_over: TakeOver) -> None:
    """Call `take_over` with the objects of each workload that thaws: its controllers' objects and its pods."""
    world.memory(_Listeners, _Listeners).append(take_over)


def freeze(world: World) -> None:
    """Mark every workload that is in the store as recorded."""
    for kind in WORKLOADS:
        for obj in world.objects.all(kind):
            world.frozen.update(lineage(world, obj))


def watch(world: World) -> None:
    """From now on a write that changes what a frozen workload is, or what it uses, thaws it."""

    def react(change: ObjectChange) -> None:
        if not world.frozen:
            return
        for key in _affected_workloads(world, change):
            _thaw(world, key, change)

    world.objects.subscribe(react)


def members(world: World, key: Key) -> list[Obj]:
    """The objects of a workload: itself, its ReplicaSets or Jobs, its pods."""
    return [obj for kind in WORKLOADS for obj in world.objects.all(kind, key[1]) if root(world, obj) == key]


def thaw_all(world: World) -> None:
    """Let every workload move, its containers behaving as they are recorded."""
    recording = [obj for kind in WORKLOADS for obj in world.objects.all(kind)]
    world.frozen.clear()
    completion.complete(world, recording)
    thaw.take_behaviour(world, recording)
    moving = [obj for kind in WORKLOADS for obj in world.objects.all(kind)]
    for take_over in list(world.memory(_Listeners, _Listeners)):
        take_over(moving)


def _thaw(world: World, key: Key, change: ObjectChange) -> None:
    """Let the workload `key` move again, its containers behaving as they did before `change`."""
    now = members(world, key)
    for obj in [*now, *([change.object] if change.object["kind"] in WORKLOADS else [])]:
        world.frozen.difference_update(lineage(world, obj))
    world.frozen.discard(key)
    before = [(change.before or change.object) if _same(obj, change.object) else obj for obj in now]
    if change.type == "DELETED" and change.object["kind"] in WORKLOADS:
        before.append(change.object)
    completion.complete(world, before)
    thaw.take_behaviour(world, before)
    moving = members(world, key)
    for take_over in list(world.memory(_Listeners, _Listeners)):
        take_over(moving)


def _affected_workloads(world: World, change: ObjectChange) -> list[Key]:
    """The topmost frozen workloads that the change concerns."""
    obj, before = change.object, change.before
    kind, namespace = obj["kind"], obj["metadata"].get("namespace", "")
    if kind in WORKLOADS:
        return [root(world, obj)] if is_frozen(world, obj) and _is_wanted_change(change) else []
    concerns: Callable[[Obj], bool]
    if kind in REFERENCED and (before is None or change.type == "DELETED" or _content(before) != _content(obj)):
        concerns = partial(_refers, kind=kind, name=obj["metadata"]["name"])
    elif kind in ("ResourceQuota", "LimitRange"):
        concerns = _lacks_pods
    elif kind == "Node" and (before is None or before["spec"] != obj["spec"] or _labels(before) != _labels(obj)):
        concerns = _is_unscheduled
    else:
        return []
    candidates = (one for workload in WORKLOADS for one in world.objects.all(workload, namespace))
    return list(dict.fromkeys(root(world, one) for one in candidates if is_frozen(world, one) and concerns(one)))


def _is_wanted_change(change: ObjectChange) -> bool:
    """Deleted, on its way out, or asked to be something else; a status or a note on it does not count."""
    obj, before = change.object, change.before
    if change.type == "DELETED" or before is None:
        return True
    if obj["metadata"].get("deletionTimestamp") != before["metadata"].get("deletionTimestamp"):
        return True
    return bool(obj.get("spec") != before.get("spec") or _labels(obj) != _labels(before))


def _refers(obj: Obj, kind: str, name: str) -> bool:
    spec = obj["spec"] if obj["kind"] == "Pod" else obj.get("spec", {}).get("template", {}).get("spec", {})
    return (kind, name) in list(references(spec))


def references(spec: Obj) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything in its namespace that a pod spec names."""
    yield "ServiceAccount", spec.get("serviceAccountName") or "default"
    for secret in spec.get("imagePullSecrets") or []:
        yield "Secret", secret.get("name", "")
    for volume in spec.get("volumes") or []:
        yield from _volume_references(volume)
        for source in (volume.get("projected") or {}).get("sources") or []:
            yield from _volume_references(source)
    for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
        for source in container.get("envFrom") or []:
            yield "ConfigMap", (source.get("configMapRef") or {}).get("name", "")
            yield "Secret", (source.get("secretRef") or {}).get("name", "")
        for variable in container.get("env") or []:
            origin = variable.get("valueFrom") or {}
            yield "ConfigMap", (origin.get("configMapKeyRef") or {}).get("name", "")
            yield "Secret", (origin.get("secretKeyRef") or {}).get("name", "")


def _volume_references(volume: Obj) -> Iterator[tuple[str, str]]:
    yield "ConfigMap", (volume.get("configMap") or {}).get("name", "")
    secret = volume.get("secret") or {}
    yield "Secret", secret.get("secretName") or secret.get("name", "")
    yield "PersistentVolumeClaim", (volume.get("persistentVolumeClaim") or {}).get("claimName", "")


def _is_unscheduled(obj: Obj) -> bool:
    return obj["kind"] == "Pod" and not obj["spec"].get("nodeName")


def _lacks_pods(obj: Obj) -> bool:
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "ReplicaFailure" and c.get("status") == "True" for c in conditions)


def _content(obj: Obj) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}


def _labels(obj: Obj) -> Any:
    return obj["metadata"].get("labels")


def _same(one: Obj, other: Obj) -> bool:
    return bool(one["kind"] == other["kind"] and one["metadata"]["name"] == other["metadata"]["name"])
