"""The order in which Services call each other: callers before the called."""

from __future__ import annotations

from collections.abc import Mapping

from sre_lab.instrumentation.network.routes import ServiceTarget
from sre_lab.scenario import Traffic

ServiceKey = tuple[str, str]  # namespace, name


def targets(traffic: Traffic) -> list[ServiceTarget]:
    return [ServiceTarget.parse(call, traffic.namespace) for call in traffic.calls]


def callers_first(traffic: Mapping[ServiceKey, Traffic]) -> list[ServiceKey]:
    """Every Service with traffic, each after those that call it; where they call in a circle, in the order of names."""
    ordered: list[ServiceKey] = []
    visited: set[ServiceKey] = set()

    def visit(key: ServiceKey) -> None:
        if key in visited:
            return
        visited.add(key)
        for target in targets(traffic[key]):
            if target.key in traffic:
                visit(target.key)
        ordered.append(key)

    for key in sorted(traffic):
        visit(key)
    return ordered[::-1]
