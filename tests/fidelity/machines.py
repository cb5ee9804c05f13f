"""What a case may do to nodes: their conditions, taints and cordon. All else about a machine is no part of a case."""

from __future__ import annotations

from typing import Any

Obj = dict[str, Any]


def seen(nodes: list[Obj]) -> list[Obj]:
    """The nodes reduced to that, under names that no masking makes equal."""
    return [_reduced(node, number) for number, node in enumerate(sorted(nodes, key=_name), start=1)]


def _reduced(node: Obj, number: int) -> Obj:
    spec = {key: node["spec"][key] for key in ("taints", "unschedulable") if key in node["spec"]}
    conditions = node["status"]["conditions"]
    return {"kind": "Node", "metadata": {"name": str(number)}, "spec": spec, "status": {"conditions": conditions}}


def _name(node: Obj) -> str:
    return str(node["metadata"]["name"])
