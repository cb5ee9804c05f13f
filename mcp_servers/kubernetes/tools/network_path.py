"""Tool `kubectl_network_path`: whether one workload can reach another, hop by hop, and the first hop that is broken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import dns as extract_dns
from mcp_servers.kubernetes.observe import service_targets as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.network_policies import Direction, TrafficEnd, about, policy_effect
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, by_name, gather, top
from mcp_servers.kubernetes.tools import network_outside
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

READ: Final = (*CONTROLLERS, "Pod", "Service", "Endpoints", "NetworkPolicy")
DNS: Final = ("kube-system", "kube-dns", 53)
Holds = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Hop:
    what: str
    holds: Holds
    detail: str
    facts: list[Observation] = field(default_factory=list)


@dataclass(frozen=True)
class PathQuery:
    """One question: the source's pods, the target's Service (or none) and pods, and the lists of each namespace."""

    scope: str
    source: Obj
    source_pods: list[Obj]
    target: Obj
    target_pods: list[Obj]
    port: int
    lists: dict[str, Lists]
    namespaces: Lists

    def end(self, pods: list[Obj], owner: Obj) -> TrafficEnd:
        """One pod for all: those of a workload carry the same labels. One that is not there yet is its template."""
        place = str(o.meta(owner).get("namespace", ""))
        body = pods[0] if pods else {"metadata": {"namespace": place, "labels": o.labels(o.template(owner))}}
        told = self.namespaces.named("Namespace", place) or {}
        labels = {"kubernetes.io/metadata.name": place, **o.labels(told)}
        return TrafficEnd(body, labels, str(o.status(body).get("podIP") or ""))


class NetworkPath:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Network path")
    def kubectl_network_path(self, source: inputs.Source, target: inputs.Target, port: inputs.TargetPort = 0) -> Answer:
        """Whether `source` can reach `target`, both as `namespace/name` of a workload, pod or (target) Service.

        If `target` is only an address (`host:port`): whether the source's egress policies allow it.

        Checks, in order: the source's pods, DNS, the Service with its port, its endpoints, NetworkPolicies on both
        sides. `port` is the Service's, or the pods' if the target is not a Service; 0: the first one. `data.hops` holds
        {what, holds (yes|no|unknown), detail}, `data.breaks` the first that does not hold. Only configuration is read,
        not what the network itself does.
        """
        if (outside := network_outside.address(target)) is not None:
            return network_outside.answer(self._api, _end(source, "source"), outside[0], port or outside[1])
        (from_place, from_name), (to_place, to_name) = _end(source, "source"), _end(target, "target")
        lists = {
            place: read(self._api, place, READ, required=["Pod"]) for place in dict.fromkeys((from_place, to_place))
        }
        dns = read(self._api, DNS[0], ["Service", "Endpoints", "Pod"], beside=True)
        namespaces = read(self._api, "", ["Namespace"], beside=True)
        way = self._way(lists, namespaces, (from_place, from_name), (to_place, to_name), port)
        hops = [_source(way), _names(way, dns, extract_dns.corefile(self._api)), *_service(way)]
        target_port = _target_port(way)
        hops += [_policy(way, "egress", target_port), _policy(way, "ingress", target_port)]
        broken = next((hop for hop in hops if hop.holds == "no"), None)
        as_of = max(part.as_of for part in lists.values() if part.as_of is not None)
        facts = [x for hop in hops for x in hop.facts]
        to = o.subject(self._api.name, way.target)
        if all(hop.holds == "yes" for hop in hops):
            ports = {"port": port, "target_port": target_port}
            facts.append(Observation(code="path.open", subject=to, attributes=ports))
        rows = [[hop.what, hop.holds, hop.detail] for hop in hops]
        head = f"{source} to {target}" + (f" port {port}" if port else "")
        verdict = f"broken at: {broken.what} ({broken.detail})" if broken else "nothing that was read blocks it"
        coverage = [c for part in (*lists.values(), dns, namespaces) for c in part.coverage]
        return Answer(
            text=f"{head}: {verdict}.\n\n{table(['hop', 'holds', 'detail'], rows, 300)}",
            as_of=as_of,
            data={"hops": [_plain(hop) for hop in hops], "breaks": broken.what if broken else ""},
            observations=facts,
            relations=_relations(way),
            coverage=[*compact(coverage), Coverage(looked_at="network traffic", state="partial",
                      detail="only configuration is read, not network plugins, service meshes or security groups")],
        )  # fmt: skip

    def _way(
        self, lists: dict[str, Lists], namespaces: Lists, source: tuple[str, str], target: tuple[str, str], port: int
    ) -> PathQuery:
        sender = _found(lists[source[0]], source, ())
        receiver = _found(lists[target[0]], target, ("Service",))
        if receiver["kind"] == "Service":
            pods = [p for p in selection.pods_of(receiver, lists[target[0]]) if not o.is_over(p)]
        else:
            pods = self._pods(receiver, lists[target[0]])
        senders = self._pods(sender, lists[source[0]])
        return PathQuery(self._api.name, sender, senders, receiver, pods, port, lists, namespaces)

    def _pods(self, obj: Obj, lists: Lists) -> list[Obj]:
        assert lists.as_of is not None
        tree = gather(top(obj, lists), lists, self._api.name, lists.as_of)
        return [obj] if obj["kind"] == "Pod" else [p for p in tree.pods if not o.is_over(p)]


def _end(text: str, argument: str) -> tuple[str, str]:
    namespace, _, name = text.strip("/").rpartition("/")
    if not namespace or "/" in namespace:
        raise TeachingError(
            "bad_request", f"{argument}={text!r}", "is not a `namespace/name`.", "kubectl_find looks names up."
        )
    return namespace, name


def _found(lists: Lists, place: tuple[str, str], first: tuple[str, ...]) -> Obj:
    for kind in first:
        if (there := lists.named(kind, place[1])) is not None:
            return there
    found = by_name(place[1], "", lists)
    if found is None:
        names = near(place[1], [o.name(x) for kind in (*CONTROLLERS, "Service") for x in lists.of(kind)])
        raise TeachingError("not_found", "/".join(place), "no workload, pod or Service has that name.", offer(names))
    return found


def _source(way: PathQuery) -> Hop:
    ready = sum(1 for p in way.source_pods if o.is_ready(p))
    return Hop("source pods", "yes" if ready else "no", f"{ready} of {len(way.source_pods)} ready")


def _names(way: PathQuery, dns: Lists, corefile: str) -> Hop:
    """Whether the cluster's own names can be resolved; a target that is no Service is called by its address."""
    service, asker = dns.named("Service", DNS[1]), (way.source_pods or [o.template(way.source)])[0]
    if extract_dns.policy(asker) == "Default":
        return Hop("dns", "no", "dnsPolicy Default uses the node's resolver, which cannot resolve Services")
    if service is None:
        return Hop("dns", "unknown", f"Service {DNS[0]}/{DNS[1]} was not read")
    ready = extract_services.ready_endpoints(service, dns)
    if not ready:
        return Hop("dns", "no", "no DNS pod is ready", extract_services.observe([service], way.scope, dns))
    pods = selection.pods_of(service, dns)
    own = way.end(way.source_pods, way.source)
    policies = way.lists[str(o.meta(way.source).get("namespace", ""))].of("NetworkPolicy")
    peer = TrafficEnd(pods[0] if pods else {}, {"kubernetes.io/metadata.name": DNS[0]}, "")
    told = policy_effect(policies, "egress", own, peer, DNS[2], "UDP")
    if pods and not told.allowed:
        return Hop("dns", "no", f"egress to port 53/UDP is not allowed by {', '.join(told.policies)}", [
            _denied(way, way.source, "egress", DNS[2], told.policies)])  # fmt: skip
    if unserved := extract_dns.unserved(corefile, way.scope, asker):
        return Hop(
            "dns", "no", f"the Corefile serves {', '.join(extract_dns.cluster_zones(corefile))} only", [unserved]
        )
    return Hop("dns", "yes", f"{ready} DNS endpoints")


def _service(way: PathQuery) -> list[Hop]:
    """The Service, its port, and who is ready behind it."""
    lists = way.lists[str(o.meta(way.target).get("namespace", ""))]
    if way.target["kind"] != "Service":
        ready = sum(1 for p in way.target_pods if o.is_ready(p))
        return [Hop("target pods", "yes" if ready else "no", f"{ready} of {len(way.target_pods)} ready")]
    facts = extract_services.observe([way.target], way.scope, lists)
    ready = extract_services.ready_endpoints(way.target, lists)
    selector = o.selector_text(o.selector(way.target))
    port = _port(way)
    names = [str(p.get("port")) for p in o.spec(way.target).get("ports") or []]
    hops = [
        Hop("service port", "yes", f"{port.get('port')} -> {port.get('targetPort', port.get('port'))}")
        if port
        else Hop("service port", "no", f"the Service has no port {way.port}, only {', '.join(names) or 'none'}")
    ]
    if selector:
        detail = f"{selector} matches {len(way.target_pods)} pods"
        hops.append(Hop("selector", "yes" if way.target_pods else "no", detail))
    hops.append(Hop("endpoints", "yes" if ready else "no", f"{ready} ready", facts))
    return [*hops, *_sent(way, lists)]


def _sent(way: PathQuery, lists: Lists) -> list[Hop]:
    """Whether what is ready behind the Service is what was meant; an undeclared port or a second program may be."""
    hops: list[Hop] = []
    calling = {str(o.spec(p).get("nodeName") or "") for p in way.source_pods}
    for x in extract_sending.observe(way.target, way.scope, lists):
        if x.code == "service.port_mismatch" and way.port not in (0, x.attributes["port"]):
            continue
        if x.code == "service.port_mismatch":
            known = ", ".join(_listed(x.attributes["declared"])) or "none"
            detail = f"no pod declares {x.attributes['target_port']}, only {known}"
            hops.append(Hop("target port", "no" if x.attributes["by_name"] else "unknown", detail, [x]))
        elif x.code == "service.mixed_backends":
            hops.append(Hop("one program", "unknown", f"the selector also matches {x.attributes['others']}", [x]))
        elif x.attributes["policy"] == "internal":
            cut = sorted(calling & set(_listed(x.attributes["without"])))
            detail = f"no ready pod on {', '.join(cut)}" if cut else "every calling node has a ready pod"
            told = x.model_copy(update={"attributes": x.attributes | {"cuts_off": bool(cut)}})
            hops.append(Hop("traffic policy Local", "no" if cut else "yes", detail, [told]))
    return hops


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _relations(way: PathQuery) -> list[Relation]:
    """The call itself, whom the Service selects, and which policies are about either end."""
    source, target = o.subject(way.scope, _top(way, way.source)), o.subject(way.scope, way.target)
    found = [Relation(kind="calls", source=source, target=target)]
    owners = {o.subject(way.scope, _top(way, p)).key: o.subject(way.scope, _top(way, p)) for p in way.target_pods}
    if way.target["kind"] == "Service":
        found += [Relation(kind="selects", source=target, target=owner) for owner in owners.values()]
    for owner, pods in ((source, way.source_pods), (next(iter(owners.values()), target), way.target_pods)):
        for policy in way.lists[owner.namespace].of("NetworkPolicy") if pods else []:
            if about(policy, pods[0]):
                found.append(Relation(kind="guards", source=o.subject(way.scope, policy), target=owner))
    return found


def _top(way: PathQuery, obj: Obj) -> Obj:
    return top(obj, way.lists[str(o.meta(obj).get("namespace", ""))]) if obj["kind"] != "Service" else obj


def _policy(way: PathQuery, direction: Direction, port: int) -> Hop:
    own, peer = (way.source, way.target) if direction == "egress" else (way.target, way.source)
    lists = way.lists[str(o.meta(own).get("namespace", ""))]
    what = f"{direction} policies"
    if not lists.has("NetworkPolicy") or not way.target_pods:
        return Hop(what, "unknown", "policies could not be read" if way.target_pods else "the target has no pods")
    ends = {id(way.source): way.end(way.source_pods, way.source), id(way.target): way.end(way.target_pods, way.target)}
    told = policy_effect(lists.of("NetworkPolicy"), direction, ends[id(own)], ends[id(peer)], port)
    if told.allowed:
        return Hop(
            what, "yes", f"allowed by {', '.join(told.policies)}" if told.policies else "no policy applies to it"
        )
    detail = f"port {port} is not allowed by {', '.join(told.policies)}"
    denying = _denying(way, lists, told.policies, direction, port, own, peer)
    return Hop(what, "no", detail, [_denied(way, own, direction, port, told.policies), *denying])


def _denying(
    way: PathQuery, lists: Lists, names: list[str], direction: str, port: int, own: Obj, peer: Obj
) -> list[Observation]:
    """Each policy that is about this side: the connection would need a rule in one of them."""
    policies = [p for name in names if (p := lists.named("NetworkPolicy", name)) is not None]
    made = {o.name(p): o.created(p) for p in policies}
    newest = max((t for t in made.values() if t is not None), default=None)
    found = []
    for policy in policies:
        shown: dict[str, Any] = {"direction": direction, "port": port, "latest": made[o.name(policy)] == newest}
        shown |= {"target": o.subject(way.scope, own).short, "peer": o.subject(way.scope, peer).short}
        about = o.subject(way.scope, policy)
        found.append(Observation(code="policy.denies", subject=about, at=made[o.name(policy)], attributes=shown))
    return found


def _denied(way: PathQuery, own: Obj, direction: str, port: int, policies: list[str]) -> Observation:
    shown: dict[str, Any] = {"direction": direction, "port": port, "policies": policies}
    return Observation(code="path.denied", subject=o.subject(way.scope, own), attributes=shown)


def _port(way: PathQuery) -> Obj:
    ports: list[Obj] = o.spec(way.target).get("ports") or []
    return next((p for p in ports if way.port in (0, p.get("port"))), {})


def _target_port(way: PathQuery) -> int:
    """The port on the pods; 0 where a name leads to none."""
    if way.target["kind"] != "Service":
        return way.port or next((int(p["containerPort"]) for p in _declared(way) if "containerPort" in p), 0)
    port = _port(way)
    wanted = port.get("targetPort") or port.get("port") or way.port
    if isinstance(wanted, int) or str(wanted).isdigit():
        return int(wanted)
    return next((int(p["containerPort"]) for p in _declared(way) if p.get("name") == wanted), 0)


def _declared(way: PathQuery) -> list[Obj]:
    return [p for pod in way.target_pods for _, c in o.containers(pod) for p in c.get("ports") or []]


def _plain(hop: Hop) -> dict[str, str]:
    return {"what": hop.what, "holds": hop.holds, "detail": hop.detail}
