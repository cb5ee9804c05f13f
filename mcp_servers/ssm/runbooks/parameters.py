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
    rows = []
    for name, parameter in (content.get("parameters") or {}).items():
        plain = {
            "name": name,
            "type": parameter.get("type", "String"),
            "description": str(parameter.get("description", ""))[:200],
            "default": parameter.get("default"),
            "allowed": parameter.get("allowedValues"),
            "pattern": parameter.get("allowedPattern"),
            "required": "default" not in parameter,
        }
        rows.append({key: value for key, value in plain.items() if value not in (None, "")})
    return rows


def check(content: Mapping[str, Any], arguments: Mapping[str, list[str]], request: str) -> None:
    """Raises TeachingError when AWS would refuse: an unknown name, a missing one, a value that is not allowed."""
    parameters = content.get("parameters") or {}
    for name in arguments:
        if name not in parameters:
            wrong = f"the document has no parameter {name!r}."
            raise TeachingError(
                "bad_request", request, wrong, offer(near(name, parameters)) or f"It has: {list(parameters)}."
            )
    missing = [name for name, rule in parameters.items() if "default" not in rule and name not in arguments]
    if missing:
        raise TeachingError("bad_request", request, f"missing parameters: {', '.join(missing)}.", "Give them.")
    for name, values in arguments.items():
        allowed, pattern = parameters[name].get("allowedValues"), parameters[name].get("allowedPattern")
        for value in values:
            if allowed and value not in [_text(a) for a in allowed]:
                wrong = f"{name}={value!r} is not allowed."
                raise TeachingError("bad_request", request, wrong, f"Allowed: {', '.join(map(_text, allowed))}.")
            if pattern and not _matches(pattern, value):
                raise TeachingError("bad_request", request, f"{name}={value!r} does not match {pattern}.")


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True  # a pattern that only AWS's engine reads is AWS's to check


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
