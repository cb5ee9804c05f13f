"""What Services show: whether anything ready stands behind them, and what a selector that matches nothing meant."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import route_corrections as fitting
from mcp_servers.kubernetes.observe.balancers import waiting
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, WorkloadTree
from mcp_servers.serving.near_names import near


def in_front_of(tree: WorkloadTree) -> list[Obj]:
    """Services that select the family's pods."""
    return selection.services_of(o.labels(tree.template), tree.lists)


def meant_for(tree: WorkloadTree) -> list[Obj]:
    """Services that select nothing at all and whose name or selector is near this workload's, unless another workload
    is the one that is meant."""
    services = []
    for service in tree.lists.of("Service"):
        if not o.selector(service) or selects_something(service, tree.lists):
            continue
        workload = fitting.workload_for(service, tree.lists)
        if workload is not None and (workload["kind"], o.name(workload)) != (tree.subject.kind, tree.subject.name):
            continue
        close_names = near(o.name(service), [tree.subject.name], limit=1)
        if close_names or _nearly(o.selector(service), o.labels(tree.template)):
            services.append(service)
    return services


def selects_something(service: Obj, lists: Lists) -> bool:
    """Whether its selector matches a pod, or the template of a workload that has none at the moment."""
    label_selector = {"matchLabels": o.selector(service)} if o.selector(service) else None
    return bool(selection.pods(label_selector, lists) or selection.workloads(label_selector, lists))


def observe(services: Iterable[Obj], family_scope: str, lists: Lists) -> list[Observation]:
    """Facts on each Service: whether it has the address that it asks for, and on those with a selector who serves."""
    observations: list[Observation] = []
    for service in services:
        observations += waiting(service, family_scope, lists)
        selector = o.selector(service)
        if not selector:
            continue
        subject, text = o.subject(family_scope, service), o.selector_text(selector)
        if not selects_something(service, lists):
            attributes = {
                "selector": text,
                "near": near_labels(selector, lists),
                "fitting": fitting.selector(service, lists),
            }
            observations.append(Observation(code="service.selects_nothing", subject=subject, attributes=attributes))
            continue
        count = ready_endpoints(service, lists)
        if count:
            observations.append(Observation(code="service.has_endpoints", subject=subject, attributes={"ready": count}))
        else:
            observations.append(
                Observation(code="service.no_endpoints", subject=subject, attributes={"selector": text})
            )
    return observations


def relations(services: Iterable[Obj], tree: WorkloadTree) -> list[Relation]:
    return [Relation(kind="selects", source=o.subject(tree.scope, s), target=tree.subject) for s in services]


def ready_endpoints(service: Obj, lists: Lists) -> int:
    """Ready addresses of its Endpoints; where these were not read, its ready pods."""
    endpoints = lists.by_name("Endpoints", o.name(service))
    if endpoints is not None:
        return sum(len(subset.get("addresses") or []) for subset in endpoints.get("subsets") or [])
    return sum(1 for pod in selection.pods_of(service, lists) if o.is_ready(pod))


def near_labels(selector: dict[str, str], lists: Lists) -> list[str]:
    """Labels of workloads in the namespace that the selector may have meant, as `key=value (Kind name)`."""
    owners: dict[str, str] = {}
    for kind in (*CONTROLLERS, "Pod"):
        for workload in lists.of(kind):
            for key, value in o.labels(o.template(workload)).items():
                if key not in o.TEMPLATE_HASHES and (key in selector or value in selector.values()):
                    owners.setdefault(f"{key}={value}", f"{kind} {o.name(workload)}")
    failing = {key for key, value in selector.items() if f"{key}={value}" not in owners}
    extra = [label for label in owners if label.partition("=")[0] in failing][:3]
    nearest = list(dict.fromkeys([*near(o.selector_text(selector), owners, limit=3), *extra]))
    return [f"{label} ({owners[label]})" for label in nearest]


def _nearly(selector: dict[str, str], has: dict[str, str]) -> bool:
    """Whether a selector shares a label with these, or a value under another key, or a near value."""
    return any(
        has.get(key) == value or value in has.values() or bool(key in has and near(value, [has[key]], limit=1))
        for key, value in selector.items()
    )
