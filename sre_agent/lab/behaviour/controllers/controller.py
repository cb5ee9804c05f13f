"""What workload controllers share: they wake for their kind and for what they own, and leave the frozen alone."""

from __future__ import annotations

from collections.abc import Callable

from sre_agent.lab.behaviour import frozen
from sre_agent.lab.behaviour.controllers.queue import WorkQueue
from sre_agent.lab.behaviour.events import record
from sre_agent.lab.behaviour.ownership import controller_of
from sre_agent.lab.kubernetes import deletion
from sre_agent.lab.kubernetes.store import Change, Obj
from sre_agent.lab.world import World


class Controller:
    """A subclass names its `kind`, the event source `component`, and does its work in `sync`."""

    kind: str
    component: str
    owns: tuple[str, ...] = ("Pod",)
    waits_in_recordings = False  # recorded objects are no workload that can be frozen: leave them until a change

    def __init__(self, world: World) -> None:
        self.world = world
        self.queue = WorkQueue(world.clock, self._reconcile)
        world.objects.subscribe(self.on_change)
        frozen.on_thaw(world, self._take_over)
        if not (self.waits_in_recordings and world.frozen):
            self._take_over(world.objects.all(self.kind))

    def sync(self, obj: Obj) -> None:
        """Bring the world one step nearer to what `obj` asks for."""
        raise NotImplementedError

    def on_change(self, change: Change) -> None:
        obj = change.object
        if obj["kind"] == self.kind:
            self.add(obj)
        elif obj["kind"] in self.owns:
            self.add_owner(obj)

    def add(self, obj: Obj, *, delay: float | None = None) -> None:
        meta = obj["metadata"]
        if delay is None:
            self.queue.add(meta["namespace"], meta["name"])
        else:
            self.queue.add(meta["namespace"], meta["name"], delay=delay)

    def add_owner(self, obj: Obj) -> None:
        owner = controller_of(obj)
        if owner is not None and owner["kind"] == self.kind:
            self.queue.add(obj["metadata"]["namespace"], owner["name"])

    def edit(self, obj: Obj, change: Callable[[Obj], None]) -> Obj:
        meta = obj["metadata"]
        return self.world.objects.edit(obj["kind"], meta["namespace"], meta["name"], change)

    def put_status(self, obj: Obj, status: Obj) -> Obj:
        meta = obj["metadata"]
        return self.world.objects.put_status(obj["kind"], meta["namespace"], meta["name"], status)

    def delete(self, obj: Obj) -> None:
        meta = obj["metadata"]
        if self.world.objects.get(obj["kind"], meta["namespace"], meta["name"]) is not None:
            deletion.delete(self.world, obj["kind"], meta["namespace"], meta["name"])

    def tell(self, obj: Obj, type: str, reason: str, message: str) -> None:
        record(self.world, obj, type, reason, message, component=self.component)

    def _reconcile(self, namespace: str, name: str) -> None:
        obj = self.world.objects.get(self.kind, namespace, name)
        if obj is not None and not frozen.is_frozen(self.world, obj):
            self.sync(obj)

    def _take_over(self, objects: list[Obj]) -> None:
        for obj in objects:
            if obj["kind"] == self.kind:
                self.add(obj)
