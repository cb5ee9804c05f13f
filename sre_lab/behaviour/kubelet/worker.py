"""The kubelet's work on one pod: sync after sync, bring what runs nearer to the spec and tell the API what is seen.

As in the real one, a sync begins by publishing what the runtime showed, then acts; what it could not do shows in the
next status. A sync follows each change that the runtime reports (once a second) and, after a failure, 10 to 15 seconds
later. An idle pod has no sync at all.
"""

from __future__ import annotations

from sre_lab.behaviour import events
from sre_lab.behaviour.kubelet import container_start, container_stop, lifecycle, sandbox
from sre_lab.behaviour.kubelet.backoff import Backoff
from sre_lab.behaviour.kubelet.configuration import unmountable
from sre_lab.behaviour.kubelet.containers import KubeletContainer, containers_of, debuggers_of
from sre_lab.behaviour.kubelet.node import KubeletNode
from sre_lab.behaviour.kubelet.pod_status import TERMINAL, PodObservation, phase, render
from sre_lab.behaviour.kubelet.probes import Prober, probers_of
from sre_lab.behaviour.kubelet.process import ContainerProcess
from sre_lab.behaviour.kubelet.sync_loop import Steps, SyncLoop
from sre_lab.kubernetes import disruptions
from sre_lab.objects.store import Obj
from sre_lab.world import World

MOUNT_RETRY_SECONDS = 0.5  # doubles with each failure
MOUNT_RETRY_LIMIT = 122.0
TOO_LONG = "Pod was active on the node longer than the specified deadline"


class PodWorker:
    """One pod on one node, from its binding to its removal."""

    def __init__(self, world: World, node: KubeletNode, pod: Obj) -> None:
        self.world = world
        self.node = node
        self.namespace: str = pod["metadata"].get("namespace", "")
        self.name: str = pod["metadata"]["name"]
        self.uid: str = pod["metadata"]["uid"]
        self.inits, self.mains = containers_of(pod)
        self.debuggers: list[KubeletContainer] = []
        self.pulls: dict[str, tuple[Backoff, str]] = {}  # by image: its back-off and the last problem
        self.start_time = world.clock.now()
        self.sandbox = False
        self.pod_ip = ""
        self.finished = False  # nothing of it runs any more and nothing will
        self.terminating = False
        self.eviction_message = ""  # why the kubelet sent it away
        self._expired = False  # it was active for longer than its spec allows
        self._disruption: tuple[str, str] | None = None
        self.pace = SyncLoop(world, node, self._sync)
        self._last_pod = pod
        self._probers: dict[str, list[Prober]] = {c.name: probers_of(self, c) for c in self.containers()}
        deadline = pod["spec"].get("activeDeadlineSeconds")
        if deadline is not None:
            world.clock.after(float(deadline), self._expire)

    def containers(self) -> list[KubeletContainer]:
        return [*self.inits, *self.mains, *self.debuggers]

    def running(self) -> list[KubeletContainer]:
        return [c for c in self.containers() if c.process is not None]

    def pod(self) -> Obj:
        """The object as it is now, or as it was last seen."""
        current = self._current()
        self._last_pod = current or self._last_pod
        return self._last_pod

    def _current(self) -> Obj | None:
        pod = self.world.objects.get("Pod", self.namespace, self.name)
        return pod if pod is not None and pod["metadata"]["uid"] == self.uid else None

    def grace(self) -> float:
        """Seconds between SIGTERM and SIGKILL; a deletion may say another number than the spec."""
        pod = self.pod()
        deletion_grace = pod["metadata"].get("deletionGracePeriodSeconds") if self.terminating else None
        return float(pod["spec"].get("terminationGracePeriodSeconds", 30) if deletion_grace is None else deletion_grace)

    def event(self, type: str, reason: str, message: str, container: KubeletContainer | None = None) -> None:
        path = container.field_path if container else ""
        about, host = self.pod(), self.node.name
        events.record(self.world, about, type, reason, message, component="kubelet", host=host, field_path=path)

    # What the API asks for

    def _sync(self) -> Steps:
        if self.finished:
            return True
        self.write_status()
        if phase(self.observation()) in TERMINAL:
            return (yield from container_stop.finish(self))
        if not self.sandbox:
            yield from self._prepare()
        good = True
        for debugger in [c for c in self.debuggers if c.wants_start()]:
            good = (yield from container_start.start(self, debugger, None)) and good
        for container in [c for c in self.running() if c.failed_probe]:
            before = container.last_end
            yield from container_stop.restart_doomed(self, container)
            if container.wants_start():
                good = (yield from container_start.start(self, container, before)) and good
        for container in self._due():
            good = (yield from container_start.start(self, container, container.last_end)) and good
        return good

    def _prepare(self) -> Steps:
        """Mount the volumes, then make the sandbox with its address."""
        delay = MOUNT_RETRY_SECONDS
        yield from sandbox.await_network(self)
        yield 0.1 + self.world.random.random() * 0.1
        while problems := unmountable(self.world, self.pod()):
            for problem in problems:
                self.event("Warning", "FailedMount", problem)
            yield delay
            delay = min(delay * 2, MOUNT_RETRY_LIMIT)
        yield from sandbox.await_address(self)
        yield 0.3 + self.world.random.random() * 0.4
        self.sandbox = True
        self.pod_ip = self.node.ip if self.pod()["spec"].get("hostNetwork") else self.node.new_address()
        self.pace.notice()
        return True

    def _due(self) -> list[KubeletContainer]:
        """The containers to start in this sync: init containers one after the other, then all the others."""
        due = []
        for init in self.inits:
            if init.role == "init" and init.completed:
                continue
            if self._is_due(init):
                due.append(init)
            if init.role == "init" or init.process is None or not init.started:
                return due
        return due + [c for c in self.mains if self._is_due(c)]

    def _is_due(self, container: KubeletContainer) -> bool:
        """A container that a failed probe ended in this very sync has had its try."""
        was_tried = container.waiting_reason is not None and container.last_end == self.world.clock.now()
        return container.wants_start() and not was_tried

    def debug(self) -> None:
        """Start the ephemeral containers that were added to the pod."""
        added = debuggers_of(self.pod(), self.debuggers)
        if added:
            self.debuggers += added
            self._probers.update({container.name: [] for container in added})
            self.pace.sync_soon()

    def _expire(self) -> None:
        if self.finished or self.terminating or self.eviction_message or self._current() is None:
            return
        self._expired = True
        self.event("Normal", "DeadlineExceeded", TOO_LONG)
        self._stop_probes(self.containers())
        self.pace.close(last=container_stop.expire(self))

    def terminate(self) -> None:
        """The pod has a deletionTimestamp, or another grace than before."""
        first, self.terminating = not self.terminating, True
        if self.finished:
            self.remove_object()
            return
        self._stop_probes(self.containers())
        self.pace.close(last=container_stop.terminate(self, first=first))

    def evict(self, message: str, *, disruption: tuple[str, str] | None = None) -> None:
        """Send the pod away at once; `disruption` is reason and message where it is not the pod's own doing."""
        self.eviction_message, self._disruption = message, disruption
        self.event("Warning", "Evicted", message)
        self._stop_probes(self.containers())
        self.pace.close(last=container_stop.evict(self))

    def halt(self) -> None:
        """The kubelet stops: the containers run on and nobody looks after them."""
        self._stop_probes(self.containers())
        self.pace.halt()

    def wake(self) -> None:
        """The kubelet is back, and finds what became of the containers."""
        for container in self.running():
            for prober in self._probers[container.name]:
                prober.begin()
        if self.eviction_message and not self.finished:
            self.pace.close(last=container_stop.evict(self))
        self.pace.resume()

    def forget(self) -> None:
        """The object is gone: whatever still runs is killed without a trace."""
        self.finished = True
        for container in self.running():
            self.end(container, lifecycle.SIGKILLED, "Error")
        self.pace.close()
        self.world.containers.drop_pod(self.namespace, self.name)

    def remove_object(self) -> None:
        """The last step of a deletion; with finalizers left somebody else has to act first."""
        pod = self._current()
        if pod is not None and not pod["metadata"].get("finalizers"):
            self.world.objects.delete("Pod", self.namespace, self.name)

    # What happens to a process

    def begin(self, container: KubeletContainer, environment: dict[str, str]) -> None:
        process = lifecycle.begin(self.world, self.namespace, self.name, container, environment)
        self._watch(container, process)
        self.pace.notice()

    def resume(self, container: KubeletContainer, environment: dict[str, str], started: float) -> None:
        process = lifecycle.resume(self.world, self.namespace, self.name, container, environment, started)
        self._watch(container, process)

    def _watch(self, container: KubeletContainer, process: ContainerProcess) -> None:
        self._plan_end(container, process)
        for prober in self._probers[container.name]:
            prober.begin()

    def _plan_end(self, container: KubeletContainer, process: ContainerProcess) -> None:
        def over(code: int, reason: str, last_words: list[str]) -> None:
            self.end(container, code, reason, last_words)

        lifecycle.plan_end(self.world, container, process, over)

    def behave(self) -> None:
        """The behaviour of some image was changed; containers that run it act by the new one from here on."""
        for container in self.running():
            if container.process is not None and lifecycle.change(self.world, container.process):
                self._plan_end(container, container.process)
                for prober in self._probers[container.name]:
                    prober.look_again()

    def end(self, container: KubeletContainer, code: int, reason: str, last_words: list[str] | None = None) -> None:
        """The process is over, by itself or by a signal."""
        if container.process is not None:
            lifecycle.end(self.world, container, container.process, code, reason, last_words or [])
            self._stop_probes([container])
            self.pace.notice(twice=container.probe("readiness") is not None)

    def _stop_probes(self, containers: list[KubeletContainer]) -> None:
        for container in containers:
            for prober in self._probers[container.name]:
                prober.stop()

    # What the API is told

    def observation(self) -> PodObservation:
        addresses = (self.start_time, self.node.ip, self.pod_ip)
        return PodObservation(self.inits, self.mains, self.sandbox, self.finished, *addresses, self.debuggers)

    def write_status(self) -> None:
        pod = self._current()
        if pod is None:
            return
        status = render(pod, self.observation(), self.world.clock.now())
        if self._expired:
            status = {**status, "phase": "Failed", "reason": "DeadlineExceeded", "message": TOO_LONG}
        elif self.eviction_message and status["phase"] == "Failed":
            status = {**status, "reason": "Evicted", "message": self.eviction_message}
            if self._disruption is not None:
                status["conditions"] = disruptions.with_disruption(
                    status["conditions"], self._disruption, self.world.clock.now()
                )
        if status != pod.get("status"):
            self.world.objects.put_status("Pod", self.namespace, self.name, status)
        for container in self.running():
            for prober in self._probers[container.name]:
                if prober.kind == "readiness" and not container.ready:
                    prober.hurry()
