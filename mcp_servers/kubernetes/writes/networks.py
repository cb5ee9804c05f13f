"""One more connection that a NetworkPolicy allows. No rule that is there is changed or taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.network_policies import types
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.writes import blast_radius as blast
from mcp_servers.kubernetes.writes.answers import WriteLocation
from mcp_servers.kubernetes.writes.change import BlastRadius, Change, refuse_no_name
from mcp_servers.kubernetes.writes.edits import Edit, EditWrite
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.other_actors import other_actors
from mcp_servers.kubernetes.writes.services import equalities
from mcp_servers.serving.errors import TeachingError

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
PEERS: Final = {"ingress": "from", "egress": "to"}


class AllowTraffic(EditWrite):
    """A rule for one kind of peer and one port, added as the last one; an undo takes exactly that one away."""

    tool = "kubectl_allow_traffic"
    title = "Allow a connection"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.PolicyName,
        direction: inputs.TrafficDirection,
        peer_labels: inputs.PeerLabels,
        port: inputs.PeerPort,
        peer_namespace: inputs.PeerNamespace = "",
        protocol: inputs.Protocol = "",
        withdraw: inputs.Withdraw = False,
    ) -> None:
        """Let the pods of a NetworkPolicy be reached from (`ingress`), or reach (`egress`), pods with these labels on
        one port of the callee's pods. Only an undo sets `withdraw`, which takes this rule away while it is the last.
        """
        super().__init__(
            cluster, WriteLocation("NetworkPolicy", "networkpolicies", namespace, name, group="networking.k8s.io")
        )
        if direction not in PEERS or protocol not in ("", "TCP", "UDP", "SCTP") or not 1 <= port <= 65_535:
            raise TeachingError("bad_request", self._at.subject, f"{direction} to {port}/{protocol} is no connection.")
        if peer_namespace:
            refuse_no_name(peer_namespace, "namespace")
        self._direction, self._labels, self._port = direction, equalities(peer_labels), port
        self._namespace, self._protocol, self._withdraws = peer_namespace, protocol or "TCP", withdraw

    @property
    def aim(self) -> str:
        verb = "no longer let" if self._withdraws else "let"
        where = f" of namespace {self._namespace}" if self._namespace else ""
        peer = f"{o.selector_text(self._labels)}{where}"
        way = f"be reached from {peer}" if self._direction == "ingress" else f"reach {peer}"
        return f"{verb} the pods of {self._at.subject} {way} on port {self._port}/{self._protocol}"

    @property
    def rule(self) -> Obj:
        peer: Obj = {"podSelector": {"matchLabels": self._labels}}
        if self._namespace:
            peer["namespaceSelector"] = {"matchLabels": {NAMESPACE_LABEL: self._namespace}}
        return {PEERS[self._direction]: [peer], "ports": [{"protocol": self._protocol, "port": self._port}]}

    def edit(self, body: Obj) -> Edit:
        if self._direction.capitalize() not in types(body):
            raise TeachingError("bad_request", self.aim, f"the policy is not about {self._direction}.")
        rules: list[Obj] = list(body["spec"].get(self._direction) or [])
        is_there = self.rule in rules
        if self._withdraws and is_there and rules[-1] != self.rule:
            raise TeachingError("bad_request", self.aim, "another rule was added after it.", "A person has to look.")
        if self._withdraws and is_there:
            rules.pop()
        elif not self._withdraws and not is_there:
            rules.append(self.rule)
        before: dict[str, Any] = {
            "direction": self._direction,
            "peer_labels": o.selector_text(self._labels),
            "port": self._port,
            "peer_namespace": self._namespace,
            "protocol": self._protocol,
            **({} if is_there else {"withdraw": True}),
        }
        return Edit({f"/spec/{self._direction}": rules or None}, before)

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        selector = before["spec"].get("podSelector") or {}
        pods = beside.list("/api/v1", "pods", lambda p: not o.is_over(p) and selects_all(selector, p))
        data = numbers(beside, [], [], [], as_of=as_of) | other_actors(beside, before, [], pods)
        count = "its pods" if pods is None else blast.count_of(len(pods), "pod")
        more = "stops allowing" if self._withdraws else "allows"
        peer = o.selector_text(self._labels) + (f" in namespace {self._namespace}" if self._namespace else "")
        way = "from" if self._direction == "ingress" else "to"
        where = f"NetworkPolicy {self._at.name} in namespace {self._at.namespace}"
        sentence = f"{where}, which is about {count}, {more} connections {way} {peer} on {self._port}/{self._protocol}."
        return BlastRadius(sentence, beside.coverage, data)


def selects_all(selector: Obj, pod: Obj) -> bool:
    """An empty selector of a policy is about every pod."""
    return not selector or selects(selector, o.labels(pod))
