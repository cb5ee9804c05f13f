"""Two kinds are served in two versions each; objects are stored in one and shown in the one that was asked for."""

from __future__ import annotations

from typing import Any

from sre_lab.kubernetes.kinds import ApiResource

Obj = dict[str, Any]

_EVENT_FIELDS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}


def to_served(obj: Obj, resource: ApiResource) -> Obj:
    """A stored object as `resource` serves it (the object itself where nothing differs)."""
    if obj["kind"] == "Event" and resource.group == "events.k8s.io":
        return _rename(obj, _EVENT_FIELDS) | {"apiVersion": resource.api_version}
    if obj["kind"] == "HorizontalPodAutoscaler" and obj.get("apiVersion") != resource.api_version:
        return _autoscaler_v1(obj) if resource.version == "v1" else _autoscaler_v2(obj)
    return obj


def to_stored(obj: Obj, resource: ApiResource) -> Obj:
    """What a client sent through `resource`, as it is stored."""
    if obj["kind"] == "Event" and resource.group == "events.k8s.io":
        back = {new: old for old, new in _EVENT_FIELDS.items()}
        return _rename(obj, back) | {"apiVersion": "v1"}
    if obj["kind"] == "HorizontalPodAutoscaler" and resource.version == "v1":
        return _autoscaler_v2(obj)
    return obj


def _rename(obj: Obj, names: dict[str, str]) -> Obj:
    return {names.get(key, key): value for key, value in obj.items()}


def _autoscaler_v1(obj: Obj) -> Obj:
    spec = {k: v for k, v in obj["spec"].items() if k in ("minReplicas", "maxReplicas", "scaleTargetRef")}
    for metric in obj["spec"].get("metrics") or []:
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in resource.get("target", {}):
            spec["targetCPUUtilizationPercentage"] = resource["target"]["averageUtilization"]
    status = {"currentReplicas": 0, "desiredReplicas": 0} | (obj.get("status") or {})
    for metric in status.pop("currentMetrics", None) or []:
        current = (metric.get("resource") or {}).get("current") or {}
        if "averageUtilization" in current:
            status["currentCPUUtilizationPercentage"] = current["averageUtilization"]
    status.pop("conditions", None)
    return {**obj, "apiVersion": "autoscaling/v1", "spec": spec, "status": status}


def _autoscaler_v2(obj: Obj) -> Obj:
    spec = dict(obj.get("spec") or {})
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**obj, "apiVersion": "autoscaling/v2", "spec": spec}
