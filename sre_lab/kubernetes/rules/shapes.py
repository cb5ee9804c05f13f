"""How rules read an object whose shape nobody has vouched for yet, and the checks that every family needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from sre_lab.kubernetes import quantities
from sre_lab.kubernetes.rules import forms
from sre_lab.kubernetes.statuses import StatusCause, forbidden_value, invalid_value, required_value, unsupported_value

Obj = dict[str, Any]
Causes = Iterator[StatusCause]
NOT_NEGATIVE = "must be greater than or equal to 0"
IMMUTABLE = "field is immutable"


def inner(obj: Obj, field: str) -> Obj:
    """The object in a field, empty where there is none."""
    value = obj.get(field)
    return value if isinstance(value, dict) else {}


def items(obj: Obj, field: str) -> list[tuple[int, Obj]]:
    """The objects of a list with their places."""
    value = obj.get(field)
    if not isinstance(value, list):
        return []
    return [(place, item) for place, item in enumerate(value) if isinstance(item, dict)]


def texts(obj: Obj, field: str) -> list[str]:
    value = obj.get(field)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(obj: Obj, field: str) -> str:
    value = obj.get(field)
    return value if isinstance(value, str) else ""


def number(obj: Obj, field: str) -> int | None:
    value = obj.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def amounts(obj: Obj, field: str) -> dict[str, Decimal]:
    """The quantities of a map by their names; what is no quantity was refused before and is left out."""
    amounts = {}
    for name, value in inner(obj, field).items():
        amount = quantity(value)
        if amount is not None:
            amounts[name] = amount
    return amounts


def quantity(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return quantities.parse(value)
    except ValueError:
        return None


def not_negative(obj: Obj, path: str, *fields: str) -> Causes:
    for field in fields:
        value = number(obj, field)
        if value is not None and value < 0:
            yield invalid_value(f"{path}.{field}", value, NOT_NEGATIVE)


def check_form(value: str, path: str, form: Callable[[str], Iterable[str]]) -> Causes:
    for problem in form(value):
        yield invalid_value(path, value, problem)


def required_text(obj: Obj, field: str, path: str, form: Callable[[str], Iterable[str]]) -> Causes:
    """A text that has to be there and well formed."""
    value = text(obj, field)
    if not value:
        yield required_value(f"{path}.{field}")
    else:
        yield from check_form(value, f"{path}.{field}", form)


def one_of(obj: Obj, field: str, path: str, choices: Sequence[str]) -> Causes:
    """A word out of a closed set, where there is one."""
    value = obj.get(field)
    if value is not None and value not in choices:
        yield unsupported_value(f"{path}.{field}", value, choices) if value else required_value(f"{path}.{field}")


def check_unchanged(obj: Obj, old: Obj, path: str, *fields: str) -> Causes:
    for field in fields:
        if obj.get(field) != old.get(field):
            yield invalid_value(f"{path}.{field}" if path else field, obj.get(field), IMMUTABLE)


def only_one(obj: Obj, path: str, fields: Sequence[str], detail: str) -> str | StatusCause:
    """The one field of `fields` that is set ("" where none is), or the cause to refuse the second one."""
    present = [field for field in fields if obj.get(field) is not None]
    if len(present) > 1:
        return forbidden_value(f"{path}.{present[1]}", detail)
    return present[0] if present else ""


def port(value: Any, path: str) -> Causes:
    """A port by number or by name."""
    if isinstance(value, str):
        yield from check_form(value, path, forms.port_name)
    else:
        port_number = value if isinstance(value, int) else 0
        for problem in forms.port_number(port_number):
            yield invalid_value(path, port_number, problem)
