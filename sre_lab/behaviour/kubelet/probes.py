"""Startup, liveness and readiness probes of one container.

A probe ticks at its period, counted from the pod's first sync. While a probe succeeds and the profile says that the
answer stays, no tick is scheduled at all; each failing tick is one, because each says so in an event.
"""

from __future__ import annotations

from math import ceil

from sre_lab.behaviour.kubelet import probe_results
from sre_lab.behaviour.kubelet.containers import KubeletContainer
from sre_lab.behaviour.kubelet.pod_state import PodState
from sre_lab.clock import ScheduledAction
from sre_lab.objects.store import Obj

KINDS = ("startup", "liveness", "readiness")


class Prober:
    """One probe of one container."""

    def __init__(self, worker: PodState, container: KubeletContainer, kind: str, probe: Obj) -> None:
        self.kind = kind
        self._worker = worker
        self._container = container
        self._probe = probe
        self._period = float(probe.get("periodSeconds", 10))
        self._next: ScheduledAction | None = None
        self._failures = self._successes = 0
        self._began = False

    def begin(self) -> None:
        """A new run of the container: nothing is known about it."""
        self.stop()
        self._failures = self._successes = 0
        self._schedule()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = None
        self._began = False

    def look_again(self) -> None:
        """The profile changed: what was sure to stay may not."""
        if self._container.process is not None and not self._on_hold():
            self._schedule()

    def hurry(self) -> None:
        """Knock at once for the first time, as the kubelet does when it sees the container run."""
        if self._container.process is not None and not self._on_hold() and not self._began and not self._delay_left():
            self._tick()

    def _on_hold(self) -> bool:
        return bool(self._container.failed_probe) or (self.kind == "startup") == self._container.started

    def _delay_left(self) -> float:
        process = self._container.process
        earliest = (process.started if process else 0.0) + float(self._probe.get("initialDelaySeconds", 0))
        return max(0.0, earliest - self._worker.world.clock.now())

    def _schedule(self, not_before: float | None = None) -> None:
        """The first tick that is due after now and `not_before`."""
        clock = self._worker.world.clock
        if self._next is not None:
            self._next.cancel()
        earliest = max(clock.now() + max(self._delay_left(), 0.001), not_before or 0.0)
        periods = ceil((earliest - self._worker.start_time) / self._period)
        self._next = clock.at(self._worker.start_time + periods * self._period, self._tick)

    def _tick(self) -> None:
        container, process = self._container, self._container.process
        if process is None or container.failed_probe:
            return
        if self._on_hold():
            self._schedule()
            return
        self._began = True
        now = self._worker.world.clock.now()
        problem = probe_results.failure(process, container.spec, self._probe, self._worker.pod_ip, now)
        if problem is None:
            self._succeed(now)
        else:
            self._fail(problem)

    def _succeed(self, now: float) -> None:
        container = self._container
        self._successes, self._failures = self._successes + 1, 0
        if self._successes < int(self._probe.get("successThreshold", 1)):
            self._schedule()
            return
        if self.kind == "startup":
            container.started = True
            container.ready = container.probe("readiness") is None
            self._worker.pace.sync_soon()
            return
        if self.kind == "readiness" and not container.ready:
            container.ready = True
            self._worker.pace.sync_soon()
        process = container.process
        change = probe_results.next_change(process, container.spec, self._probe, now) if process else None
        if change is not None:
            self._schedule(change)

    def _fail(self, problem: str) -> None:
        container = self._container
        self._failures, self._successes = self._failures + 1, 0
        self._worker.event("Warning", "Unhealthy", f"{self.kind.capitalize()} probe failed: {problem}", container)
        if self._failures < int(self._probe.get("failureThreshold", 3)):
            self._schedule()
        elif self.kind == "readiness":
            if container.ready:
                container.ready = False
                self._worker.pace.sync_soon()
            self._schedule()
        else:
            container.failed_probe = self.kind
            self._worker.pace.sync_soon()


def probers_of(worker: PodState, container: KubeletContainer) -> list[Prober]:
    pairs = ((kind, container.probe(kind)) for kind in KINDS)
    return [Prober(worker, container, kind, probe) for kind, probe in pairs if probe is not None]
