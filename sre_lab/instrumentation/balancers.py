"""What an Application Load Balancer measures of the requests that come through it (namespace AWS/ApplicationELB)."""

from __future__ import annotations

from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.flows import ServiceFlow
from sre_lab.world import World

NAMESPACE = "AWS/ApplicationELB"
Where = dict[str, str]


def measure(world: World, flow: ServiceFlow, count: int, failed: list[tuple[RequestFailure, int]], at: float) -> None:
    """One sample of each metric for a span that began at `at`; counters are sent only where there is something."""
    both = {"LoadBalancer": flow.entrance.balancer, "TargetGroup": flow.entrance.group}
    places = [{"LoadBalancer": flow.entrance.balancer}, *([both] if flow.entrance.group else [])]
    on_the_way = {(f.error, f.code) for f in flow.route.failures}
    responses = [(f, n) for f, n in failed if (f.error, f.code) not in on_the_way]
    no_response = [(f, n) for f, n in failed if (f.error, f.code) in on_the_way]
    _count(world, places, "RequestCount", count - _number(no_response, 404), at)
    _count(world, places, "HTTPCode_Target_2XX_Count", count - sum(n for _, n in failed), at)
    for low in (400, 500):
        number = sum(n for f, n in responses if low <= f.code < low + 100)
        _count(world, places, f"HTTPCode_Target_{low // 100}XX_Count", number, at)
    _count(world, places[:1], "HTTP_Fixed_Response_Count", _number(no_response, 404), at)
    _count(world, places[:1], "HTTPCode_ELB_5XX_Count", sum(n for f, n in no_response if f.code >= 500), at)
    for code in (502, 503, 504):
        _count(world, places[:1], f"HTTPCode_ELB_{code}_Count", _number(no_response, code), at)
    _count(world, places, "TargetConnectionErrorCount", _number(no_response, 502) + _number(no_response, 504), at)
    good = count - sum(n for _, n in failed)
    for where in places:
        if good > 0:
            seconds = round(flow.latency_ms() / 1000.0, 4)
            world.metrics.put(NAMESPACE, "TargetResponseTime", where, at, seconds, unit="Seconds", count=good)
    _hosts(world, flow, both, at)


def _hosts(world: World, flow: ServiceFlow, where: Where, at: float) -> None:
    """Targets by health: an endpoint that is not ready fails its health check too."""
    if not flow.entrance.group:
        return
    target = flow.entrance.target
    endpoints = world.objects.get("Endpoints", target.namespace, target.service) or {}
    waiting = sum(len(s.get("notReadyAddresses") or []) for s in endpoints.get("subsets") or [])
    ready = sum(len(s.get("addresses") or []) for s in endpoints.get("subsets") or [])
    healthy = len(flow.route.backends)
    for name, number in (("HealthyHostCount", healthy), ("UnHealthyHostCount", waiting + ready - healthy)):
        world.metrics.put(NAMESPACE, name, where, at, float(number), unit="Count")


def _count(world: World, places: list[Where], name: str, number: int, at: float) -> None:
    if number > 0:
        for where in places:
            world.metrics.put(NAMESPACE, name, where, at, 1.0, unit="Count", count=number)


def _number(failed: list[tuple[RequestFailure, int]], code: int) -> int:
    return sum(n for f, n in failed if f.code == code)
