"""Where a Service sends: which pods it takes, on which of their ports, and from which nodes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes.answers import WriteLocation, refusal_error
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.patches import Replace
from mcp_servers.kubernetes.writes.traffic_blast_radius import (
    EXTERNAL,
    INTERNAL,
    declared_ports,
    redirected,
    redirecting,
    selected_pods,
    serving,
)
from mcp_servers.serving.errors import TeachingError

SERVICE: Final = "Service"
POLICIES: Final = {"internal_traffic_policy": INTERNAL, "external_traffic_policy": EXTERNAL}
ANYWAY: Final = "even_if_unserved"  # an undo has to restore what was there, and that may have been wrong


class SetService(ObjectWrite):
    """Selector, target port of one port, and traffic policies of a Service. What is not given stays."""

    tool = "kubectl_set_service"
    title = "Redirect a Service"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.ServiceName,
        kind: inputs.ServiceKind = "",
        selector: inputs.WholeSelector = "",
        port: inputs.ServicePort = "",
        target_port: inputs.PodPort = "",
        internal_traffic_policy: inputs.Traffic = "",
        external_traffic_policy: inputs.Traffic = "",
        even_if_unserved: inputs.Unserved = False,
    ) -> None:
        """Change where a Service sends: its whole selector (`app=web,tier=front`), the target port of its `port`
        (number or name, left out where there is only one), its traffic policies. What is not given stays.

        A selector that takes no ready pod is refused, and so is a named target port that no pod has. Only an undo,
        which restores what was there, sets `even_if_unserved`.
        """
        if kind not in ("", SERVICE):
            raise TeachingError("bad_request", f"kind {kind!r}", f"cannot be changed by {self.tool}, only {SERVICE}.")
        super().__init__(cluster, WriteLocation(SERVICE, "services", namespace, name, group=""))
        self._port, self._anyway = str(port), even_if_unserved
        options = {
            "selector": selector,
            "target_port": str(target_port),
            "internal_traffic_policy": internal_traffic_policy,
            "external_traffic_policy": external_traffic_policy,
        }
        self._values = {argument: value for argument, value in options.items() if value}
        if not self._values:
            raise TeachingError("bad_request", self.aim, "no value is given.", f"Give one of: {', '.join(options)}.")
        for argument in POLICIES:
            if self._values.get(argument, "Cluster") not in ("Cluster", "Local"):
                raise TeachingError(
                    "bad_request", f"{argument} {self._values[argument]!r}", "must be Cluster or Local."
                )
        self._selector = equalities(selector) if selector else {}

    @property
    def aim(self) -> str:
        wishes = [f"{argument} {value}" for argument, value in self._values.items()]
        where = f"port {self._port} of {self._at.subject}" if self._port else self._at.subject
        return f"set {', '.join(wishes) or 'nothing'} on {where}"

    def change(self, reply: ApiReply) -> Change:
        spec = reply.body["spec"]
        if not spec.get("selector") and self._values.keys() & {"selector", "target_port"}:
            wrong = "it has no selector: its endpoints, or the name it is an alias of, are managed elsewhere."
            raise TeachingError("bad_request", self.aim, wrong)
        values: dict[str, Any] = {}
        before: dict[str, Any] = {ANYWAY: True}
        if self._selector:
            values["/spec/selector"], before["selector"] = self._selector, o.selector_text(spec["selector"])
        if target := self._values.get("target_port"):
            index, port = self._port_of(spec.get("ports") or [])
            values[f"/spec/ports/{index}/targetPort"] = number_or_name(target)
            before |= {"port": port.get("name") or port["port"], "target_port": port.get("targetPort", port["port"])}
        for argument, field in POLICIES.items():
            if argument in self._values:
                if field not in spec:
                    wrong = f"a Service of type {spec.get('type')} has no {field}."
                    raise TeachingError("bad_request", self.aim, wrong)
                values[f"/spec/{field}"], before[argument] = self._values[argument], spec[field]
        if not self._anyway:
            self._refuse_unserved(spec)
        call = {"namespace": self._at.namespace, "name": self._at.name}
        return Change(Replace(values), {"tool": self.tool, "arguments": {**call, **before}})

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        data = redirected(beside, before, [self._at.name], as_of)
        return BlastRadius(redirecting(beside, before, after), beside.coverage, data)

    def _port_of(self, ports: list[Obj]) -> tuple[int, Obj]:
        """The port that was meant, by name or number, and its place in the list."""
        known_ports = ", ".join(f"{p['port']}" + (f" ({p['name']})" if p.get("name") else "") for p in ports) or "none"
        matches = [(i, p) for i, p in enumerate(ports) if self._port in ("", str(p["port"]), p.get("name"))]
        if not matches:
            raise TeachingError("not_found", self.aim, f"it has no such port. Ports: {known_ports}.")
        if len(matches) > 1:
            raise TeachingError("bad_request", self.aim, f"several ports match: {known_ports}.", "Name one as `port`.")
        return matches[0]

    def _refuse_unserved(self, spec: Obj) -> None:
        """A selector has to take a ready pod, and a named target port to be one of the pods that are taken."""
        target = self._values.get("target_port", "")
        by_name = bool(target) and not target.isdigit()
        if not self._selector and not by_name:
            return
        place = WriteLocation("Pod", "pods", self._at.namespace, "", group="")
        try:
            pods = self._cluster.list(place.collection).body["items"]
        except StatusError as problem:
            raise refusal_error(problem, "list", place) from problem
        target_pods = selected_pods(self._selector or spec["selector"], pods)
        if self._selector and not any(o.is_ready(pod) for pod in target_pods):
            wrong = f"{o.selector_text(self._selector)} matches {serving(target_pods)}: no ready pod would answer."
            raise TeachingError("bad_request", self.aim, wrong, "Choose labels that ready pods have.")
        if by_name and target not in (names := declared_ports(target_pods)):
            known_names = ", ".join(sorted(names)) or "none"
            raise TeachingError(
                "bad_request", self.aim, f"none of its pods has a port named {target}, only: {known_names}."
            )


def equalities(selector: str) -> dict[str, str]:
    """`app=web,tier=front` as a dictionary. Raises TeachingError for anything that is no list of equalities."""
    pairs = [part.partition("=") for part in selector.split(",")]
    if any(not key.strip() or not sign or value.startswith("=") or key.endswith("!") for key, sign, value in pairs):
        request = f"selector {selector!r}"
        raise TeachingError("bad_request", request, "is not a list of labels.", "Write it like app=web,tier=front.")
    return {key.strip(): value.strip() for key, _, value in pairs}


def number_or_name(port: str) -> int | str:
    return int(port) if port.isdigit() else port
