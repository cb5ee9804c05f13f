"""The garbage collector: what only a vanished object owned goes too."""

from __future__ import annotations

from sre_agent.lab.behaviour.controllers.queue import REACTION_SECONDS
from sre_agent.lab.behaviour.ownership import is_owner
from sre_agent.lab.kubernetes import deletion
from sre_agent.lab.kubernetes.store import Change, Obj
from sre_agent.lab.world import World

NEVER_OWNERS = ("Event", "Lease", "Endpoints")


class GarbageCollector:
    def __init__(self, world: World) -> None:
        self._world = world
        world.objects.subscribe(self._on_change)

    def _on_change(self, change: Change) -> None:
        obj = change.object
        if change.type == "DELETED" and obj["kind"] not in NEVER_OWNERS:
            self._world.clock.after(REACTION_SECONDS, lambda: self._collect(obj))

    def _collect(self, owner: Obj) -> None:
        """Delete what only the vanished `owner` held."""
        for dependent in self._dependents(owner):
            references = [r for r in dependent["metadata"]["ownerReferences"] if not is_owner(owner, r)]
            if references and any(self._exists(dependent, r) for r in references):
                self._keep_references(dependent, references)
            else:
                self._delete(dependent)

    def _dependents(self, owner: Obj) -> list[Obj]:
        namespace = owner["metadata"].get("namespace", "")
        return [
            obj
            for kind in self._world.objects.kinds()
            if kind not in NEVER_OWNERS
            for obj in self._world.objects.all(kind, namespace)
            if any(is_owner(owner, reference) for reference in obj["metadata"].get("ownerReferences") or [])
        ]

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
