"""Secrets in structures, where a name and its value are not one text: fields, pairs of name and value, arguments."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from mcp_servers.redaction.names import marks_a_place
from mcp_servers.redaction.passages import names_in, without_named
from mcp_servers.redaction.standing import looks_drawn, says_no_secret

MASK: Final = "[redacted:secret]"
_PAIRS: Final = (
    ("name", "value"),
    ("Name", "Value"),
    ("key", "value"),
    ("Key", "Value"),
    ("ParameterKey", "ParameterValue"),
)


@lru_cache(maxsize=4096)
def _kind(key: str) -> str:
    """password, key or weak where a field is called like a secret; empty where it is not."""
    if marks_a_place(key):
        return ""
    return next((name.kind for name in names_in(key) if name.end == len(key)), "")


def holds_secret(key: str, value: str) -> bool:
    """Whether a field of that name holds a secret: of a password any, else what looks drawn, as objects have names."""
    kind = _kind(key)
    if not kind or not value or says_no_secret(value):
        return False
    return kind == "password" or looks_drawn(value, 8 if kind == "key" else 12)


def without_pairs(fields: dict[Any, Any]) -> dict[Any, Any]:
    """The fields, without the value where another field beside it names it."""
    for name, value in _PAIRS:
        called, held = fields.get(name), fields.get(value)
        if isinstance(called, str) and isinstance(held, str) and held:
            line = f"{called}={held}"
            if without_named(line) != line:
                return {**fields, value: MASK}
    return fields


def without_arguments(items: list[Any]) -> list[Any]:
    """The items of a list, without those that follow an option for a secret."""
    kept = list(items)
    for place, (option, item) in enumerate(pairwise(items)):
        if isinstance(option, str) and isinstance(item, str) and option.startswith("-") and " " not in option:
            line = f"{option} {item}"
            if without_named(line) != line:
                kept[place + 1] = MASK
    return kept
