"""Which load balancer of the cloud stands before an Ingress or Service: by the name it was told, or by its address."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

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
