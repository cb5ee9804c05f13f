"""Whether NetworkPolicies let a connection through. Pure: the same rules that a network plugin follows.

A side that no policy is about is open; else one rule of one policy has to allow the connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final, Literal

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import selects

Direction = Literal["ingress", "egress"]
_TYPES: Final = {"ingress": "Ingress", "egress": "Egress"}


@dataclass(frozen=True)
class TrafficEnd:
    """One end of a connection: a pod, or only an address; `namespace_labels` are those of the pod's namespace."""

    pod: Obj
    namespace_labels: dict[str, str] = field(default_factory=dict)
    address: str = ""

    @property
    def namespace(self) -> str:
        return str(o.meta(self.pod).get("namespace", ""))


@dataclass(frozen=True)
class PolicyEffect:
    """`policies` are those that are about this side, by name; none of them means that it is open."""

    allowed: bool
    policies: list[str]


def policy_effect(
    policies: Sequence[Obj], direction: Direction, own: TrafficEnd, peer: TrafficEnd, port: int, protocol: str = "TCP"
) -> PolicyEffect:
    """What the policies of `own`'s namespace say of a connection with `peer` on the target's `port`."""
    applicable = [policy for policy in policies if _TYPES[direction] in types(policy) and about(policy, own.pod)]
    if not applicable:
        return PolicyEffect(True, [])
    target = own if direction == "ingress" else peer
    allowed = any(
        _peer_is_named(rule.get("from" if direction == "ingress" else "to"), own, peer)
        and _port_is_named(rule.get("ports"), port, protocol, target.pod)
        for policy in applicable
        for rule in o.spec(policy).get(direction) or []
    )
    return PolicyEffect(allowed, [o.name(policy) for policy in applicable])


def allowed_text(policy: Obj, direction: Direction) -> str:
    """Whom its rules of one direction let through, in short: `pods tier=web, port 80; 10.0.0.0/8`. Empty: nobody."""
    return "; ".join(_rule_text(rule, direction) for rule in o.spec(policy).get(direction) or [])


def _rule_text(rule: Obj, direction: Direction) -> str:
    peers = rule.get("from" if direction == "ingress" else "to") or []
    ports = [str(p["port"]) for p in rule.get("ports") or [] if p.get("port") is not None]
    who = ", ".join(_peer_text(peer) for peer in peers) or "anybody"
    return who + (f" on port {', '.join(ports)}" if ports else "")


def _peer_text(peer: Obj) -> str:
    if block := peer.get("ipBlock"):
        return str(block.get("cidr", ""))
    parts = [
        f"{word} {_selector_text(peer[field])}"
        for word, field in (("pods", "podSelector"), ("namespaces", "namespaceSelector"))
        if peer.get(field) is not None
    ]
    return " in ".join(parts)


def _selector_text(selector: Obj) -> str:
    plain = o.selector_text(selector.get("matchLabels") or {})
    more = [f"{e.get('key')} {e.get('operator')} {'|'.join(e.get('values') or [])}".strip()
            for e in selector.get("matchExpressions") or []]  # fmt: skip
    return ", ".join(filter(None, (plain, *more))) or "of every kind"


def about(policy: Obj, pod: Obj) -> bool:
    """Whether a policy of the pod's namespace takes the pod."""
    return selects(o.spec(policy).get("podSelector") or {}, o.labels(pod))


def types(policy: Obj) -> list[str]:
    """The policy types that are in force: those it names, else Ingress, and Egress where it has such rules."""
    policy_types = o.spec(policy).get("policyTypes")
    return list(policy_types) if policy_types else ["Ingress", *(["Egress"] if o.spec(policy).get("egress") else [])]


def _peer_is_named(peers: list[Obj] | None, own: TrafficEnd, peer: TrafficEnd) -> bool:
    return not peers or any(_is(one, own, peer) for one in peers)


def _is(rule_peer: Obj, own: TrafficEnd, peer: TrafficEnd) -> bool:
    if block := rule_peer.get("ipBlock"):
        return bool(peer.address) and _inside(peer.address, block)
    if not peer.pod:
        return False
    places, pods = rule_peer.get("namespaceSelector"), rule_peer.get("podSelector")
    if places is None:
        if o.meta(peer.pod).get("namespace") != o.meta(own.pod).get("namespace"):
            return False
    elif not selects(places, peer.namespace_labels):
        return False
    return pods is None or selects(pods, o.labels(peer.pod))


def _inside(address: str, block: Obj) -> bool:
    try:
        ip = ip_address(address)
        nets = [ip_network(one, strict=False) for one in (block.get("cidr", ""), *(block.get("except") or []))]
    except ValueError:
        return False
    return ip in nets[0] and not any(ip in net for net in nets[1:])


def _port_is_named(ports: list[Obj] | None, port: int, protocol: str, target: Obj) -> bool:
    if not ports:
        return True
    for one in ports:
        if (one.get("protocol") or "TCP") != protocol:
            continue
        rule_port = one.get("port")
        if rule_port is None or _number(rule_port, target) == port:
            return True
        if isinstance(rule_port, int) and rule_port <= port <= int(one.get("endPort") or rule_port):
            return True
    return False


def _number(port: int | str, pod: Obj) -> int | None:
    """A port by number or by the name that a container of the pod gives it."""
    if isinstance(port, int) or str(port).isdigit():
        return int(port)
    ports = (p for _, c in o.containers(pod) for p in c.get("ports") or [])
    return next((int(p["containerPort"]) for p in ports if p.get("name") == port), None)
