"""The APIService objects of the groups that the API server itself serves."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.kinds import METRICS, resources

Obj = dict[str, Any]
LOCAL = {"type": "Available", "status": "True", "reason": "Local", "message": "Local APIServices are always available"}


def local_services(since: str) -> list[Obj]:
    """One for each group and version, available since `since` (RFC 3339)."""
    group_versions = dict.fromkeys((r.group, r.version) for r in resources() if r.group != METRICS)
    return [_service(group, version, since) for group, version in group_versions]


def _service(group: str, version: str, since: str) -> Obj:
    spec: Obj = {"version": version, "groupPriorityMinimum": 18000 if not group else 17000, "versionPriority": 15}
    meta: Obj = {
        "name": f"{version}.{group}",
        "creationTimestamp": since,
        "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
    }
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": meta,
        "spec": spec | ({"group": group} if group else {}),
        "status": {"conditions": [{**LOCAL, "lastTransitionTime": since}]},
    }
