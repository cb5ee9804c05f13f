"""The patch forms of the API as pure functions: JSON patch, merge patch, strategic merge, and a tolerant apply.

Strategic merge follows Kubernetes' merge keys; the keys below are facts of its API types.
"""

from __future__ import annotations

import copy
from typing import Any

from sre_lab.kubernetes.go_text import go_map

Obj = dict[str, Any]


class PatchError(Exception):
    """The patch does not fit the object; the message says which operation and path."""


MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "conditions": "type",
    "addresses": "type",
    "podIPs": "ip",
    "hostIPs": "ip",
    "ownerReferences": "uid",
    "secrets": "name",
    "webhooks": "name",
    "ports": "containerPort",
}
MERGED_SETS = ("finalizers",)
_ATOMIC = {
    ("Endpoints", "addresses"),
    ("EndpointSlice", "addresses"),
    ("Endpoints", "ports"),
    ("EndpointSlice", "ports"),
    ("NetworkPolicy", "ports"),
}


def json_patch(document: Obj, operations: list[Obj]) -> Obj:
    """RFC 6902; PatchError when an operation does not apply or a test fails."""
    result: Any = copy.deepcopy(document)
    for operation in operations:
        kind, path = operation.get("op"), operation.get("path", "")
        if kind in ("add", "replace", "test") and "value" not in operation:
            raise PatchError(f"{kind} operation does not apply: there is no value at {path}")
        if kind == "add":
            result = _put(result, path, copy.deepcopy(operation["value"]), insert=True)
        elif kind == "replace":
            _take(result, path, kind)
            result = _put(result, path, copy.deepcopy(operation["value"]), insert=False)
        elif kind == "remove":
            _take(result, path, kind)
            parent, last = _parent(result, path, kind)
            del parent[int(last) if isinstance(parent, list) else last]
        elif kind == "test":
            if _take(result, path, kind) != operation["value"]:
                raise PatchError(f"testing path {path} failed: the value there is another one")
        elif kind in ("move", "copy"):
            source = operation.get("from", "")
            value = copy.deepcopy(_take(result, source, kind))
            if kind == "move":
                result = json_patch(result, [{"op": "remove", "path": source}])
            result = _put(result, path, value, insert=True)
        else:
            raise PatchError(f"Unexpected kind: {kind}")
    return dict(result)


def merge_patch(document: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def strategic_merge(kind: str, base: Obj, patch: Obj) -> Obj:
    """Merge `patch` into a copy of `base`: lists with a merge key by element, directives (`$patch` …) obeyed."""
    return _merge_maps(kind, base, patch)


def _merge_maps(kind: str, base: Obj, patch: Obj) -> Obj:
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    if directive == "replace":
        return {k: copy.deepcopy(v) for k, v in patch.items() if not k.startswith("$")}
    result = copy.deepcopy(base)
    if "$retainKeys" in patch:
        result = {k: v for k, v in result.items() if k in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.split("/", 1)[1]
            result[name] = [v for v in result.get(name) or [] if v not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            old = result.get(key)
            result[key] = _merge_maps(kind, old if isinstance(old, dict) else {}, value)
        elif isinstance(value, list):
            old = result.get(key)
            result[key] = _merge_lists(kind, key, old if isinstance(old, list) else [], value)
        else:
            result[key] = value
    for key, order in patch.items():
        if key.startswith("$setElementOrder/"):
            name = key.split("/", 1)[1]
            if isinstance(result.get(name), list):
                before = base.get(name) or []
                result[name] = _order_elements(merge_key(kind, name, result[name]), result[name], order, before)
    return result


def _merge_lists(kind: str, field: str, base: list[Any], patch: list[Any]) -> list[Any]:
    if field in MERGED_SETS:
        return [*base, *(v for v in patch if v not in base)]
    key = merge_key(kind, field, patch)
    if key is None or any(isinstance(e, dict) and e.get("$patch") == "replace" for e in patch):
        return [copy.deepcopy(e) for e in patch if not (isinstance(e, dict) and "$patch" in e)]
    result = [copy.deepcopy(e) for e in base]
    for element in patch:
        if key not in element:
            raise PatchError(f"map: {go_map(element)} does not contain declared merge key: {key}")
        place = next((i for i, e in enumerate(result) if e.get(key) == element[key]), None)
        if element.get("$patch") == "delete":
            result = [e for e in result if e.get(key) != element[key]]
        elif place is None:
            result.append(_merge_maps(kind, {}, element))
        else:
            result[place] = _merge_maps(kind, result[place], element)
    return _order_elements(key, result, patch, base)


def merge_key(kind: str, field: str, elements: list[Any]) -> str | None:
    """The field by which the elements of a list are told apart; None for lists that are replaced as a whole."""
    if (kind, field) in _ATOMIC or not all(isinstance(e, dict) for e in elements):
        return None
    return "port" if kind == "Service" and field == "ports" else MERGE_KEYS.get(field)


def _order_elements(key: str | None, elements: list[Any], order: list[Any], base: list[Any]) -> list[Any]:
    """As the server orders merged lists: the patch's elements in `order`, the others where they stood before."""

    def name(element: Any) -> Any:
        return element.get(key) if key and isinstance(element, dict) else element

    order_names, places = [name(o) for o in order], [name(e) for e in base]
    patch_elements = sorted((e for e in elements if name(e) in order_names), key=lambda e: order_names.index(name(e)))
    others = [e for e in elements if name(e) not in order_names]
    result = []
    while patch_elements and others:
        in_base = name(patch_elements[0]) in places and name(others[0]) in places
        other_first = in_base and places.index(name(others[0])) < places.index(name(patch_elements[0]))
        result.append(others.pop(0) if other_first else patch_elements.pop(0))
    return result + patch_elements + others


def _steps(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise PatchError(f"""the path "{path}" does not start with '/'""")
    return [s.replace("~1", "/").replace("~0", "~") for s in path.split("/")[1:]]


def _take(document: Any, path: str, operation: str) -> Any:
    value = document
    for step in _steps(path):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            raise PatchError(f'{operation} operation does not apply: doc is missing path: "{path}"') from None
    return value


def _parent(document: Any, path: str, operation: str) -> tuple[Any, str]:
    steps = _steps(path)
    parent_path = path[: path.rfind("/")]
    return _take(document, parent_path, operation), steps[-1]


def _put(document: Any, path: str, value: Any, *, insert: bool) -> Any:
    if not path:
        return value
    parent, last = _parent(document, path, "add")
    if isinstance(parent, list):
        place = len(parent) if last == "-" else int(last) if last.isdigit() else -1
        if not 0 <= place <= len(parent):
            raise PatchError(f'add operation does not apply: index out of bounds in "{path}"')
        if insert:
            parent.insert(place, value)
        else:
            parent[place] = value
    elif isinstance(parent, dict):
        parent[last] = value
    else:
        raise PatchError(f'add operation does not apply: doc is missing path: "{path}"')
    return document
