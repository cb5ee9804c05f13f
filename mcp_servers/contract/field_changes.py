"""What a write changes, field by field: how a change that belongs into a file of Git is told. Pure.

A path leads from the top of the object. A step is the key of a mapping; in a list `[NAME]`, the entry whose `name` this
is, or an entry's place, counted from 0. A list without names is a value as a whole. `before` is None where the field
was absent, `after` where it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

NAME_KEY: Final = "name"
Path = tuple[str, ...]


class FieldChange(BaseModel):
    """One field of an object with its value before and after a write."""

    model_config = ConfigDict(frozen=True)

    path: Path
    before: Any = None
    after: Any = None

    @property
    def title(self) -> str:
        """The path as people write it: `spec.template.spec.containers[app].image`."""
        return "".join(step if step.startswith("[") else f".{step}" for step in self.path).lstrip(".")


def entry_step(name: str) -> str:
    """The step to the entry of a list that has this name."""
    return f"[{name}]"


def entry_name(step: str) -> str:
    """The name of the entry that a step leads to; empty where it leads to a key."""
    return step[1:-1] if step.startswith("[") else ""


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """What differs between two states of an object, in the order of the fields."""
    return list(_between((), before, after))


def value_at(value: Any, path: Sequence[str]) -> Any:
    """What stands at a path of an object; None where nothing does."""
    for step in path:
        if isinstance(value, list):
            at = place_in(value, step)
            value = value[at] if at is not None else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def place_in(items: Sequence[Any], step: str) -> int | None:
    """Where a list has the entry that a step leads to; None where it has none, or several."""
    if step.isdigit():
        return int(step) if int(step) < len(items) else None
    places = [n for n, item in enumerate(items) if _name_of(item) == entry_name(step) != ""]
    return places[0] if len(places) == 1 else None


def with_value(value: Any, path: Sequence[str], new: Any) -> Any:
    """A copy of an object in which `new` stands at a path; what is not there on the way is made, None takes away."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if (name := entry_name(step)) or isinstance(value, list):
        items = list(value) if isinstance(value, list) else []
        at = place_in(items, step)
        at = len(items) if at is None else at
        old = items[at] if at < len(items) else {NAME_KEY: name}
        replacement = with_value(old, rest, new)
        return [*items[:at], *([] if replacement is None else [replacement]), *items[at + 1 :]]
    keys = dict(value) if isinstance(value, Mapping) else {}
    keys[step] = with_value(keys.get(step), rest, new)
    return {key: item for key, item in keys.items() if item is not None or key != step}


def entries(items: Sequence[Any]) -> dict[str, Any]:
    """The entries of a list by their names; none where one lacks a name or two share one."""
    names = [_name_of(item) for item in items]
    return dict(zip(names, items, strict=True)) if all(names) and len({*names}) == len(names) else {}


def _name_of(item: Any) -> str:
    return str(item.get(NAME_KEY) or "") if isinstance(item, Mapping) else ""


def _between(path: Path, before: Any, after: Any) -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _between((*path, str(key)), before.get(key), after.get(key))
        return
    if isinstance(before, list) and isinstance(after, list) and (old := entries(before)) and (new := entries(after)):
        for name in dict.fromkeys([*old, *new]):
            yield from _between((*path, entry_step(name)), old.get(name), new.get(name))
        return
    yield FieldChange(path=path, before=before, after=after)
