"""The JSONPath of selectors: `$`, `.name`, `['name']`, `[0]`, `[-1]`, `[*]`, `..name`."""

from __future__ import annotations

import re
from typing import Any

TOKEN = re.compile(r"\.\.(?P<deep>[\w-]+)|\.(?P<name>[\w:-]+|\*)|\[(?P<index>-?\d+|\*)\]|\['(?P<quoted>[^']+)'\]")


class SelectorError(ValueError):
    """The selector cannot be read."""


def select(selector: str, value: Any) -> Any:
    """What the selector finds: one value, a list if it has a wildcard or descends, None if there is nothing."""
    path = selector.strip()
    if not path.startswith("$"):
        raise SelectorError(f"A selector starts with '$': {selector!r}")
    hits, many, place = [value], False, 1
    while place < len(path):
        token = TOKEN.match(path, place)
        if token is None:
            raise SelectorError(f"The selector {selector!r} cannot be read from {path[place:]!r} on.")
        many = many or bool(token["deep"]) or "*" in (token["name"], token["index"])
        hits = [hit for item in hits for hit in _step(token, item)]
        place = token.end()
    if many:
        return hits
    return hits[0] if hits else None


def _step(token: re.Match[str], value: Any) -> list[Any]:
    if token["deep"]:
        return _descend(token["deep"], value)
    if "*" in (token["name"], token["index"]):
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if token["index"]:
        place = int(token["index"])
        fits = isinstance(value, list) and -len(value) <= place < len(value)
        return [value[place]] if fits else []
    name = token["name"] or token["quoted"]
    return [value[name]] if isinstance(value, dict) and name in value else []


def _descend(name: str, value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value[name]] if isinstance(value, dict) and name in value else []
    return own + [hit for child in children for hit in _descend(name, child)]
