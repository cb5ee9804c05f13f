"""The hops on which NetworkPolicies decide: the way to the cluster's name server, and both sides of a connection."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import dns as extract_dns
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.network_policies import Direction, TrafficEnd, allowed_text, policy_effect
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.tools.path_hops import Hop, PathQuery

DNS: Final = ("kube-system", "kube-dns", 53)


def names(way: PathQuery, dns: Lists, corefile: str) -> Hop:
    """Whether the cluster's own names can be resolved; a target that is no Service is called by its address."""
    service, asker = dns.by_name("Service", DNS[1]), (way.source_pods or [o.template(way.source)])[0]
    if extract_dns.policy(asker) == "Default":
        return Hop("dns", "no", "dnsPolicy Default uses the node's resolver, which cannot resolve Services")
    if service is None:
        return Hop("dns", "unknown", f"Service {DNS[0]}/{DNS[1]} was not read")
    ready = extract_services.ready_endpoints(service, dns)
    if not ready:
        return Hop("dns", "no", "no DNS pod is ready", extract_services.observe([service], way.scope, dns))
    for direction in ("egress", "ingress"):
        if (hop := _to_name_server(way, dns, service, direction)) is not None:
            return hop
    if observation := extract_dns.unserved(corefile, way.scope, asker):
        return Hop(
            "dns", "no", f"the Corefile serves {', '.join(extract_dns.cluster_zones(corefile))} only", [observation]
        )
    return Hop("dns", "yes", f"{ready} DNS endpoints")


def _to_name_server(way: PathQuery, dns: Lists, service: Obj, direction: Direction) -> Hop | None:
    """The hop, where a policy of one side does not let the source ask the name server."""
    pods = selection.pods_of(service, dns)
    asker = way.end(way.source_pods, way.source)
    server = TrafficEnd(pods[0] if pods else {}, way.namespace_labels(DNS[0]))
    if direction == "egress":
        lists, at, peer, ends = way.lists[asker.namespace], way.source, service, (asker, server)
    else:
        lists, at, peer, ends = dns, service, way.source, (server, asker)
    effect = policy_effect(lists.of("NetworkPolicy"), direction, *ends, DNS[2], "UDP")
    if not pods or effect.allowed:
        return None
    denying = _denying(way, lists, effect.policies, direction, (DNS[2], "UDP"), (at, peer))
    over = o.subject(way.scope, at)
    return Hop(
        "dns",
        "no",
        f"{direction} to port 53/UDP is not allowed by {', '.join(effect.policies)}",
        [_denial(way, at, direction, DNS[2], effect.policies), *denying],
        [Relation(kind="guards", source=x.subject, target=over) for x in denying],
    )


def policy(way: PathQuery, direction: Direction, port: int) -> Hop:
    own, peer = (way.source, way.target) if direction == "egress" else (way.target, way.source)
    lists = way.lists[str(o.meta(own).get("namespace", ""))]
    what = f"{direction} policies"
    if not lists.has("NetworkPolicy") or not way.target_pods:
        return Hop(what, "unknown", "policies could not be read" if way.target_pods else "the target has no pods")
    if way.target["kind"] == "Service" and not port:
        return Hop(what, "unknown", "the port of the pods is not known")
    ends = {id(way.source): way.end(way.source_pods, way.source), id(way.target): way.end(way.target_pods, way.target)}
    effect = policy_effect(lists.of("NetworkPolicy"), direction, ends[id(own)], ends[id(peer)], port)
    if effect.allowed:
        return Hop(
            what, "yes", f"allowed by {', '.join(effect.policies)}" if effect.policies else "no policy applies to it"
        )
    detail = f"port {port} is not allowed by {', '.join(effect.policies)}"
    denying = _denying(way, lists, effect.policies, direction, (port, "TCP"), (own, peer))
    return Hop(what, "no", detail, [_denial(way, own, direction, port, effect.policies), *denying])


def _denying(
    way: PathQuery, lists: Lists, names: list[str], direction: Direction, port: tuple[int, str], ends: tuple[Obj, Obj]
) -> list[Observation]:
    """Each policy that is about this side: the connection would need a rule in one of them."""
    own, peer = ends
    policies = [p for name in names if (p := lists.by_name("NetworkPolicy", name)) is not None]
    created = {o.name(p): o.created_at(p) for p in policies}
    newest = max((t for t in created.values() if t is not None), default=None)
    observations = []
    for policy in policies:
        attributes: dict[str, Any] = {"direction": direction, "latest": created[o.name(policy)] == newest}
        attributes |= {"port": port[0], "protocol": port[1], "sole": _is_sole(policy, lists)}
        attributes |= {"later": _is_later(policy, own, peer)}
        attributes |= {"peer_selector": o.selector_text(o.selector(peer)), "peer_namespace": o.meta(peer)["namespace"]}
        attributes |= {"target": o.subject(way.scope, own).short, "peer": o.subject(way.scope, peer).short}
        attributes |= {"allows": allowed_text(policy, direction), "labels": _labels(way, peer)}
        about = o.subject(way.scope, policy)
        observations.append(
            Observation(code="policy.denies", subject=about, at=created[o.name(policy)], attributes=attributes)
        )
    return observations


def _is_later(policy: Obj, *sides: Obj) -> bool:
    """Whether both sides were there before it was last written: then it closed what was open."""
    moments = [o.created_at(side) for side in sides]
    at = max((t for t in (o.created_at(policy), o.last_written(policy)) if t is not None), default=None)
    return at is not None and all(moment is not None and moment < at for moment in moments)


def _is_sole(policy: Obj, lists: Lists) -> bool:
    selector = o.spec(policy).get("podSelector") or {}
    about = {(w["kind"], o.name(w)) for w in selection.workloads(selector, lists) if not o.controller(w)}
    return len(about) == 1


def _labels(way: PathQuery, peer: Obj) -> str:
    """The labels of the pods that a rule would have to take."""
    pods = way.source_pods if peer is way.source else way.target_pods if peer is way.target else []
    labels = o.labels(pods[0]) if pods else o.labels(o.template(peer))
    return o.selector_text({key: value for key, value in labels.items() if key not in o.TEMPLATE_HASHES})


def _denial(way: PathQuery, own: Obj, direction: str, port: int, policies: list[str]) -> Observation:
    attributes: dict[str, Any] = {"direction": direction, "port": port, "policies": policies}
    return Observation(code="path.denied", subject=o.subject(way.scope, own), attributes=attributes)
