"""What IAM would decide: a small evaluator of identity policies, as far as the policies in `infra/` use the language.

An explicit deny wins, else one statement that allows, else no. Conditions: StringEquals (of one value), ArnLike and
Bool, where a key that is not in the request fails the condition. A policy that uses anything else is an error, not a
guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

INFRA: Final = Path(__file__).parents[2] / "infra"
VALUES: Final = {
    "partition": "aws",
    "region": "eu-west-1",
    "account": "111122223333",
    "name": "sre-agent",
    "cluster": "shop",
    "document": "Shop-RestartNodes",
    "queue_arn": "arn:aws:sqs:eu-west-1:111122223333:sre-agent.fifo",
}


@dataclass(frozen=True)
class Statement:
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]

    def applies(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        return (
            any(matches(pattern.lower(), action.lower()) for pattern in self.actions)
            and any(matches(pattern, resource) for pattern in self.resources)
            and all(_holds(kind, keys, context) for kind, keys in self.conditions.items())
        )


def policies() -> Iterator[Path]:
    """Every policy document below `infra/`."""
    yield from sorted((INFRA / "aws").glob("*.json"))
    yield from sorted((INFRA / "terraform").glob("modules/*/policies/**/*.json"))


@cache
def document(path: Path) -> dict[str, Any]:
    """A policy as Terraform renders it: quoted names become text of their kind, unquoted ones lists."""
    text = re.sub(
        r"(?<=: )\$\{(\w+)\}", lambda one: json.dumps([f"arn:aws:example:::{one[1]}"]), path.read_text("utf-8")
    )
    text = re.sub(r"\$\{(\w+)\}", lambda one: VALUES.get(one[1], f"arn:aws:example:::{one[1]}"), text)
    rendered: dict[str, Any] = json.loads(text)
    return rendered


@cache
def statements(path: Path) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            allows=one["Effect"] == "Allow",
            actions=_many(one["Action"]),
            resources=_many(one.get("Resource", "*")),
            conditions={
                kind: {key: _many(values) for key, values in keys.items()}
                for kind, keys in one.get("Condition", {}).items()
            },
        )
        for one in document(path)["Statement"]
    )


def is_identity_policy(path: Path) -> bool:
    """What a role may do, against who may use a resource or assume a role."""
    return not any("Principal" in one for one in document(path)["Statement"])


def allows(path: Path, action: str, resource: str = "*", **tags: str) -> bool:
    """Whether a role with this policy alone may do this; `tags` are keys of the request's context, `__` for `:`."""
    context = {key.replace("__", ":").replace("_slash_", "/"): value for key, value in tags.items()}
    applying = [one for one in statements(path) if one.applies(action, resource, context)]
    return bool(applying) and all(one.allows for one in applying)


def matches(pattern: str, text: str) -> bool:
    """`*` is any text and `?` one character, as in IAM."""
    expression = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    return re.fullmatch(expression, text) is not None


def _holds(kind: str, keys: Mapping[str, tuple[str, ...]], context: Mapping[str, str]) -> bool:
    if kind not in ("StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringEquals", "ArnLike", "Bool"):
        raise ValueError(f"conditions of the kind {kind} are not understood here")
    for key, values in keys.items():
        value = context.get(key)
        if value is None or not any(matches(one, value) if kind == "ArnLike" else one == value for one in values):
            return False
    return True


def _many(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
