"""A recorded case lived through once more, in the lab: the same manifests and commands at the same times."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sre_lab import instrumentation
from sre_lab.behaviour import controllers, kubelet
from sre_lab.behaviour.controllers.namespaces import create_namespace
from sre_lab.clock import from_rfc3339
from sre_lab.facts import create_cluster, inject_fault
from sre_lab.objects.store import ObjectChange
from sre_lab.scenario import Fault
from sre_lab.world import World, new_world
from tests.fidelity import commands, logs, machines
from tests.fidelity.cases import Action, Case
from tests.fidelity.client import Client
from tests.fidelity.recordings import Recording, Seen, Snapshot

Obj = dict[str, Any]
CLUSTER_START = from_rfc3339("2026-11-21T07:06:30.3Z")  # when the recorded control plane came up, to go by its rhythm
APPLY_SECONDS = 0.012  # what kubectl takes for one object after the other
RESOURCES = (
    ("api/v1", "pods"),
    ("apis/apps/v1", "deployments"),
    ("apis/apps/v1", "replicasets"),
    ("apis/apps/v1", "statefulsets"),
    ("apis/apps/v1", "daemonsets"),
    ("apis/batch/v1", "jobs"),
    ("apis/batch/v1", "cronjobs"),
    ("api/v1", "services"),
    ("api/v1", "endpoints"),
    ("apis/discovery.k8s.io/v1", "endpointslices"),
    ("api/v1", "persistentvolumeclaims"),
    ("apis/autoscaling/v2", "horizontalpodautoscalers"),
    ("apis/policy/v1", "poddisruptionbudgets"),
    ("api/v1", "resourcequotas"),
    ("api/v1", "configmaps"),
    ("api/v1", "serviceaccounts"),
)


@dataclass
class Replay:
    """What the lab showed: for each recorded snapshot those at the moments that may answer to it; and every change."""

    snapshots: dict[str, list[Snapshot]] = field(default_factory=dict)
    changes: list[Seen] = field(default_factory=list)

    def watch(self, kind: str) -> list[Seen]:
        return [change for change in self.changes if change.object["kind"] == kind]


async def replay(case: Case, recording: Recording, seed: int) -> Replay:
    """Live through the case; `seed` decides what is left to chance."""
    world = _cluster(case, recording, seed)
    result = Replay()

    def note(change: ObjectChange) -> None:
        if change.object["metadata"].get("namespace") == recording.name:
            result.changes.append(Seen(world.clock.now(), change.version, change.type, change.object))

    world.objects.subscribe(note)
    async with Client(world, recording.name) as client:
        world.clock.advance_to(recording.start)
        for manifest in recording.manifests or case.manifests:
            await client.apply(manifest)
            world.clock.advance(APPLY_SECONDS)
        steps: list[tuple[float, Snapshot | Action]] = [(recording.start + a.at, a) for a in case.actions]
        steps += [(at, snapshot) for snapshot in recording.snapshots for at in snapshot.moments]
        for at, step in sorted(steps, key=lambda s: s[0]):
            world.clock.advance_to(at)
            if isinstance(step, Action):
                await _act(world, step, recording.name)
            else:
                result.snapshots.setdefault(step.label, []).append(await _look(client, step, at))
    return result


async def _act(world: World, action: Action, namespace: str) -> None:
    inject_fault(world, Fault(at=0, node=action.node))
    namespace = action.namespace or namespace
    if world.objects.get("Namespace", "", namespace) is None:
        create_namespace(world, namespace, since=world.clock.now())
    async with Client(world, namespace) as client:
        for manifest in action.apply:
            await client.apply(manifest)
        if action.run:
            await commands.run(client, action.run)


async def _look(client: Client, like: Snapshot, at: float) -> Snapshot:
    """What the lab shows of the kinds that the recorded snapshot shows."""
    objects = [obj for group, resource in RESOURCES for obj in await client.list(group, resource)]
    if any(obj["kind"] == "Node" for obj in like.objects):
        objects += machines.seen(await client.nodes())
    container_logs: logs.Logs = {}
    for pod in (obj for obj in objects if obj["kind"] == "Pod"):
        container_logs |= await logs.of_pod(client, pod)
    return Snapshot(like.label, at, at, objects, await client.list("api/v1", "events"), container_logs)


def _hold(node: Obj, images: list[str]) -> None:
    node["status"]["images"] = [{"names": [image]} for image in images]


def _cluster(case: Case, recording: Recording, seed: int) -> World:
    world = new_world(case.shape(), CLUSTER_START, seed=seed)
    world.images.update(case.images)
    create_cluster(world)
    for node, images in case.present.items():
        world.objects.edit("Node", "", node, partial(_hold, images=images))
    controllers.start(world)
    kubelet.start(world)
    instrumentation.start(world)
    create_namespace(world, recording.name, since=world.clock.now())
    return world
