"""One row of a list for each object: what a reader of the list wants first."""

from __future__ import annotations

from typing import Any

from mcp_servers.kubernetes.connection.api import ApiAnswer
from mcp_servers.kubernetes.observe import workloads as extract_workloads
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import mebibytes, millicores
from mcp_servers.kubernetes.tools.explanation import span


def summary(obj: Obj, reply: ApiAnswer) -> dict[str, Any]:
    created = o.created_at(obj)
    row: dict[str, Any] = {}
    if namespace := o.meta(obj).get("namespace"):
        row["namespace"] = namespace
    row |= {"name": o.name(obj), "age": span((reply.as_of - created).total_seconds()) if created else ""}
    row["status"] = _state(obj)
    if obj["kind"] in ("Secret", "ConfigMap"):
        row["keys"] = ", ".join(obj.get("data") or {})
    if images := o.images(o.template(obj)):
        row["images"] = images
    return row


def _state(obj: Obj) -> str:
    """What a list's reader wants first: ready counts, phase, or conditions that hold."""
    status = o.status(obj)
    if obj["kind"] == "Pod":
        statuses = status.get("containerStatuses") or []
        waits = [(s.get("state") or {}).get("waiting", {}).get("reason") for s in statuses]
        word = next((w for w in waits if w), status.get("reason") or status.get("phase") or "")
        restarts = sum(int(s.get("restartCount") or 0) for s in statuses)
        return f"{word} {sum(1 for s in statuses if s.get('ready'))}/{len(statuses)} restarts {restarts}"
    if obj["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
        return f"{extract_workloads.serving(obj, [])}/{extract_workloads.desired(obj)} ready"
    if obj["kind"] == "Service":
        return f"{o.spec(obj).get('type', 'ClusterIP')} selector {o.selector_text(o.selector(obj)) or 'none'}"
    holds = [c["type"] for c in status.get("conditions") or [] if c.get("status") == "True" and c.get("type")]
    return str(status.get("phase") or ", ".join(holds))


def event_row(event: Obj) -> dict[str, Any]:
    last = o.last_seen(event)
    kind, name = o.involved(event)
    return {
        "last": f"{last:%Y-%m-%dT%H:%M:%SZ}" if last else "",
        "type": event.get("type", ""),
        "reason": event.get("reason", ""),
        "object": f"{kind}/{name}",
        "count": o.times_seen(event),
        "message": " ".join(str(event.get("message", "")).split())[:300],
    }


def usage(used: Obj, pod: Obj | None) -> list[dict[str, Any]]:
    limits = {c.get("name"): (c.get("resources") or {}).get("limits") or {} for _, c in o.containers(pod or {})}
    return [
        {
            "pod": o.name(used),
            "container": c.get("name", ""),
            "cpu": millicores((c.get("usage") or {}).get("cpu")),
            "memory": mebibytes((c.get("usage") or {}).get("memory")),
            "cpu_limit": str(limits.get(c.get("name"), {}).get("cpu", "")),
            "memory_limit": str(limits.get(c.get("name"), {}).get("memory", "")),
        }
        for c in used.get("containers") or []
    ]
