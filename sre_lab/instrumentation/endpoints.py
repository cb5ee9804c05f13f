"""Which pods answer a Service's requests now, and which of them broke down in the middle of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

PodKey = tuple[str, str]  # namespace, name


@dataclass(frozen=True)
class PodBackend:
    """A pod behind a Service; `container` is the one that listens on `port`, None when none of them does."""

    pod: Obj
    container: Obj | None
    port: int

    @property
    def key(self) -> PodKey:
        return self.pod["metadata"]["namespace"], self.pod["metadata"]["name"]


def backends(world: World, namespace: str, service: str, port: int | None = None) -> list[PodBackend]:
    """The ready backends of a Service as its Endpoints object names them; none where the Service is gone.

    `port` is one of the Service's; without it the first is meant.
    """
    pod_backends: list[PodBackend] = []
    endpoints = world.objects.get("Endpoints", namespace, service)
    behind = world.objects.get("Service", namespace, service)
    if endpoints is None or behind is None:
        return pod_backends
    name = next((p.get("name", "") for p in behind["spec"].get("ports") or [] if p.get("port") == port), None)
    for subset in endpoints.get("subsets") or []:
        ports = [p["port"] for p in subset.get("ports") or [] if name is None or p.get("name", "") == name]
        for address in subset.get("addresses") or []:
            pod = world.objects.get("Pod", namespace, (address.get("targetRef") or {}).get("name", ""))
            if pod is not None and (ports or port is None):
                number = ports[0] if ports else 0
                pod_backends.append(PodBackend(pod, _listener(pod, number), number))
    return pod_backends


def _listener(pod: Obj, port: int) -> Obj | None:
    """Declared ports are taken at their word; a container that declares none is taken to listen where it must."""
    containers: list[Obj] = pod["spec"]["containers"]
    for container in containers:
        if any(entry["containerPort"] == port for entry in container.get("ports") or []):
            return container
    silent = [c for c in containers if not c.get("ports")]
    return silent[0] if silent else None


def services_of(world: World, pod: Obj) -> list[str]:
    """The names of the Services with traffic that select this pod."""
    namespace, labels = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
    names = []
    for where, name in world.traffic:
        service = world.objects.get("Service", where, name) if where == namespace else None
        selector = service["spec"].get("selector") if service is not None else None
        if selector and matches({"matchLabels": selector}, labels):
            names.append(name)
    return names


class CrashCounter:
    """Counts the containers that ended by themselves while a Service sent them requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: Counter[tuple[str, str]] = Counter()  # by (namespace, Service)
        world.objects.subscribe(self._on_change)

    def take(self, namespace: str, service: str) -> int:
        """How many since the last call."""
        return self._seen.pop((namespace, service), 0)

    def _on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] != "Pod" or change.type != "MODIFIED" or change.before is None:
            return
        if change.object["metadata"].get("deletionTimestamp") or not _broke_down(change.before, change.object):
            return
        for service in services_of(self._world, change.object):
            self._seen[(change.object["metadata"]["namespace"], service)] += 1


def _broke_down(before: Obj, after: Obj) -> bool:
    """Whether a container that was ready is not running any more."""
    now = {status["name"]: status for status in (after.get("status") or {}).get("containerStatuses") or []}
    return any(
        status.get("ready") and status["name"] in now and not now[status["name"]].get("state", {}).get("running")
        for status in (before.get("status") or {}).get("containerStatuses") or []
    )
