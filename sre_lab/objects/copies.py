"""Copies of JSON-like values, several times faster than `copy.deepcopy`: dicts and lists are copied, leaves shared."""

from __future__ import annotations

from typing import Any, TypeVar

Json = TypeVar("Json")


def deep_copy(value: Json) -> Json:
    """`value` with every dict and list in it copied. What stands in it twice stands in the copy as two."""
    new: Any = value
    if isinstance(value, dict):
        new = value.copy()
        for key, part in value.items():
            if type(part) is dict or type(part) is list:
                new[key] = deep_copy(part)
    elif isinstance(value, list):
        new = [deep_copy(part) if type(part) is dict or type(part) is list else part for part in value]
    return new  # type: ignore[no-any-return]
