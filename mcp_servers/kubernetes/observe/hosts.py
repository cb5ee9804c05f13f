"""Where a host name leads: to an Ingress by its rules, to a Service by its name in the cluster, to a node."""

from __future__ import annotations

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

WITHIN = "svc"  # the label of a Service's name behind its namespace


def is_host_of(host: str, obj: Obj) -> bool:
    """Whether who asks for `host` comes to this object. A plain word is no host."""
    if "." not in host:
        return False
    low = host.lower().rstrip(".")
    match obj.get("kind"):
        case "Ingress":
            return any(_takes(str(rule.get("host") or ""), low) for rule in o.spec(obj).get("rules") or [])
        case "Service":
            return _names(obj, low) or str(o.spec(obj).get("externalName") or "").lower().rstrip(".") == low
        case "Node":
            addresses = [str(one.get("address", "")).lower() for one in o.status(obj).get("addresses") or []]
            return low in addresses
    return False


def _names(service: Obj, host: str) -> bool:
    first, *rest = host.split(".")
    own = o.name(service), str(o.meta(service).get("namespace", ""))
    return bool(rest) and (first, rest[0]) == own and (len(rest) == 1 or rest[1] == WITHIN)


def _takes(rule: str, host: str) -> bool:
    """A rule with an asterisk takes every name of one more label."""
    low = rule.lower()
    return low == host or (low.startswith("*.") and host.partition(".")[2] == low[2:])
