"""What etcd is to a cluster: every object, its version, and the changes in order.

Objects are plain JSON-like dicts and are never changed in place: whoever wants another one calls `edit` or `replace`.
So two versions of an object may share what did not change between them, and whoever reads needs no copy. The API serves
from here, the controllers and the kubelet react to `subscribe` and write back here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from random import Random

from sre_lab.clock import VirtualClock, rfc3339
from sre_lab.objects.changelog import ChangeLog, ChangeType, ExpiredError, ObjectChange
from sre_lab.objects.copies import deep_copy
from sre_lab.objects.tables import Keys, Obj, ObjectIndex, ObjectTable

__all__ = ["ExpiredError", "Key", "Obj", "ObjectChange", "ObjectStore"]

Key = tuple[str, str, str]  # kind, namespace ("" for cluster-scoped kinds), name
FIXED = ("uid", "creationTimestamp", "resourceVersion", "generation")  # in metadata; no writer changes them
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


class ObjectStore:
    """All objects of the cluster by kind. `generation` rises when anything but metadata and status changes."""

    def __init__(self, clock: VirtualClock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._tables: dict[str, dict[str, ObjectTable[str]]] = {}  # by kind and namespace
        self._indexes: dict[str, dict[Keys, ObjectIndex]] = {}  # by kind
        self._log = ChangeLog()
        self._version = 1000
        self._subscribers: tuple[Callable[[ObjectChange], None], ...] = ()

    @property
    def version(self) -> int:
        return self._version

    def subscribe(self, reaction: Callable[[ObjectChange], None]) -> None:
        """Call `reaction` with every change, at once and in order. It may write to the store itself."""
        self._subscribers = (*self._subscribers, reaction)

    def unsubscribe(self, reaction: Callable[[ObjectChange], None]) -> None:
        left = list(self._subscribers)
        left.remove(reaction)
        self._subscribers = tuple(left)

    def get(self, kind: str, namespace: str, name: str) -> Obj | None:
        shelf = self._tables.get(kind, {}).get(namespace)
        return None if shelf is None else shelf.get(name)

    def all(self, kind: str, namespace: str = "") -> list[Obj]:
        """The objects of a kind (of one namespace, where given), ordered by namespace and name."""
        shelves = self._tables.get(kind, {})
        if namespace:
            return shelves[namespace].all() if namespace in shelves else []
        return [obj for _, shelf in sorted(shelves.items()) for obj in shelf.all()]

    def find(self, kind: str, by: Keys, key: Hashable) -> list[Obj]:
        """The objects of a kind of which `by` gives `key`, in the order of `all`, without looking at the others.

        `by` is a function of the object alone that lives as long as the program: the first question builds its index,
        each write keeps it.
        """
        indexes = self._indexes.setdefault(kind, {})
        if by not in indexes:
            indexes[by] = ObjectIndex(by)
            for obj in self.all(kind):
                indexes[by].note(obj, None)
        return indexes[by].find(key)

    def kinds(self) -> Iterator[str]:
        return iter(list(self._tables))

    def create(self, obj: Obj) -> Obj:
        """Store a copy with uid, creationTimestamp, resourceVersion and generation filled in where absent."""
        new = deep_copy(obj)
        meta = new.setdefault("metadata", {})
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + self.suffix(5)
        if self.get(new["kind"], meta.get("namespace", ""), meta["name"]) is not None:
            raise AlreadyExistsError(f'{new["kind"]} "{meta["name"]}" already exists')
        self._identify(meta)
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
        fixed = {name: old["metadata"][name] for name in FIXED if name in old["metadata"]}
        new, changed = _share({**obj, "metadata": {**meta, **fixed}}, old)
        if not changed:
            return old
        if "generation" in fixed and changed - {"metadata", "status"}:
            new["metadata"] = {**new["metadata"], "generation": fixed["generation"] + 1}
        return self._write("MODIFIED", new, old)

    def edit(self, kind: str, namespace: str, name: str, change: Callable[[Obj], None]) -> Obj:
        """Apply `change` to a copy and store that."""
        old = self.get(kind, namespace, name)
        if old is None:
            raise NotFoundError(f'{kind} "{name}" not found')
        new = deep_copy(old)
        change(new)
        return self.replace(new)

    def put_status(self, kind: str, namespace: str, name: str, status: Obj) -> Obj:
        """Store a copy of `status` in place of the object's. Equal content is no write."""
        old = self.get(kind, namespace, name)
        if old is None:
            raise NotFoundError(f'{kind} "{name}" not found')
        if "status" in old and old["status"] == status:
            return old
        return self._write("MODIFIED", {**old, "status": deep_copy(status)}, old)

    def delete(self, kind: str, namespace: str, name: str) -> Obj:
        """Remove at once. Grace periods, finalizers and owners are the business of whoever calls this."""
        old = self.get(kind, namespace, name)
        if old is None:
            raise NotFoundError(f'{kind} "{name}" not found')
        self._tables[kind][namespace].remove(name)
        return self._publish("DELETED", {**old}, old)

    def load(self, obj: Obj) -> Obj:
        """Store a recorded object as it is, uid and times kept, without telling the subscribers."""
        new = deep_copy(obj)
        meta = new["metadata"]
        self._identify(meta)
        self._version += 1
        meta["resourceVersion"] = str(self._version)
        old = self.get(new["kind"], meta.get("namespace", ""), meta["name"])
        self._shelve(new)
        self._note(new, old)
        self._log.add(ObjectChange("ADDED", self._version, new, None))
        return new

    def changes_since(self, version: int, kind: str) -> list[ObjectChange]:
        """What happened to a kind after `version`, in order; ExpiredError when the log does not reach back."""
        return self._log.since(version, kind)

    def all_at(self, version: int, kind: str, namespace: str = "") -> list[Obj]:
        """`all` as it was at `version`; ExpiredError when the log does not reach back."""
        later = self._log.since(version, kind)
        present = self.all(kind, namespace)
        if not later:
            return present
        by_place: dict[tuple[str, str], Obj | None] = {_place(obj): obj for obj in present}
        for change in reversed(later):
            if not namespace or change.object["metadata"].get("namespace") == namespace:
                by_place[_place(change.object)] = change.before
        return [obj for _, obj in sorted(by_place.items(), key=lambda row: row[0]) if obj is not None]

    def suffix(self, length: int) -> str:
        """A random name part from the letters that Kubernetes uses (no vowels, no look-alikes)."""
        return "".join(self._random.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(length))

    def _identify(self, meta: Obj) -> None:
        if "uid" not in meta:
            meta["uid"] = _uuid4(self._random.getrandbits(128))
        if "creationTimestamp" not in meta:
            meta["creationTimestamp"] = rfc3339(self._clock.now())

    def _write(self, change: ChangeType, new: Obj, old: Obj | None) -> Obj:
        self._shelve(new)
        return self._publish(change, new, old)

    def _shelve(self, new: Obj) -> None:
        meta = new["metadata"]
        shelves = self._tables.setdefault(new["kind"], {})
        namespace = meta.get("namespace", "")
        if namespace not in shelves:
            shelves[namespace] = ObjectTable()
        shelves[namespace].put(meta["name"], new)

    def _publish(self, change: ChangeType, new: Obj, old: Obj | None) -> Obj:
        self._version += 1
        new["metadata"] = {**new["metadata"], "resourceVersion": str(self._version)}
        self._note(None if change == "DELETED" else new, old)
        event = ObjectChange(change, self._version, new, old)
        self._log.add(event)
        for reaction in self._subscribers:
            reaction(event)
        return new

    def _note(self, new: Obj | None, old: Obj | None) -> None:
        for index in self._indexes.get((new or old or {})["kind"], {}).values():
            index.note(new, old)


def _uuid4(bits: int) -> str:
    """The text of `uuid.UUID(int=bits, version=4)`, at a third of its price."""
    bits = bits & ~(0xF000 << 64) & ~(0xC000 << 48) | 4 << 76 | 0x8000 << 48
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _share(new: Obj, old: Obj) -> tuple[Obj, set[str]]:
    """(`new` with its own copy of what changed and `old`'s part for what did not, the parts that changed)"""
    changed = old.keys() - new.keys()
    result: Obj = {}
    for part, value in new.items():
        if part in old and (old[part] is value or old[part] == value):
            result[part] = old[part]
            continue
        changed.add(part)
        result[part] = deep_copy(value)
    return result, changed


def _place(obj: Obj) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]
