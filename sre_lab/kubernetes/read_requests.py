"""get and list: selectors, paging, and what a list says about the version that it shows."""

from __future__ import annotations

from starlette.responses import Response

from sre_lab.kubernetes.kinds import ApiResource
from sre_lab.kubernetes.paging import page
from sre_lab.kubernetes.query_selectors import Predicate, by_fields, by_labels
from sre_lab.kubernetes.representation import many, one
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import not_found
from sre_lab.objects.store import Obj
from sre_lab.world import World


def require_object(world: World, resource: ApiResource, namespace: str, name: str) -> Obj:
    """The stored object; ApiStatusError 404 when there is none."""
    obj = world.objects.get(resource.kind, namespace, name)
    if obj is None:
        raise not_found(resource, name)
    return obj


def get(world: World, call: ApiRequest) -> Response:
    obj = require_object(world, call.resource, call.namespace, call.name)
    return one(call, obj, world.clock.now())


def list_(world: World, call: ApiRequest) -> Response:
    """One page of the selected objects, ordered by namespace and name."""
    list_page = page(world.objects, call, selection(call) if is_selective(call) else None)
    meta: Obj = {"resourceVersion": str(list_page.version)}
    if list_page.continue_token:
        meta["continue"] = list_page.continue_token
    if list_page.remaining is not None:
        meta["remainingItemCount"] = list_page.remaining
    return many(call, list_page.objects, meta, world.clock.now())


def is_selective(call: ApiRequest) -> bool:
    """Whether the call asks for less than all objects of its kind (in its namespace, where it names one)."""
    return bool(call.name or call.query.get("labelSelector") or call.query.get("fieldSelector"))


def selection(call: ApiRequest) -> Predicate:
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
