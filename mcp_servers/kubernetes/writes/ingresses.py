"""Where one rule of an Ingress leads to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ingress_backends import IngressBackend, backends
from mcp_servers.kubernetes.writes.answers import WriteLocation, absent, refusal_error
from mcp_servers.kubernetes.writes.change import BlastRadius, Change, refuse_no_name
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.patches import Replace
from mcp_servers.kubernetes.writes.services import ANYWAY, number_or_name
from mcp_servers.kubernetes.writes.traffic_blast_radius import behind, redirected
from mcp_servers.serving.errors import TeachingError


class SetIngressBackend(ObjectWrite):
    """The Service and port that one rule sends to. Nothing is added, and no other rule is touched."""

    tool = "kubectl_set_ingress_backend"
    title = "Redirect an Ingress"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.IngressName,
        service: inputs.BackendService,
        port: inputs.BackendPort,
        host: inputs.RuleHost = "",
        path: inputs.RulePath = "",
        even_if_unserved: inputs.Unserved = False,
    ) -> None:
        """Send one existing rule of an Ingress to another Service and port (number or name), which have to be there.

        `host` and `path` choose the rule and may be left out where there is only one. Only an undo, which restores
        what was there, sets `even_if_unserved`.
        """
        super().__init__(cluster, WriteLocation("Ingress", "ingresses", namespace, name, group="networking.k8s.io"))
        refuse_no_name(service, "Service")
        self._service, self._port, self._anyway = service, str(port), even_if_unserved
        self._host, self._path = host, path

    @property
    def aim(self) -> str:
        which = f"requests for {self._host or '*'}{self._path}" if self._host or self._path else "requests"
        return f"send {which} of {self._at.subject} to port {self._port} of Service {self._service}"

    def change(self, reply: ApiReply) -> Change:
        backend = self._backend(reply.body)
        if not backend.service:
            raise TeachingError("bad_request", self.aim, "that rule points to a resource, not to a Service.")
        if not self._anyway:
            self._refuse_absent()
        port_field: dict[str, Any] = {"number" if self._port.isdigit() else "name": number_or_name(self._port)}
        value = {"service": {"name": self._service, "port": port_field}}
        arguments = {
            "namespace": self._at.namespace,
            "name": self._at.name,
            "host": self._host,
            "path": self._path,
            "service": backend.service,
            "port": number_or_name(backend.port),
            ANYWAY: True,
        }
        return Change(Replace({backend.pointer: value}), {"tool": self.tool, "arguments": arguments})

    def reach(self, current: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        before, others = self._backend(current), len(list(backends(current))) - 1
        services = beside.list("/api/v1", "services", lambda s: o.name(s) in (before.service, self._service))
        pods = beside.list("/api/v1", "pods", lambda pod: not o.is_over(pod))

        def describe(name: str) -> str:
            if services is None:
                return f"Service {name}, which could not be read"
            service = next((s for s in services if o.name(s) == name), None)
            return f"Service {name} ({behind(service, pods)})"

        sentence = (
            f"Requests for {before.route} of Ingress {self._at.name} in namespace {self._at.namespace} go to port"
            f" {self._port} of {describe(self._service)}, instead of port {before.port} of {describe(before.service)};"
            f" {'it has no other rule' if not others else f'its other rules ({others}) stay as they are'}."
        )
        left = next((service for service in services or [] if o.name(service) == before.service), None)
        return BlastRadius(sentence, beside.coverage, redirected(beside, left, [before.service], as_of, current))

    def _backend(self, ingress: Obj) -> IngressBackend:
        """The one backend that host and path mean. Raises TeachingError where that is none or several."""
        every = list(backends(ingress))
        matches = [b for b in every if self._host in ("", b.host) and self._path in ("", b.path)]
        rules = ", ".join(b.route for b in every) or "none"
        if not matches:
            raise TeachingError("not_found", self.aim, f"there is no such rule. Rules: {rules}.")
        if len(matches) > 1:
            raise TeachingError("bad_request", self.aim, f"several rules match: {rules}.", "Give `host` and `path`.")
        return matches[0]

    def _refuse_absent(self) -> None:
        place = WriteLocation("Service", "services", self._at.namespace, self._service, group="")
        try:
            service = self._cluster.get(place.path).body
        except StatusError as problem:
            raise (
                absent(self._cluster, place) if problem.status == 404 else refusal_error(problem, "get", place)
            ) from problem
        ports = o.spec(service).get("ports") or []
        known_ports = [str(value) for port in ports for value in (port.get("port"), port.get("name")) if value]
        if self._port not in known_ports:
            raise TeachingError(
                "not_found", self.aim, f"it has no such port, only: {', '.join(known_ports) or 'none'}."
            )
