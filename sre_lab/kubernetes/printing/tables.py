"""Tables: the server-side printing that `kubectl get` asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sre_lab.kubernetes.printing import cluster, network, pods, workloads
from sre_lab.kubernetes.printing.spans import since

Obj = dict[str, Any]
Cells = Callable[[Obj, float], list[Any]]
_DEFAULT = "Name|Age"


def table(
    kind: str, objects: Iterable[Obj], meta: Obj, now: float, include: str, represent: Callable[[Obj], Obj]
) -> Obj:
    """A `meta.k8s.io/v1` Table of stored objects.

    `include` is the query's includeObject: None, Metadata (default) or Object, which is put in as `represent` gives it.
    """
    cells = _cells().get(kind, _name_and_age)
    rows = []
    for obj in objects:
        row: Obj = {"cells": cells(obj, now)}
        if include == "Object":
            row["object"] = represent(obj)
        elif include != "None":
            row["object"] = partial(obj)
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": meta,
        "columnDefinitions": columns(kind),
        "rows": rows,
    }


def partial(obj: Obj) -> Obj:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


@cache
def _specs() -> dict[str, str]:
    return {"Pod": pods.COLUMNS} | workloads.COLUMNS | network.COLUMNS | cluster.COLUMNS


@cache
def _cells() -> dict[str, Cells]:
    return {"Pod": pods.cells} | workloads.CELLS | network.CELLS | cluster.CELLS


def columns(kind: str) -> list[Obj]:
    """Column definitions. In the specs `*` marks what only `-o wide` shows, `:` a type other than string."""
    columns = []
    for spec in _specs().get(kind, _DEFAULT).split("|"):
        name, _, type_ = spec.lstrip("*").partition(":")
        columns.append(
            {
                "name": name,
                "type": type_ or "string",
                "format": "name" if name == "Name" else "",
                "description": "",
                "priority": 1 if spec.startswith("*") else 0,
            }
        )
    return columns


def _name_and_age(obj: Obj, now: float) -> list[Any]:
    return [obj["metadata"]["name"], since(obj["metadata"].get("creationTimestamp"), now)]
