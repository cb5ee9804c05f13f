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
    model_class = getattr(models(), model)
    return {model_class.attribute_map[a]: t for a, t in model_class.openapi_types.items()}


@cache
def descriptions(model: str) -> dict[str, str]:
    """JSON field -> what the API reference says about it; "" stands for the model itself."""
    model_class = getattr(models(), model)
    texts = {"": _sentences(model_class.__doc__ or "")}
    model_fields = getattr(model_class, "model_fields", None)  # older releases of the client have properties instead
    for attribute, field in model_class.attribute_map.items():
        if model_fields is not None:
            texts[field] = (model_fields[attribute].description if attribute in model_fields else "") or ""
        else:
            lines = (getattr(model_class, attribute).__doc__ or "").splitlines()
            texts[field] = " ".join(line.split("#")[0].strip() for line in lines[2:3])
    return texts


@cache
def required_fields(model: str) -> list[str]:
    """The JSON fields without which an object of this model is none."""
    model_class = getattr(models(), model)
    model_fields = getattr(model_class, "model_fields", {})
    return sorted(
        f for a, f in model_class.attribute_map.items() if a in model_fields and model_fields[a].is_required()
    )


def _sentences(text: str) -> str:
    summary = text.split("Attributes:")[0].split("NOTE:")[0]
    return " ".join(summary.split())


def element(type_: str) -> tuple[str, str]:
    """(`list`, `map` or "", the model or primitive inside)."""
    for pattern, shape in ((r"[Ll]ist\[(.+)\]", "list"), (r"[Dd]ict[\[(]str, (.+)[\])]", "map")):
        match = re.fullmatch(pattern, type_)
        if match:
            return shape, match.group(1)
    return "", type_
