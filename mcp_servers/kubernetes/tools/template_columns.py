"""What a workload's template says of probes, and how its pods are replaced: each in a few words, a container a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj


def probe(name: str) -> Callable[[Obj], list[str] | None]:
    """The `readinessProbe`, `livenessProbe` or `startupProbe` of each container that has one."""

    def told(obj: Obj) -> list[str] | None:
        found = [(str(c.get("name", "")), c.get(name)) for _, c in o.containers(o.template(obj))]
        return [f"{container}: {_asks(held)}" for container, held in found if held] or None

    return told


def strategy(obj: Obj) -> str | None:
    """`RollingUpdate (maxSurge 25%, maxUnavailable 0)`."""
    told = o.spec(obj).get("strategy") or o.spec(obj).get("updateStrategy") or {}
    if not told.get("type"):
        return None
    rolling = told.get("rollingUpdate") or {}
    limits = ", ".join(f"{name} {value}" for name, value in sorted(rolling.items()))
    return f"{told['type']} ({limits})" if limits else str(told["type"])


def _asks(held: dict[str, Any]) -> str:
    if http := held.get("httpGet"):
        text = f"GET {http.get('path') or '/'} on port {http.get('port')}"
    elif tcp := held.get("tcpSocket"):
        text = f"connects to port {tcp.get('port')}"
    elif grpc := held.get("grpc"):
        text = f"gRPC on port {grpc.get('port')}"
    else:
        text = f"runs {' '.join(map(str, (held.get('exec') or {}).get('command') or []))}"
    numbers = {"every": held.get("periodSeconds"), "timeout": held.get("timeoutSeconds")}
    return ", ".join([text, *(f"{name} {seconds} s" for name, seconds in numbers.items() if seconds)])
