"""Queues: messages arrive, running consumers work them off, and AWS/SQS tells how many wait and for how long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import floor

from sre_lab.behaviour.kubelet import logs
from sre_lab.behaviour.kubelet.process import ContainerProcess, running_processes
from sre_lab.clock import rfc3339
from sre_lab.instrumentation import identity
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.network.routes import to_dependency
from sre_lab.objects.store import Obj
from sre_lab.scenario import Dependency
from sre_lab.scenario.services import QueueConsumption
from sre_lab.world import World

NAMESPACE = "AWS/SQS"
PERIOD_SECONDS = 60.0  # SQS reports once a minute
PATIENCE_MS = 5000.0


@dataclass
class MessageQueue:
    """Waiting messages as (arrived, number), oldest first, and what happened since the last report."""

    waiting: deque[tuple[float, float]] = field(default_factory=deque)
    sent: float = 0.0
    received: float = 0.0
    deleted: float = 0.0

    @property
    def length(self) -> float:
        return sum(number for _, number in self.waiting)

    def put(self, at: float, number: float) -> None:
        if number > 0:
            self.waiting.append((at, number))
            self.sent += number

    def take(self, number: float) -> None:
        """Receive and delete up to `number` messages, the oldest first."""
        while number > 0 and self.waiting:
            at, there = self.waiting.popleft()
            count = min(there, number)
            self.received += count
            self.deleted += count
            number -= count
            if there > count:
                self.waiting.appendleft((at, there - count))


class MessageQueues:
    """All queues of a world; `measure` accounts for the last `span` seconds."""

    def __init__(self, world: World, span: float) -> None:
        self._world = world
        self._span = span
        self._queues: dict[str, MessageQueue] = {}
        self._said: dict[tuple[str, str, str], float] = {}
        self._reported = world.clock.now()

    def measure(self) -> None:
        world, now = self._world, self._world.clock.now()
        queues = [d for _, d in sorted(world.dependencies.items()) if d.kind == "sqs"]
        for dependency in queues:
            queue = self._queues.get(dependency.name)
            if queue is None:
                queue = self._queues[dependency.name] = MessageQueue()
                queue.put(now, dependency.backlog)
            queue.put(now, dependency.arrivals * self._span)
            self._consume(dependency, queue)
        if now - self._reported >= PERIOD_SECONDS:
            for dependency in queues:
                self._report(dependency.name, self._queues[dependency.name], self._reported)
            self._reported = now

    def _consume(self, dependency: Dependency, queue: MessageQueue) -> None:
        lines = []
        for key, process in sorted(running_processes(self._world).items()):
            work = process.profile.consumes
            pod = self._world.objects.get("Pod", key[0], key[1])
            if work is None or work.queue != dependency.name or pod is None or not _is_ready(pod):
                continue
            problem = self._problem(pod, process, work, dependency)
            if problem is None:
                queue.take(work.rate * self._span)
            elif work.error_log and self._world.clock.now() - self._said.get(key, 0.0) >= work.every:
                self._said[key] = self._world.clock.now()
                if dependency.blocked:
                    queue.received += 1
                lines.append((key, work.error_log, problem))
        if lines:
            logs.flush(self._world)
        for key, form, problem in lines:
            self._write(key, form, problem)

    def _problem(
        self, pod: Obj, process: ContainerProcess, work: QueueConsumption, queue: Dependency
    ) -> RequestFailure | None:
        """Why this consumer gets nothing done."""
        container = next((c for c in pod["spec"]["containers"] if c["name"] == process.container), {"name": ""})
        needs = [self._world.dependencies[name] for name in work.needs if name in self._world.dependencies]
        for dependency in (queue, *needs):
            problem = to_dependency(self._world, pod, dependency, PATIENCE_MS)
            problem = problem or identity.refusal(self._world, pod, container, dependency)
            if problem is not None:
                return problem
        for setting in process.profile.settings:
            if (value := process.environment.get(setting.env, "")) not in setting.accepts:
                return RequestFailure(1.0, setting.error.replace("{value}", value), value)
        return RequestFailure(1.0, queue.blocked, queue.name) if queue.blocked else None

    def _write(self, key: tuple[str, str, str], form: str, problem: RequestFailure) -> None:
        now = self._world.clock.now()
        text = form.replace("{error}", problem.error).replace("{dependency}", problem.about).replace("{pod}", key[1])
        self._world.containers.write(*key, now, text.replace("{time}", rfc3339(now)))

    def _report(self, name: str, queue: MessageQueue, at: float) -> None:
        oldest = queue.waiting[0][0] if queue.waiting else None
        age = 0.0 if oldest is None or queue.length < 1 else max(0.0, self._world.clock.now() - oldest)
        gauges = {
            "ApproximateNumberOfMessagesVisible": ("Count", floor(queue.length)),
            "ApproximateNumberOfMessagesNotVisible": ("Count", 0),
            "ApproximateAgeOfOldestMessage": ("Seconds", floor(age)),
            "NumberOfMessagesSent": ("Count", round(queue.sent)),
            "NumberOfMessagesReceived": ("Count", round(queue.received)),
            "NumberOfMessagesDeleted": ("Count", round(queue.deleted)),
        }
        for metric, (unit, value) in gauges.items():
            self._world.metrics.put(NAMESPACE, metric, {"QueueName": name}, at, float(value), unit=unit)
        queue.sent = queue.received = queue.deleted = 0.0


def _is_ready(pod: Obj) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
