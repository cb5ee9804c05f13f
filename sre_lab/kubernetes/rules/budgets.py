"""Disruption budgets, autoscalers, and the priorities of pods."""

from __future__ import annotations

from sre_lab.kubernetes import priority_classes
from sre_lab.kubernetes.rules import forms, labels
from sre_lab.kubernetes.rules.rollouts import at_most_all, int_or_percent
from sre_lab.kubernetes.rules.shapes import (
    IMMUTABLE,
    Causes,
    Obj,
    check_form,
    inner,
    items,
    number,
    one_of,
    quantity,
    text,
)
from sre_lab.kubernetes.statuses import GoText, forbidden_value, invalid_value, required_value, unsupported_value

_EVICTION = ("AlwaysAllow", "IfHealthyBudget")
_MOST_PRIORITY = 1_000_000_000
_SOURCES = ("ContainerResource", "External", "Object", "Pods", "Resource")
_TARGETS = ("Utilization", "Value", "AverageValue")
_PREEMPTION = ("PreemptLowerPriority", "Never")
_WINDOW = 3600
_RAW_OR_SHARE = "must set either a target raw value or a target utilization"


def disruption_budget(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        go_text = GoText(f"policy.PodDisruptionBudgetSpec{{MinAvailable:{least}, MaxUnavailable:{most}, …}}")
        yield invalid_value("spec", go_text, "minAvailable and maxUnavailable cannot be both set")
    for field, value in (("minAvailable", least), ("maxUnavailable", most)):
        if value is not None:
            yield from int_or_percent(value, f"spec.{field}")
            yield from at_most_all(value, f"spec.{field}")
    yield from labels.selector(spec.get("selector"), "spec.selector")
    yield from one_of(spec, "unhealthyPodEvictionPolicy", "spec", _EVICTION)


def autoscaler(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    least, most = number(spec, "minReplicas"), number(spec, "maxReplicas") or 0
    if least is not None and least < 1:
        yield invalid_value("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield invalid_value("spec.maxReplicas", most, "must be greater than 0")
    if least is not None and most < least:
        yield invalid_value("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    target = inner(spec, "scaleTargetRef")
    for field in ("kind", "name"):
        if not text(target, field):
            yield required_value(f"spec.scaleTargetRef.{field}")
        yield from check_form(text(target, field), f"spec.scaleTargetRef.{field}", forms.path_segment)
    for place, metric in items(spec, "metrics"):
        yield from _metric(metric, f"spec.metrics[{place}]")
    for direction in ("scaleUp", "scaleDown"):
        window = number(inner(inner(spec, "behavior"), direction), "stabilizationWindowSeconds")
        at = f"spec.behavior.{direction}.stabilizationWindowSeconds"
        if window is not None and window < 0:
            yield invalid_value(at, window, "must be greater than or equal to zero")
        elif window is not None and window > _WINDOW:
            yield invalid_value(at, window, f"must be less than or equal to {_WINDOW}")


def _metric(metric: Obj, path: str) -> Causes:
    kind = text(metric, "type")
    if not kind:
        yield required_value(f"{path}.type", "must specify a metric source type")
    if kind not in _SOURCES:
        yield unsupported_value(f"{path}.type", kind, _SOURCES)
        return
    field = kind[0].lower() + kind[1:]
    present = [f for f in ("object", "external", "pods", "resource", "containerResource") if metric.get(f) is not None]
    if field in present:
        yield from _source(field, inner(metric, field), f"{path}.{field}")
    else:
        yield required_value(f"{path}.{field}", "must populate information for the given metric source")
    for other in present:
        if other != field:
            yield forbidden_value(f"{path}.{other}", "must populate the given metric source only")


def _source(kind: str, source: Obj, path: str) -> Causes:
    target = inner(source, "target")
    if kind in ("resource", "containerResource"):
        if not text(source, "name"):
            yield required_value(f"{path}.name", "must specify a resource name")
        if kind == "containerResource" and not text(source, "container"):
            yield required_value(f"{path}.container", "must specify a container")
    elif not text(inner(source, "metric"), "name"):
        yield required_value(f"{path}.metric.name", "must specify a metric name")
    yield from _target(target, f"{path}.target")
    share, average = target.get("averageUtilization"), target.get("averageValue")
    if kind in ("resource", "containerResource"):
        if share is None and average is None:
            yield required_value(f"{path}.target.averageUtilization", _RAW_OR_SHARE)
        elif share is not None and average is not None:
            detail = "may not set both a target raw value and a target utilization"
            yield forbidden_value(f"{path}.target.averageValue", detail)
    elif kind == "pods" and not (quantity(average) or 0) > 0:
        yield required_value(f"{path}.target.averageValue", "must specify a positive target averageValue")
    elif kind != "pods" and target.get("value") is None and average is None:
        yield required_value(
            f"{path}.target.averageValue", "must set either a target value for metric or a per-pod target"
        )


def _target(target: Obj, path: str) -> Causes:
    kind, share = text(target, "type"), number(target, "averageUtilization")
    if not kind:
        yield required_value(f"{path}.type", "must specify a metric target type")
    if kind not in _TARGETS:
        yield invalid_value(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        amount = quantity(target.get(field))
        if amount is not None and amount <= 0:
            yield invalid_value(f"{path}.{field}", str(target[field]), "must be positive")
    if share is not None and share < 1:
        yield invalid_value(f"{path}.averageUtilization", share, "must be greater than 0")


def priority_class(obj: Obj, old: Obj | None) -> Causes:
    value, name = obj.get("value", 0), text(inner(obj, "metadata"), "name")
    if old is not None:
        if value != old.get("value", 0):
            yield forbidden_value("value", "may not be changed in an update.")
        policy = obj.get("preemptionPolicy", "PreemptLowerPriority")
        if policy != old.get("preemptionPolicy", "PreemptLowerPriority"):
            yield invalid_value("preemptionPolicy", policy, IMMUTABLE)
        return
    if name.startswith("system-") and priority_classes.system_value(name) != value:
        detail = "priority class names with 'system-' prefix are reserved for system use only. error: "
        yield forbidden_value("metadata.name", f"{detail}{name} is not a known system priority class")
    elif not name.startswith("system-") and isinstance(value, int) and value > _MOST_PRIORITY:
        detail = f"maximum allowed value of a user defined priority is {_MOST_PRIORITY}"
        yield forbidden_value("value", detail)
    yield from _preemption(obj)


def _preemption(obj: Obj) -> Causes:
    for cause in one_of(obj, "preemptionPolicy", "", _PREEMPTION):
        yield type(cause)(cause.field.lstrip("."), cause.reason, cause.message)
