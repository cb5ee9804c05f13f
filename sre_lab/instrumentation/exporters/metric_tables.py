"""The words in which the tables of this folder say what a metric tells of an object: fields, flags, moments, states."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj

Labels = dict[str, str]
Row = tuple[Labels, float]  # labels beside those of the object, value
Tell = Callable[[Obj], Iterable[Row]]
Path = tuple[str, ...]
ANSWERS = ("true", "false", "unknown")
UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte", "storage": "byte"}
KUBE_STATE = {"job": "kube-state-metrics", "instance": "kube-state-metrics:8080"}


@dataclass(frozen=True)
class ObjectMetric:
    """What is told under one name: its help, in the exporter's words, and the rows of an object."""

    help: str
    tell: Tell
    type: str = "gauge"


@dataclass(frozen=True)
class KindMetrics:
    """The metrics that are told of the objects of a kind, by name, and the labels that each of them has."""

    of: str
    labels: Callable[[Obj], Labels]
    metrics: dict[str, ObjectMetric]


def name_labels(label: str, *, namespaced: bool = True, uid: bool = False) -> Callable[[Obj], Labels]:
    """The labels of kube-state-metrics: namespace, the name under `label`, for pods the uid."""

    def labels(obj: Obj) -> Labels:
        meta = obj["metadata"]
        where = {"namespace": meta["namespace"]} if namespaced else {}
        return {**KUBE_STATE, **where, label: meta["name"], **({"uid": meta.get("uid", "")} if uid else {})}

    return labels


def at(obj: Obj, path: Path) -> Any:
    """What stands at a path; None where it ends early."""
    value: Any = obj
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def field(*path: str, unset: float | None = None) -> Tell:
    """A number or a flag; where there is none, `unset` or nothing."""

    def tell(obj: Obj) -> Iterable[Row]:
        value = at(obj, path)
        value = unset if value is None else value
        return [] if value is None else [({}, float(value))]

    return tell


def moment(*path: str) -> Tell:
    """A time in epoch seconds."""

    def tell(obj: Obj) -> Iterable[Row]:
        value = at(obj, path)
        return [({}, from_rfc3339(value))] if value else []

    return tell


def amount(*path: str) -> Tell:
    """A quantity in base units."""

    def tell(obj: Obj) -> Iterable[Row]:
        value = at(obj, path)
        return [] if value is None else [({}, float(parse(value)))]

    return tell


def info(**paths: Path) -> Tell:
    """1, with fields of the object as labels; what is not set is no label."""

    def tell(obj: Obj) -> Iterable[Row]:
        labels = {label: text(at(obj, path)) for label, path in paths.items()}
        return [({label: value for label, value in labels.items() if value}, 1.0)]

    return tell


def one_of(label: str, path: Path, states: Iterable[str], unset: str = "") -> Tell:
    """1 for the state that the object is in, 0 for each of the others."""
    every = tuple(states)

    def tell(obj: Obj) -> Iterable[Row]:
        current = text(at(obj, path)) or unset
        return [({label: state}, float(current == state)) for state in every]

    return tell


def condition(name: str) -> Tell:
    """true, false and unknown of one condition, as the label `condition`."""

    def tell(obj: Obj) -> Iterable[Row]:
        conditions = [c for c in at(obj, ("status", "conditions")) or [] if c["type"] == name]
        return [
            ({"condition": answer}, float(text(conditions[0].get("status")).lower() == answer))
            for answer in ANSWERS
            if conditions
        ]

    return tell


def conditions() -> Tell:
    """Every condition with its status."""

    def tell(obj: Obj) -> Iterable[Row]:
        return [
            ({"condition": c["type"], "status": answer}, float(text(c.get("status")).lower() == answer))
            for c in at(obj, ("status", "conditions")) or []
            for answer in ANSWERS
        ]

    return tell


def owners(obj: Obj) -> Iterable[Row]:
    """Each owner; one row without a name where there is none."""
    references = obj["metadata"].get("ownerReferences") or []
    rows: list[Row] = [
        (
            {
                "owner_kind": owner.get("kind", ""),
                "owner_name": owner.get("name", ""),
                "owner_is_controller": text(bool(owner.get("controller"))),
            },
            1.0,
        )
        for owner in references
    ]
    return rows or [({"owner_kind": "", "owner_name": "", "owner_is_controller": ""}, 1.0)]


def resource(name: str) -> Labels:
    """The labels of a resource of nodes and containers."""
    return {"resource": name.replace("-", "_").replace(".", "_").replace("/", "_"), "unit": UNITS.get(name, "integer")}


CREATED = ObjectMetric("Unix creation timestamp", moment("metadata", "creationTimestamp"))
