"""What bounds a namespace: LimitRanges and ResourceQuotas."""

from __future__ import annotations

from decimal import Decimal

from sre_lab.kubernetes.rules import forms, go, resources
from sre_lab.kubernetes.rules.shapes import IMMUTABLE, Causes, Obj, amounts, inner, items, text, texts
from sre_lab.kubernetes.statuses import duplicate_value, forbidden_value, invalid_value, required_value

_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_PARTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
_SCOPES = ("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity")
# lower part, higher part, the one that is shown, where, and the words for both
_ORDERS = (
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    (
        "min",
        "defaultRequest",
        "defaultRequest",
        "defaultRequest",
        "min value {} is greater than default request value {}",
    ),
    (
        "defaultRequest",
        "max",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than max value {}",
    ),
    (
        *("defaultRequest", "default", "defaultRequest", "defaultRequest"),
        "default request value {} is greater than default limit value {}",
    ),
    ("min", "default", "min", "default", "min value {} is greater than default value {}"),
    ("default", "max", "max", "default", "default value {} is greater than max value {}"),
)


def limit_range(obj: Obj, old: Obj | None) -> Causes:
    kinds: set[str] = set()
    for place, item in items(inner(obj, "spec"), "limits"):
        at, kind = f"spec.limits[{place}]", text(item, "type")
        problems = forms.qualified_name(kind)
        for problem in problems:
            yield invalid_value(f"{at}.type", kind, problem)
        if not problems and "/" not in kind and kind not in _LIMIT_TYPES:
            yield invalid_value(f"{at}.type", kind, "must be a standard limit type or fully qualified")
        if kind in kinds:
            yield duplicate_value(f"{at}.type", kind)
        kinds.add(kind)
        yield from _limit(item, kind, at)


def _limit(item: Obj, kind: str, path: str) -> Causes:
    name_of = resources.container_name if kind in ("Pod", "Container") else resources.any_name
    for part in _PARTS:
        if kind == "Pod" and part in ("default", "defaultRequest"):
            if item.get(part):
                yield forbidden_value(f"{path}.{part}", "may not be specified when `type` is 'Pod'")
            continue
        for name in inner(item, part):
            yield from name_of(name, f"{path}.{part}[{name}]")
    if kind == "PersistentVolumeClaim" and not any("storage" in inner(item, part) for part in ("min", "max")):
        detail = "either minimum or maximum storage value is required, but neither was provided"
        yield required_value(f"{path}.limits", detail)
    values = {part: amounts(item, part) for part in _PARTS if kind != "Pod" or not part.startswith("default")}
    for name in sorted({name for part in values.values() for name in part}):
        yield from _order_causes(item, values, name, path)


def _order_causes(item: Obj, values: dict[str, dict[str, Decimal]], name: str, path: str) -> Causes:
    for lower, higher, field, where, detail in _ORDERS:
        less, more = values.get(lower, {}).get(name), values.get(higher, {}).get(name)
        if less is not None and more is not None and less > more:
            words = detail.format(item[lower][name], item[higher][name])
            yield invalid_value(f"{path}.{where}[{name}]", go.quantity(item[field][name]), words)
    ratio = values.get("maxLimitRequestRatio", {}).get(name)
    if ratio is None:
        return
    quotient, at = item["maxLimitRequestRatio"][name], f"{path}.maxLimitRequestRatio[{name}]"
    if ratio < 1:
        yield invalid_value(at, go.quantity(quotient), f"ratio {quotient} is less than 1")
    least, most = values["min"].get(name), values["max"].get(name)
    if least and most is not None and ratio > most / least:
        detail = f"ratio {quotient} is greater than max/min = {float(most / least):f}"
        yield invalid_value(at, go.quantity(quotient), detail)


def resource_quota(obj: Obj, old: Obj | None) -> Causes:
    spec = inner(obj, "spec")
    hard = inner(spec, "hard")
    for name in hard:
        yield from resources.quota_name(name, f"spec.hard[{name}]")
        yield from resources.value(hard, name, f"spec.hard[{name}]")
    scopes = texts(spec, "scopes")
    go_text = go.strings(scopes, "core.ResourceQuotaScope")
    for scope in scopes:
        if scope not in _SCOPES:
            yield invalid_value("spec.scopes", go_text, "unsupported scope")
    if {"BestEffort", "NotBestEffort"} <= {*scopes} or {"Terminating", "NotTerminating"} <= {*scopes}:
        yield invalid_value("spec.scopes", go_text, "conflicting scopes")
    if old is not None and {*scopes} != {*texts(inner(old, "spec"), "scopes")}:
        yield invalid_value("spec.scopes", go_text, IMMUTABLE)
