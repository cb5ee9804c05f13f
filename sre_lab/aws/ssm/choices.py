"""The conditions of `aws:branch`: comparisons of a variable with a constant, joined by And, Or and Not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.aws.ssm.parameters import as_text

Compare = Callable[[str, str], bool]


class ChoiceError(ValueError):
    """A choice without a condition that can be decided."""


def _number(compare: Callable[[float, float], bool]) -> Compare:
    return lambda left, right: compare(float(left), float(right))


OPERATORS: dict[str, Compare] = {
    "StringEquals": lambda left, right: left == right,
    "EqualsIgnoreCase": lambda left, right: left.lower() == right.lower(),
    "StartsWith": lambda left, right: left.startswith(right),
    "EndsWith": lambda left, right: left.endswith(right),
    "Contains": lambda left, right: right in left,
    "NumericEquals": _number(lambda left, right: left == right),
    "NumericGreater": _number(lambda left, right: left > right),
    "NumericLesser": _number(lambda left, right: left < right),
    "NumericGreaterOrEquals": _number(lambda left, right: left >= right),
    "NumericLesserOrEquals": _number(lambda left, right: left <= right),
    "BooleanEquals": lambda left, right: left.lower() == right.lower(),
}


def holds(choice: Any) -> bool:
    """Whether the condition is true; its references are replaced already. ChoiceError if it cannot be decided."""
    if not isinstance(choice, dict):
        raise ChoiceError(f"A condition is a mapping, not {choice!r}.")
    if "And" in choice or "Or" in choice:
        parts = choice.get("And", choice.get("Or"))
        if not isinstance(parts, list):
            raise ChoiceError(f"And and Or take a list of conditions: {choice}")
        return all(map(holds, parts)) if "And" in choice else any(map(holds, parts))
    if "Not" in choice:
        return not holds(choice["Not"])
    for name, compare in OPERATORS.items():
        if name in choice:
            left, right = as_text(choice.get("Variable")), as_text(choice[name])
            try:
                return compare(left, right)
            except ValueError as problem:
                raise ChoiceError(f"{name} compares numbers, and got {left!r} and {right!r}.") from problem
    raise ChoiceError(f"The choice has none of the operators {', '.join(OPERATORS)}: {choice}")
