"""One namespace as a sweep sees it: its objects, who belongs to whom, and what the cluster has beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Relation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import near

Fact = Observation | Relation


@dataclass(frozen=True)
class Surroundings:
    """`lists` are those of one namespace with the cluster's own objects; `namespace` is empty for these alone."""

    scope: str
    now: datetime
    namespace: str
    lists: Lists
    trees: list[WorkloadTree]

    def subject(self, obj: Obj) -> Subject:
        return o.subject(self.scope, obj)

    def subject_named(self, kind: str, name: str, namespace: str | None = None) -> Subject:
        """The subject of an object that may not be there."""
        place = self.namespace if namespace is None else namespace
        return Subject(scope=self.scope, kind=kind, namespace=place, name=name)

    def observed(
        self, code: str, obj: Obj, *, at: datetime | None = None, text: str = "", **attributes: Any
    ) -> Observation:
        texts = {name: excerpt(value) if isinstance(value, str) else value for name, value in attributes.items()}
        return Observation(code=code, subject=self.subject(obj), at=at, attributes=texts, excerpt=excerpt(text))

    def missing(self, obj: Obj, kind: str, name: str, *, key: str = "", near_keys: list[str] | None = None) -> Fact:
        """That `obj` refers to something, or to a key or port of it, that is not there."""
        near_names = near_keys if key else near(name, [o.name(x) for x in self.lists.of(kind)])
        attributes: dict[str, Any] = {"kind": kind, "name": name, "key": key, "near": near_names or []}
        lacking = f"has no {key}" if key else "does not exist"
        text = f"{obj.get('kind')} {o.name(obj)} refers to {kind} {name}, which {lacking}"
        return self.observed("reference.missing", obj, text=text, **attributes)

    def is_absent(self, kind: str, name: str) -> bool:
        """Whether it is certain that nothing of that name is there."""
        return bool(name) and self.lists.has(kind) and self.lists.by_name(kind, name) is None

    def relation(self, kind: str, source: Subject, target: Subject) -> Relation:
        return Relation(kind=kind, source=source, target=target)
