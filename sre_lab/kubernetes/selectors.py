"""LabelSelector objects as they stand in specs, and what their operators ask of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Obj = dict[str, Any]


def matches(selector: Obj | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector object (matchLabels, matchExpressions) takes these labels. None takes nothing."""
    if selector is None:
        return False
    if any(labels.get(k) != v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    return all(
        holds(labels, e["key"], e["operator"].lower(), e.get("values") or [])
        for e in selector.get("matchExpressions") or []
    )


def holds(labels: Mapping[str, str], key: str, operator: str, values: Sequence[str]) -> bool:
    """One requirement of a selector; `operator` in lower case, such as `notin`."""
    if operator == "exists":
        return key in labels
    if operator == "doesnotexist":
        return key not in labels
    if operator == "in":
        return key in labels and labels[key] in values
    if operator in ("gt", "lt"):
        return key in labels and _compare(labels[key], values[0], operator)
    return labels.get(key) not in values


def _compare(label: str, bound: str, operator: str) -> bool:
    try:
        return int(label) > int(bound) if operator == "gt" else int(label) < int(bound)
    except ValueError:
        return False
