"""Requests and limits of containers: known names, whole and positive numbers, requests within the limits."""

from __future__ import annotations

from sre_lab.kubernetes.rules import forms, go
from sre_lab.kubernetes.rules.shapes import NOT_NEGATIVE, Causes, Obj, amounts, inner
from sre_lab.kubernetes.statuses import forbidden_value, invalid_value, required_value

_CONTAINER = ("cpu", "memory", "ephemeral-storage")
_COUNTED = (
    *("pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"),
    "persistentvolumeclaims",
)
STANDARD = (
    *_CONTAINER,
    *("requests.cpu", "requests.memory", "requests.ephemeral-storage"),
    *("limits.cpu", "limits.memory", "limits.ephemeral-storage"),
    *_COUNTED,
    *("storage", "requests.storage", "services.nodeports", "services.loadbalancers"),
)
QUOTA = tuple(name for name in STANDARD if name != "storage")
_WHOLE = (*_COUNTED, "services.nodeports", "services.loadbalancers")
_HUGE = ("hugepages-", "requests.hugepages-")


def requirements(resources: Obj, path: str) -> Causes:
    limits, requests = inner(resources, "limits"), inner(resources, "requests")
    most, request_amounts = amounts(resources, "limits"), amounts(resources, "requests")
    for name in limits:
        yield from container_name(name, f"{path}.limits[{name}]")
        yield from value(limits, name, f"{path}.limits[{name}]")
    for name in requests:
        yield from container_name(name, f"{path}.requests[{name}]")
        yield from value(requests, name, f"{path}.requests[{name}]")
        fixed = not _may_overcommit(name)
        if name not in limits:
            if fixed:
                yield required_value(f"{path}.limits", "Limit must be set for non overcommitable resources")
        elif name in request_amounts and name in most:
            yield from _within(
                name,
                requests,
                limits,
                request_amounts[name] > most[name],
                request_amounts[name] != most[name] and fixed,
                path,
            )
    huge = any(n.startswith("hugepages-") for n in (*limits, *requests))
    if huge and not {"cpu", "memory"} & {*limits, *requests}:
        yield forbidden_value(path, "HugePages require cpu or memory")


def _within(name: str, requests: Obj, limits: Obj, more: bool, other: bool, path: str) -> Causes:
    if other:
        detail = f"must be equal to {name} limit of {limits[name]}"
        yield invalid_value(f"{path}.requests", str(requests[name]), detail)
    elif more:
        detail = f"must be less than or equal to {name} limit of {limits[name]}"
        yield invalid_value(f"{path}.requests", str(requests[name]), detail)


def value(owner: Obj, name: str, path: str) -> Causes:
    """A quantity that is not negative, and whole where its resource comes in pieces."""
    amount = amounts({"all": {name: owner[name]}}, "all").get(name)
    if amount is None:
        return
    if amount < 0:
        yield invalid_value(path, str(owner[name]), NOT_NEGATIVE)
    if (name in _WHOLE or not _is_native(name)) and amount != amount.to_integral_value():
        yield invalid_value(path, go.quantity(owner[name]), "must be an integer")


def any_name(name: str, path: str) -> Causes:
    problems = [invalid_value(path, name, problem) for problem in forms.qualified_name(name)]
    if not problems and "/" not in name and name not in STANDARD and not name.startswith(_HUGE):
        problems = [invalid_value(path, name, "must be a standard resource type or fully qualified")]
    yield from problems


def container_name(name: str, path: str) -> Causes:
    """The name of a resource that a container can ask for."""
    yield from any_name(name, path)
    if "/" not in name:
        if name not in _CONTAINER and not name.startswith("hugepages-"):
            yield invalid_value(path, name, "must be a standard resource for containers")
    elif not _is_native(name) and name.startswith("requests."):
        yield invalid_value(path, name, "doesn't follow extended resource name standard")


def quota_name(name: str, path: str) -> Causes:
    """The name of something that a quota can count."""
    is_count = name.startswith("count/") or ".storageclass.storage.k8s.io/" in name
    yield from () if is_count else any_name(name, path)
    if "/" not in name and name not in QUOTA and not name.startswith(_HUGE):
        yield invalid_value(path, name, "must be a standard resource for quota")


def _is_native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name or name.startswith("count/") or ".k8s.io/" in name


def _may_overcommit(name: str) -> bool:
    return _is_native(name) and not name.startswith("hugepages-")
