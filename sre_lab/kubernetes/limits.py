"""LimitRange: the requests and limits that a namespace gives, and the sizes that it allows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sre_lab.kubernetes.pod_defaults import qos_class
from sre_lab.kubernetes.quantities import parse
from sre_lab.world import World

Obj = dict[str, Any]
NOTE = "kubernetes.io/limit-ranger"


def fill_in(world: World, pod: Obj) -> None:
    """Give the containers what the namespace's LimitRanges say for those that say nothing, and note that."""
    notes = []
    for item in _items(world, pod, "Container"):
        limits = {**(item.get("max") or {}), **(item.get("default") or {})}
        requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
        for role, containers in (("container", "containers"), ("init container", "initContainers")):
            for container in pod["spec"].get(containers) or []:
                resources = container.setdefault("resources", {})
                own_limits = resources.get("limits") or {}
                own = {**requests, **{name: amount for name, amount in own_limits.items() if name in requests}}
                for part, amounts in (("requests", own), ("limits", limits)):
                    added = [name for name in sorted(amounts) if name not in (resources.get(part) or {})]
                    if added:
                        resources[part] = {**(resources.get(part) or {}), **{name: amounts[name] for name in added}}
                        word = part.removesuffix("s")
                        notes.append(f"{', '.join(added)} {word} for {role} {container['name']}")
    if notes:
        text = "LimitRanger plugin set: " + "; ".join(notes)
        pod["metadata"].setdefault("annotations", {})[NOTE] = text
        if "qosClass" in (pod.get("status") or {}):
            pod["status"]["qosClass"] = qos_class(pod["spec"])


def problem(world: World, obj: Obj) -> str:
    """What the LimitRanges of its namespace forbid about a new pod or claim, in the API's words; else empty."""
    problems: list[str] = []
    if obj["kind"] == "PersistentVolumeClaim":
        requests = (obj["spec"].get("resources") or {}).get("requests") or {}
        for item in _items(world, obj, "PersistentVolumeClaim"):
            problems += _violations(item, requests, {}, limited=False)
    elif obj["kind"] == "Pod":
        containers = [*(obj["spec"].get("containers") or []), *(obj["spec"].get("initContainers") or [])]
        for item in _items(world, obj, "Container"):
            for container in containers:
                resources = container.get("resources") or {}
                problems += _violations(item, resources.get("requests") or {}, resources.get("limits") or {})
        for item in _items(world, obj, "Pod"):
            problems += _violations(item, _sum(obj, "requests"), _sum(obj, "limits"))
    problems = list(dict.fromkeys(problems))
    return problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]" if problems else ""


def _items(world: World, obj: Obj, type: str) -> Iterator[Obj]:
    for limit_range in world.objects.all("LimitRange", obj["metadata"]["namespace"]):
        for item in limit_range["spec"].get("limits") or []:
            if item["type"] == type:
                yield item


def _violations(item: Obj, requests: Obj, limits: Obj, *, limited: bool = True) -> list[str]:
    violations = []
    for name, least in sorted((item.get("min") or {}).items()):
        text = f"minimum {name} usage per {item['type']} is {least}"
        if name not in requests:
            violations.append(f"{text}.  No request is specified")
        elif parse(requests[name]) < parse(least):
            violations.append(f"{text}, but request is {requests[name]}")
        elif name in limits and parse(limits[name]) < parse(least):
            violations.append(f"{text}, but limit is {limits[name]}")
    for name, most in sorted((item.get("max") or {}).items()):
        text = f"maximum {name} usage per {item['type']} is {most}"
        if limited and name not in limits:
            violations.append(f"{text}.  No limit is specified")
        elif name in limits and parse(limits[name]) > parse(most):
            violations.append(f"{text}, but limit is {limits[name]}")
        elif name in requests and parse(requests[name]) > parse(most):
            violations.append(f"{text}, but request is {requests[name]}")
    for name, most in sorted((item.get("maxLimitRequestRatio") or {}).items()):
        request, limit = parse(requests.get(name, 0)), parse(limits.get(name, 0))
        if request and limit / request > parse(most):
            ratio = f"{float(limit / request):f}"
            violations.append(
                f"{name} max limit to request ratio per {item['type']} is {most}, but provided ratio is {ratio}"
            )
    return violations


def _sum(pod: Obj, part: str) -> Obj:
    """What the containers of a pod say together; absent where none says anything."""
    total: dict[str, Decimal] = {}
    for container in pod["spec"].get("containers") or []:
        for name, amount in ((container.get("resources") or {}).get(part) or {}).items():
            total[name] = total.get(name, Decimal(0)) + parse(amount)
    return {name: str(amount.normalize()) if amount % 1 else str(int(amount)) for name, amount in total.items()}
