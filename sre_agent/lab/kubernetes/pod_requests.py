"""What a pod asks of a node, as numbers."""

from __future__ import annotations

from decimal import Decimal

from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj


def pod_requests(pod: Obj) -> dict[str, Decimal]:
    """What the scheduler reserves: the containers' sum, or the largest init container if that is more."""
    spec = pod["spec"]
    total: dict[str, Decimal] = {}
    for container in spec.get("containers") or []:
        for name, amount in _requests(container).items():
            total[name] = total.get(name, Decimal(0)) + amount
    for container in spec.get("initContainers") or []:
        for name, amount in _requests(container).items():
            total[name] = max(total.get(name, Decimal(0)), amount)
    for name, amount in (spec.get("overhead") or {}).items():
        total[name] = total.get(name, Decimal(0)) + parse(amount)
    return total


def _requests(container: Obj) -> dict[str, Decimal]:
    resources = container.get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: parse(amount) for name, amount in asked.items()}
