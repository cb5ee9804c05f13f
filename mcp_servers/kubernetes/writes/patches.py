"""The two forms of a write: each carries what it must find unchanged, and the stamp of the permit.

The API server refuses both when the object is another one, or another version of it, than the one just read.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from mcp_servers.kubernetes.connection.client import Obj

STRATEGIC: Final = "application/strategic-merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"


class Patch(Protocol):
    def request(self, before: Obj, stamp: Mapping[str, str]) -> tuple[Any, str]:
        """Body and content type for the object as just read; the stamp are annotations, none of a dry run."""

    def applied(self, before: Obj) -> Obj:
        """The object as it would be, computed here: without the API server's defaults, admission and validation."""


@dataclass(frozen=True)
class Merge:
    """Merges into the object's `spec` strategically; None in it removes a key."""

    spec: Obj

    def request(self, before: Obj, stamp: Mapping[str, str]) -> tuple[Any, str]:
        meta = {field: before["metadata"][field] for field in ("uid", "resourceVersion")}
        marks = {"annotations": dict(stamp)} if stamp else {}
        return {"metadata": {**meta, **marks}, "spec": self.spec}, STRATEGIC

    def applied(self, before: Obj) -> Obj:
        return {**before, "spec": _merge(before.get("spec"), self.spec)}


@dataclass(frozen=True)
class Replace:
    """Puts other values in place of those at these JSON pointers; annotations that are None are removed."""

    values: Mapping[str, Any]
    annotations: Mapping[str, str | None] = field(default_factory=dict)

    def request(self, before: Obj, stamp: Mapping[str, str]) -> tuple[Any, str]:
        meta = before["metadata"]
        annotations = {**(meta.get("annotations") or {}), **self.annotations, **stamp}
        tests = [{"op": "test", "path": f"/metadata/{at}", "value": meta[at]} for at in ("uid", "resourceVersion")]
        return [
            *tests,
            *({"op": "replace", "path": path, "value": value} for path, value in self.values.items()),
            {
                "op": "add",
                "path": "/metadata/annotations",
                "value": {k: v for k, v in annotations.items() if v is not None},
            },
        ], JSON_PATCH

    def applied(self, before: Obj) -> Obj:
        result = copy.deepcopy(before)
        for pointer, value in self.values.items():
            *above, last = pointer.strip("/").split("/")
            place: Any = result
            for part in above:
                place = place[int(part) if isinstance(place, list) else part]
            place[int(last) if isinstance(place, list) else last] = value
        return result


def _merge(old: Any, new: Any) -> Any:
    """Maps by key, lists of named elements by name, as a strategic merge has containers; anything else is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        changed = {key: _merge(old.get(key), value) for key, value in new.items() if value is not None}
        return {key: value for key, value in old.items() if key not in new} | changed
    if (
        isinstance(old, list)
        and isinstance(new, list)
        and new
        and all(isinstance(x, dict) and "name" in x for x in new)
    ):
        by_name = {element["name"]: element for element in new}
        elements = [_merge(element, by_name.pop(element.get("name"), {})) for element in old]
        return [*elements, *by_name.values()]
    return new
