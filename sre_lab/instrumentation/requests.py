"""The requests that reach each Service, and the metrics and error lines that they leave."""

from __future__ import annotations

from math import floor

from sre_lab.behaviour.kubelet.process import has_endpoint
from sre_lab.instrumentation import balancers, dependencies
from sre_lab.instrumentation.durations import RequestDurations
from sre_lab.instrumentation.endpoints import CrashCounter
from sre_lab.instrumentation.error_lines import RequestErrorLines
from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.flows import ServiceFlow, TrafficFlows
from sre_lab.instrumentation.graph import ServiceKey, targets
from sre_lab.instrumentation.network import names
from sre_lab.instrumentation.traces import TraceSampler
from sre_lab.scenario import Traffic
from sre_lab.world import World

NOISE = 0.06  # of the rate, either way
SPREAD = ((0.6, 0.8), (0.34, 1.25), (0.06, 2.2))  # share of the requests, and their latency in times the usual one
OPENS_SECONDS = 60.0  # after its start the world sends requests even to a Service that never had a backend
LOST_SECONDS = 1.0  # requests of so long are under way when a backend breaks down
ALL = 0.9999  # of the requests, but for rounding
BROKEN_OFF = RequestFailure(1.0, "connection reset by peer", code=502)


class RequestMetrics:
    """`measure` accounts for the last `span` seconds; `expose` publishes the counters as a scrape would see them."""

    def __init__(self, world: World, crashes: CrashCounter, span: float) -> None:
        self._world = world
        self._crashes = crashes
        self._span = span
        self._flows = TrafficFlows(world)
        self._complaints = RequestErrorLines(world)
        self._traces = TraceSampler(world)
        self._durations = RequestDurations(world)
        self._totals: dict[tuple[str, str, str], int] = {}  # (namespace, service, code)
        self._open: set[ServiceKey] = set()  # Services that get requests
        self._opens_at = world.clock.now() + OPENS_SECONDS

    def measure(self) -> None:
        flows, total_demand = self._flows.look()
        backend_counts: dict[str, int] = {}  # backends by dependency
        for key, flow in sorted(flows.items()):
            for name in flow.traffic.depends_on:
                backend_counts[name] = backend_counts.get(name, 0) + len(flow.backends)
            if key not in self._open and self._opens(key, flows):
                self._open.add(key)
            if key in self._open:
                self._serve(flow)
        self._flows.load.settle(self._span)
        self._complaints.speak([flow for key, flow in sorted(flows.items()) if key in self._open])
        self._traces.sample(flows)
        dependencies.measure(self._world, total_demand, backend_counts, self._span)

    def expose(self) -> None:
        self._durations.expose()
        for (namespace, service, code), total in self._totals.items():
            labels = {"namespace": namespace, "service": service, "code": code}
            self._world.metrics.put("prometheus", "http_requests_total", labels, self._world.clock.now(), float(total))

    def _opens(self, key: ServiceKey, flows: dict[ServiceKey, ServiceFlow]) -> bool:
        """Whether everything is up that a request needs; once it was, requests come whatever happens."""
        if self._world.clock.now() >= self._opens_at:
            return True
        pending, visited = [key], {key}
        while pending:
            for target in targets(flows[pending.pop()].traffic):
                if target.key in flows and target.key not in visited:
                    visited.add(target.key)
                    pending.append(target.key)
        return names.are_served(self._world) and all(flows[one].backends for one in visited)

    def _serve(self, flow: ServiceFlow) -> None:
        traffic = flow.traffic
        count = self._whole(flow.total * self._span * (1 + NOISE * (2 * self._world.random.random() - 1)))
        failed = self._failures(flow, count)
        if traffic.published_by and not has_endpoint(self._world, traffic.published_by):
            return
        self._emit(traffic, count, failed)
        self._emit_latency(flow, count - sum(n for _, n in failed), failed)
        if flow.entrance.balancer:
            balancers.measure(self._world, flow, count, failed, self._world.clock.now() - self._span)

    def _failures(self, flow: ServiceFlow, count: int) -> list[tuple[RequestFailure, int]]:
        """How many of the requests failed in which way."""
        rate, left = flow.total, count
        failed: list[tuple[RequestFailure, int]] = []
        shares = {failure: loss / rate for failure, loss in flow.failures().items() if rate}
        for failure, share in shares.items():
            number = min(left, self._whole(count * share))
            left -= number
            failed.append((failure, number))
        if failed and sum(shares.values()) >= ALL:
            failed[-1] = (failed[-1][0], failed[-1][1] + left)
            left = 0
        crashes = self._crashes.take(flow.traffic.namespace, flow.traffic.service)
        if crashes and left:
            loss_rate = crashes * rate * LOST_SECONDS / max(1, len(flow.backends) + crashes)
            failed.append((BROKEN_OFF, min(left, max(1, self._whole(loss_rate)))))
        return failed

    def _emit(self, traffic: Traffic, count: int, failed: list[tuple[RequestFailure, int]]) -> None:
        """Stamped with the beginning of the span, so that a period holds what happened in it."""
        metrics, at = self._world.metrics, self._world.clock.now() - self._span
        where, dimensions = traffic.metric_namespace, {"Service": traffic.service}
        if count:
            metrics.put(where, "RequestCount", dimensions, at, 1.0, unit="Count", count=count)
        errors = sum(number for failure, number in failed if failure.code >= 500)
        unknown = sum(number for failure, number in failed if failure.code < 500)
        value, times = (1.0, errors) if errors else (0.0, 1)
        metrics.put(where, "HTTPCode_Target_5XX_Count", dimensions, at, value, unit="Count", count=times)
        if unknown:
            metrics.put(where, "HTTPCode_Target_4XX_Count", dimensions, at, 1.0, unit="Count", count=unknown)
        self._count(traffic, "200", count - errors - unknown)
        self._count(traffic, "500", errors)
        if unknown:
            self._count(traffic, "404", unknown)

    def _count(self, traffic: Traffic, code: str, number: int) -> None:
        key = (traffic.namespace, traffic.service, code)
        self._totals[key] = self._totals.get(key, 0) + number

    def _emit_latency(self, flow: ServiceFlow, good: int, failed: list[tuple[RequestFailure, int]]) -> None:
        metrics, at = self._world.metrics, self._world.clock.now() - self._span
        where, dimensions = flow.traffic.metric_namespace, {"Service": flow.traffic.service}
        usual = flow.latency_ms() * (1 + NOISE * (2 * self._world.random.random() - 1))
        for share, factor in SPREAD:
            if number := round(good * share):
                value = round(usual * factor, 2)
                metrics.put(where, "Latency", dimensions, at, value, unit="Milliseconds", count=number)
                self._durations.observe(flow.traffic, value / 1000, number)
        for failure, number in failed:
            self._durations.observe(flow.traffic, failure.waits_ms / 1000, number)
            if failure.waits_ms and number:
                metrics.put(where, "Latency", dimensions, at, failure.waits_ms, unit="Milliseconds", count=number)

    def _whole(self, number: float) -> int:
        """`number` as pieces: its fraction is the chance of one more."""
        return floor(number + self._world.random.random())
