"""Which pods go first when there are too many: the ones that serve least."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sre_lab.behaviour.controllers.pods import is_ready, phase, ready_since, restarts
from sre_lab.clock import from_rfc3339
from sre_lab.objects.store import Obj

COST = "controller.kubernetes.io/pod-deletion-cost"
PHASE_ORDER = {"Pending": 0, "Unknown": 1, "Running": 2}


def deletion_order(pods: list[Obj], siblings: list[Obj], now: float) -> list[Obj]:
    """`pods` with the first to delete first; `siblings` are all active pods of the application, to spread by node."""
    per_node = Counter(pod["spec"].get("nodeName", "") for pod in siblings)
    return sorted(pods, key=lambda pod: _rank(pod, per_node, now))


def _rank(pod: Obj, per_node: Counter[str], now: float) -> tuple[Any, ...]:
    meta = pod["metadata"]
    node = pod["spec"].get("nodeName", "")
    since = ready_since(pod)
    created = from_rfc3339(meta["creationTimestamp"]) if meta.get("creationTimestamp") else now
    return (
        bool(node),
        PHASE_ORDER.get(phase(pod), 2),
        is_ready(pod),
        int((meta.get("annotations") or {}).get(COST, 0)),
        -per_node[node],
        -(since or 0.0),
        -restarts(pod),
        -created,
        meta["name"],
    )
