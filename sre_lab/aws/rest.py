"""The operations of a rest-json service, by the service's own model: which one a method and a path mean, which
parameters lie outside the body, and whether the parameters are such as the service takes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs

from botocore.model import OperationModel, Shape

from sre_lab.aws import models
from sre_lab.aws.errors import AwsError

LABEL: Final = re.compile(r"\{(\w+)\+?\}")
LABEL_VALUE: Final = r"(?P<%s>arn:.+|[^/]+)"  # paths come decoded, and only ARNs have slashes
SIZED: Final = {"list": "elements", "map": "entries", "string": "characters"}


def operation_of(service: str, method: str, path: str, query: str) -> tuple[str, dict[str, Any]] | None:
    """The operation and its parameters in path and query; None if the service has none there."""
    for operation in _operations(service):
        match = _pattern(operation).fullmatch(path) if operation.http["method"] == method else None
        if match is not None:
            texts = {**{name: values[-1] for name, values in parse_qs(query).items()}, **match.groupdict()}
            return operation.name, _outside_the_body(operation, texts)
    return None


def check(service: str, operation: str, params: dict[str, Any]) -> None:
    """Raises AwsError ValidationException for the first parameter that the model does not allow."""
    shape = models.operation(service, operation).input_shape
    fault = _fault(shape, params, "") if shape is not None else None
    if fault is not None:
        path, why = fault
        members = {"reason": "FieldValidationFailed", "fieldList": [{"name": path, "message": why}]}
        raise AwsError("ValidationException", f"1 validation error detected: {path} {why}", members=members)


@cache
def _operations(service: str) -> list[OperationModel]:
    model = models.service(service)
    return [model.operation_model(name) for name in model.operation_names]


@cache
def _pattern(operation: OperationModel) -> re.Pattern[str]:
    path = operation.http["requestUri"].partition("?")[0].rstrip("/")
    parts = LABEL.split(path)  # text and names of labels in turn
    return re.compile(
        "".join(LABEL_VALUE % part if place % 2 else re.escape(part) for place, part in enumerate(parts)) + "/?"
    )


def _outside_the_body(operation: OperationModel, texts: dict[str, str]) -> dict[str, Any]:
    shape = operation.input_shape
    assert shape is not None
    params: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.serialization.get("location") in ("uri", "querystring"):
            text = texts.get(member.serialization.get("name", name))
            if text is not None:
                params[name] = _parse(member, text)
    return params


def _parse(shape: Shape, text: str) -> Any:
    return int(text) if shape.type_name == "integer" and text.isdigit() else text


def _fault(shape: Shape, value: Any, path: str) -> tuple[str, str] | None:
    """Where the value is not what the shape allows, and why."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                return f"{path}{name}", "is required"
        parts = [(shape.members[name], one, f"{path}{name}.") for name, one in value.items() if name in shape.members]
    elif shape.type_name == "list":
        parts = [(shape.member, one, f"{path}{place}.") for place, one in enumerate(value)]
    elif shape.type_name == "map":
        parts = [(shape.value, one, f"{path}{name}.") for name, one in value.items()]
    else:
        parts = []
    own = _own_fault(shape, value)
    if own:
        return path.rstrip("."), own
    return next((fault for part in parts if (fault := _fault(*part)) is not None), None)


def _own_fault(shape: Shape, value: Any) -> str:
    rules = shape.metadata
    if (pattern := rules.get("pattern")) and not re.fullmatch(pattern, value):
        return f"must match {pattern}"
    if (enum := rules.get("enum")) and value not in enum:
        return f"must be one of {', '.join(enum)}"
    size = len(value) if shape.type_name in SIZED else value
    unit = f" {SIZED[shape.type_name]}" if shape.type_name in SIZED else ""
    if "min" in rules and size < rules["min"]:
        return f"must be {rules['min']}{unit} at least"
    return f"must be {rules['max']}{unit} at most" if "max" in rules and size > rules["max"] else ""
