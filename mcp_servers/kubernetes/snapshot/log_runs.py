"""Which runs of which containers are worth reading: those in trouble first, with the run before a crash."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj


@dataclass(frozen=True)
class LogRequest:
    """One log to read: a run of a container."""

    pod: Obj
    container: str
    previous: bool

    @property
    def short(self) -> str:
        return f"{o.name(self.pod)}/{self.container}" + (" (previous run)" if self.previous else "")


def runs(pod: Obj, container: str, previous: bool) -> list[LogRequest]:
    """The runs worth reading of a pod: containers in trouble, with their run before; else all that are no init."""
    statuses = {s.get("name"): s for s in _statuses(pod)}
    names = [
        str(c["name"])
        for field, c in o.containers(pod)
        if c.get("name")
        and (
            c["name"] == container if container else field == "containers" or _is_troubled(statuses.get(c["name"], {}))
        )
    ]
    runs = []
    for name in names:
        looping = _looping(statuses.get(name, {}))
        if previous or looping:
            runs.append(LogRequest(pod, name, True))
        if not previous:
            runs.append(LogRequest(pod, name, False))
    return runs


def _statuses(pod: Obj) -> list[Obj]:
    return [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]


def _is_troubled(status: Obj) -> bool:
    """Whether an init container is what holds the pod up, by failing or by going on."""
    state = status.get("state") or {}
    if "running" in state and not status.get("ready"):
        return True
    return bool(status.get("restartCount")) or bool((state.get("terminated") or {}).get("exitCode"))


def _looping(status: Obj) -> bool:
    """Whether its run before the present one exists and matters."""
    return bool(status.get("restartCount")) and not status.get("ready")


def keepers(pod: Obj) -> list[str]:
    """The containers for which alone a pod is not ready: an init container that does not end, before which none of the
    others starts, or those beside others that are ready."""
    inits = [s for s in o.status(pod).get("initContainerStatuses") or [] if not s.get("ready") and _is_troubled(s)]
    if inits and not o.is_over(pod):
        return [str(inits[0].get("name"))]
    statuses = {str(s.get("name")): s for s in o.status(pod).get("containerStatuses") or []}
    unready = [name for name, status in statuses.items() if not status.get("ready")]
    return unready if len(unready) < len(statuses) and not o.is_over(pod) else []


def ended_before(log_request: LogRequest) -> bool:
    status = next((s for s in _statuses(log_request.pod) if s.get("name") == log_request.container), {})
    return bool(status.get("restartCount")) and not _looping(status)


def healthy(pod: Obj) -> tuple[bool, int, float]:
    """Pods in trouble first, then those that restarted most, then the newest."""
    restarts = sum(int(s.get("restartCount") or 0) for s in _statuses(pod))
    created = o.created_at(pod)
    return o.is_ready(pod), -restarts, -(created.timestamp() if created else 0.0)


def spread(pods: list[Obj]) -> list[Obj]:
    """Pods that serve, one of each node before a second of any: what is wrong with a node shows on its pods alone."""
    nodes: set[str] = set()
    first: list[Obj] = []
    others: list[Obj] = []
    for pod in pods:
        node = str(o.spec(pod).get("nodeName") or "")
        (others if o.is_ready(pod) and node in nodes else first).append(pod)
        nodes.add(node)
    return [*first, *others]
