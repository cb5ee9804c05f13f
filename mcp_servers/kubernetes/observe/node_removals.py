"""Nodes that are taken away: by their provider, by an autoscaler, or gone already. From taints and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

MEMORY: Final = timedelta(hours=1)
REMOVAL_TAINTS: Final = {
    "aws-node-termination-handler/spot-itn": "spot",
    "aws-node-termination-handler/rebalance-recommendation": "rebalance",
    "aws-node-termination-handler/scheduled-maintenance": "maintenance",
    "aws-node-termination-handler/asg-lifecycle-termination": "scale_in",
    "ToBeDeletedByClusterAutoscaler": "scale_in",
    "karpenter.sh/disrupted": "unknown",
    "karpenter.sh/disruption": "unknown",
    "node.cloudprovider.kubernetes.io/shutdown": "shutdown",
}
_EVENTS: Final = {
    "SpotInterruption": "spot",
    "SpotInterrupted": "spot",
    "SpotRebalanceRecommendation": "rebalance",
    "RebalanceRecommendation": "rebalance",
    "ScheduledEvent": "maintenance",
    "ScheduledMaintenance": "maintenance",
    "ASGLifecycle": "scale_in",
    "ScaleDown": "scale_in",
    "InstanceTerminating": "shutdown",
    "InstanceStopping": "shutdown",
    "Shutdown": "shutdown",
    "DeletingNode": "gone",
    "InstanceNotFound": "gone",
}


def is_leaving(node: Obj) -> bool:
    """Whether a taint says so, or it is being deleted."""
    keys = {str(taint.get("key", "")) for taint in o.spec(node).get("taints") or []}
    return bool(keys & REMOVAL_TAINTS.keys() or o.meta(node).get("deletionTimestamp"))


def observe(scope: str, nodes: Sequence[Obj], events: Iterable[Obj], now: datetime) -> Iterator[Observation]:
    """One observation a node: what its events say, else its taints. Events older than an hour are history."""
    events_by_node: dict[str, Obj] = {}
    for event in sorted(events, key=lambda e: str(o.last_seen(e) or "")):
        kind, name = o.involved(event)
        last = o.last_seen(event)
        if kind in ("Node", "NodeClaim") and event.get("reason") in _EVENTS and last and now - last <= MEMORY:
            events_by_node.setdefault(name, event)
    by_name = {o.name(n): n for n in nodes}
    for name, event in events_by_node.items():
        message = str(event.get("message", ""))
        by = str((event.get("source") or {}).get("component") or event.get("reportingComponent") or "")
        yield _leaving(scope, name, _EVENTS[str(event["reason"])], by, message, o.first_seen(event))
    for name, node in by_name.items():
        for taint in o.spec(node).get("taints") or [] if name not in events_by_node else []:
            key = str(taint.get("key", ""))
            if key in REMOVAL_TAINTS:
                yield _leaving(scope, name, REMOVAL_TAINTS[key], key, f"taint {key}", o.instant(taint.get("timeAdded")))
                break


def _leaving(scope: str, name: str, why: str, by: str, message: str, at: datetime | None) -> Observation:
    attributes: dict[str, Any] = {"why": why, "by": by, "message": excerpt(message)}
    subject = Subject(scope=scope, kind="Node", name=name)
    return Observation(code="node.leaving", subject=subject, at=at, attributes=attributes, excerpt=excerpt(message))
