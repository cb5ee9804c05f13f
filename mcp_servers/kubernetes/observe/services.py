"""What Services show: whether anything ready stands behind them, and what a selector that matches nothing meant."""

from __future__ import annotations

from collections.abc import Iterable

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import route_corrections as fitting
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
    """Services that select nothing at all and whose name or selector is near this workload's."""
    found = []
    for service in tree.lists.of("Service"):
        if not o.selector(service) or selects_something(service, tree.lists):
            continue
        named = near(o.name(service), [tree.subject.name], limit=1)
        if named or _nearly(o.selector(service), o.labels(tree.template)):
            found.append(service)
    return found


def selects_something(service: Obj, lists: Lists) -> bool:
    """Whether its selector matches a pod, or the template of a workload that has none at the moment."""
    wanted = {"matchLabels": o.selector(service)} if o.selector(service) else None
    return bool(selection.pods(wanted, lists) or selection.workloads(wanted, lists))


def observe(services: Iterable[Obj], family_scope: str, lists: Lists) -> list[Observation]:
    """Facts on each Service that has a selector."""
    found = []
    for service in services:
        wanted = o.selector(service)
        if not wanted:
            continue
        subject, text = o.subject(family_scope, service), o.selector_text(wanted)
        if not selects_something(service, lists):
            attributes = {
                "selector": text,
                "near": near_labels(wanted, lists),
                "fitting": fitting.selector(service, lists),
            }
            found.append(Observation(code="service.selects_nothing", subject=subject, attributes=attributes))
            continue
        count = ready_endpoints(service, lists)
        if count:
            found.append(Observation(code="service.has_endpoints", subject=subject, attributes={"ready": count}))
        else:
            found.append(Observation(code="service.no_endpoints", subject=subject, attributes={"selector": text}))
    return found


def relations(services: Iterable[Obj], tree: WorkloadTree) -> list[Relation]:
    return [Relation(kind="selects", source=o.subject(tree.scope, s), target=tree.subject) for s in services]


def ready_endpoints(service: Obj, lists: Lists) -> int:
    """Ready addresses of its Endpoints; where these were not read, its ready pods."""
    told = lists.by_name("Endpoints", o.name(service))
    if told is not None:
        return sum(len(subset.get("addresses") or []) for subset in told.get("subsets") or [])
    return sum(1 for pod in selection.pods_of(service, lists) if o.is_ready(pod))


def near_labels(wanted: dict[str, str], lists: Lists) -> list[str]:
    """Labels of workloads in the namespace that the selector may have meant, as `key=value (Kind name)`."""
    offered: dict[str, str] = {}
    for kind in (*CONTROLLERS, "Pod"):
        for workload in lists.of(kind):
            for key, value in o.labels(o.template(workload)).items():
                if key not in o.TEMPLATE_HASHES and (key in wanted or value in wanted.values()):
                    offered.setdefault(f"{key}={value}", f"{kind} {o.name(workload)}")
    failing = {key for key, value in wanted.items() if f"{key}={value}" not in offered}
    carried = [label for label in offered if label.partition("=")[0] in failing][:3]
    nearest = list(dict.fromkeys([*near(o.selector_text(wanted), offered, limit=3), *carried]))
    return [f"{label} ({offered[label]})" for label in nearest]


def _nearly(wanted: dict[str, str], has: dict[str, str]) -> bool:
    """Whether a selector shares a label with these, or a value under another key, or a near value."""
    return any(
        has.get(key) == value or value in has.values() or bool(key in has and near(value, [has[key]], limit=1))
        for key, value in wanted.items()
    )
