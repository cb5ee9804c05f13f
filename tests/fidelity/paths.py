"""Key paths: the way to each scalar of an object. Lists whose items have a name or another key are entered by that."""

from __future__ import annotations

from typing import Any

Path = tuple[str, ...]
LIST_KEYS = ("type", "name", "mountPath", "key", "containerPort", "uid", "port", "targetRef", "ip")


def flat(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every scalar by its path; an empty dict or list is a value of its own."""
    if isinstance(value, dict) and value:
        return {p: v for key, part in value.items() for p, v in flat(part, (*path, key)).items()}
    if isinstance(value, list) and value:
        keys = _list_keys(value)
        return {p: v for key, part in zip(keys, value, strict=True) for p, v in flat(part, (*path, key)).items()}
    return {} if value is None and not path else {path: value}


def _list_keys(items: list[Any]) -> list[str]:
    for key in LIST_KEYS:
        keys = [_label(item[key]) for item in items if isinstance(item, dict) and key in item]
        if len(set(keys)) == len(items):
            return [f"[{name}]" for name in keys]
    return [f"[{place}]" for place in range(len(items))]


def _label(value: Any) -> str:
    return str(value["name"]) if isinstance(value, dict) else str(value)
