"""The priority classes that every cluster has: for what it cannot live without."""

from __future__ import annotations

from typing import Any

from sre_lab.world import World

CRITICAL = 2_000_000_000  # pods from this priority on are never evicted for want of resources
_CLASSES = {
    "system-cluster-critical": (
        CRITICAL,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    "system-node-critical": (
        CRITICAL + 1000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
}


def system_classes(since: str) -> list[dict[str, Any]]:
    """The PriorityClass objects, there since `since` (RFC 3339)."""
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name, "creationTimestamp": since, "generation": 1},
            "value": value,
            "preemptionPolicy": "PreemptLowerPriority",
            "description": description,
        }
        for name, (value, description) in _CLASSES.items()
    ]


def system_value(name: str) -> int | None:
    """The value that a class of the system has; None for a name that is none of them."""
    return _CLASSES[name][0] if name in _CLASSES else None


def find(world: World, name: str) -> dict[str, Any] | None:
    """The PriorityClass of that name; those of the system are there even where nobody wrote them down."""
    priority_class = world.objects.get("PriorityClass", "", name)
    if priority_class is not None or name not in _CLASSES:
        return priority_class
    return next(one for one in system_classes("") if one["metadata"]["name"] == name)


def default(world: World) -> dict[str, Any] | None:
    """The class of pods that name none: of those marked as the default, the one with the least value."""
    defaults = [one for one in world.objects.all("PriorityClass") if one.get("globalDefault")]
    return min(defaults, key=lambda one: int(one["value"]), default=None)
