"""metrics.k8s.io: what pods and nodes use, as `kubectl top` and the autoscaler read it.

The group is answered by a server in the cluster. Whether it is there follows from the cluster's objects: its
APIService, and ready endpoints of the Service that this one names.
"""

from __future__ import annotations

import re
from typing import Literal

from starlette.responses import Response

from sre_lab.clock import from_rfc3339, rfc3339
from sre_lab.kubernetes.kubelets import Usage
from sre_lab.kubernetes.lookups import pods_on
from sre_lab.kubernetes.quantities import parse
from sre_lab.kubernetes.read_requests import selection
from sre_lab.kubernetes.representation import respond
from sre_lab.kubernetes.requests import ApiRequest, UnknownPathError
from sre_lab.kubernetes.statuses import ApiStatusError, details
from sre_lab.objects.store import Obj
from sre_lab.world import World

Availability = Literal["served", "unavailable", "absent"]
API_SERVICE = "v1beta1.metrics.k8s.io"
UNAVAILABLE = "the server is currently unable to handle the request"
WINDOW = "10.05s"  # what metrics-server reports with a resolution of 15 s
RESOLUTION_SECONDS = 15.0  # a container that is younger has not been measured twice
SYSTEM_CORES = 0.06  # what the kubelet, the runtime and the kernel take of each node


def availability(world: World) -> Availability:
    """Whether the group answers (`served`), is registered without a backend (`unavailable`), or is not there.

    A world that knows no APIService at all, as many recordings, takes the server for granted where the cluster has one.
    """
    registered = world.objects.get("APIService", "", API_SERVICE)
    if registered is None:
        is_served = world.cluster.metrics_server and not world.objects.all("APIService")
        return "served" if is_served else "absent"
    return "served" if not missing_backend(world, registered) else "unavailable"


def missing_backend(world: World, registered: Obj) -> tuple[str, str] | None:
    """Why nobody answers for an APIService, as (reason, message) of its Available condition; None otherwise."""
    backend = (registered.get("spec") or {}).get("service")
    if not backend:
        return None
    namespace, name = backend.get("namespace", ""), backend.get("name", "")
    target = f'service/{name} in "{namespace}"'
    if world.objects.get("Service", namespace, name) is None:
        return "ServiceNotFound", f"{target} is not present"
    endpoints = world.objects.get("Endpoints", namespace, name)
    if endpoints is None:
        return "EndpointsNotFound", f"cannot find endpoints for {target}"
    if not any(subset.get("addresses") for subset in endpoints.get("subsets") or []):
        return "MissingEndpoints", f'endpoints for {target} have no addresses with port name "https"'
    return None


def require(world: World) -> None:
    """UnknownPathError where the group is not there, ApiStatusError 503 while nobody answers for it."""
    state = availability(world)
    if state == "absent":
        raise UnknownPathError(API_SERVICE)
    if state == "unavailable":
        raise ApiStatusError(503, "ServiceUnavailable", UNAVAILABLE)


def pod_metrics(world: World, usage: Usage, pod: Obj) -> dict[str, tuple[int, int]]:
    """(nanocores, bytes) by container as metrics-server knows them; empty for a pod that it has no metrics of."""
    status = pod.get("status") or {}
    if status.get("phase") != "Running" or world.cluster.facts(pod["spec"].get("nodeName", "")).kubelet == "down":
        return {}
    used = usage(world, pod)
    if not used:
        return {}
    now, young = world.clock.now(), []
    for container_status in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        running = (container_status.get("state") or {}).get("running")
        if running and now - from_rfc3339(running["startedAt"]) < RESOLUTION_SECONDS:
            young.append(container_status["name"])
    return {} if young else used


def answer(world: World, usage: Usage, call: ApiRequest) -> Response:
    """The PodMetrics or NodeMetrics asked for: one, or a list."""
    require(world)
    kind = "Pod" if call.resource.plural == "pods" else "Node"
    test = selection(call)
    make = _pod if kind == "Pod" else _node
    rows = [row for o in world.objects.all(kind, call.namespace) if test(o) and (row := make(world, usage, o))]
    if not call.name:
        return respond(
            {
                "kind": f"{call.resource.kind}List",
                "apiVersion": call.resource.api_version,
                "metadata": {},
                "items": rows,
            }
        )
    if not rows:
        name = f"{call.namespace}/{call.name}" if call.namespace else call.name
        metric = re.sub("s$", "", call.resource.plural) + f"metrics.{call.resource.group}"
        raise ApiStatusError(404, "NotFound", f'{metric} "{name}" not found', details(call.resource, name))
    return respond({"kind": call.resource.kind, "apiVersion": call.resource.api_version} | rows[0])


def _pod(world: World, usage: Usage, pod: Obj) -> Obj | None:
    used = pod_metrics(world, usage, pod)
    if not used:
        return None
    containers = [{"name": name, "usage": _amounts(*amounts)} for name, amounts in used.items()]
    return _head(world, pod) | {"containers": containers}


def _node(world: World, usage: Usage, node: Obj) -> Obj | None:
    """All that runs there: the pods, and the system beside them where the machine is declared."""
    name = node["metadata"]["name"]
    facts = world.cluster.facts(name)
    if facts.kubelet == "down":
        return None
    running = [p for p in pods_on(world.objects, name) if (p.get("status") or {}).get("phase") == "Running"]
    amounts = [amount for pod in running for amount in usage(world, pod).values()]
    if world.cluster.has(name):
        amounts.append((int(SYSTEM_CORES * 1e9), int(parse(facts.memory_used))))
    return _head(world, node) | {"usage": _amounts(sum(a[0] for a in amounts), sum(a[1] for a in amounts))}


def _head(world: World, obj: Obj) -> Obj:
    now = rfc3339(world.clock.now())
    meta = {k: v for k, v in obj["metadata"].items() if k in ("name", "namespace", "labels")}
    return {"metadata": meta | {"creationTimestamp": now}, "timestamp": now, "window": WINDOW}


def _amounts(nanocores: int, size: int) -> Obj:
    return {"cpu": f"{int(nanocores)}n" if nanocores else "0", "memory": f"{int(size) // 1024}Ki"}
