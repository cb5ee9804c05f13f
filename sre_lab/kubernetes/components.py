"""ComponentStatus: a kind that is kept for old clients and always answers with a warning."""

from __future__ import annotations

from starlette.responses import Response

from sre_lab.kubernetes.representation import many, one
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import not_found
from sre_lab.kubernetes.warnings import add
from sre_lab.objects.store import Obj
from sre_lab.world import World

KIND = "ComponentStatus"
NAMES = ("etcd-0", "controller-manager", "scheduler")


def answer(world: World, call: ApiRequest) -> Response:
    """The control plane's parts; in the lab they are one process with the API and live as long as it answers."""
    if not call.name:
        response = many(call, [_status(name) for name in NAMES], {}, world.clock.now())
    elif call.name in NAMES:
        response = one(call, _status(call.name), world.clock.now())
    else:
        raise not_found(call.resource, call.name)
    add(response, ["v1 ComponentStatus is deprecated in v1.19+"])
    return response


def _status(name: str) -> Obj:
    condition = {"type": "Healthy", "status": "True", "message": "ok"}
    return {"kind": KIND, "apiVersion": "v1", "metadata": {"name": name}, "conditions": [condition]}
