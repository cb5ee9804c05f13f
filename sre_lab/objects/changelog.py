"""The recent past of the store: what a watch still has to hear, and how a kind looked some changes ago."""

from __future__ import annotations

from collections import deque
from typing import Any, Literal, NamedTuple

Obj = dict[str, Any]
ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]
KEPT_CHANGES = 20_000


class ExpiredError(Exception):
    """The change log no longer reaches back to that resourceVersion."""


class ObjectChange(NamedTuple):
    """One write: the object as it is afterwards (or was, for DELETED) and as it was before."""

    type: ChangeType
    version: int
    object: Obj
    before: Obj | None


class ChangeLog:
    """The last changes of all kinds together, found by kind without looking at the others."""

    def __init__(self) -> None:
        self._all: deque[ObjectChange] = deque()
        self._by_kind: dict[str, deque[ObjectChange]] = {}

    def add(self, change: ObjectChange) -> None:
        self._all.append(change)
        self._by_kind.setdefault(change.object["kind"], deque()).append(change)
        if len(self._all) > KEPT_CHANGES:
            oldest = self._all.popleft()
            self._by_kind[oldest.object["kind"]].popleft()

    def since(self, version: int, kind: str) -> list[ObjectChange]:
        """What happened to a kind after `version`, in order; ExpiredError when the log does not reach back."""
        oldest = self._all[0].version if self._all else 0
        if version and version < oldest - 1:
            raise ExpiredError(f"too old resource version: {version} ({oldest})")
        changes: list[ObjectChange] = []
        for change in reversed(self._by_kind.get(kind, ())):
            if change.version <= version:
                break
            changes.append(change)
        changes.reverse()
        return changes
