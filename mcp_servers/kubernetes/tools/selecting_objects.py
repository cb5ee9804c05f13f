"""What selects, sizes or serves a workload: whatever its name, it is aimed at the workload by labels or reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import any_resource
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.serving.errors import TeachingError

Aim = Callable[[Obj, Obj], bool]  # (the one that may be aimed, the workload or pod)


def selecting_objects(api: Api, kind: str, of: str, namespace: str) -> Callable[[Obj], bool]:
    """Whether an object of `kind` is aimed at `of` (`Deployment/web`) of the namespace. Raises TeachingError."""
    request = f"{kind} of {of}"
    aim, (kind_word, _, name) = AIMS.get(kind), of.partition("/")
    if aim is None or not name or not namespace:
        wrong = f"`of` is KIND/NAME in a namespace, for {', '.join(AIMS)}."
        raise TeachingError("bad_request", request, wrong)
    resource = any_resource(api, kind_word)
    target = {**api.get(resource.path(namespace, name), request=request).body, "kind": resource.kind}
    return lambda obj: aim(obj, target)


def _budget(budget: Obj, target: Obj) -> bool:
    return selects(o.spec(budget).get("selector"), _pod_labels(target))


def _policy(policy: Obj, target: Obj) -> bool:
    """One with an empty selector is about every pod."""
    return selects(o.spec(policy).get("podSelector") or {}, _pod_labels(target))


def _service(service: Obj, target: Obj) -> bool:
    return o.matches(o.selector(service), _pod_labels(target))


def _scaler(scaler: Obj, target: Obj) -> bool:
    target_reference = o.spec(scaler).get("scaleTargetRef") or {}
    return (target_reference.get("kind"), target_reference.get("name")) == (target["kind"], o.name(target))


def _refers(obj: Obj, target: Obj) -> bool:
    return any((r.kind, r.name) == (obj["kind"], o.name(obj)) for r in references(o.template(target)))


def _pod_labels(target: Obj) -> Mapping[str, str]:
    return o.labels(target if target["kind"] == "Pod" else o.template(target))


AIMS: Final[dict[str, Aim]] = {
    "PodDisruptionBudget": _budget,
    "NetworkPolicy": _policy,
    "Service": _service,
    "HorizontalPodAutoscaler": _scaler,
    "ConfigMap": _refers,
    "Secret": _refers,
    "ServiceAccount": _refers,
    "PersistentVolumeClaim": _refers,
}
