"""OpenAPI documents, made from the official client's models: fields, types and merge keys of every served kind.

They carry no paths beyond what clients look up; they are enough for kubectl to validate, apply and explain.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from functools import cache
from typing import Any

from starlette.responses import Response

from sre_lab.kubernetes.kinds import METRICS, ApiResource, resources
from sre_lab.kubernetes.patches import MERGE_KEYS
from sre_lab.kubernetes.representation import respond
from sre_lab.kubernetes.requests import UnknownPathError
from sre_lab.kubernetes.schema import descriptions, element, fields, model_name, models, required_fields
from sre_lab.kubernetes.statuses import unsupported_media_type

Obj = dict[str, Any]
PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
DOCUMENT = 2  # counts up when the way in which the documents are made changes
_TYPES: dict[str, Obj] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {"x-kubernetes-preserve-unknown-fields": True},
    "bytes": {"type": "string", "format": "byte"},
}


def answer(path: str, accept: str) -> Response:
    """/openapi/v2, the /openapi/v3 index, or one group's v3 document."""
    if path == "/openapi/v2":
        if "json" in accept or "*/*" in accept or not accept:
            return respond(_v2())
        if PROTOBUF not in accept.replace("@", "."):
            raise unsupported_media_type("415: Unsupported Media Type: /openapi/v2 is served as JSON and protobuf")
        return Response(_nothing_known(), media_type=PROTOBUF)
    if path == "/openapi/v3":
        paths = {p: {"serverRelativeURL": f"/openapi/v3/{p}?hash={_hash(p)}"} for p in _groups()}
        return respond({"paths": paths})
    group = path.removeprefix("/openapi/v3/")
    if group not in _groups():
        raise UnknownPathError(path)
    return respond(_v3(group))


def _nothing_known() -> bytes:
    """The second version in protobuf, without definitions: kubectl reads them from the third, and asks for this one
    only to learn that the lab does not have a kind."""
    title, version = b"Kubernetes", b"v1.32.0"
    info = b"\x0a" + bytes([len(title)]) + title + b"\x12" + bytes([len(version)]) + version
    return b"\x0a\x032.0\x12" + bytes([len(info)]) + info


@cache
def _groups() -> dict[str, list[ApiResource]]:
    groups: dict[str, list[ApiResource]] = {}
    for r in resources():
        if r.group != METRICS:
            groups.setdefault(f"apis/{r.group}/{r.version}" if r.group else f"api/{r.version}", []).append(r)
    return groups


@cache
def _hash(group: str) -> str:
    """Names one state of the document: a client that has it asks no more. It changes with the models."""
    client = importlib.metadata.version("kubernetes")
    return hashlib.sha256(f"{group} {client} {DOCUMENT}".encode()).hexdigest().upper()


@cache
def _v3(group: str) -> Obj:
    group_resources = _groups()[group]
    schemas = _schemas(group_resources, "#/components/schemas/")
    paths = {p: _operations(r) for r in group_resources for p in _paths(r)}
    info = {"title": "Kubernetes", "version": "v1.32.0"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


@cache
def _v2() -> Obj:
    all_resources = [r for group_resources in _groups().values() for r in group_resources]
    info = {"title": "Kubernetes", "version": "v1.32.0"}
    return {"swagger": "2.0", "info": info, "paths": {}, "definitions": _schemas(all_resources, "#/definitions/")}


def _paths(resource: ApiResource) -> list[str]:
    root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    below = f"{root}/namespaces/{{namespace}}" if resource.namespaced else root
    return [f"{below}/{resource.plural}", f"{below}/{resource.plural}/{{name}}"]


def _operations(resource: ApiResource) -> Obj:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    parameters = [{"name": n, "in": "query", "schema": {"type": "string"}} for n in ("dryRun", "fieldValidation")]
    return {
        method: {"x-kubernetes-group-version-kind": kind, "parameters": parameters, "responses": {}}
        for method in ("get", "post", "put", "patch", "delete")
    }


def _schemas(api_resources: list[ApiResource], prefix: str) -> Obj:
    """Every model that the served kinds reach. A kind's own name carries its group, as kubectl expects."""
    kinds: dict[str, list[Obj]] = {}
    for r in api_resources:
        model = model_name(r)
        if model:
            kinds.setdefault(model, []).append({"group": r.group, "version": r.version, "kind": r.kind})
    schemas: Obj = {}
    waiting = list(kinds)
    while waiting:
        model = waiting.pop()
        if _name(model) in schemas:
            continue
        schema: Obj = {"type": "object", "description": descriptions(model)[""], "properties": {}}
        schemas[_name(model)] = schema
        if required_fields(model):
            schema["required"] = required_fields(model)
        for name, type_ in fields(model).items():
            inner = element(type_)[1]
            if inner not in _TYPES and hasattr(models(), inner):
                waiting.append(inner)
            schema["properties"][name] = _with_description(
                _property(model, name, type_, prefix), descriptions(model)[name]
            )
        if model in kinds:
            schema["x-kubernetes-group-version-kind"] = kinds[model]
    return schemas


def _with_description(schema: Obj, text: str) -> Obj:
    """A reference stands in `allOf`, or its neighbours would not count."""
    return {"description": text} | ({"allOf": [schema]} if "$ref" in schema else schema)


def _name(model: str) -> str:
    """`V1PodSpec` is io.k8s.api.v1.PodSpec, `RbacV1Subject` io.k8s.api.rbac.v1.Subject."""
    match = re.fullmatch(r"([A-Za-z]*?)(V\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)", model)
    if match is None:
        return f"io.k8s.api.{model}"
    return ".".join(p for p in ("io.k8s.api", match.group(1).lower(), match.group(2).lower(), match.group(3)) if p)


def _property(model: str, name: str, type_: str, prefix: str) -> Obj:
    shape, inner = element(type_)
    if shape:
        items = _property(model, "", inner, prefix)
        if shape == "map":
            return {"type": "object", "additionalProperties": items}
        key = "port" if model == "V1ServiceSpec" and name == "ports" else MERGE_KEYS.get(name)
        merged = key and key in (fields(inner) if hasattr(models(), inner) else {})
        extra = {"x-kubernetes-patch-merge-key": key, "x-kubernetes-patch-strategy": "merge"} if merged else {}
        return {"type": "array", "items": items} | extra
    if name in ("maxSurge", "maxUnavailable", "minAvailable", "port", "targetPort"):
        return {"x-kubernetes-int-or-string": True}
    return dict(_TYPES[inner]) if inner in _TYPES else {"$ref": f"{prefix}{_name(inner)}"}
