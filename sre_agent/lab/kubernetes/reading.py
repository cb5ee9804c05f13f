"""get and list: selectors, paging, and what a list says about the version that it shows."""

from __future__ import annotations

import base64
import binascii
import json

from starlette.responses import Response

from sre_agent.lab.kubernetes.kinds import Resource
from sre_agent.lab.kubernetes.representation import many, one
from sre_agent.lab.kubernetes.requests import Call, number
from sre_agent.lab.kubernetes.selectors import Predicate, by_fields, by_labels
from sre_agent.lab.kubernetes.statuses import bad_request, not_found
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World


def existing(world: World, resource: Resource, namespace: str, name: str) -> Obj:
    """The stored object; ApiError 404 when there is none."""
    obj = world.objects.get(resource.kind, namespace, name)
    if obj is None:
        raise not_found(resource, name)
    return obj


def get(world: World, call: Call) -> Response:
    obj = existing(world, call.resource, call.namespace, call.name)
    return one(call, obj, world.clock.now())


def list_(world: World, call: Call) -> Response:
    """One page of the selected objects, ordered by namespace and name."""
    test = selected(call)
    found = [o for o in world.objects.all(call.resource.kind, call.namespace) if test(o)]
    meta: Obj = {"resourceVersion": str(world.objects.version)}
    if call.query.get("continue"):
        version, start = _read_token(call.query["continue"])
        meta["resourceVersion"] = version
        found = [o for o in found if _place(o) > start]
    limit = number(call.query, "limit")
    if limit and limit > 0 and len(found) > limit:
        left = len(found) - limit
        found = found[:limit]
        meta["continue"] = _token(meta["resourceVersion"], _place(found[-1]))
        if not call.query.get("labelSelector") and not call.query.get("fieldSelector"):
            meta["remainingItemCount"] = left
    return many(call, found, meta, world.clock.now())


def selected(call: Call) -> Predicate:
    """Whether an object belongs to what the call asks for; the namespace is included."""
    tests: list[Predicate] = []
    if call.query.get("labelSelector"):
        tests.append(by_labels(call.query["labelSelector"]))
    if call.query.get("fieldSelector"):
        tests.append(by_fields(call.query["fieldSelector"], call.resource))
    namespace, name = call.namespace, call.name

    def test(obj: Obj) -> bool:
        meta = obj["metadata"]
        if (namespace and meta.get("namespace") != namespace) or (name and meta["name"] != name):
            return False
        return all(t(obj) for t in tests)

    return test


def _place(obj: Obj) -> str:
    return f"{obj['metadata'].get('namespace', '')}\x00{obj['metadata']['name']}"


def _token(version: str, place: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"v": version, "start": place}).encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[str, str]:
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return str(found["v"]), str(found["start"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request(f"continue key is not valid: {token}") from None
