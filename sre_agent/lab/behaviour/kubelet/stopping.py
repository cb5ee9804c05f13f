"""How containers end from outside: SIGTERM and its grace, a failed probe, the end of the whole pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sre_agent.lab.behaviour.kubelet.containers import Container
from sre_agent.lab.behaviour.kubelet.lifecycle import SIGKILLED
from sre_agent.lab.behaviour.kubelet.pace import Steps
from sre_agent.lab.behaviour.kubelet.process import IGNORES_SIGTERM

if TYPE_CHECKING:
    from sre_agent.lab.behaviour.kubelet.worker import PodWorker

REACTION_SECONDS = 0.5  # from SIGTERM to the exit of a process that handles it
EVICTION_GRACE_SECONDS = 1.0
CLEANUP_SECONDS = 0.6  # until sandbox, volumes and cgroups are gone


def restart_doomed(worker: PodWorker, container: Container) -> Steps:
    """End a container whose liveness or startup probe failed; returns True when it is down."""
    kind = container.doomed
    message = f"Container {container.name} failed {kind} probe, will be restarted"
    worker.event("Normal", "Killing", message, container)
    probe = container.probe(kind) or {}
    grace = float(probe.get("terminationGracePeriodSeconds", worker.grace()))
    yield from _stop(worker, [container], grace)
    container.doomed = ""
    return True


def finish(worker: PodWorker) -> Steps:
    """The pod has run to its end: take down its sidecars and its sandbox, then say Succeeded or Failed."""
    left = worker.running()
    yield from _stop(worker, left, worker.grace())
    yield CLEANUP_SECONDS
    worker.sandbox = False
    worker.finished = True
    worker.write_status()
    return True


def evict(worker: PodWorker) -> Steps:
    """The pod has to leave the node now: stop its containers, keep the object as the trace of it."""
    left = worker.running()
    for container in left:
        worker.event("Normal", "Killing", f"Stopping container {container.name}", container)
    yield from _stop(worker, left, EVICTION_GRACE_SECONDS)
    yield CLEANUP_SECONDS
    worker.sandbox = False
    worker.finished = True
    worker.write_status()
    return True


def terminate(worker: PodWorker, *, first: bool) -> Steps:
    """The pod is deleted: stop its containers within the grace, then let the object go."""
    left = worker.running()
    if first:
        for container in left:
            worker.event("Normal", "Killing", f"Stopping container {container.name}", container)
        _show_last_ends(worker)
    yield from _stop(worker, left, worker.grace())
    yield 0.1
    worker.sandbox = False
    worker.finished = True
    worker.write_status()
    yield CLEANUP_SECONDS
    worker.remove_object()
    return True


def _show_last_ends(worker: PodWorker) -> None:
    """What waited for its next start waits no longer: its last end is its state."""
    for container in worker.containers():
        if container.ended and container.process is None:
            container.waiting = None
            container.ended = container.ended[-1:]
    worker.write_status()


def _stop(worker: PodWorker, containers: list[Container], grace: float) -> Steps:
    """SIGTERM to all of them, SIGKILL to those that still run when the grace is over."""
    waited = 0.0
    for delay, container in sorted(((_delay(c, grace), c) for c in containers), key=lambda d: d[0]):
        yield max(0.0, delay - waited)
        waited = max(waited, delay)
        if container.process is None:  # it came to its end by itself meanwhile
            continue
        profile = container.process.profile
        code = SIGKILLED if delay >= grace else profile.on_sigterm
        words = profile.last_words if code != SIGKILLED else []
        worker.end(container, code, "Completed" if code == 0 else "Error", words)
    return True


def _delay(container: Container, grace: float) -> float:
    process = container.process
    ignores = process is not None and process.profile.on_sigterm == IGNORES_SIGTERM
    return grace if ignores else min(REACTION_SECONDS, grace)
