"""Where the store keeps objects, so that each question is answered by looking at few: ordered tables, and indexes.

Objects are replaced far more often than they come and go; a replaced one keeps its place, so order costs nothing then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

Obj = dict[str, Any]
Place = TypeVar("Place", str, tuple[str, str])
Keys = Callable[[Obj], Iterable[Hashable]]


class ObjectTable(Generic[Place]):
    """Objects by their place (a name, or namespace and name), listed in the order of places."""

    def __init__(self) -> None:
        self._objects: dict[Place, Obj] = {}
        self._last: Place | None = None  # no place behind it was ever filled while the table was in order
        self._ordered = True

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, place: Place) -> Obj | None:
        return self._objects.get(place)

    def put(self, place: Place, obj: Obj) -> None:
        if place not in self._objects:
            if self._last is None or place > self._last:
                self._last = place
            else:
                self._ordered = False
        self._objects[place] = obj

    def remove(self, place: Place) -> None:
        del self._objects[place]

    def all(self) -> list[Obj]:
        if not self._ordered:
            self._objects = dict(sorted(self._objects.items()))
            self._ordered = True
        return list(self._objects.values())


class ObjectIndex:
    """Objects of one kind by whatever `keys` finds about them; an object may have several keys, or none."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._tables: dict[Hashable, ObjectTable[tuple[str, str]]] = {}

    def find(self, key: Hashable) -> list[Obj]:
        """The objects with this key, ordered by namespace and name."""
        shelf = self._tables.get(key)
        return [] if shelf is None else shelf.all()

    def note(self, new: Obj | None, old: Obj | None) -> None:
        """An object came (no `old`), changed, or went (no `new`)."""
        after = set(self._keys(new)) if new is not None else set()
        if old is not None:
            place = _place(old)
            for key in set(self._keys(old)) - after:
                self._tables[key].remove(place)
                if not self._tables[key]:
                    del self._tables[key]
        if new is not None:
            place = _place(new)
            for key in after:
                shelf = self._tables.get(key)
                if shelf is None:
                    shelf = self._tables[key] = ObjectTable()
                shelf.put(place, new)


def _place(obj: Obj) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]
