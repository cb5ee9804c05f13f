"""Server-side apply: a manager says what it wants, owns just that, and gives up what it no longer says.

Only managers that apply, and those that change what was applied, are written down in `managedFields`; an object that
nobody applied has none. Paths are tuples of the parts that `fieldsV1` is made of: `f:name`, `k:{"name":"web"}`, `v:…`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sre_lab.kubernetes.patches import MERGED_SETS, merge_key, strategic_merge
from sre_lab.objects.store import Obj

Path = tuple[str, ...]
UNOWNED = {("f:apiVersion",), ("f:kind",), ("f:metadata", "f:name"), ("f:metadata", "f:namespace")}


@dataclass(frozen=True)
class FieldWriter:
    """Who changes an object without applying: a manager, and the subresource through which it does."""

    manager: str
    subresource: str = ""

    def wrote(self, entry: Obj) -> bool:
        return (entry["manager"], entry["operation"], entry.get("subresource", "")) == (
            self.manager,
            "Update",
            self.subresource,
        )


class FieldConflictError(Exception):
    """Other managers own fields that this one wants to have another value; `fields` are (manager, path as text)."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__(f"{len(fields)} conflicts")
        self.fields = fields


def apply(base: Obj, config: Obj, manager: str, *, force: bool, at: str) -> Obj:
    """`base` (what is stored, or nothing) as it is after `manager` has applied `config`; FieldConflictError."""
    kind = config["kind"]
    new_paths = set(paths(kind, config)) - UNOWNED
    entries: list[Obj] = (base.get("metadata") or {}).get("managedFields") or []
    others = [e for e in entries if (e["manager"], e["operation"]) != (manager, "Apply")]
    before = {path for e in entries if e not in others for path in _read(e.get("fieldsV1") or {})}
    owned = {id(e): set(_read(e["fieldsV1"])) for e in others}
    result = strategic_merge(kind, base, {k: v for k, v in config.items() if k not in ("apiVersion", "kind")})
    conflicts = [(e, path) for e in others for path in sorted(owned[id(e)] & new_paths) if _differ(base, result, path)]
    if conflicts and not force:
        raise FieldConflictError([(_manager_label(e), _text(path)) for e, path in conflicts])
    for entry, path in conflicts:
        owned[id(entry)].discard(path)
    given_up = before - new_paths - set().union(*owned.values())
    for path in sorted(given_up, key=lambda path: path[-1] != "."):  # whole elements first, by their keys
        _remove(result, path)
    since = next((e["time"] for e in entries if e not in others and e["fieldsV1"] == _fields_tree(new_paths)), at)
    mine = {"manager": manager, "operation": "Apply", "apiVersion": config["apiVersion"], "time": since}
    remaining = [{**e, "fieldsV1": _fields_tree(owned[id(e)])} for e in others if owned[id(e)]]
    fields = [*remaining, mine | {"fieldsType": "FieldsV1", "fieldsV1": _fields_tree(new_paths)}]
    return {**result, "metadata": {**result["metadata"], "managedFields": fields}}


def fields_after_update(old: Obj, new: Obj, writer: FieldWriter, at: str) -> list[Obj]:
    """The managedFields of an object after a write that was no apply: who changes a field owns it from then on."""
    entries: list[Obj] = old["metadata"].get("managedFields") or []
    known_paths = {path for e in entries for path in _read(e.get("fieldsV1") or {})}
    changed = {path for path in known_paths if path[-1] != "." and _differ(old, new, path)}
    if not changed:
        return entries
    result, mine = [], set(changed)
    for entry in entries:
        left = set(_read(entry["fieldsV1"])) - changed
        if writer.wrote(entry):
            mine |= left
        elif left:
            result.append({**entry, "fieldsV1": _fields_tree(left)})
    return [*result, _entry(writer, new, mine, at)]


def fields_after_edit(old: Obj, new: Obj, change: Obj, manager: str, at: str) -> list[Obj]:
    """The managedFields after somebody's edit of an object that nobody applied: `change` is what was patched."""
    changed = {path for path in paths(new["kind"], change) if _differ(old, new, path)} - UNOWNED
    entries: list[Obj] = old["metadata"].get("managedFields") or []
    others = [e for e in entries if not FieldWriter(manager).wrote(e)]
    mine = changed | {path for e in entries if e not in others for path in _read(e.get("fieldsV1") or {})}
    left = [(e, set(_read(e["fieldsV1"])) - changed) for e in others]
    remaining = [{**e, "fieldsV1": _fields_tree(owned)} for e, owned in left if owned]
    return [*remaining, _entry(FieldWriter(manager), new, mine, at)] if changed else entries


def _entry(writer: FieldWriter, obj: Obj, owned: set[Path], at: str) -> Obj:
    """One entry of managedFields for a write that was no apply."""
    head = {"manager": writer.manager, "operation": "Update", "apiVersion": obj["apiVersion"], "time": at}
    entry = head | {"fieldsType": "FieldsV1", "fieldsV1": _fields_tree(owned)}
    return entry | ({"subresource": writer.subresource} if writer.subresource else {})


def paths(kind: str, value: Any, at: Path = ()) -> Iterator[Path]:
    """Every field that an object sets; the elements of lists with a key one by one, other lists as a whole."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            if at or name != "status":
                yield from _field(kind, name, inner, (*at, f"f:{name}"))
    elif at:
        yield at


def _field(kind: str, name: str, value: Any, at: Path) -> Iterator[Path]:
    if isinstance(value, list) and value and name in MERGED_SETS:
        yield from ((*at, f"v:{json.dumps(v)}") for v in value)
        return
    key = merge_key(kind, name, value) if isinstance(value, list) and value else None
    if key is None or not all(key in element for element in value):
        yield from paths(kind, value, at)
        return
    for element in value:
        place = (*at, "k:" + json.dumps({key: element[key]}, separators=(",", ":")))
        yield (*place, ".")
        yield from paths(kind, element, place)


def _step(value: Any, part: str) -> Any:
    """What one part of a path leads to; None when there is nothing."""
    if part.startswith("f:"):
        return value.get(part[2:]) if isinstance(value, dict) else None
    if part.startswith("k:") and isinstance(value, list):
        keys = json.loads(part[2:])
        return next((e for e in value if all(e.get(k) == v for k, v in keys.items())), None)
    if part.startswith("v:") and isinstance(value, list):
        return part if json.loads(part[2:]) in value else None
    return None


def _at(obj: Any, path: Path) -> Any:
    for part in path:
        if part != ".":
            obj = _step(obj, part)
    return obj


def _differ(before: Obj, after: Obj, path: Path) -> bool:
    return path[-1] != "." and bool(_at(before, path) != _at(after, path))


def _remove(obj: Obj, path: Path) -> None:
    """Take one field or element out of `obj`, in place; folders that are empty then stay."""
    path = path[:-1] if path[-1] == "." else path
    parent, last = _at(obj, path[:-1]), path[-1]
    if last.startswith("f:") and isinstance(parent, dict):
        parent.pop(last[2:], None)
    elif isinstance(parent, list):
        element = _step(parent, last)
        parent[:] = [e for e in parent if e is not element and f"v:{json.dumps(e)}" != last]


def _read(fields: Obj, at: Path = ()) -> Iterator[Path]:
    for part, inner in fields.items():
        if part == "." or not inner:
            yield (*at, part)
        else:
            yield from _read(inner, (*at, part))


def _fields_tree(owned: set[Path]) -> Obj:
    tree: Obj = {}
    for path in sorted(owned):
        place = tree
        for part in path:
            place = place.setdefault(part, {})
    return copy.deepcopy(tree)


def _manager_label(entry: Obj) -> str:
    through = f' with subresource "{entry["subresource"]}"' if entry.get("subresource") else ""
    by_update = f" using {entry['apiVersion']}" if entry["operation"] == "Update" else ""
    return f'"{entry["manager"]}"{through}{by_update}'


def _text(path: Path) -> str:
    """`.spec.template.spec.containers[name="web"].image`, as conflicts name a field."""
    text = ""
    for part in path:
        if part.startswith("f:"):
            text += f".{part[2:]}"
        elif part.startswith("k:"):
            text += "[" + ",".join(f"{k}={json.dumps(v)}" for k, v in json.loads(part[2:]).items()) + "]"
    return text
