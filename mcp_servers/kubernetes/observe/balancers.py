"""Which load balancer of the cloud stands before an Ingress or Service, by the name it was told or by its address; and
a Service that waits for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists

NAMES: Final = (
    "alb.ingress.kubernetes.io/load-balancer-name",
    "service.beta.kubernetes.io/aws-load-balancer-name",
)
_HOST: Final = re.compile(
    r"^(?:internal-|dualstack\.)?(?P<name>.+?)-(?:\d{6,}|[0-9a-f]{16})\.(?:elb\.)?[\w-]+\.elb\.amazonaws\.com"
)
_CLASSIC: Final = re.compile(r"^(?:internal-)?(?P<name>.+?)-\d+\.[\w-]+\.elb\.amazonaws\.com")


def balancers(obj: Obj) -> set[str]:
    """Names of the load balancers of an Ingress, or of a Service of that type."""
    if obj.get("kind") not in ("Ingress", "Service"):
        return set()
    names = {o.marks(obj)[name] for name in NAMES if o.marks(obj).get(name)}
    for entry in (o.status(obj).get("loadBalancer") or {}).get("ingress") or []:
        host = str(entry.get("hostname") or "")
        if match := _HOST.match(host) or _CLASSIC.match(host):
            names.add(match["name"])
    return names


def waiting(service: Obj, scope: str, lists: Lists) -> Iterator[Observation]:
    """That a Service of type LoadBalancer has no address, and what its controller says of that."""
    addresses = (o.status(service).get("loadBalancer") or {}).get("ingress")
    if o.spec(service).get("type") != "LoadBalancer" or addresses or o.spec(service).get("externalIPs"):
        return
    warnings = [event for event in lists.about(service) if event.get("type") == "Warning"]
    last = warnings[-1] if warnings else {}
    yield Observation(
        code="service.no_address",
        subject=o.subject(scope, service),
        at=o.first_seen(last) if last else None,
        attributes={
            "warned": bool(warnings),
            "reason": str(last.get("reason", "")),
            "count": o.times_seen(last) if last else 0,
        },
        excerpt=excerpt(str(last.get("message", ""))),
    )
