"""What etcd is to a cluster: every object, its version, and the changes in order.

Objects are plain JSON-like dicts and are never changed in place: whoever wants another one calls `edit` or `replace`.
The API serves from here, the controllers and the kubelet react to `subscribe` and write back here.
"""

from __future__ import annotations

import copy
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from sre_agent.lab.clock import VirtualClock, rfc3339

Obj = dict[str, Any]
Key = tuple[str, str, str]  # kind, namespace ("" for cluster-scoped kinds), name
ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]
KEPT_CHANGES = 20_000
WITHOUT_GENERATION = {
    *("Pod", "Service", "Node", "Namespace", "PersistentVolume", "PersistentVolumeClaim"),
    *("ResourceQuota", "LimitRange", "Lease", "HorizontalPodAutoscaler"),
}


class NotFoundError(LookupError):
    """No such object."""


class AlreadyExistsError(Exception):
    """An object of that kind, namespace and name is there already."""


class ConflictError(Exception):
    """The object has moved on since the resourceVersion or uid that the writer saw."""


class ExpiredError(Exception):
    """The change log no longer reaches back to that resourceVersion."""


@dataclass(frozen=True)
class Change:
    """One write: the object as it is afterwards (or was, for DELETED) and as it was before."""

    type: ChangeType
    version: int
    object: Obj
    before: Obj | None


class ObjectStore:
    """All objects of the cluster by kind. `generation` rises when anything but metadata and status changes."""

    def __init__(self, clock: VirtualClock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._objects: dict[str, dict[tuple[str, str], Obj]] = {}
        self._changes: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._version = 1000
        self._subscribers: list[Callable[[Change], None]] = []

    @property
    def version(self) -> int:
        return self._version

    def subscribe(self, reaction: Callable[[Change], None]) -> None:
        """Call `reaction` with every change, at once and in order. It may write to the store itself."""
        self._subscribers.append(reaction)

    def unsubscribe(self, reaction: Callable[[Change], None]) -> None:
        self._subscribers.remove(reaction)

    def get(self, kind: str, namespace: str, name: str) -> Obj | None:
        return self._objects.get(kind, {}).get((namespace, name))

    def all(self, kind: str, namespace: str = "") -> list[Obj]:
        """The objects of a kind (of one namespace, where given), ordered by namespace and name."""
        rows = self._objects.get(kind, {})
        return [obj for (ns, _), obj in sorted(rows.items()) if not namespace or ns == namespace]

    def kinds(self) -> Iterator[str]:
        return iter(list(self._objects))

    def create(self, obj: Obj) -> Obj:
        """Store a copy with uid, creationTimestamp, resourceVersion and generation filled in where absent."""
        new = copy.deepcopy(obj)
        meta = new.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + self.suffix(5)
        if self.get(new["kind"], meta.get("namespace", ""), meta["name"]) is not None:
            raise AlreadyExistsError(f'{new["kind"]} "{meta["name"]}" already exists')
        meta.setdefault("uid", str(uuid.UUID(int=self._random.getrandbits(128), version=4)))
        meta.setdefault("creationTimestamp", rfc3339(self._clock.now()))
        if "spec" in new and new["kind"] not in WITHOUT_GENERATION:
            meta.setdefault("generation", 1)
        return self._write("ADDED", new, None)

    def replace(self, obj: Obj, *, expected_version: str | None = None) -> Obj:
        """Store `obj` in place of the one of its name. Equal content is no write and keeps its resourceVersion."""
        meta = obj["metadata"]
        old = self.get(obj["kind"], meta.get("namespace", ""), meta["name"])
        if old is None:
            raise NotFoundError(f'{obj["kind"]} "{meta["name"]}" not found')
        if expected_version and expected_version != old["metadata"]["resourceVersion"]:
            raise ConflictError(f'{obj["kind"]} "{meta["name"]}" has been modified')
        new = copy.deepcopy(obj)
        for fixed in ("uid", "creationTimestamp", "resourceVersion", "generation"):
            if fixed in old["metadata"]:
                new["metadata"][fixed] = old["metadata"][fixed]
        if new == old:
            return old
        if "generation" in old["metadata"] and _desired(new) != _desired(old):
            new["metadata"]["generation"] += 1
        return self._write("MODIFIED", new, old)

    def edit(self, kind: str, namespace: str, name: str, change: Callable[[Obj], None]) -> Obj:
        """Apply `change` to a copy and store that."""
        old = self.get(kind, namespace, name)
        if old is None:
            raise NotFoundError(f'{kind} "{name}" not found')
        new = copy.deepcopy(old)
        change(new)
        return self.replace(new)

    def delete(self, kind: str, namespace: str, name: str) -> Obj:
        """Remove at once. Grace periods, finalizers and owners are the business of whoever calls this."""
        old = self.get(kind, namespace, name)
        if old is None:
            raise NotFoundError(f'{kind} "{name}" not found')
        gone = copy.deepcopy(old)
        del self._objects[kind][(namespace, name)]
        return self._publish("DELETED", gone, old)

    def load(self, obj: Obj) -> Obj:
        """Store a recorded object as it is, uid and times kept, without telling the subscribers."""
        new = copy.deepcopy(obj)
        meta = new["metadata"]
        meta.setdefault("uid", str(uuid.UUID(int=self._random.getrandbits(128), version=4)))
        meta.setdefault("creationTimestamp", rfc3339(self._clock.now()))
        self._version += 1
        meta["resourceVersion"] = str(self._version)
        self._objects.setdefault(new["kind"], {})[(meta.get("namespace", ""), meta["name"])] = new
        self._changes.append(Change("ADDED", self._version, new, None))
        return new

    def changes_since(self, version: int, kind: str) -> list[Change]:
        """What happened to a kind after `version`, in order; ExpiredError when the log does not reach back."""
        oldest = self._changes[0].version if len(self._changes) == KEPT_CHANGES else 0
        if version and version < oldest - 1:
            raise ExpiredError(f"too old resource version: {version} ({oldest})")
        return [c for c in self._changes if c.version > version and c.object["kind"] == kind]

    def suffix(self, length: int) -> str:
        """A random name part from the letters that Kubernetes uses (no vowels, no look-alikes)."""
        return "".join(self._random.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(length))

    def _write(self, change: ChangeType, new: Obj, old: Obj | None) -> Obj:
        meta = new["metadata"]
        self._objects.setdefault(new["kind"], {})[(meta.get("namespace", ""), meta["name"])] = new
        return self._publish(change, new, old)

    def _publish(self, change: ChangeType, new: Obj, old: Obj | None) -> Obj:
        self._version += 1
        new["metadata"]["resourceVersion"] = str(self._version)
        event = Change(change, self._version, new, old)
        self._changes.append(event)
        for reaction in list(self._subscribers):
            reaction(event)
        return new


def _desired(obj: Obj) -> Obj:
    return {k: v for k, v in obj.items() if k not in ("metadata", "status")}
