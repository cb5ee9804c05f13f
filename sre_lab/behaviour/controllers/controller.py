"""What workload controllers share: they wake for their kind and for what they own, and leave the frozen alone."""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.behaviour import frozen
from sre_lab.behaviour.controllers.pods import is_active
from sre_lab.behaviour.controllers.queue import REACTION_SECONDS, WorkQueue
from sre_lab.behaviour.events import record
from sre_lab.behaviour.ownership import adopt, controller_of, owner_object, without_owner
from sre_lab.kubernetes import deletion
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World


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

    def on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] == self.kind:
            self.add(obj)
        elif obj["kind"] in self.owns:
            self.add_owner(obj)
            if change.type != "DELETED":
                self._look_at_labels(change)

    def _look_at_labels(self, change: ObjectChange) -> None:
        """An orphan may be wanted, and who is relabelled may have left its owner."""
        obj, before = change.object, change.before
        labels = obj["metadata"].get("labels")
        if before is not None and before["metadata"].get("labels") == labels:
            return
        if not obj["metadata"].get("ownerReferences"):
            for owner in self.world.objects.all(self.kind, obj["metadata"].get("namespace", "")):
                if _selects(owner, labels):
                    self.add(owner)
        elif before is not None:
            parent = owner_object(self.world.objects, obj)
            if parent is None or parent["kind"] != self.kind or _selects(parent, labels):
                return
            if _selects(parent, before["metadata"].get("labels")):
                self.world.clock.after(REACTION_SECONDS, lambda: self._let_go(obj, parent))

    def _let_go(self, obj: Obj, owner: Obj) -> None:
        """The object carries labels that its owner does not select any more: it goes on without one."""
        meta = obj["metadata"]
        current = self.world.objects.get(obj["kind"], meta["namespace"], meta["name"])
        if current is None or current["metadata"]["uid"] != meta["uid"] or frozen.is_frozen(self.world, owner):
            return
        if not _selects(owner, current["metadata"].get("labels")):
            self.edit(current, lambda new: new["metadata"].pop("ownerReferences", None))
            self.add(owner)

    def adopt_orphans(self, obj: Obj, kind: str = "Pod") -> list[Obj]:
        """Objects without a controller that the selector of `obj` matches become its own; the adopted ones."""
        children = []
        for orphan in without_owner(self.world.objects, kind, obj["metadata"]["namespace"]):
            leaving = orphan["metadata"].get("deletionTimestamp") or (kind == "Pod" and not is_active(orphan))
            if leaving or frozen.is_frozen(self.world, orphan):
                continue
            if _selects(obj, orphan["metadata"].get("labels")):
                children.append(adopt(self.world.objects, orphan, obj))
        return children

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


def _selects(owner: Obj, labels: Obj | None) -> bool:
    selector = (owner.get("spec") or {}).get("selector")
    return bool(selector) and matches(selector, labels or {})
