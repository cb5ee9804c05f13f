"""Values as Go prints them, which is how the API shows what it was sent."""

from __future__ import annotations

from typing import Any


def go_map(value: Any) -> str:
    """`%v` of a decoded value: `map[spec:map[replicas:3]]`."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{go_map(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_map(v) for v in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)
