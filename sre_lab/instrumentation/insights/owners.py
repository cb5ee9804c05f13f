"""Whose pod it is, in the words of Container Insights."""

from __future__ import annotations

from sre_lab.behaviour.ownership import controller_of
from sre_lab.objects.store import Obj


def workload_name(pod: Obj) -> str:
    """The Deployment (or other owner) that Container Insights calls `PodName`; the pod itself where it has none."""
    return workload(pod)[1]


def workload(pod: Obj) -> tuple[str, str]:
    """(kind, name) of it."""
    owner = controller_of(pod)
    if owner is None:
        return "Pod", str(pod["metadata"]["name"])
    suffix = (pod["metadata"].get("labels") or {}).get("pod-template-hash", "")
    if owner["kind"] == "ReplicaSet" and suffix:
        return "Deployment", str(owner["name"]).removesuffix(f"-{suffix}")
    return str(owner["kind"]), str(owner["name"])
