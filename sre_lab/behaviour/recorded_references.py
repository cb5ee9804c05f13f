"""What recorded pods name although the recording left it out: a pod that ran had its account and its classes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sre_lab.objects.store import Key, Obj
from sre_lab.world import World

_NAMES = uuid.UUID("2f7c7b0e-6a0c-4b0f-9d57-3a1f0c0c7a11")


def complete(world: World) -> None:
    """Add the accounts and classes that the recorded pods and templates name, but none that is told to be missing.

    They get the same uids in every world, and nobody is told of them: they were there.
    """
    lacking: dict[Key, Obj] = {}
    for obj in _referenced_objects(world):
        key = (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if key not in lacking and world.objects.get(*key) is None:
            lacking[key] = obj
    refusals = " ".join(_refusals(world)) if lacking else ""
    for key, missing in lacking.items():
        if f'"{key[2]}" not found' not in refusals and f"PriorityClass with name {key[2]} was" not in refusals:
            uid = str(uuid.uuid5(_NAMES, "/".join(key)))
            world.objects.load({**missing, "metadata": {**missing["metadata"], "uid": uid}})


def _referenced_objects(world: World) -> Iterator[Obj]:
    for namespace in world.objects.all("Namespace"):
        yield _account(namespace["metadata"]["name"], "default")
    for kind in ("Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"):
        for obj in world.objects.all(kind):
            spec: Any = obj.get("spec") or {}
            spec = (spec.get("jobTemplate") or {}).get("spec") or {} if kind == "CronJob" else spec
            pod = spec if kind == "Pod" else (spec.get("template") or {}).get("spec") or {}
            yield from _spec_objects(obj["metadata"].get("namespace", "default"), pod)


def _spec_objects(namespace: str, spec: Obj) -> Iterator[Obj]:
    yield _account(namespace, spec.get("serviceAccountName") or "default")
    if name := spec.get("priorityClassName"):
        kind = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
        if isinstance(spec.get("priority"), int):  # only a pod tells what its class is worth
            yield {
                **kind,
                "value": spec["priority"],
                "preemptionPolicy": spec.get("preemptionPolicy") or "PreemptLowerPriority",
            }
    if name := spec.get("runtimeClassName"):
        yield {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}, "handler": name}


def _account(namespace: str, name: str) -> Obj:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def _refusals(world: World) -> Iterator[str]:
    """Refusals that the recording tells of, in events and conditions."""
    for event in world.objects.all("Event"):
        yield str(event.get("message") or "")
    for kind in ("Deployment", "ReplicaSet"):
        for obj in world.objects.all(kind):
            for condition in (obj.get("status") or {}).get("conditions") or []:
                yield str(condition.get("message") or "")
