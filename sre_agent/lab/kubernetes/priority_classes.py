"""The priority classes that every cluster has: for what it cannot live without."""

from __future__ import annotations

from typing import Any

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
