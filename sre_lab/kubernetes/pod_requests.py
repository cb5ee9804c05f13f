"""What a pod asks of a node, as numbers."""

from __future__ import annotations

from decimal import Decimal

from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj


def pod_requests(pod: Obj) -> dict[str, Decimal]:
    """What the scheduler reserves: containers and sidecars, or an init container beside the sidecars before it."""
    spec = pod["spec"]
    total: dict[str, Decimal] = {}
    for container in spec.get("containers") or []:
        for name, amount in _requests(container).items():
            total[name] = total.get(name, Decimal(0)) + amount
    inits = spec.get("initContainers")
    if inits:
        total = _with_inits(total, inits)
    for name, amount in (spec.get("overhead") or {}).items():
        total[name] = total.get(name, Decimal(0)) + parse(amount)
    return total


def _with_inits(mains: dict[str, Decimal], inits: list[Obj]) -> dict[str, Decimal]:
    total, sidecars, peak = dict(mains), dict[str, Decimal](), dict[str, Decimal]()
    for container in inits:
        requests = _requests(container)
        stays = container.get("restartPolicy") == "Always"
        for name, amount in requests.items():
            with_it = sidecars.get(name, Decimal(0)) + amount
            peak[name] = max(peak.get(name, Decimal(0)), with_it)
            if stays:
                sidecars[name] = with_it
                total[name] = total.get(name, Decimal(0)) + amount
    return {name: max(total.get(name, Decimal(0)), peak.get(name, Decimal(0))) for name in {**total, **peak}}


def _requests(container: Obj) -> dict[str, Decimal]:
    resources = container.get("resources") or {}
    amounts = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: parse(amount) for name, amount in amounts.items()}
