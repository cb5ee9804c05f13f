"""What kube-state-metrics tells about workloads, autoscalers and claims."""

from __future__ import annotations

from collections.abc import Iterator

from sre_agent.lab.coupling.scraper import Facts, Sample
from sre_agent.lab.kubernetes.store import Obj

Fields = tuple[tuple[str, str, int], ...]  # what the metric's name ends with, the field, its value where it is not set

DEPLOYMENT_STATUS: Fields = (
    ("status_replicas", "replicas", 0),
    ("status_replicas_available", "availableReplicas", 0),
    ("status_replicas_ready", "readyReplicas", 0),
    ("status_replicas_unavailable", "unavailableReplicas", 0),
    ("status_replicas_updated", "updatedReplicas", 0),
    ("status_observed_generation", "observedGeneration", 0),
)
STATEFULSET_STATUS: Fields = (
    ("status_replicas", "replicas", 0),
    ("status_replicas_ready", "readyReplicas", 0),
    ("status_replicas_updated", "updatedReplicas", 0),
)
DAEMONSET_STATUS: Fields = (
    ("status_desired_number_scheduled", "desiredNumberScheduled", 0),
    ("status_current_number_scheduled", "currentNumberScheduled", 0),
    ("status_number_ready", "numberReady", 0),
    ("status_number_unavailable", "numberUnavailable", 0),
)
JOB_STATUS: Fields = (
    ("status_active", "active", 0),
    ("status_failed", "failed", 0),
    ("status_succeeded", "succeeded", 0),
)
AUTOSCALER_SPEC: Fields = (("spec_max_replicas", "maxReplicas", 0), ("spec_min_replicas", "minReplicas", 1))
AUTOSCALER_STATUS: Fields = (
    ("status_current_replicas", "currentReplicas", 0),
    ("status_desired_replicas", "desiredReplicas", 0),
)
CLAIM_PHASES = ("Bound", "Lost", "Pending")


def _numbers(prefix: str, labels: dict[str, str], held: Obj | None, fields: Fields) -> Iterator[Sample]:
    for suffix, field, unset in fields:
        value = (held or {}).get(field)
        yield f"{prefix}_{suffix}", labels, float(unset if value is None else value)


def _labels(obj: Obj, label: str) -> dict[str, str]:
    return {"namespace": obj["metadata"]["namespace"], label: obj["metadata"]["name"]}


def _deployment(obj: Obj) -> Iterator[Sample]:
    labels, status = _labels(obj, "deployment"), obj.get("status") or {}
    yield "kube_deployment_metadata_generation", labels, float(obj["metadata"].get("generation", 1))
    yield from _numbers("kube_deployment", labels, obj["spec"], (("spec_replicas", "replicas", 1),))
    yield from _numbers("kube_deployment", labels, status, DEPLOYMENT_STATUS)
    for condition in status.get("conditions") or []:
        for told in ("true", "false", "unknown"):
            where = {**labels, "condition": condition["type"], "status": told}
            yield "kube_deployment_status_condition", where, float(condition.get("status", "").lower() == told)


def _statefulset(obj: Obj) -> Iterator[Sample]:
    labels = _labels(obj, "statefulset")
    yield from _numbers("kube_statefulset", labels, obj["spec"], (("replicas", "replicas", 1),))
    yield from _numbers("kube_statefulset", labels, obj.get("status"), STATEFULSET_STATUS)


def _daemonset(obj: Obj) -> Iterator[Sample]:
    yield from _numbers("kube_daemonset", _labels(obj, "daemonset"), obj.get("status"), DAEMONSET_STATUS)


def _job(obj: Obj) -> Iterator[Sample]:
    yield from _numbers("kube_job", _labels(obj, "job_name"), obj.get("status"), JOB_STATUS)


def _autoscaler(obj: Obj) -> Iterator[Sample]:
    labels = _labels(obj, "horizontalpodautoscaler")
    yield from _numbers("kube_horizontalpodautoscaler", labels, obj["spec"], AUTOSCALER_SPEC)
    yield from _numbers("kube_horizontalpodautoscaler", labels, obj.get("status"), AUTOSCALER_STATUS)


def _claim(obj: Obj) -> Iterator[Sample]:
    labels, held = _labels(obj, "persistentvolumeclaim"), (obj.get("status") or {}).get("phase", "Pending")
    for phase in CLAIM_PHASES:
        yield "kube_persistentvolumeclaim_status_phase", {**labels, "phase": phase}, float(held == phase)


FACTS: dict[str, Facts] = {
    "Deployment": _deployment,
    "StatefulSet": _statefulset,
    "DaemonSet": _daemonset,
    "Job": _job,
    "HorizontalPodAutoscaler": _autoscaler,
    "PersistentVolumeClaim": _claim,
}
