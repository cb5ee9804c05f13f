"""What NetworkPolicies let through, between two pods or between a pod and an address outside."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.world import World


@dataclass(frozen=True)
class ConnectionEnd:
    """One end of a connection: a pod, or an address outside of the cluster."""

    pod: Obj | None = None
    ip: str = ""

    @property
    def address(self) -> str:
        return str((self.pod.get("status") or {}).get("podIP") or "") if self.pod is not None else self.ip


def lets_through(world: World, source: ConnectionEnd, target: ConnectionEnd, port: int, protocol: str = "TCP") -> bool:
    """Whether the source's egress and the target's ingress rules allow the connection; `port` is the target's own."""
    return _allows(world, source, target, target, port, protocol, "Egress", "to") and _allows(
        world, target, source, target, port, protocol, "Ingress", "from"
    )


def _allows(
    world: World,
    own: ConnectionEnd,
    other: ConnectionEnd,
    target: ConnectionEnd,
    port: int,
    protocol: str,
    direction: str,
    peers: str,
) -> bool:
    if own.pod is None or own.pod["spec"].get("hostNetwork"):
        return True
    namespace = own.pod["metadata"]["namespace"]
    labels = own.pod["metadata"].get("labels") or {}
    specs = [
        policy["spec"]
        for policy in world.objects.all("NetworkPolicy", namespace)
        if matches(policy["spec"].get("podSelector") or {}, labels) and direction in _types(policy["spec"])
    ]
    if not specs:
        return True
    rules = [rule for spec in specs for rule in spec.get(direction.lower()) or []]
    return any(
        _has_port(rule.get("ports") or [], target.pod, port, protocol)
        and (not rule.get(peers) or any(_is_peer(world, peer, other, namespace) for peer in rule[peers]))
        for rule in rules
    )


def _types(spec: Obj) -> list[str]:
    return list(spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])])


def _has_port(ports: list[Obj], target: Obj | None, port: int, protocol: str) -> bool:
    if not ports:
        return True
    for allowed in ports:
        if allowed.get("protocol", "TCP") != protocol:
            continue
        number = allowed.get("port")
        if isinstance(number, str):
            number = _named_port(target, number)
        if number is None and "port" not in allowed:
            return True
        if number is not None and int(number) <= port <= int(allowed.get("endPort") or number):
            return True
    return False


def _named_port(pod: Obj | None, name: str) -> int | None:
    containers = pod["spec"]["containers"] if pod is not None else []
    matches = (p["containerPort"] for c in containers for p in c.get("ports") or [] if p.get("name") == name)
    return next(matches, None)


def _is_peer(world: World, peer: Obj, other: ConnectionEnd, namespace: str) -> bool:
    block = peer.get("ipBlock")
    if block is not None:
        return bool(other.address) and _in_block(other.address, block)
    if other.pod is None:
        return False
    meta = other.pod["metadata"]
    if "namespaceSelector" in peer:
        theirs = world.objects.get("Namespace", "", meta["namespace"])
        if theirs is None or not matches(peer["namespaceSelector"] or {}, theirs["metadata"].get("labels") or {}):
            return False
    elif meta["namespace"] != namespace:
        return False
    return "podSelector" not in peer or matches(peer["podSelector"] or {}, meta.get("labels") or {})


def _in_block(address: str, block: Obj) -> bool:
    ip = ip_address(address)
    return ip in ip_network(block["cidr"], strict=False) and not any(
        ip in ip_network(exception, strict=False) for exception in block.get("except") or []
    )
