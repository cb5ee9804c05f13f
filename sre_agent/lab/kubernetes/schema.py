"""Which fields a kind has, read from the official client's models: unknown fields are errors under Strict validation.

The client is imported when the first strict request comes, not before: it is large.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from sre_agent.lab.kubernetes.bodies import cannot_handle
from sre_agent.lab.kubernetes.kinds import Resource

Obj = dict[str, Any]
_GO = {"int": "int32", "bool": "bool", "str": "string"}
_QUANTITIES = ("divisor", "sizeLimit", "averageValue", "minAllowed", "maxAllowed")
_PRIMITIVE = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


@cache
def models() -> Any:
    """The client's module of models."""
    return importlib.import_module("kubernetes.client.models")


@cache
def model_name(resource: Resource) -> str:
    """`V1Deployment`, or "" where the client has no model of that kind."""
    version = "V" + resource.version.removeprefix("v")
    prefix = {"": "Core", "events.k8s.io": "Events"}.get(resource.group, "") if resource.kind == "Event" else ""
    name = f"{prefix}{version}{resource.kind}"
    return name if hasattr(models(), name) else ""


@cache
def fields(model: str) -> dict[str, str]:
    """JSON field -> type (`str`, `List[V1Container]`, `Dict[str, str]`) of one model."""
    found = getattr(models(), model)
    return {found.attribute_map[a]: t for a, t in found.openapi_types.items()}


@cache
def descriptions(model: str) -> dict[str, str]:
    """JSON field -> what the API reference says about it; "" stands for the model itself."""
    found = getattr(models(), model)
    texts = {"": _sentences(found.__doc__ or "")}
    declared = getattr(found, "model_fields", None)  # older releases of the client have properties instead
    for attribute, field in found.attribute_map.items():
        if declared is not None:
            texts[field] = (declared[attribute].description if attribute in declared else "") or ""
        else:
            lines = (getattr(found, attribute).__doc__ or "").splitlines()
            texts[field] = " ".join(line.split("#")[0].strip() for line in lines[2:3])
    return texts


@cache
def required(model: str) -> list[str]:
    """The JSON fields without which an object of this model is none."""
    found = getattr(models(), model)
    declared = getattr(found, "model_fields", {})
    return sorted(f for a, f in found.attribute_map.items() if a in declared and declared[a].is_required())


def _sentences(text: str) -> str:
    told = text.split("Attributes:")[0].split("NOTE:")[0]
    return " ".join(told.split())


def element(type_: str) -> tuple[str, str]:
    """(`list`, `map` or "", the model or primitive inside)."""
    for pattern, shape in ((r"[Ll]ist\[(.+)\]", "list"), (r"[Dd]ict[\[(]str, (.+)[\])]", "map")):
        found = re.fullmatch(pattern, type_)
        if found:
            return shape, found.group(1)
    return "", type_


def check_fields(obj: Obj, resource: Resource, query: dict[str, str]) -> None:
    """ApiError 400 with the server's text for wrong types, and under Strict validation for unknown fields."""
    model = model_name(resource)
    if not model:
        return
    spec = fields(model).get("spec")
    for problem in _mistyped(obj.get("spec"), spec, "spec") if spec else ():
        raise cannot_handle(resource, problem)
    unknown = list(_unknown(obj, model, "")) if query.get("fieldValidation") == "Strict" else []
    if unknown:
        listed = ", ".join(f'unknown field "{f}"' for f in unknown)
        raise cannot_handle(resource, f"strict decoding error: {listed}")


def _unknown(value: Any, type_: str, path: str) -> Iterator[str]:
    shape, inner = element(type_)
    if shape == "list" and isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unknown(item, inner, f"{path}[{place}]")
    elif shape == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown(item, inner, f"{path}.{key}" if path else key)
    elif isinstance(value, dict) and not shape and hasattr(models(), inner) and inner not in _PRIMITIVE:
        known = fields(inner)
        for key, item in value.items():
            at = f"{path}.{key}" if path else key
            if key not in known:
                yield at
            else:
                yield from _unknown(item, known[key], at)


def _mistyped(value: Any, type_: str, path: str) -> Iterator[str]:
    """Go's words for each number, text or boolean that stands where another type belongs, and each misplaced object."""
    shape, inner = element(type_)
    if shape == "list" and isinstance(value, list):
        for item in value:
            yield from _mistyped(item, inner, path)
    elif isinstance(value, dict) and not shape and hasattr(models(), inner):
        known = fields(inner)
        for key, item in value.items():
            at = f"{path}.{key}"
            wanted = _GO.get(known.get(key, ""))
            if wanted and item is not None and _go_type(item) != wanted and key not in _QUANTITIES:
                owner = re.sub(r"^[A-Za-z]*?V\d+((alpha|beta)\d+)?", "", inner)
                given = {"int32": "number", "string": "string", "bool": "bool"}.get(_go_type(item), _go_type(item))
                yield f"json: cannot unmarshal {given} into Go struct field {owner}.{at} of type {wanted}"
            elif key in known and not wanted:
                yield from _mistyped(item, known[key], at)


def _go_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int32"
    if isinstance(value, str):
        return "string"
    return {dict: "object", list: "array", float: "number"}.get(type(value), "value")
