"""The hops from a workload to what it calls: its own pods, the Service with its ports, and who stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_servers.contract.facts import Observation, Relation
from mcp_servers.kubernetes.observe import service_targets as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.network_policies import TrafficEnd
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists

Holds = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Hop:
    what: str
    holds: Holds
    detail: str
    facts: list[Observation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


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
        return TrafficEnd(body, self.namespace_labels(place), str(o.status(body).get("podIP") or ""))

    def namespace_labels(self, place: str) -> dict[str, str]:
        """The labels of a namespace, with the one that every namespace has."""
        return {"kubernetes.io/metadata.name": place, **o.labels(self.namespaces.by_name("Namespace", place) or {})}


def source_pods(way: PathQuery) -> Hop:
    ready = sum(1 for p in way.source_pods if o.is_ready(p))
    return Hop("source pods", "yes" if ready else "no", f"{ready} of {len(way.source_pods)} ready")


def service(way: PathQuery) -> list[Hop]:
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
        else _without_port(way, names)
    ]
    if selector:
        detail = f"{selector} matches {len(way.target_pods)} pods"
        hops.append(Hop("selector", "yes" if way.target_pods else "no", detail))
    hops.append(Hop("endpoints", "yes" if ready else "no", f"{ready} ready", facts))
    return [*hops, *_service_hops(way, lists)]


def _without_port(way: PathQuery, ports: list[str]) -> Hop:
    """Only a Service with an address of its own drops what comes to another port: else callers choose a pod's."""
    detail = f"the Service has no port {way.port}, only {', '.join(ports) or 'none'}"
    if o.spec(way.target).get("clusterIP") == "None":
        return Hop("service port", "unknown", detail)
    attributes = {"port": way.port, "ports": ports}
    fact = Observation(code="service.port_absent", subject=o.subject(way.scope, way.target), attributes=attributes)
    return Hop("service port", "no", detail, [fact])


def _service_hops(way: PathQuery, lists: Lists) -> list[Hop]:
    """Whether what is ready behind the Service is what was meant; an undeclared port or a second program may be."""
    hops: list[Hop] = []
    calling = {str(o.spec(p).get("nodeName") or "") for p in way.source_pods}
    for x in extract_sending.observe(way.target, way.scope, lists):
        if x.code == "service.port_mismatch" and way.port not in (0, x.attributes["port"]):
            continue
        if x.code == "service.port_mismatch":
            declared_ports = ", ".join(_texts(x.attributes["declared"])) or "none"
            detail = f"no pod declares {x.attributes['target_port']}, only {declared_ports}"
            hops.append(Hop("target port", "no" if x.attributes["by_name"] else "unknown", detail, [x]))
        elif x.code == "service.mixed_backends":
            hops.append(Hop("one program", "unknown", f"the selector also matches {x.attributes['others']}", [x]))
        elif x.code == "service.protocol_mismatch":
            detail = f"sent by {x.attributes['protocol']}, declared for {', '.join(_texts(x.attributes['declared']))}"
            hops.append(Hop("protocol", "no", detail, [x]))
        elif x.attributes["policy"] == "internal":
            cut = sorted(calling & set(_texts(x.attributes["without"])))
            detail = f"no ready pod on {', '.join(cut)}" if cut else "every calling node has a ready pod"
            observation = x.model_copy(update={"attributes": x.attributes | {"cuts_off": bool(cut)}})
            hops.append(Hop("traffic policy Local", "no" if cut else "yes", detail, [observation]))
    return hops


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _port(way: PathQuery) -> Obj:
    ports: list[Obj] = o.spec(way.target).get("ports") or []
    return next((p for p in ports if way.port in (0, p.get("port"))), {})


def target_port(way: PathQuery) -> int:
    """The port on the pods; 0 where a name leads to none."""
    if way.target["kind"] != "Service":
        return way.port or next((int(p["containerPort"]) for p in _port_declarations(way) if "containerPort" in p), 0)
    port = _port(way)
    if not port:
        return 0
    port_reference = port.get("targetPort") or port.get("port") or way.port
    if isinstance(port_reference, int) or str(port_reference).isdigit():
        return int(port_reference)
    return next((int(p["containerPort"]) for p in _port_declarations(way) if p.get("name") == port_reference), 0)


def _port_declarations(way: PathQuery) -> list[Obj]:
    return [p for pod in way.target_pods for _, c in o.containers(pod) for p in c.get("ports") or []]
