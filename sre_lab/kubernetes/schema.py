"""What the official client's models say of a kind: fields, types and descriptions, as OpenAPI documents repeat them.

The client is imported when the first document is asked for, not before: it is large.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

from sre_lab.kubernetes.kinds import ApiResource


@cache
def models() -> Any:
    """The client's module of models."""
    return importlib.import_module("kubernetes.client.models")


@cache
def model_name(resource: ApiResource) -> str:
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
def required_fields(model: str) -> list[str]:
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
