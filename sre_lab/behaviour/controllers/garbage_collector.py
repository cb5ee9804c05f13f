"""The garbage collector: what only a vanished object owned goes too."""

from __future__ import annotations

from sre_lab.behaviour.controllers.queue import REACTION_SECONDS
from sre_lab.behaviour.ownership import dependents, is_owner
from sre_lab.kubernetes import deletion
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

NEVER_OWNERS = ("Event", "Lease", "Endpoints")
NEVER_OWNED = ("Event", "Endpoints")


class GarbageCollector:
    def __init__(self, world: World) -> None:
        self._world = world
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: ObjectChange) -> None:
        obj = change.object
        if obj["kind"] in NEVER_OWNERS:
            return
        if change.type == "DELETED":
            self._world.clock.after(REACTION_SECONDS, lambda: self._collect(obj))
            for reference in obj["metadata"].get("ownerReferences") or []:
                self._clear_soon(reference["kind"], obj["metadata"].get("namespace", ""), reference["name"])
        elif _awaits_dependents(obj) and not (change.before and _awaits_dependents(change.before)):
            self._clear_soon(obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])

    def _clear_soon(self, kind: str, namespace: str, name: str) -> None:
        self._world.clock.after(REACTION_SECONDS, lambda: self._clear(kind, namespace, name))

    def _clear(self, kind: str, namespace: str, name: str) -> None:
        """Foreground deletion: the dependents go first, and the owner when those that block it are gone."""
        owner = self._world.objects.get(kind, namespace, name)
        if owner is None or not _awaits_dependents(owner):
            return
        dependents = self._dependents(owner)
        for one in dependents:
            meta = one["metadata"]
            if not meta.get("deletionTimestamp"):
                where = (one["kind"], meta.get("namespace", ""), meta["name"])
                deletion.delete(self._world, *where, propagation="Foreground")
        if not any(_blocks(one, owner) for one in self._dependents(owner)):
            deletion.release(self._world, owner, deletion.FOREGROUND)

    def _collect(self, owner: Obj) -> None:
        """Delete what only the vanished `owner` held."""
        for dependent in self._dependents(owner):
            references = [r for r in dependent["metadata"]["ownerReferences"] if not is_owner(owner, r)]
            if references and any(self._exists(dependent, r) for r in references):
                self._keep_references(dependent, references)
            else:
                self._delete(dependent)

    def _dependents(self, owner: Obj) -> list[Obj]:
        kinds = (kind for kind in self._world.objects.kinds() if kind not in NEVER_OWNED)
        return [obj for kind in kinds for obj in dependents(self._world.objects, kind, owner)]

    def _exists(self, dependent: Obj, reference: Obj) -> bool:
        namespace = dependent["metadata"].get("namespace", "")
        owner = self._world.objects.get(reference["kind"], namespace, reference["name"])
        return owner is not None and is_owner(owner, reference)

    def _keep_references(self, obj: Obj, references: list[Obj]) -> None:
        def change(new: Obj) -> None:
            new["metadata"].pop("ownerReferences", None)
            if references:
                new["metadata"]["ownerReferences"] = references

        meta = obj["metadata"]
        self._world.objects.edit(obj["kind"], meta.get("namespace", ""), meta["name"], change)

    def _delete(self, obj: Obj) -> None:
        meta = obj["metadata"]
        if self._world.objects.get(obj["kind"], meta.get("namespace", ""), meta["name"]) is not None:
            deletion.delete(self._world, obj["kind"], meta.get("namespace", ""), meta["name"])


def _awaits_dependents(obj: Obj) -> bool:
    meta = obj["metadata"]
    return bool(meta.get("deletionTimestamp")) and deletion.FOREGROUND in (meta.get("finalizers") or [])


def _blocks(dependent: Obj, owner: Obj) -> bool:
    references = dependent["metadata"].get("ownerReferences") or []
    return any(is_owner(owner, reference) and reference.get("blockOwnerDeletion") for reference in references)
