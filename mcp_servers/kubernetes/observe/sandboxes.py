"""Pods that are given no sandbox: what the kubelet's events say of the network plugin, or of the container runtime."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

REASONS: Final = ("FailedCreatePodSandBox", "NetworkNotReady", "FailedCreatePodContainer")
_NO_ADDRESS: Final = re.compile(
    r"failed to assign an IP address|no (?:available|free) (?:IP|addresses)|no IP addresses? available|InsufficientFree"
    r"|not enough (?:free )?(?:IP|addresses)|IPAM.*exhausted|range is full|no more IPs|out of (?:IP )?addresses",
    re.I,
)
_PLUGIN: Final = re.compile(
    r"cni (?:plugin|config).{0,300}(?:not initiali[sz]ed|uninitiali[sz]ed|not ready)"
    r"|network plugin (?:is not ready|returns error)"
    r"|failed to find plugin|ipamd?.{0,300}(?:connection refused|unavailable)|127\.0\.0\.1:50051|no networks found"
    r"|plugin type=\"[\w-]+\" (?:failed|name)|NetworkPluginNotReady|NetworkReady=false",
    re.I,
)

_NETWORK: Final = re.compile(r"\bnetwork|\bcni\b|\bipam", re.I)


def observe(pod: Obj, subject: Subject, events: Sequence[Obj]) -> list[Observation]:
    """The newest of such events, while no container of the pod has started."""
    statuses = o.status(pod).get("containerStatuses") or []
    if o.is_over(pod) or any("running" in (s.get("state") or {}) or s.get("restartCount") for s in statuses):
        return []
    failures = [e for e in events if e.get("reason") in REASONS]
    if not failures:
        return []
    message = str(failures[-1].get("message", ""))
    common = {"message": excerpt(message), "count": sum(o.times_seen(e) for e in failures)}
    at = min((t for e in failures if (t := o.first_seen(e)) is not None), default=None)
    why = "no_addresses" if _NO_ADDRESS.search(message) else "plugin" if _PLUGIN.search(message) else "unknown"
    if why == "unknown" and not _NETWORK.search(message):
        code, attributes = "pod.sandbox_failed", common
    else:
        code, attributes = "pod.network_failed", {"why": why, **common}
    return [Observation(code=code, subject=subject, at=at, attributes=attributes, excerpt=excerpt(message))]
