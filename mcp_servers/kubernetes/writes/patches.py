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
    """Puts values at JSON pointers, one after the other. None takes away what is there; a map that leads to a value and
    is missing is made. Annotations that are None are removed."""

    values: Mapping[str, Any]
    annotations: Mapping[str, str | None] = field(default_factory=dict)

    def request(self, before: Obj, stamp: Mapping[str, str]) -> tuple[Any, str]:
        meta = before["metadata"]
        annotations = {**(meta.get("annotations") or {}), **self.annotations, **stamp}
        tests = [{"op": "test", "path": f"/metadata/{at}", "value": meta[at]} for at in ("uid", "resourceVersion")]
        return [
            *tests,
            *self._put(copy.deepcopy(before)),
            {
                "op": "add",
                "path": "/metadata/annotations",
                "value": {k: v for k, v in annotations.items() if v is not None},
            },
        ], JSON_PATCH

    def applied(self, before: Obj) -> Obj:
        result = copy.deepcopy(before)
        self._put(result)
        return result

    def _put(self, body: Obj) -> list[Obj]:
        """Changes the object itself, and returns what does the same as a JSON patch."""
        operations = [_put(body, path, value) for path, value in self.values.items()]
        return [one for one in operations if one is not None]


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) of these parts."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _put(body: Any, path: str, value: Any) -> Obj | None:
    """One operation on the object itself, and as JSON patch; None where there is nothing to take away."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    place: Any = body
    for depth, part in enumerate(parts[:-1]):
        below = place[int(part)] if isinstance(place, list) else place.get(part)
        if below is None:
            for missing in reversed(parts[depth + 1 :]):
                value = None if value is None else {missing: value}
            parts = parts[: depth + 1]
            break
        place = below
    last: Any = int(parts[-1]) if isinstance(place, list) else parts[-1]
    has = isinstance(place, list) or place.get(last) is not None
    path = pointer(*parts)
    if value is None:
        if has:
            del place[last]
        return {"op": "remove", "path": path} if has else None
    place[last] = value
    return {"op": "replace" if has else "add", "path": path, "value": copy.deepcopy(value)}


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
