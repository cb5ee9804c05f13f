"""Labels, annotations and the selectors that ask for labels."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.rules import forms
from sre_lab.kubernetes.rules.shapes import Causes, Obj, check_form, inner, items
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value, too_long

ANNOTATIONS_BYTES = 256 * 1024
_WITH_VALUES, _WITHOUT_VALUES = ("In", "NotIn"), ("Exists", "DoesNotExist")


def labels(values: Any, path: str) -> Causes:
    """Keys and values of labels, also of the label maps that select."""
    for key, value in values.items() if isinstance(values, dict) else ():
        yield from check_form(key, path, forms.qualified_name)
        yield from check_form(value if isinstance(value, str) else str(value), path, forms.label_value)


def check_annotations(values: Any, path: str) -> Causes:
    size = 0
    for key, value in values.items() if isinstance(values, dict) else ():
        for problem in forms.qualified_name(key.lower()):
            yield invalid_value(path, key, problem)
        size += len(key.encode()) + len(str(value).encode())
    if size > ANNOTATIONS_BYTES:
        yield too_long(path, ANNOTATIONS_BYTES)


def selector(value: Any, path: str) -> Causes:
    """A LabelSelector object."""
    if not isinstance(value, dict):
        return
    yield from labels(inner(value, "matchLabels"), f"{path}.matchLabels")
    for place, requirement in items(value, "matchExpressions"):
        yield from _requirement(requirement, f"{path}.matchExpressions[{place}]")


def _requirement(requirement: Obj, path: str) -> Causes:
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    if operator in _WITH_VALUES:
        if not values:
            yield required_value(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in _WITHOUT_VALUES:
        if values:
            yield forbidden_value(
                f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            )
    else:
        yield invalid_value(f"{path}.operator", operator, "not a valid selector operator")
    yield from check_form(str(requirement.get("key", "")), f"{path}.key", forms.qualified_name)
    for place, value in enumerate(values):
        yield from check_form(str(value), f"{path}.values[{place}]", forms.label_value)
