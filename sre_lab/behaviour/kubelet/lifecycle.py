"""The runtime's side of a container: a process begins, behaves as its image says, and ends."""

from __future__ import annotations

from collections.abc import Callable

from sre_lab.behaviour.kubelet import logs
from sre_lab.behaviour.kubelet.containers import KubeletContainer, TerminatedRun
from sre_lab.behaviour.kubelet.process import ContainerProcess, has_endpoint, holds, profile_of, running_processes
from sre_lab.behaviour.kubelet.usage import cpu_limit, memory_limit
from sre_lab.scenario import ProcessExit
from sre_lab.world import World

SIGKILLED = 137
LOOK_SECONDS = 2.0  # between two looks of a program that waits for a Service
Over = Callable[[int, str, list[str]], None]  # exit code, reason, last lines of the log


def begin(
    world: World, namespace: str, pod: str, container: KubeletContainer, environment: dict[str, str]
) -> ContainerProcess:
    """A new run of the container with an empty log."""
    process = _process(world, namespace, pod, container, environment)
    container.started = container.probe("startup") is None
    container.ready = container.started and container.probe("readiness") is None
    logs.open_log(world, process)
    return process


def resume(
    world: World, namespace: str, pod: str, container: KubeletContainer, environment: dict[str, str], started: float
) -> ContainerProcess:
    """A run that began before the lab did, with the log that it has; its behaviour is counted from now."""
    process = _process(world, namespace, pod, container, environment)
    process.started = started
    container.started = True
    return process


def _process(
    world: World, namespace: str, pod: str, container: KubeletContainer, environment: dict[str, str]
) -> ContainerProcess:
    now = world.clock.now()
    profile, limit = profile_of(world, container.image), memory_limit(container.spec)
    process = ContainerProcess(
        namespace, pod, container.name, container.image, profile, environment, limit, now, now, now
    )
    process.cpu_limit = cpu_limit(container.spec)
    container.process, container.waiting_reason, container.failed_probe = process, None, ""
    running_processes(world)[process.key] = process
    return process


def change(world: World, process: ContainerProcess) -> bool:
    """Let the process act by the present profile of its image from now on; False when that is the one it has."""
    profile = profile_of(world, process.image)
    if profile == process.profile:
        return False
    logs.write_until(world, process, world.clock.now())
    process.profile, process.since = profile, world.clock.now()
    return True


def plan_end(world: World, container: KubeletContainer, process: ContainerProcess, over: Over) -> None:
    """Call `over` when the process comes to its end by itself, if it does."""
    if container.end is not None:
        container.end.cancel()
    process.out_of_memory = lambda: over(SIGKILLED, "OOMKilled", []) if container.process is process else None
    _await(world, container, process, process.ends(), over)


def _await(
    world: World,
    container: KubeletContainer,
    process: ContainerProcess,
    ends: list[tuple[float, ProcessExit | None]],
    over: Over,
) -> None:
    if not ends:
        return
    (at, exit), *later = ends

    def arrive() -> None:
        if container.process is not process:
            return
        if exit is None:
            over(SIGKILLED, "OOMKilled", [])
        elif exit.when_service and not has_endpoint(world, exit.when_service):
            again = world.clock.now() + LOOK_SECONDS
            _await(world, container, process, [*((max(at, again), other) for at, other in later), (again, exit)], over)
        elif holds(world, process, exit):
            over(exit.code, "Completed" if exit.code == 0 else "Error", exit.log)
        else:
            _await(world, container, process, later, over)

    container.end = world.clock.at(at, arrive)


def end(
    world: World, container: KubeletContainer, process: ContainerProcess, code: int, reason: str, last_words: list[str]
) -> None:
    """The process is over, by itself or by a signal."""
    if container.end is not None:
        container.end.cancel()
    logs.close_log(world, process, last_words)
    running_processes(world).pop(process.key, None)
    container.process, container.started, container.ready = None, False, False
    container.add_end(TerminatedRun(code, reason, process.started, world.clock.now(), container.container_id))
