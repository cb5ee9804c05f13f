"""Request bodies: JSON, YAML or protobuf, of the right kind, with quantities that can be read."""

from __future__ import annotations

import json
from typing import Any

import yaml

from sre_agent.lab.kubernetes import protobuf, quantities
from sre_agent.lab.kubernetes.kinds import Resource
from sre_agent.lab.kubernetes.statuses import ApiError, bad_request, unsupported_media_type

Obj = dict[str, Any]
PROTOBUF = "application/vnd.kubernetes.protobuf"
_OBJECT_TYPES = ("", "application/json", "application/yaml", "text/plain", PROTOBUF)


def media_type(header: str) -> str:
    """The bare type of a Content-Type header."""
    return header.split(";")[0].strip().lower()


def parse_object(body: bytes, content_type: str, resource: Resource) -> Obj:
    """The object in a create or update; kind and apiVersion are filled in where absent. ApiError 400 or 415."""
    media = media_type(content_type)
    if media not in _OBJECT_TYPES:
        raise unsupported_media_type()
    try:
        found = _decoded(body, media)
    except (ValueError, yaml.YAMLError) as problem:
        raise _unreadable(body, resource, problem) from None
    if not isinstance(found, dict):
        raise _unreadable(body, resource, "it is no object")
    expected = resource.api_version
    if found.setdefault("apiVersion", expected) != expected:
        raise bad_request(
            f"the API version in the data ({found['apiVersion']}) does not match the expected API version ({expected})"
        )
    if found.setdefault("kind", resource.kind) != resource.kind:
        version = resource.version
        raise bad_request(
            f'{found["kind"]} in version "{version}" cannot be handled as a {resource.kind}: kinds differ'
        )
    if not isinstance(found.setdefault("metadata", {}), dict):
        raise cannot_handle(resource, "json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta")
    found["metadata"].pop("managedFields", None)
    return found


def parse_options(body: bytes, content_type: str) -> Obj:
    """DeleteOptions or an Eviction; empty where there is no body. ApiError 400."""
    if not body.strip():
        return {}
    found = protobuf.decode(body) if media_type(content_type) == PROTOBUF else parse_json(body)
    return found if isinstance(found, dict) else {}


def _decoded(body: bytes, media: str) -> Any:
    if media == PROTOBUF:
        return protobuf.decode(body)
    return yaml.safe_load(body) if media == "application/yaml" else json.loads(body)


def parse_json(body: bytes) -> Any:
    """The body of a JSON patch or a merge patch; ApiError 400."""
    try:
        return json.loads(body)
    except ValueError as problem:
        raise bad_request(f"error decoding patch: {problem}") from None


def parse_yaml(body: bytes) -> Any:
    try:
        return yaml.safe_load(body)
    except yaml.YAMLError as problem:
        raise bad_request(f"error decoding YAML: {problem}") from None


def cannot_handle(resource: Resource, why: str) -> ApiError:
    kind = resource.kind
    return bad_request(f'{kind} in version "{resource.version}" cannot be handled as a {kind}: {why}')


def wrong_quantity(obj: Any) -> bool:
    """Whether any resources.limits or requests in the object hold something that is no quantity."""
    if isinstance(obj, list):
        return any(wrong_quantity(o) for o in obj)
    if not isinstance(obj, dict):
        return False
    resources = obj.get("resources")
    if isinstance(resources, dict):
        for part in ("limits", "requests"):
            amounts = resources.get(part)
            if isinstance(amounts, dict) and not all(_is_quantity(a) for a in amounts.values() if a is not None):
                return True
    return any(wrong_quantity(o) for o in obj.values())


def _is_quantity(amount: Any) -> bool:
    try:
        quantities.parse(amount)
    except ValueError:
        return False
    return True


def go_map(value: Any) -> str:
    """A value as Go prints it, which is how patch errors show a patch."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{go_map(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_map(v) for v in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unreadable(body: bytes, resource: Resource, problem: object) -> ApiError:
    text = body.decode(errors="replace")
    why = "unexpected end of JSON input" if _ends_early(problem, text) else str(problem)
    return bad_request(
        f"the object provided is unrecognized (must be of type {resource.kind}): couldn't get version/kind; "
        f"json parse error: {why} ({text})"
    )


def _ends_early(problem: object, text: str) -> bool:
    return isinstance(problem, json.JSONDecodeError) and problem.pos >= len(text.rstrip())
