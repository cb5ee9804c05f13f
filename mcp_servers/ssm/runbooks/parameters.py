"""Parameters of a runbook: one way to write them, and what a document allows. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer

ParameterValues = dict[str, list[str] | str | int | float | bool]


def normal(parameters: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """As AWS takes them: a map of lists of strings. A plain value is a list of one."""
    return {
        name: [_text(v) for v in value] if isinstance(value, list) else [_text(value)]
        for name, value in (parameters or {}).items()
    }


def parameter_rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the document says of each parameter; `required` when it has no default."""
    found = []
    for name, declared in (content.get("parameters") or {}).items():
        plain = {
            "name": name,
            "type": declared.get("type", "String"),
            "description": str(declared.get("description", ""))[:200],
            "default": declared.get("default"),
            "allowed": declared.get("allowedValues"),
            "pattern": declared.get("allowedPattern"),
            "required": "default" not in declared,
        }
        found.append({key: value for key, value in plain.items() if value not in (None, "")})
    return found


def check(content: Mapping[str, Any], given: Mapping[str, list[str]], asked: str) -> None:
    """Raises TeachingError when AWS would refuse: an unknown name, a missing one, a value that is not allowed."""
    declared = content.get("parameters") or {}
    for name in given:
        if name not in declared:
            wrong = f"the document has no parameter {name!r}."
            raise TeachingError(
                "bad_request", asked, wrong, offer(near(name, declared)) or f"It has: {list(declared)}."
            )
    missing = [name for name, rule in declared.items() if "default" not in rule and name not in given]
    if missing:
        raise TeachingError("bad_request", asked, f"missing parameters: {', '.join(missing)}.", "Give them.")
    for name, values in given.items():
        allowed, pattern = declared[name].get("allowedValues"), declared[name].get("allowedPattern")
        for value in values:
            if allowed and value not in [_text(a) for a in allowed]:
                wrong = f"{name}={value!r} is not allowed."
                raise TeachingError("bad_request", asked, wrong, f"Allowed: {', '.join(map(_text, allowed))}.")
            if pattern and not _matches(pattern, value):
                raise TeachingError("bad_request", asked, f"{name}={value!r} does not match {pattern}.")


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True  # a pattern that only AWS's engine reads is AWS's to check


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
