"""Sampled X-Ray segments of requests that pass through several Services, as their SDKs would send them to a daemon.

Each minute one request of each Service that is asked from outside and calls another is followed. A call is a remote
subsegment of the caller; the segment of the called names it as its parent.
"""

from __future__ import annotations

from random import Random
from typing import Any

from sre_lab.instrumentation.failure import RequestFailure
from sre_lab.instrumentation.flows import ServiceFlow
from sre_lab.instrumentation.graph import ServiceKey, targets
from sre_lab.world import World

SAMPLES_SECONDS = 60.0
Segment = dict[str, Any]


class TraceSampler:
    """`sample` follows one request of each entry, once a minute."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = Random(world.cluster.name)  # noqa: S311 - its own, so that sampling changes nothing else
        self._sampled = world.clock.now()

    def sample(self, flows: dict[ServiceKey, ServiceFlow]) -> None:
        now = self._world.clock.now()
        if now - self._sampled < SAMPLES_SECONDS:
            return
        self._sampled = now
        for _, flow in sorted(flows.items()):
            if flow.outside and flow.traffic.calls and flow.outcomes:
                trace = f"1-{int(now):08x}-{self._id(96)}"
                self._world.segments.extend(self._follow(flow, flows, trace, "", now, frozenset()))

    def _follow(
        self,
        flow: ServiceFlow,
        flows: dict[ServiceKey, ServiceFlow],
        trace: str,
        parent: str,
        start: float,
        visited: frozenset[ServiceKey],
    ) -> list[Segment]:
        """The segment of one request to this Service, and those of the Services that it calls."""
        key = (flow.traffic.namespace, flow.traffic.service)
        failure = self._draw(flow)
        duration = (failure.waits_ms if failure else flow.latency_ms()) / 1000.0
        segment: Segment = {
            "name": f"{key[1]}.{key[0]}",
            "id": self._id(64),
            "trace_id": trace,
            "start_time": round(start, 3),
            "end_time": round(start + duration, 3),
            **_answer(failure),
            "annotations": {"namespace": key[0], "service": key[1]},
        }
        if parent:
            segment["parent_id"] = parent
        segments, calls = [segment], []
        for target in targets(flow.traffic):
            callee = flows.get(target.key)
            if callee is None or target.key in visited:
                continue
            name = f"{target.service}.{target.namespace}"
            own = failure is not None and name in failure.about
            end_failure = failure if own else None
            times = {"start_time": segment["start_time"], "end_time": segment["end_time"]}
            call = {"id": self._id(64), "name": name, "namespace": "remote", **times, **_answer(end_failure)}
            calls.append(call)
            if end_failure is None and callee.outcomes:
                segments += self._follow(callee, flows, trace, call["id"], start, visited | {key})
        if calls:
            segment["subsegments"] = calls
        return segments

    def _draw(self, flow: ServiceFlow) -> RequestFailure | None:
        """How the followed request ended: as likely each way as it is now."""
        outcome = list(flow.outcomes.values())[self._random.randrange(len(flow.outcomes))]
        at = self._random.random()
        for failure in outcome.failures:
            if at < failure.share:
                return failure
            at -= failure.share
        return None

    def _id(self, bits: int) -> str:
        return f"{self._random.getrandbits(bits):0{bits // 4}x}"


def _answer(failure: RequestFailure | None) -> Segment:
    status = failure.code if failure else 200
    answer: Segment = {"http": {"response": {"status": status}}}
    if failure is not None:
        answer["fault" if status >= 500 else "error"] = True
        answer["cause"] = {"exceptions": [{"message": failure.error}]}
    return answer
