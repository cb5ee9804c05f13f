"""Who belongs to whom in a namespace: a workload with its ReplicaSets or Jobs, its pods, and their events.

Links go by the controller reference alone, as `ownership` reads it. A name decides only what a gone pod belonged to,
and whose a pod is while the ReplicaSet in between was not read or is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from mcp_servers.contract.facts import Relation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.kinds import WORKLOADS
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import owned_objects, owns, selects
from mcp_servers.kubernetes.snapshot.reading import Lists

T = TypeVar("T")
CONTROLLERS: Final = (*WORKLOADS, "ReplicaSet")
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class WorkloadTree:
    """One workload (or bare pod) and all that it made. `sets` are ReplicaSets or Jobs, newest first."""

    scope: str
    now: datetime
    root: Obj
    lists: Lists
    sets: list[Obj] = field(default_factory=list)
    pods: list[Obj] = field(default_factory=list)
    _results: dict[Callable[[WorkloadTree], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, make: Callable[[WorkloadTree], T]) -> T:
        """What `make` makes of this tree, made with the first question: several extractors ask the same."""
        if make not in self._results:
            self._results[make] = make(self)
        result: T = self._results[make]
        return result

    @property
    def subject(self) -> Subject:
        return o.subject(self.scope, self.root)

    @property
    def namespace(self) -> str:
        return self.subject.namespace

    @property
    def template(self) -> Obj:
        return o.template(self.root)

    def events(self, obj: Obj) -> list[Obj]:
        return self.lists.about(obj)

    def owned_by(self, parent: Obj) -> list[Obj]:
        return owned_objects(parent, self.pods)

    def relations(self) -> list[Relation]:
        """Owner chains down to the pods, and the nodes that these run on."""
        relations = [Relation(kind="owns", source=self.subject, target=o.subject(self.scope, s)) for s in self.sets]
        set_keys = {(s["kind"], o.name(s)) for s in self.sets}
        for pod in self.pods:
            target = o.subject(self.scope, pod)
            if target != self.subject:
                relations += self._chain(pod, target, set_keys)
            if node := o.spec(pod).get("nodeName"):
                place = Subject(scope=self.scope, kind="Node", name=node)
                relations.append(Relation(kind="runs_on", source=target, target=place))
        return list({str(r.model_dump()): r for r in relations}.values())

    def _chain(self, pod: Obj, target: Subject, set_keys: set[tuple[str, str]]) -> list[Relation]:
        kind, name, _ = o.owner(pod)
        if not kind or (kind, name) == (self.subject.kind, self.subject.name):
            return [Relation(kind="owns", source=self.subject, target=target)]
        between = Subject(scope=self.scope, kind=kind, namespace=target.namespace, name=name)
        relations = [Relation(kind="owns", source=between, target=target)]
        if (kind, name) not in set_keys:  # an owner that only the pod knows of
            relations.append(Relation(kind="owns", source=self.subject, target=between))
        return relations


def top(obj: Obj, lists: Lists) -> Obj:
    """The topmost owner that was read; the object itself when none was."""
    tops = lists.once(_tops)
    if id(obj) not in tops:
        tops[id(obj)] = obj, _climb(obj, lists)
    return tops[id(obj)][1]


def _tops(_: Lists) -> dict[int, tuple[Obj, Obj]]:
    """The topmost owners that were asked for, by the identity of the object, which is held so that no other gets it."""
    return {}


def _climb(obj: Obj, lists: Lists) -> Obj:
    visited = {(obj.get("kind"), o.name(obj))}
    while (parent := _parent(obj, lists)) is not None and (parent["kind"], o.name(parent)) not in visited:
        obj = parent
        visited.add((obj["kind"], o.name(obj)))
    return obj


def gather(root: Obj, lists: Lists, scope: str, now: datetime) -> WorkloadTree:
    """The family of a top object."""
    if root["kind"] == "Pod":
        return WorkloadTree(scope, now, root, lists, [], [root])
    kind = {"Deployment": "ReplicaSet", "CronJob": "Job"}.get(root["kind"], "")
    sets = [s for s in lists.of(kind) if _parent(s, lists) is root] if kind else []
    pods = [pod for pod in lists.of("Pod") if top(pod, lists) is root]
    return WorkloadTree(scope, now, root, lists, sorted(sets, key=_creation, reverse=True), pods)


def workload_trees(lists: Lists, scope: str, now: datetime) -> list[WorkloadTree]:
    """Every workload of a namespace that nothing owns, and every pod without one, each with all that it made."""
    roots: dict[int, Obj] = {}
    sets: dict[int, list[Obj]] = {}
    pods: dict[int, list[Obj]] = {}
    for kind in CONTROLLERS:
        for workload in lists.of(kind):
            root = top(workload, lists)
            roots.setdefault(id(root), root)
            if root is not workload:
                sets.setdefault(id(root), []).append(workload)
    for pod in lists.of("Pod"):
        root = top(pod, lists)
        roots.setdefault(id(root), root)
        pods.setdefault(id(root), []).append(pod)
    return [
        WorkloadTree(scope, now, root, lists, sorted(sets.get(key, []), key=_creation, reverse=True), pods.get(key, []))
        for key, root in roots.items()
    ]


def _creation(obj: Obj) -> datetime:
    return o.created_at(obj) or _EPOCH


def by_name(name: str, kind: str, lists: Lists) -> Obj | None:
    """The object that a name means: workloads before pods, then what a gone pod of that name belonged to."""
    order = [kind] if kind else [*CONTROLLERS, "Pod", "Service"]
    for candidate in order:
        if (obj := lists.by_name(candidate, name)) is not None:
            return obj
    return removed_workload(name, lists) if kind in ("", "Pod", "ReplicaSet") else None


def behind(service: Obj, lists: Lists) -> list[Obj]:
    """The workloads whose pods, or whose templates, a Service selects."""
    selector = o.selector(service)
    tops = [top(pod, lists) for pod in lists.of("Pod") if o.matches(selector, o.labels(pod))]
    idle = [w for kind in CONTROLLERS for w in lists.of(kind) if o.matches(selector, o.labels(o.template(w)))]
    roots: dict[tuple[str, str], Obj] = {}
    for root in [*tops, *(top(w, lists) for w in idle)]:
        roots.setdefault((root["kind"], o.name(root)), root)
    return list(roots.values())


def removed_workload(name: str, lists: Lists, kinds: Collection[str] = CONTROLLERS) -> Obj | None:
    """The workload of a pod or ReplicaSet that is not there any more: that of the ReplicaSet whose name it carries,
    else by its name's stem."""
    made_by = lists.by_name("ReplicaSet", name.rpartition("-")[0])
    if made_by is not None and "ReplicaSet" in kinds:
        return top(made_by, lists)
    for stem in o.stems(name):
        for kind in kinds:
            if (workload := lists.by_name(kind, stem)) is not None:
                return top(workload, lists)
    return None


def _parent(obj: Obj, lists: Lists) -> Obj | None:
    reference = o.controller(obj)
    kind, name = str(reference.get("kind", "")), str(reference.get("name", ""))
    if not kind:
        return None
    parent = lists.by_name(kind, name)
    if parent is not None:
        return parent if owns(parent, obj) else None
    if kind == "ReplicaSet" and obj.get("kind") == "Pod":
        return _deployment_of(name, obj, lists)
    return None


def _deployment_of(replica_set: str, pod: Obj, lists: Lists) -> Obj | None:
    """The Deployment that a pod is told with whose ReplicaSet was not read or is gone: by the name, the hash in it, and
    the labels. No revision is ever made of it."""
    stem, _, tag = replica_set.rpartition("-")
    deployment = lists.by_name("Deployment", stem)
    if deployment is None or o.labels(pod).get("pod-template-hash", tag) != tag:
        return None
    return deployment if selects(o.spec(deployment).get("selector"), o.labels(pod)) else None
