"""What the API server refuses with 422: the metadata of every object, and the rules of its kind.

The texts and their order are the real server's; the rules stand in `rules`, one module a family.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sre_lab.kubernetes.rules import (
    access,
    budgets,
    configuration,
    jobs,
    limits,
    metadata,
    networking,
    nodes,
    pods,
    services,
    storage,
    workloads,
)
from sre_lab.kubernetes.rules.pod_changes import pod_changes
from sre_lab.kubernetes.rules.shapes import Causes, inner
from sre_lab.kubernetes.statuses import StatusCause

Obj = dict[str, Any]


def causes(obj: Obj, old: Obj | None = None) -> list[StatusCause]:
    """Everything that is wrong with `obj` (after defaulting), as a new object or as the successor of `old`."""
    problems = list(metadata.new_metadata(obj) if old is None else metadata.metadata_change(obj, old))
    rule = _RULES.get(obj["kind"])
    if rule is not None:
        problems += rule(obj, old)
    return problems


def status_causes(obj: Obj, old: Obj) -> list[StatusCause]:
    """What is wrong with a change that can touch nothing but the status: the metadata goes with it."""
    return list(metadata.metadata_change(obj, old))


def _pod(obj: Obj, old: Obj | None) -> Causes:
    yield from pods.pod(obj, old)
    if old is not None:
        yield from pod_changes(inner(obj, "spec"), inner(old, "spec"))


_RULES: dict[str, Callable[[Obj, Obj | None], Causes]] = {
    "ClusterRole": access.role,
    "ClusterRoleBinding": access.binding,
    "ConfigMap": configuration.config_map,
    "CronJob": jobs.cron_job,
    "DaemonSet": workloads.daemon_set,
    "Deployment": workloads.deployment,
    "HorizontalPodAutoscaler": budgets.autoscaler,
    "Ingress": networking.ingress,
    "IngressClass": networking.ingress_class,
    "Job": jobs.job,
    "LimitRange": limits.limit_range,
    "NetworkPolicy": networking.network_policy,
    "Node": nodes.node,
    "PersistentVolume": storage.volume,
    "PersistentVolumeClaim": storage.claim,
    "Pod": _pod,
    "PodDisruptionBudget": budgets.disruption_budget,
    "PriorityClass": budgets.priority_class,
    "ReplicaSet": workloads.replica_set,
    "ReplicationController": workloads.replication_controller,
    "ResourceQuota": limits.resource_quota,
    "Role": access.role,
    "RoleBinding": access.binding,
    "Secret": configuration.secret,
    "Service": services.service,
    "StatefulSet": workloads.stateful_set,
    "StorageClass": storage.storage_class,
}
