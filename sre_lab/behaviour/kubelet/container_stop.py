"""How containers end from outside: SIGTERM and its grace, a failed probe, the end of the whole pod."""

from __future__ import annotations

from sre_lab.behaviour.kubelet.containers import KubeletContainer
from sre_lab.behaviour.kubelet.hooks import pre_stop_seconds
from sre_lab.behaviour.kubelet.lifecycle import SIGKILLED
from sre_lab.behaviour.kubelet.pod_state import PodState
from sre_lab.behaviour.kubelet.process import IGNORES_SIGTERM
from sre_lab.behaviour.kubelet.sync_loop import Steps

LEAST_AFTER_HOOK_SECONDS = 2.0  # that a process has to end, even where its preStop hook took the whole grace
REACTION_SECONDS = 0.5  # from SIGTERM to the exit of a process that handles it
EVICTION_GRACE_SECONDS = 1.0
CLEANUP_SECONDS = 0.6  # until sandbox, volumes and cgroups are gone


def restart_doomed(worker: PodState, container: KubeletContainer) -> Steps:
    """End a container whose liveness or startup probe failed; returns True when it is down."""
    kind = container.failed_probe
    message = f"Container {container.name} failed {kind} probe, will be restarted"
    worker.event("Normal", "Killing", message, container)
    probe = container.probe(kind) or {}
    grace = float(probe.get("terminationGracePeriodSeconds", worker.grace()))
    yield from _stop(worker, [container], grace)
    container.failed_probe = ""
    return True


def finish(worker: PodState) -> Steps:
    """The pod has run to its end: take down its sidecars and its sandbox, then say Succeeded or Failed."""
    return (yield from _over(worker, worker.running(), worker.grace()))


def evict(worker: PodState) -> Steps:
    """The pod has to leave the node now: stop its containers, keep the object as the trace of it."""
    return (yield from _over(worker, _announce_kill(worker), EVICTION_GRACE_SECONDS))


def expire(worker: PodState) -> Steps:
    """The pod was active for longer than its spec allows: stop it as if it were deleted, and keep the object."""
    left = _announce_kill(worker)
    worker.write_status()
    return (yield from _over(worker, left, worker.grace()))


def terminate(worker: PodState, *, first: bool) -> Steps:
    """The pod is deleted: stop its containers within the grace, then let the object go."""
    left = _announce_kill(worker) if first else worker.running()
    if first:
        _show_last_ends(worker)
    yield from _stop(worker, left, worker.grace())
    yield 0.1
    worker.sandbox = False
    worker.finished = True
    worker.write_status()
    yield CLEANUP_SECONDS
    worker.remove_object()
    return True


def _announce_kill(worker: PodState) -> list[KubeletContainer]:
    """The containers that run now, each told that it will be stopped."""
    running = worker.running()
    for container in running:
        worker.event("Normal", "Killing", f"Stopping container {container.name}", container)
    return running


def _over(worker: PodState, left: list[KubeletContainer], grace: float) -> Steps:
    """Stop what is left and take the sandbox down; the object stays and says how the pod ended."""
    yield from _stop(worker, left, grace)
    yield CLEANUP_SECONDS
    worker.sandbox = False
    worker.finished = True
    worker.write_status()
    return True


def _show_last_ends(worker: PodState) -> None:
    """What waited for its next start waits no longer: its last end is its state."""
    for container in worker.containers():
        if container.past_runs and container.process is None:
            container.waiting_reason = None
            container.past_runs = container.past_runs[-1:]
    worker.write_status()


def _stop(worker: PodState, containers: list[KubeletContainer], grace: float) -> Steps:
    """SIGTERM to all of them, SIGKILL to those that still run when the grace is over; sidecars after the others."""
    offset = 0.0
    for group in _in_order(containers):
        began = offset
        for delay, must_kill, container in sorted((_end_of(c, grace - began) for c in group), key=lambda e: e[0]):
            yield max(0.0, began + delay - offset)
            offset = max(offset, began + delay)
            if container.process is None:  # it came to its end by itself meanwhile
                continue
            profile = container.process.profile
            code = SIGKILLED if must_kill else profile.on_sigterm
            words = profile.last_words if code != SIGKILLED else []
            worker.end(container, code, "Completed" if code == 0 else "Error", words)
    return True


def _in_order(containers: list[KubeletContainer]) -> list[list[KubeletContainer]]:
    """Who is stopped together: all but the sidecars first, then these, the last that was started first."""
    sidecars = [[container] for container in containers if container.role == "sidecar"]
    others = [container for container in containers if container.role != "sidecar"]
    return [others, *reversed(sidecars)] if others else list(reversed(sidecars))


def _end_of(container: KubeletContainer, grace: float) -> tuple[float, bool, KubeletContainer]:
    """(seconds until it is down, whether it has to be killed, the container)"""
    hook = min(pre_stop_seconds(container), max(grace, 0.0))
    left = max(grace - hook, LEAST_AFTER_HOOK_SECONDS) if hook else max(grace, 0.0)
    process = container.process
    ignores = process is not None and process.profile.on_sigterm == IGNORES_SIGTERM
    must_kill = ignores or left < REACTION_SECONDS
    return hook + (left if must_kill else REACTION_SECONDS), must_kill, container
