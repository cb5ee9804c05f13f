"""What a caller gives for a document's parameters: typed, completed with defaults, checked before anything runs."""

from __future__ import annotations

import json
from typing import Any

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.runbook import AutomationDocument, RunbookParameter, compile_pattern

ShownParameters = dict[str, list[str]]


def resolve(runbook: AutomationDocument, arguments: ShownParameters) -> tuple[dict[str, Any], ShownParameters]:
    """Typed values for interpolation, and the map of lists that the API shows.

    InvalidAutomationExecutionParametersException names the parameter, what it got and what it takes.
    """
    by_name = {parameter.name: parameter for parameter in runbook.parameters}
    unknown = sorted(set(arguments) - set(by_name))
    if unknown:
        raise _wrong(f"The document takes no parameter {', '.join(unknown)}. It takes: {', '.join(by_name) or 'none'}.")
    missing = [p.name for p in runbook.parameters if p.required and p.name not in arguments]
    if missing:
        raise _wrong(f"These parameters have no value and no default: {', '.join(missing)}.")
    values: dict[str, Any] = {}
    for parameter in runbook.parameters:
        if parameter.name in arguments:
            values[parameter.name] = _parse_value(parameter, [str(v) for v in arguments[parameter.name]])
            _check(parameter, values[parameter.name])
        else:
            values[parameter.name] = parameter.default
    return values, {name: as_list(value) for name, value in values.items()}


def as_list(value: Any) -> list[str]:
    """Any value as the API shows it: a list of strings, with JSON where the value has structure."""
    return [as_text(v) for v in value] if isinstance(value, list) else [as_text(value)]


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def is_list(type_name: str) -> bool:
    return type_name in ("StringList", "MapList") or type_name.startswith("List<")


def _parse_value(parameter: RunbookParameter, texts: list[str]) -> Any:
    try:
        if parameter.type == "MapList":
            return [json.loads(text) for text in texts]
        if is_list(parameter.type):
            return texts
        if len(texts) != 1:
            raise _wrong(f"Parameter {parameter.name} is a {parameter.type} and takes one value, not {len(texts)}.")
        if parameter.type == "Integer":
            return int(texts[0])
        if parameter.type == "Boolean":
            return {"true": True, "false": False}[texts[0].lower()]
        return json.loads(texts[0]) if parameter.type == "StringMap" else texts[0]
    except (ValueError, KeyError) as problem:
        raise _wrong(f"Parameter {parameter.name} is a {parameter.type} and cannot be {texts!r}.") from problem


def _check(parameter: RunbookParameter, value: Any) -> None:
    items = value if isinstance(value, list) else [value]
    allowed = [as_text(v) for v in parameter.allowed_values]
    for item in items:
        text = as_text(item)
        if allowed and text not in allowed:
            raise _wrong(f"Parameter {parameter.name} cannot be {text!r}. Allowed values: {', '.join(allowed)}.")
        if parameter.allowed_pattern and not compile_pattern(parameter.allowed_pattern).fullmatch(text):
            raise _wrong(f"Parameter {parameter.name}: {text!r} does not match {parameter.allowed_pattern}")
    for bound, number in parameter.bounds:
        sizes = [len(items)] if bound.endswith("Items") else [len(as_text(item)) for item in items]
        if any(size < number if bound.startswith("min") else size > number for size in sizes):
            raise _wrong(f"Parameter {parameter.name} breaks {bound} {number}.")


def _wrong(message: str) -> AwsError:
    return AwsError("InvalidAutomationExecutionParametersException", message)
