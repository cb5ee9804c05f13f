"""Which objects a selector takes, by an index of their labels: a cluster has too many of both to try each with each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import WORKLOADS
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.snapshot.reading import Lists

CONTROLLERS = (*WORKLOADS, "ReplicaSet")


def pods(selector: Mapping[str, Any] | None, lists: Lists) -> list[Obj]:
    """The pods that a LabelSelector takes: none without a selector, all with an empty one."""
    if not selector:
        return [] if selector is None else lists.of("Pod")
    candidates = _fewest(selector.get("matchLabels") or {}, lists, "Pod", _own_labels)
    return [pod for pod in candidates if selects(selector, o.labels(pod))]


def pods_of(service: Obj, lists: Lists) -> list[Obj]:
    """The pods that a Service's selector takes; none without one."""
    selector = o.selector(service)
    return pods({"matchLabels": selector}, lists) if selector else []


def workloads(selector: Mapping[str, Any] | None, lists: Lists) -> list[Obj]:
    """The workloads and ReplicaSets whose pod template a LabelSelector takes, but for revisions that were replaced:
    they will have no pods again."""
    if selector is None:
        return []
    match_labels = selector.get("matchLabels") or {}
    return [
        w
        for kind in CONTROLLERS
        for w in _fewest(match_labels, lists, kind, _template_labels)
        if selects(selector, o.labels(o.template(w))) and not _was_replaced(w)
    ]


def services_of(labels: Mapping[str, str], lists: Lists) -> list[Obj]:
    """The Services that select pods with these labels."""
    index = lists.by("Service", _first_wanted)
    candidates = [s for item in labels.items() for s in index.get(item, [])]
    return [s for s in candidates if o.matches(o.selector(s), labels)]


def _was_replaced(workload: Obj) -> bool:
    return workload["kind"] == "ReplicaSet" and bool(o.controller(workload)) and not o.spec(workload).get("replicas")


def _fewest(
    selector_labels: Mapping[str, str], lists: Lists, kind: str, labels: Callable[[Obj], Iterable[Hashable]]
) -> list[Obj]:
    """The objects with that wanted label which the fewest have; all where no label is wanted."""
    if not selector_labels:
        return lists.of(kind)
    index = lists.by(kind, labels)
    return min((index.get(item, []) for item in selector_labels.items()), key=len)


def _own_labels(obj: Obj) -> Iterable[Hashable]:
    return o.labels(obj).items()


def _template_labels(workload: Obj) -> Iterable[Hashable]:
    return o.labels(o.template(workload)).items()


def _first_wanted(service: Obj) -> Iterable[Hashable]:
    return sorted(o.selector(service).items())[:1]
