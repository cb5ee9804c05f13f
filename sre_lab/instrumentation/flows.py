"""How requests flow through the Services at one moment: who asks whom how often, and how each request ends.

Loads go from callers to the called, ends come back from the called to the callers. How often a failed call is tried
again follows from how calls ended at the look before, as a real caller learns of it too late.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sre_lab.instrumentation import demand
from sre_lab.instrumentation.endpoints import PodBackend, PodKey
from sre_lab.instrumentation.entry_points import EntryPoint, entry_point
from sre_lab.instrumentation.failure import FailureModes, RequestFailure, merge, total, tried_again
from sre_lab.instrumentation.graph import ServiceKey, callers_first, targets
from sre_lab.instrumentation.load import ContainerLoad
from sre_lab.instrumentation.network.routes import ServiceNetwork, ServiceRoute, ServiceTarget
from sre_lab.instrumentation.outcomes import BackendOutcome, at_backend
from sre_lab.objects.store import Obj
from sre_lab.scenario import Traffic
from sre_lab.world import World

FailureShares = dict[tuple[ServiceKey, PodKey, ServiceTarget], float]  # share of a pod's calls to a Service that failed


@dataclass
class ServiceFlow:
    """The requests to one Service, per second."""

    traffic: Traffic
    entrance: EntryPoint
    route: ServiceRoute  # of the requests from outside
    rates: dict[PodKey, float] = field(default_factory=dict)  # that arrive at each backend
    backends: dict[PodKey, PodBackend] = field(default_factory=dict)
    outcomes: dict[PodKey, BackendOutcome] = field(default_factory=dict)

    @property
    def outside(self) -> float:
        return self.traffic.rate

    @property
    def total(self) -> float:
        """Requests that the Service is asked, those included that reach no backend."""
        return sum(self.rates.values()) + self.outside * total(self.route.failures)

    def failures(self) -> dict[RequestFailure, float]:
        """Requests per second that fail in each way, on the way and at backends; the keys are whole failures."""
        loss: dict[RequestFailure, float] = {}
        for failure in self.route.failures:
            _add(loss, failure, self.outside * failure.share)
        for key, outcome in self.outcomes.items():
            for failure in outcome.failures:
                _add(loss, failure, self.rates[key] * failure.share)
        return loss

    def latency_ms(self) -> float:
        """The mean over those that are answered well."""
        good = {key: self.rates[key] * (1.0 - o.share) for key, o in self.outcomes.items()}
        number = sum(good.values())
        if not number:
            return self.traffic.latency_ms
        return sum(self.outcomes[key].latency_ms * n for key, n in good.items()) / number


class TrafficFlows:
    """Looks at the whole of the traffic; `load` holds what then falls on each container."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._network = ServiceNetwork(world)
        self.load = ContainerLoad(world)
        self._failing: FailureShares = {}
        self._now: dict[ServiceKey, ServiceFlow] = {}

    def look(self) -> tuple[dict[ServiceKey, ServiceFlow], demand.DependencyDemand]:
        world = self._world
        self.load.clear()
        order = callers_first(world.traffic)
        self._now = flows = {key: self._enter(world.traffic[key]) for key in order}
        for key in order:
            self._call(key, flows)
        rates = [(f.traffic, backend, f.rates[pod]) for f in flows.values() for pod, backend in f.backends.items()]
        total_demand = demand.measure(world, rates)
        for flow in flows.values():
            for key, backend in flow.backends.items():
                if backend.container is not None:
                    self.load.add(backend.pod, backend.container, flow.rates[key])
        failing: FailureShares = {}
        for service in reversed(order):
            self._end(service, flows[service], total_demand, failing)
        self._failing = failing
        return flows, total_demand

    def _enter(self, traffic: Traffic) -> ServiceFlow:
        """The requests from outside; a Service that is only called gets none."""
        through = entry_point(self._world, traffic)
        if through.failure is not None:
            return ServiceFlow(traffic, through, ServiceRoute(failures=(through.failure,)))
        flow = ServiceFlow(traffic, through, self._network.route(None, through.target, traffic.timeout_ms))
        self._arrive(flow, flow.route, traffic.rate)
        return flow

    def _arrive(self, flow: ServiceFlow, route: ServiceRoute, rate: float) -> None:
        for backend in route.backends:
            flow.backends[backend.key] = backend
            flow.rates[backend.key] = flow.rates.get(backend.key, 0.0) + rate * route.share_each

    def _call(self, key: ServiceKey, flows: dict[ServiceKey, ServiceFlow]) -> None:
        """Put the calls of a Service's pods on those that it calls."""
        flow = flows[key]
        for target in targets(flow.traffic):
            callee = flows.get(target.key)
            if callee is None:
                continue
            for pod, backend in flow.backends.items():
                failing = self._failing.get((key, pod, target), 0.0)
                tries = sum(failing**n for n in range(flow.traffic.retries + 1))
                route = self._network.route(backend.pod, target, flow.traffic.timeout_ms)
                self._arrive(callee, route, flow.rates[pod] * tries)

    def _end(
        self, key: ServiceKey, flow: ServiceFlow, total_demand: demand.DependencyDemand, failing: FailureShares
    ) -> None:
        def calls(backend: PodBackend) -> tuple[list[FailureModes], float]:
            steps, duration = [], 0.0
            for target in targets(flow.traffic):
                step, latency = self._call_outcome(flow, backend.pod, target)
                failing[(key, backend.key, target)] = total(step)
                steps.append(tried_again(step, flow.traffic.retries))
                duration += latency
            return steps, duration

        for pod, backend in flow.backends.items():
            flow.outcomes[pod] = at_backend(self._world, backend, flow.traffic, self.load, total_demand, calls)

    def _call_outcome(self, flow: ServiceFlow, pod: Obj, target: ServiceTarget) -> tuple[FailureModes, float]:
        """How one call from the pod ends: the failures on the way, those at the callee, and its mean latency."""
        route = self._network.route(pod, target, flow.traffic.timeout_ms)
        failures = list(route.failures)
        callee = self._now.get(target.key)
        if callee is None:
            return failures, 0.0
        name = f"{target.service}.{target.namespace}"
        for backend in route.backends:
            outcome = callee.outcomes.get(backend.key)
            for failure in outcome.failures if outcome is not None else ():
                status = STATUS.get(failure.code, f"{failure.code}")
                error = f'Get "http://{name}/": unexpected status {status}'
                if failure.waits_ms >= flow.traffic.timeout_ms:
                    error = f'Get "http://{name}/": context deadline exceeded (Client.Timeout exceeded)'
                failures.append(RequestFailure(failure.share * route.share_each, error, name, failure.waits_ms))
        return merge(failures), callee.latency_ms()


def _add(loss: dict[RequestFailure, float], failure: RequestFailure, rate: float) -> None:
    whole = replace(failure, share=1.0)
    loss[whole] = loss.get(whole, 0.0) + rate


STATUS = {
    404: "404 Not Found",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Unavailable",
    504: "504 Gateway Timeout",
}
