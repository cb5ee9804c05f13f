"""`{{ parameter }}`, `{{ step.output }}` and `{{ global:DATE_TIME }}` in a step's inputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sre_lab.aws.ssm.parameters import as_text

REFERENCE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
Lookup = Callable[[str], Any]


class UnknownReferenceError(LookupError):
    """A reference to a parameter, output or variable that has no value."""


def render(value: Any, lookup: Lookup) -> Any:
    """`value` with every reference replaced. A string that is one reference takes its type, any other stays text.

    A list that stands in a list by such a reference gives it its items, as in `InstanceIds: ["{{ Ids }}"]`.
    """
    if isinstance(value, dict):
        return {render(k, lookup): render(v, lookup) for k, v in value.items()}
    if isinstance(value, list):
        return [part for item in value for part in _splice(item, lookup)]
    if not isinstance(value, str):
        return value
    alone = REFERENCE.fullmatch(value.strip())
    if alone:
        return lookup(alone.group(1))
    return REFERENCE.sub(lambda match: as_text(lookup(match.group(1))), value)


def _splice(item: Any, lookup: Lookup) -> list[Any]:
    value = render(item, lookup)
    return value if isinstance(item, str) and isinstance(value, list) else [value]


def references(value: Any) -> list[str]:
    """The names that a value refers to."""
    if isinstance(value, dict):
        return [name for pair in value.items() for part in pair for name in references(part)]
    if isinstance(value, list):
        return [name for item in value for name in references(item)]
    return REFERENCE.findall(value) if isinstance(value, str) else []
