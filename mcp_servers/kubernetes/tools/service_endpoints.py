"""How many ready addresses stand behind each Service: in its EndpointSlices, where it is kept on a cluster of today.

Clusters and recordings that keep none have Endpoints objects instead; where neither is kept, the ready pods that the
selector takes are what would be in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

COLUMN: Final = "endpoints"
COUNT: Final = "readyEndpoints"  # of a Service here, and no field of the API
_SERVICE: Final = "kubernetes.io/service-name"
Key = tuple[str, str]  # namespace and name


def with_endpoints(services: Sequence[Obj], every: Callable[[str], Sequence[Obj]]) -> list[Obj]:
    """The Services with the count of their ready addresses; an alias of another host has none to count.

    `every` lists all objects of a kind where the Services are, and raises what its request raises.
    """
    counts = _of_slices(every("EndpointSlice")) or _of_endpoints(every("Endpoints"))
    pods = [] if counts else every("Pod")
    return [
        service
        if o.spec(service).get("type") == "ExternalName"
        else service | {COUNT: counts.get(_key(service), 0) if counts else _ready_pods(service, pods)}
        for service in services
    ]


def _of_slices(slices: Sequence[Obj]) -> Mapping[Key, int]:
    """By Service. A slice holds addresses of one family: of two families the same pods are counted once."""
    by_family: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in slices:
        key = (o.meta(one).get("namespace") or "", o.labels(one).get(_SERVICE, ""))
        ready = [e for e in one.get("endpoints") or [] if (e.get("conditions") or {}).get("ready") is not False]
        by_family[key][str(one.get("addressType"))] += len(ready)
    return {key: max(families.values()) for key, families in by_family.items()}


def _of_endpoints(endpoints: Sequence[Obj]) -> Mapping[Key, int]:
    return {_key(one): sum(len(s.get("addresses") or []) for s in one.get("subsets") or []) for one in endpoints}


def _ready_pods(service: Obj, pods: Sequence[Obj]) -> int:
    selector, place = o.selector(service), o.meta(service).get("namespace")
    if not selector:
        return 0
    return sum(
        o.meta(pod).get("namespace") == place and selector.items() <= o.labels(pod).items() and o.is_ready(pod)
        for pod in pods
    )


def _key(obj: Obj) -> Key:
    return o.meta(obj).get("namespace") or "", o.name(obj)
