"""metrics.k8s.io: what pods and nodes use, as `kubectl top` reads it."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.responses import Response

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.kubernetes.reading import selected
from sre_agent.lab.kubernetes.representation import respond
from sre_agent.lab.kubernetes.requests import Call
from sre_agent.lab.kubernetes.statuses import ApiError, details
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.world import World

Usage = Callable[[World, Obj], dict[str, tuple[int, int]]]  # container -> (nanocores, bytes)
WINDOW = "10.05s"  # what metrics-server reports with a resolution of 15 s


def answer(world: World, usage: Usage, call: Call) -> Response:
    """The PodMetrics or NodeMetrics asked for: one, or a list."""
    kind = "Pod" if call.resource.plural == "pods" else "Node"
    test = selected(call)
    make = _pod if kind == "Pod" else _node
    rows = [row for o in world.objects.all(kind, call.namespace) if test(o) and (row := make(world, usage, o))]
    if not call.name:
        return respond(
            {
                "kind": f"{call.resource.kind}List",
                "apiVersion": call.resource.api_version,
                "metadata": {},
                "items": rows,
            }
        )
    if not rows:
        name = f"{call.namespace}/{call.name}" if call.namespace else call.name
        metric = re.sub("s$", "", call.resource.plural) + f"metrics.{call.resource.group}"
        raise ApiError(404, "NotFound", f'{metric} "{name}" not found', details(call.resource, name))
    return respond({"kind": call.resource.kind, "apiVersion": call.resource.api_version} | rows[0])


def _pod(world: World, usage: Usage, pod: Obj) -> Obj | None:
    used = usage(world, pod) if (pod.get("status") or {}).get("phase") == "Running" else {}
    if not used:
        return None
    containers = [{"name": name, "usage": _amounts(*amounts)} for name, amounts in used.items()]
    return _head(world, pod) | {"containers": containers}


def _node(world: World, usage: Usage, node: Obj) -> Obj | None:
    name = node["metadata"]["name"]
    pods = [p for p in world.objects.all("Pod") if (p.get("spec") or {}).get("nodeName") == name]
    running = [p for p in pods if (p.get("status") or {}).get("phase") == "Running"]
    amounts = [amount for pod in running for amount in usage(world, pod).values()]
    return _head(world, node) | {"usage": _amounts(sum(a[0] for a in amounts), sum(a[1] for a in amounts))}


def _head(world: World, obj: Obj) -> Obj:
    now = rfc3339(world.clock.now())
    meta = {k: v for k, v in obj["metadata"].items() if k in ("name", "namespace", "labels")}
    return {"metadata": meta | {"creationTimestamp": now}, "timestamp": now, "window": WINDOW}


def _amounts(nanocores: int, size: int) -> Obj:
    return {"cpu": f"{int(nanocores)}n" if nanocores else "0", "memory": f"{int(size) // 1024}Ki"}
