"""The same objects in the form that the client accepts: plain JSON, YAML, a Table, or metadata only."""

from __future__ import annotations

from typing import Any

import yaml
from starlette.responses import Response

from sre_lab.encoding import encode
from sre_lab.kubernetes.conversion import to_served
from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.printing.tables import partial, table
from sre_lab.kubernetes.requests import ApiRequest

Obj = dict[str, Any]


def respond(body: Obj, code: int = 200, *, form: str = "json") -> Response:
    if form == "yaml":
        return Response(yaml.safe_dump(body, sort_keys=False), code, media_type="application/yaml")
    return Response(encode(body), code, media_type="application/json")


def one(call: ApiRequest, obj: Obj, now: float, code: int = 200) -> Response:
    """A single object, in the form that the call accepts."""
    return respond(form_of(call, obj, now), code, form=call.form)


def form_of(call: ApiRequest, obj: Obj, now: float) -> Obj:
    if call.form == "table":
        meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return _table(call, [obj], meta, now)
    if call.form == "partial":
        return partial(obj)
    return _represent(obj, call.resource)


def many(call: ApiRequest, objects: list[Obj], meta: Obj, now: float) -> Response:
    """A list, in the form that the call accepts. Items of plain lists carry no kind, as on the real server."""
    resource = call.resource
    if call.form == "table":
        return respond(_table(call, objects, meta, now))
    if call.form == "partial":
        items = [partial(o) for o in objects]
        head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
        return respond(head | {"items": items or None})  # null where there are none, as on the real server
    items = [_without_kind(to_served(o, resource)) for o in objects]
    body = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta, "items": items}
    return respond(body, form=call.form)


def _table(call: ApiRequest, objects: list[Obj], meta: Obj, now: float) -> Obj:
    include = call.query.get("includeObject", "")
    return table(call.resource.kind, objects, meta, now, include, lambda o: _represent(o, call.resource))


def _represent(obj: Obj, resource: ApiResource) -> Obj:
    """kind and apiVersion first, as the real server writes them."""
    return {"kind": resource.kind, "apiVersion": resource.api_version} | to_served(obj, resource)


def _without_kind(obj: Obj) -> Obj:
    return {k: v for k, v in obj.items() if k not in ("kind", "apiVersion")}
