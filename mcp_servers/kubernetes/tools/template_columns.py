"""What a workload's template says of probes, and how its pods are replaced: each in a few words, a container a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj


def probe(name: str) -> Callable[[Obj], list[str] | None]:
    """The `readinessProbe`, `livenessProbe` or `startupProbe` of each container that has one."""

    def describe(obj: Obj) -> list[str] | None:
        probes = [(str(c.get("name", "")), c.get(name)) for _, c in o.containers(o.template(obj))]
        return [f"{container}: {_asks(probe_spec)}" for container, probe_spec in probes if probe_spec] or None

    return describe


def strategy(obj: Obj) -> str | None:
    """`RollingUpdate (maxSurge 25%, maxUnavailable 0)`."""
    strategy = o.spec(obj).get("strategy") or o.spec(obj).get("updateStrategy") or {}
    if not strategy.get("type"):
        return None
    rolling = strategy.get("rollingUpdate") or {}
    limits = ", ".join(f"{name} {value}" for name, value in sorted(rolling.items()))
    return f"{strategy['type']} ({limits})" if limits else str(strategy["type"])


def _asks(probe_spec: dict[str, Any]) -> str:
    if http := probe_spec.get("httpGet"):
        text = f"GET {http.get('path') or '/'} on port {http.get('port')}"
    elif tcp := probe_spec.get("tcpSocket"):
        text = f"connects to port {tcp.get('port')}"
    elif grpc := probe_spec.get("grpc"):
        text = f"gRPC on port {grpc.get('port')}"
    else:
        text = f"runs {' '.join(map(str, (probe_spec.get('exec') or {}).get('command') or []))}"
    numbers = {"every": probe_spec.get("periodSeconds"), "timeout": probe_spec.get("timeoutSeconds")}
    return ", ".join([text, *(f"{name} {seconds} s" for name, seconds in numbers.items() if seconds)])
