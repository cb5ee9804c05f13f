"""What a workload's pods ask for beside what its namespace allows: limit ranges, and what is left of quotas.

Told while pods are lacking. The API server's refusal names a number and neither the limit range nor the container, and
it is gone an hour later; the objects tell both at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.workloads import desired
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

COUNTED: Final = ("Deployment", "StatefulSet", "ReplicaSet")
Resources = Mapping[str, Mapping[str, Any]]


def lacks_pods(root: Obj, pods: list[Obj]) -> bool:
    """Whether fewer pods are there than are wanted."""
    return root["kind"] in COUNTED and len([pod for pod in pods if not o.is_over(pod)]) < desired(root)


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One fact for each bound that the workload breaks, and for each quota that has too little left."""
    if not lacks_pods(tree.root, tree.pods):
        return
    for limit_range in tree.lists.of("LimitRange"):
        for bound in o.spec(limit_range).get("limits") or []:
            for breach in _breaches(bound, tree):
                yield _observation(tree, "range.broken", {"range": o.name(limit_range), **breach})
    for quota in tree.lists.of("ResourceQuota"):
        for short in _short(quota, tree.template):
            yield _observation(tree, "quota.too_small", {"quota": o.name(quota), **short})


def _observation(tree: WorkloadTree, code: str, attributes: dict[str, str]) -> Observation:
    return Observation(code=code, subject=tree.subject, attributes=attributes)


def _breaches(bound: Obj, tree: WorkloadTree) -> Iterator[dict[str, str]]:
    """Each part of the workload that one entry of a limit range does not allow."""
    kind = str(bound.get("type", ""))
    for name, resources in _parts(kind, tree, bound):
        for rule, resource, bound_text, request in _beyond(bound, resources):
            values = {"rule": rule, "resource": resource, "allowed": bound_text, "asked": request}
            yield {"type": kind, "part": name, **values}


def _parts(kind: str, tree: WorkloadTree, bound: Obj) -> Iterator[tuple[str, Resources]]:
    """(name, requests and limits) of what an entry is about; containers with the defaults that they would be given."""
    if kind == "Container":
        for _, container in o.containers(tree.template):
            yield f"container {container.get('name', '')}", _with_defaults(container.get("resources") or {}, bound)
    elif kind == "PersistentVolumeClaim":
        for claim in o.spec(tree.root).get("volumeClaimTemplates") or []:
            yield f"claim {o.name(claim)}", o.spec(claim).get("resources") or {}


def _with_defaults(resources: Resources, bound: Obj) -> Resources:
    limits = {**(bound.get("default") or {}), **(resources.get("limits") or {})}
    own = {**(resources.get("limits") or {}), **(bound.get("defaultRequest") or {})}
    return {"limits": limits, "requests": {**own, **(resources.get("requests") or {})}}


def _beyond(bound: Obj, resources: Resources) -> Iterator[tuple[str, str, str, str]]:
    """(rule, resource, what is allowed, what is asked for) of each rule that is broken."""
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for resource, most in (bound.get("max") or {}).items():
        request = limits.get(resource) or requests.get(resource)
        if _more(request, most):
            yield "at most", resource, str(most), str(request)
    for resource, least in (bound.get("min") or {}).items():
        request = requests.get(resource) or limits.get(resource)
        if request is not None and _more(least, request):
            yield "at least", resource, str(least), str(request)
    for resource, most in (bound.get("maxLimitRequestRatio") or {}).items():
        ratio = _ratio(limits.get(resource), requests.get(resource))
        if ratio is not None and ratio > (amount(most) or ratio):
            yield "a limit to request ratio of at most", resource, str(most), f"{ratio:.3g}"
    for resource, limit in (bound.get("default") or {}).items():
        if limits.get(resource) == limit and _more(requests.get(resource), limit):
            yield "by default a limit of", resource, str(limit), f"a request of {requests[resource]}"


def _ratio(limit: Any, request: Any) -> Decimal | None:
    most, least = amount(limit), amount(request)
    return most / least if most is not None and least else None


def _more(one: Any, other: Any) -> bool:
    left, right = amount(one), amount(other)
    return left is not None and right is not None and left > right


def _short(quota: Obj, template: Obj) -> Iterator[dict[str, str]]:
    """Each resource of which one more pod asks for more than is left, or of which it has to ask and does not."""
    if o.spec(quota).get("scopes") or o.spec(quota).get("scopeSelector"):
        return  # of some pods only
    used = o.status(quota).get("used") or {}
    for resource, hard in (o.status(quota).get("hard") or {}).items():
        most, has = amount(hard), amount(used.get(resource))
        if most is None or has is None:
            continue
        request = _request(template, resource)
        if request is not None and has + request > most:
            yield {"resource": resource, "asked": _text(template, resource), "used": str(used[resource]), "hard": hard}


def _request(template: Obj, resource: str) -> Decimal | None:
    """What one pod adds to a quota; None where the quota is about something else."""
    if resource in ("pods", "count/pods"):
        return Decimal(1)
    values = [amount(value) for value in _values(template, resource)]
    return sum((value for value in values if value is not None), Decimal(0)) if values else None


def _text(template: Obj, resource: str) -> str:
    return " + ".join(map(str, _values(template, resource))) or "1"


def _values(template: Obj, resource: str) -> list[Any]:
    """What the containers state of it: `requests.cpu`, `limits.memory`; `cpu` is the request."""
    head, _, rest = resource.partition(".")
    field, name = (head, rest) if head in ("requests", "limits") else ("requests", resource)
    amounts = [
        ((c.get("resources") or {}).get(field) or {}).get(name)
        for kind, c in o.containers(template)
        if kind == "containers"
    ]
    return [value for value in amounts if value is not None]
