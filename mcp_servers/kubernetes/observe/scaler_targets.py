"""What an autoscaler asks of its workload beside what that is: that it exists, runs the container that is measured, and
requests what a share is taken of.

The controller says so too, in words that differ by version and go away; the objects tell at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.serving.near_names import near

SIZED = ("Deployment", "StatefulSet", "ReplicaSet")


def observe(around: Surroundings, scaler: Obj) -> Iterator[Fact]:
    """Each thing that does not fit, while the controller does not say that it scales."""
    if o.condition(scaler, "ScalingActive").get("status") == "True":
        return
    target = o.spec(scaler).get("scaleTargetRef") or {}
    kind, name = str(target.get("kind", "")), str(target.get("name", ""))
    if kind not in KINDS:
        return
    if around.is_absent(kind, name):
        yield around.observed(
            "scaler.unfit", scaler, what="target", target=f"{kind} {name}", resource="", container="",
            there=_alike(around, kind, name),
        )  # fmt: skip
        return
    workload = around.lists.by_name(kind, name)
    if workload is None:
        return
    pods = [pod for pod in selection.pods(o.spec(workload).get("selector"), around.lists) if not o.is_over(pod)]
    for attributes in _gaps(scaler, pods):
        yield around.observed("scaler.unfit", scaler, target=f"{kind} {name}", **attributes)


def _alike(around: Surroundings, kind: str, name: str) -> list[str]:
    """What it may have meant: that name of another kind, or a near name of its kind."""
    same = [f"{other} {name}" for other in SIZED[:2] if other != kind and around.lists.by_name(other, name) is not None]
    names = [o.name(one) for one in around.lists.of(kind)]
    return same or [f"{kind} {one}" for one in near(name, names, limit=3)]


def _gaps(scaler: Obj, pods: list[Obj]) -> Iterator[dict[str, Any]]:
    """Of each metric that is a share of requests: the container that pods lack, or that requests nothing."""
    for metric in o.spec(scaler).get("metrics") or []:
        source = metric.get("containerResource") or metric.get("resource") or {}
        resource, own = str(source.get("name") or ""), str(source.get("container") or "")
        present = {str(c.get("name")): c for pod in pods for field, c in o.containers(pod) if field == "containers"}
        there = sorted(present)
        if own and present and own not in present:
            yield {"what": "container", "resource": resource, "container": own, "there": there}
            continue
        if (source.get("target") or {}).get("averageUtilization") is None:
            continue
        for name in there:
            if (not own or name == own) and not _requests(present[name], resource):
                yield {"what": "request", "resource": resource, "container": name, "there": []}


def _requests(container: Obj, resource: str) -> bool:
    """A limit stands for a request that is not there."""
    resources = container.get("resources") or {}
    return any(resource in (resources.get(field) or {}) for field in ("requests", "limits"))
