"""The requests that reach each Service, and the metrics and error lines that they leave."""

from __future__ import annotations

from math import floor

from sre_agent.lab.behaviour.kubelet import logs
from sre_agent.lab.behaviour.kubelet.process import profile_of
from sre_agent.lab.clock import rfc3339
from sre_agent.lab.coupling import dependencies
from sre_agent.lab.coupling.endpoints import Backend, Crashes, backends
from sre_agent.lab.coupling.outcomes import Outcome, TableLoad, outcome, table_loads
from sre_agent.lab.scenario import Traffic
from sre_agent.lab.world import World

NOISE = 0.06  # of the rate, either way
SPREAD = ((0.6, 0.8), (0.34, 1.25), (0.06, 2.2))  # share of the requests, and their latency in times the usual one
OPENS_SECONDS = 60.0  # after its start the world sends requests even to a Service that never had a backend
LOST_SECONDS = 1.0  # requests of so long are under way when a backend breaks down


class Requests:
    """`measure` accounts for the last `span` seconds; `expose` publishes the counters as a scrape would see them."""

    def __init__(self, world: World, crashes: Crashes, span: float) -> None:
        self._world = world
        self._crashes = crashes
        self._span = span
        self._totals: dict[tuple[str, str, str], int] = {}  # (namespace, service, code)
        self._open: set[tuple[str, str]] = set()  # Services that get requests
        self._opens_at = world.clock.now() + OPENS_SECONDS

    def measure(self) -> None:
        behind = {
            key: backends(self._world, traffic.namespace, traffic.service)
            for key, traffic in sorted(self._world.traffic.items())
        }
        loads = table_loads(self._world, [self._world.traffic[key] for key, ready in behind.items() if ready])
        reached: dict[str, int] = {}  # backends by dependency
        for key, ready in behind.items():
            traffic = self._world.traffic[key]
            for name in traffic.depends_on:
                reached[name] = reached.get(name, 0) + len(ready)
            if ready or self._world.clock.now() >= self._opens_at:
                self._open.add(key)
            if key in self._open:
                self._serve(traffic, ready, loads)
        dependencies.measure(self._world, loads, reached, self._span)

    def expose(self) -> None:
        for (namespace, service, code), total in self._totals.items():
            labels = {"namespace": namespace, "service": service, "code": code}
            self._world.metrics.put("prometheus", "http_requests_total", labels, self._world.clock.now(), float(total))

    def _serve(self, traffic: Traffic, ready: list[Backend], loads: dict[str, TableLoad]) -> None:
        world = self._world
        count = self._whole(traffic.rate * self._span * (1 + NOISE * (2 * world.random.random() - 1)))
        outcomes = [outcome(world, backend, traffic, loads) for backend in ready]
        share = sum(o.share for o in outcomes) / len(outcomes) if outcomes else 1.0
        failed = count if share >= 1.0 else min(count, self._whole(count * share))
        crashed = self._crashes.take(traffic.namespace, traffic.service)
        if crashed:
            lost = crashed * traffic.rate * LOST_SECONDS / max(1, len(ready) + crashed)
            failed = min(count, failed + max(1, self._whole(lost)))
        self._emit(traffic, count, failed)
        self._emit_latency(traffic, count - failed, failed, outcomes)
        self._complain([pair for pair in zip(ready, outcomes, strict=True) if pair[1].share > 0])

    def _emit(self, traffic: Traffic, count: int, failed: int) -> None:
        """Stamped with the beginning of the span, so that a period holds what happened in it."""
        metrics, at = self._world.metrics, self._world.clock.now() - self._span
        where, dimensions = traffic.metric_namespace, {"Service": traffic.service}
        if count:
            metrics.put(where, "RequestCount", dimensions, at, 1.0, unit="Count", count=count)
        value, times = (1.0, failed) if failed else (0.0, 1)
        metrics.put(where, "HTTPCode_Target_5XX_Count", dimensions, at, value, unit="Count", count=times)
        for code, number in (("200", count - failed), ("500", failed)):
            key = (traffic.namespace, traffic.service, code)
            self._totals[key] = self._totals.get(key, 0) + number

    def _emit_latency(self, traffic: Traffic, good: int, failed: int, outcomes: list[Outcome]) -> None:
        metrics, at = self._world.metrics, self._world.clock.now() - self._span
        dimensions = {"Service": traffic.service}
        usual = traffic.latency_ms * (1 + NOISE * (2 * self._world.random.random() - 1))
        for share, factor in SPREAD:
            if number := round(good * share):
                value = round(usual * factor, 2)
                metrics.put(
                    traffic.metric_namespace, "Latency", dimensions, at, value, unit="Milliseconds", count=number
                )
        slow = max((o.latency_ms for o in outcomes), default=0.0)
        if failed and slow:
            metrics.put(traffic.metric_namespace, "Latency", dimensions, at, slow, unit="Milliseconds", count=failed)

    def _complain(self, failing: list[tuple[Backend, Outcome]]) -> None:
        """One line per failing container and span, however many of its requests failed."""
        spoken = [(b, o, profile_of(self._world, b.container["image"])) for b, o in failing if b.container is not None]
        if not any(profile.error_log for _, _, profile in spoken):
            return
        logs.flush(self._world)  # what the containers said before comes first
        now = self._world.clock.now()
        for backend, result, profile in spoken:
            if profile.error_log and backend.container is not None:
                named = (result.dependency.address or result.dependency.name) if result.dependency else ""
                line = profile.error_log.replace("{dependency}", named).replace("{pod}", backend.key[1])
                line = line.replace("{time}", rfc3339(now))
                self._world.containers.write(*backend.key, backend.container["name"], now, line)

    def _whole(self, number: float) -> int:
        """`number` as pieces: its fraction is the chance of one more."""
        return floor(number + self._world.random.random())
