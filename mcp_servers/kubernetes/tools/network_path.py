"""Tool `kubectl_network_path`: whether one workload can reach another, hop by hop, and the first hop that is broken."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe import dns as extract_dns
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.network_policies import about
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.snapshot.workload_tree import CONTROLLERS, by_name, gather, top
from mcp_servers.kubernetes.tools import network_outside
from mcp_servers.kubernetes.tools import path_policies as policies
from mcp_servers.kubernetes.tools.path_hops import Hop, PathQuery, service, source_pods, target_port
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import near, offer
from mcp_servers.serving.registry import read_tool

KINDS_READ: Final = (*CONTROLLERS, "Pod", "Service", "Endpoints", "NetworkPolicy")


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
            place: read(self._api, place, KINDS_READ, required=["Pod"])
            for place in dict.fromkeys((from_place, to_place))
        }
        dns = read(self._api, policies.DNS[0], ["Service", "Endpoints", "Pod", "NetworkPolicy"], beside=True)
        namespaces = read(self._api, "", ["Namespace"], beside=True)
        way = self._way(lists, namespaces, (from_place, from_name), (to_place, to_name), port)
        hops = [source_pods(way), policies.names(way, dns, extract_dns.corefile(self._api)), *service(way)]
        to_port = target_port(way)
        hops += [policies.policy(way, "egress", to_port), policies.policy(way, "ingress", to_port)]
        break_ = next((hop for hop in hops if hop.holds == "no"), None)
        as_of = max(part.as_of for part in lists.values() if part.as_of is not None)
        facts = [x for hop in hops for x in hop.facts]
        to = o.subject(self._api.name, way.target)
        if all(hop.holds == "yes" for hop in hops):
            ports = {"port": port, "target_port": to_port}
            facts.append(Observation(code="path.open", subject=to, attributes=ports))
        rows = [[hop.what, hop.holds, hop.detail] for hop in hops]
        head = f"{source} to {target}" + (f" port {port}" if port else "")
        verdict = f"broken at: {break_.what} ({break_.detail})" if break_ else "nothing that was read blocks it"
        coverage = [c for part in (*lists.values(), dns, namespaces) for c in part.coverage]
        return Answer(
            text=f"{head}: {verdict}.\n\n{table(['hop', 'holds', 'detail'], rows, 300)}",
            as_of=as_of,
            data={"hops": [_plain(hop) for hop in hops], "breaks": break_.what if break_ else ""},
            observations=facts,
            relations=[*_relations(way), *(x for hop in hops for x in hop.relations)],
            coverage=[*compact(coverage), Coverage(looked_at="network traffic", state="partial",
                      detail="only configuration is read, not network plugins, service meshes or security groups")],
        )  # fmt: skip

    def _way(
        self, lists: dict[str, Lists], namespaces: Lists, source: tuple[str, str], target: tuple[str, str], port: int
    ) -> PathQuery:
        sender = _find(lists[source[0]], source, ())
        receiver = _find(lists[target[0]], target, ("Service",))
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


def _find(lists: Lists, place: tuple[str, str], first: tuple[str, ...]) -> Obj:
    for kind in first:
        if (there := lists.by_name(kind, place[1])) is not None:
            return there
    workload = by_name(place[1], "", lists)
    if workload is None:
        names = near(place[1], [o.name(x) for kind in (*CONTROLLERS, "Service") for x in lists.of(kind)])
        raise TeachingError("not_found", "/".join(place), "no workload, pod or Service has that name.", offer(names))
    return workload


def _relations(way: PathQuery) -> list[Relation]:
    """The call itself, whom the Service selects, and which policies are about either end."""
    source, target = o.subject(way.scope, _top(way, way.source)), o.subject(way.scope, way.target)
    relations = [Relation(kind="calls", source=source, target=target)]
    owners = {o.subject(way.scope, _top(way, p)).key: o.subject(way.scope, _top(way, p)) for p in way.target_pods}
    if way.target["kind"] == "Service":
        relations += [Relation(kind="selects", source=target, target=owner) for owner in owners.values()]
    for owner, pods in ((source, way.source_pods), (next(iter(owners.values()), target), way.target_pods)):
        for policy in way.lists[owner.namespace].of("NetworkPolicy") if pods else []:
            if about(policy, pods[0]):
                relations.append(Relation(kind="guards", source=o.subject(way.scope, policy), target=owner))
    return relations


def _top(way: PathQuery, obj: Obj) -> Obj:
    return top(obj, way.lists[str(o.meta(obj).get("namespace", ""))]) if obj["kind"] != "Service" else obj


def _plain(hop: Hop) -> dict[str, str]:
    return {"what": hop.what, "holds": hop.holds, "detail": hop.detail}
