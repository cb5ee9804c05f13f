"""What leads requests to pods, and where it leads nowhere: ports of Services, Ingresses, admission webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_servers.contract.facts import Relation
from mcp_servers.kubernetes.observe import route_corrections as fitting
from mcp_servers.kubernetes.observe import service_targets as extract_sending
from mcp_servers.kubernetes.observe import services as extract_services
from mcp_servers.kubernetes.observe.missing_services import absent
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.ingress_backends import IngressBackend, backends
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import top
from mcp_servers.serving.near_names import near

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
BUILT_IN_CLASSES = ("gce", "gce-internal")  # of controllers that keep no class objects
WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
ELECTION = "control-plane.alpha.kubernetes.io/leader"


def services(around: Surroundings) -> Iterator[Fact]:
    """Services without endpoints, and those whose port none of their pods has. ExternalName sends to no pod."""
    for service in around.lists.of("Service"):
        if o.spec(service).get("type") == "ExternalName" or ELECTION in o.marks(service):
            continue
        if not o.selector(service):
            yield from _empty_endpoints(around, service)
            continue
        yield from extract_services.observe([service], around.scope, around.lists)
        pods = [p for p in selection.pods_of(service, around.lists) if not o.is_over(p)]
        yield from extract_sending.observe(service, around.scope, around.lists)
        subject = around.subject(service)
        behind = pods or selection.workloads({"matchLabels": o.selector(service)}, around.lists)  # or would, with pods
        for root in {id(r): r for r in (top(one, around.lists) for one in behind)}.values():
            yield around.relation("selects", subject, around.subject(root))


def _empty_endpoints(around: Surroundings, service: Obj) -> Iterator[Fact]:
    """That the addresses of a Service which somebody else fills are none. Where it has no Endpoints at all, slices of
    their own may hold them."""
    endpoints = around.lists.by_name("Endpoints", o.name(service))
    if endpoints is not None and ELECTION not in o.marks(endpoints) and not endpoints.get("subsets"):
        yield around.observed("service.no_endpoints", service, selector="")


def ingresses(around: Surroundings, selection: Sequence[Obj] | None = None) -> Iterator[Fact]:
    """Where Ingresses, all or the `selection`, lead to, and what of it is not there."""
    for ingress in around.lists.of("Ingress") if selection is None else selection:
        spec = o.spec(ingress)
        for entry in spec.get("tls") or []:
            if around.is_absent("Secret", str(entry.get("secretName") or "")):
                yield around.missing(ingress, "Secret", entry["secretName"])
        yield from _routes(around, ingress)
        yield from _class(around, ingress)
        for address in (o.status(ingress).get("loadBalancer") or {}).get("ingress") or []:
            for one in address.get("ports") or []:
                if one.get("error"):
                    yield around.observed(
                        "ingress.port_error", ingress, port=str(one.get("port", "")), reason=one["error"]
                    )


def _routes(around: Surroundings, ingress: Obj) -> Iterator[Fact]:
    """Each Service and port that an Ingress names, once, and what of them is not there."""
    subject, lists = around.subject(ingress), around.lists
    every = [b for b in backends(ingress) if b.service]
    astray = [b for b in every if not _leads_on(b, around)]
    firsts: dict[tuple[str, str], IngressBackend] = {}
    for backend in every:
        firsts.setdefault((backend.service, backend.port), backend)
    for one in firsts.values():
        yield around.relation("routes_to", subject, around.subject_named("Service", one.service))
        if one not in astray:
            continue
        there = lists.by_name("Service", one.service)
        if there is None:
            yield around.missing(ingress, "Service", one.service)
            yield absent(around.subject_named("Service", one.service), [subject.short], lists)
            near_ones, ports = near(one.service, [o.name(s) for s in lists.of("Service")]), list[str]()
        else:
            near_ones = ports = _known_ports(there)
            lacking = f"port {one.port or '(not set)'}"
            yield around.missing(ingress, "Service", one.service, key=lacking, near_keys=near_ones)
        service, port = fitting.backend(one, lists) if len(astray) == 1 else ("", "")
        yield around.observed(
            "ingress.no_backend", ingress, service=one.service, port=one.port, near=[] if ports else near_ones,
            ports=ports, host=one.host, path=one.path, fitting=service, fitting_port=port,
        )  # fmt: skip


def _leads_on(backend: IngressBackend, around: Surroundings) -> bool:
    """Whether Service and port are there, as far as can be told."""
    there = around.lists.by_name("Service", backend.service)
    if there is None:
        return not around.is_absent("Service", backend.service)
    return backend.port in _known_ports(there)


def webhooks(around: Surroundings, places: dict[str, Lists]) -> Iterator[Fact]:
    """Webhooks whose Service, in whatever namespace, has nobody to answer. `places` are the lists of namespaces."""
    for kind in WEBHOOKS:
        for configuration in around.lists.of(kind):
            for webhook in configuration.get("webhooks") or []:
                service = (webhook.get("clientConfig") or {}).get("service") or {}
                place = places.get(service.get("namespace", ""))
                if not service or place is None:
                    continue
                target = around.subject_named("Service", service["name"], service.get("namespace", ""))
                if why := _service_problem(place, service["name"]):
                    yield around.observed(
                        "webhook.unserved", configuration, webhook=str(webhook.get("name", "")), service=target.short,
                        failure_policy=str(webhook.get("failurePolicy") or "Fail"), reason=why,
                    )  # fmt: skip
                    yield Relation(kind="routes_to", source=around.subject(configuration), target=target)


def webhook_namespaces(lists: Lists) -> set[str]:
    """Where the Services of the cluster's webhooks are."""
    return {
        str(service.get("namespace", ""))
        for kind in WEBHOOKS
        for configuration in lists.of(kind)
        for webhook in configuration.get("webhooks") or []
        if (service := (webhook.get("clientConfig") or {}).get("service"))
    }


def _service_problem(place: Lists, name: str) -> str:
    service = place.by_name("Service", name)
    if service is None:
        return "service_missing" if place.has("Service") else ""
    if not place.has("Endpoints") or o.spec(service).get("type") == "ExternalName":
        return ""
    return "" if extract_services.ready_endpoints(service, place) else "no_endpoints"


def _class(around: Surroundings, ingress: Obj) -> Iterator[Fact]:
    name = str(o.spec(ingress).get("ingressClassName") or o.marks(ingress).get(CLASS_ANNOTATION) or "")
    if name:
        by_annotation = not o.spec(ingress).get("ingressClassName")  # controllers also obey words without an object
        if not by_annotation and name not in BUILT_IN_CLASSES and around.is_absent("IngressClass", name):
            yield around.missing(ingress, "IngressClass", name)
            if not (o.status(ingress).get("loadBalancer") or {}).get("ingress"):
                there = [o.name(one) for one in around.lists.of("IngressClass")]
                yield around.observed("ingress.no_class", ingress, why="absent", named=name, there=there)
        return
    default = any(o.marks(c).get(DEFAULT_CLASS) == "true" for c in around.lists.of("IngressClass"))
    if not default and around.lists.has("IngressClass"):
        yield around.observed("ingress.no_class", ingress, why="unnamed", named="", there=[])


def services_of(ingress: Obj, lists: Lists) -> list[Obj]:
    """The Services that are there among those an Ingress sends to."""
    names = dict.fromkeys(b.service for b in backends(ingress) if b.service)
    return [service for name in names if (service := lists.by_name("Service", name)) is not None]


def _known_ports(service: Obj) -> list[str]:
    ports = o.spec(service).get("ports") or []
    return [str(value) for p in ports for value in (p.get("port"), p.get("name")) if value]
