"""What a pod uses now, as the metrics API and `kubectl top` report it."""

from __future__ import annotations

from sre_lab.behaviour import frozen
from sre_lab.behaviour.kubelet.process import ContainerProcess, profile_of, running_processes
from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj
from sre_lab.world import World


def pod_usage(world: World, pod: Obj) -> dict[str, tuple[int, int]]:
    """(nanocores, bytes) of each running container by name; containers that do not run are absent."""
    status = pod.get("status", {})
    used = {}
    for container_status in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        process = _process(world, pod, container_status)
        if process is not None:
            used[container_status["name"]] = (round(process.cpu() * 1e9), process.memory(world.clock.now()))
    return used


def _process(world: World, pod: Obj, container_status: Obj) -> ContainerProcess | None:
    """The running process, or for a pod that only its recorded status knows, one that began at the recorded time."""
    meta = pod["metadata"]
    process = running_processes(world).get((meta["namespace"], meta["name"], container_status["name"]))
    if process is not None or "running" not in container_status.get("state", {}):
        return process
    if frozen.is_frozen(world, pod):
        return None  # what a recorded pod used was not recorded
    began = from_rfc3339(container_status["state"]["running"]["startedAt"])
    spec: Obj = next((c for c in pod["spec"].get("containers") or [] if c["name"] == container_status["name"]), {})
    image = spec.get("image", "")
    limit = memory_limit(spec)
    return ContainerProcess(
        meta["namespace"],
        meta["name"],
        container_status["name"],
        image,
        profile_of(world, image),
        {},
        limit,
        began,
        began,
        began,
    )


def memory_limit(container: Obj) -> float | None:
    """Bytes."""
    return _limit(container, "memory")


def cpu_limit(container: Obj) -> float | None:
    """Cores."""
    return _limit(container, "cpu")


def _limit(container: Obj, resource: str) -> float | None:
    limit = container.get("resources", {}).get("limits", {}).get(resource)
    return None if limit is None else float(parse(limit))
