"""ResourceQuota as the admission of new pods enforces it."""

from __future__ import annotations

from decimal import Decimal

from sre_agent.lab.behaviour.controllers.requests import pod_requests
from sre_agent.lab.kubernetes.quantities import parse
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World


class QuotaError(Exception):
    """The pod would exceed a ResourceQuota; the message is the API's."""


def check_quota(world: World, pod: Obj) -> None:
    """Raise QuotaError if a ResourceQuota of the namespace has no room for `pod`."""
    namespace = pod["metadata"]["namespace"]
    asked = _counted(pod)
    for quota in world.objects.all("ResourceQuota", namespace):
        hard = quota["spec"].get("hard") or {}
        used = _used(world, namespace)
        over = [
            name
            for name in sorted(hard)
            if name in asked and used.get(name, Decimal(0)) + asked[name] > parse(hard[name])
        ]
        if not over:
            continue
        requested = ",".join(f"{name}={_text(name, asked[name])}" for name in over)
        in_use = ",".join(f"{name}={_text(name, used.get(name, Decimal(0)))}" for name in over)
        limited = ",".join(f"{name}={hard[name]}" for name in over)
        raise QuotaError(
            f'pods "{pod["metadata"]["name"]}" is forbidden: exceeded quota: {quota["metadata"]["name"]}, '
            f"requested: {requested}, used: {in_use}, limited: {limited}"
        )


def _used(world: World, namespace: str) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for pod in world.objects.all("Pod", namespace):
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            continue
        for name, amount in _counted(pod).items():
            total[name] = total.get(name, Decimal(0)) + amount
    return total


def _counted(pod: Obj) -> dict[str, Decimal]:
    counted = {"pods": Decimal(1), "count/pods": Decimal(1)}
    for name, amount in pod_requests(pod).items():
        counted[name] = counted[f"requests.{name}"] = amount
    for container in pod["spec"].get("containers") or []:
        for name, amount in ((container.get("resources") or {}).get("limits") or {}).items():
            key = f"limits.{name}"
            counted[key] = counted.get(key, Decimal(0)) + parse(amount)
    return counted


def _text(name: str, amount: Decimal) -> str:
    if name.endswith("cpu") and amount % 1:
        return f"{int(amount * 1000)}m"
    if name.endswith("memory") and amount and amount % 2**20 == 0:
        return f"{int(amount) // 2**20}Mi"
    return str(int(amount))
