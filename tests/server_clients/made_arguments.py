"""Arguments made from a tool's own schema, as a client does that has nothing else to go by, and broken ones."""

from __future__ import annotations

import random
from typing import Any

WORDS = (
    "shop",
    "payments-api",
    "default",
    "web",
    "Deployment",
    "Pod",
    "-1h",
    "now",
    "up",
    "x" * 300,
    "",
    "\u202e\x1b[2J",
    "*",
    "null",
)


def make_arguments(schema: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Needed ones always, others by chance; of the right type as the schema says it."""
    needed = schema.get("required", [])
    return {
        name: _value(field_schema, schema.get("$defs", {}), rng)
        for name, field_schema in schema["properties"].items()
        if name in needed or rng.random() < 0.4
    }


def _value(schema: dict[str, Any], defs: dict[str, Any], rng: random.Random) -> Any:
    if "$ref" in schema:
        return make_arguments(defs[schema["$ref"].rpartition("/")[2]] | {"$defs": defs}, rng)
    if "anyOf" in schema:
        return _value(rng.choice(schema["anyOf"]), defs, rng)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "array":
        return [_value(schema.get("items", {}), defs, rng) for _ in range(rng.randrange(3))]
    if kind == "object":
        inner = schema.get("additionalProperties")
        return {rng.choice(WORDS): _value(inner if isinstance(inner, dict) else {}, defs, rng)}
    return _plain(schema, kind, rng)


def _plain(schema: dict[str, Any], kind: str | None, rng: random.Random) -> Any:
    if kind in ("integer", "number"):
        number = rng.choice((1, 2, 60, 300, 7_000))
        return min(max(number, schema.get("minimum", number)), schema.get("maximum", number))
    if kind == "boolean":
        return rng.random() < 0.5
    return None if kind == "null" else rng.choice(WORDS)


WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**400,
    1e308,
    float("nan"),
    "",
    " ",
    "\x00",
    "\ud7ff\U0001f600",
    "../../etc",
    "a" * 30_000,
    "sessionid=" * 1_500,
    "(a+)+$",
    "2026-13-45T99:99:99Z",
    "-999999999h",
    [],
    [[[]]],
    ["x"] * 2_000,
    {},
    {"": None},
    {"a": {"b": {"c": ["d"]}}},
)


def break_arguments(schema: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The same with one to three faults: a wrong value, one inside another, one that is left out or nobody knows."""
    arguments = make_arguments(schema, rng)
    names = list(schema["properties"])
    for _ in range(rng.randrange(1, 4)):
        name, fault = rng.choice(names or ["x"]), rng.randrange(5)
        if fault == 0:
            arguments.pop(name, None)
        elif fault == 1:
            arguments[rng.choice(WORDS)] = rng.choice(WRONG)
        elif fault == 2 and name in arguments:
            arguments[name] = [arguments[name]]
        else:
            arguments[name] = rng.choice(WRONG)
    return arguments
