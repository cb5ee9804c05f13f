"""What leads requests to pods, and where it leads nowhere: ports of Services, Ingresses, admission webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mcp_servers.contract.facts import Relation
from mcp_servers.kit.near import near
from mcp_servers.kubernetes import extract_sending, extract_services, selection
from mcp_servers.kubernetes import objects as o
from mcp_servers.kubernetes.extract_absent import absent
from mcp_servers.kubernetes.family import top
from mcp_servers.kubernetes.objects import Obj
from mcp_servers.kubernetes.reading import Lists
from mcp_servers.kubernetes.surroundings import Fact, Surroundings

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
BUILT_IN_CLASSES = ("gce", "gce-internal")  # of controllers that keep no class objects
WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
ELECTION = "control-plane.alpha.kubernetes.io/leader"


def services(around: Surroundings) -> Iterator[Fact]:
    """Services without endpoints, and those whose port none of their pods has. ExternalName sends to no pod."""
    for service in around.lists.of("Service"):
        if o.spec(service).get("type") == "ExternalName" or not o.selector(service) or ELECTION in o.marks(service):
            continue
        yield from extract_services.observe([service], around.scope, around.lists)
        pods = [p for p in selection.pods_of(service, around.lists) if not o.is_over(p)]
        yield from extract_sending.observe(service, around.scope, around.lists)
        subject = around.subject(service)
        for root in {id(r): r for r in (top(p, around.lists) for p in pods)}.values():
            yield around.relation("selects", subject, around.subject(root))


def ingresses(around: Surroundings, chosen: Sequence[Obj] | None = None) -> Iterator[Fact]:
    """Where Ingresses, all or the `chosen`, lead to, and what of it is not there."""
    for ingress in around.lists.of("Ingress") if chosen is None else chosen:
        spec, subject = o.spec(ingress), around.subject(ingress)
        for entry in spec.get("tls") or []:
            if around.is_absent("Secret", str(entry.get("secretName") or "")):
                yield around.missing(ingress, "Secret", entry["secretName"])
        for name, port in dict.fromkeys(_backends(spec)):
            yield around.relation("routes_to", subject, around.named("Service", name))
            there = around.lists.named("Service", name)
            if around.is_absent("Service", name):
                yield around.missing(ingress, "Service", name)
                yield _no_backend(
                    around, ingress, name, str(port), near(name, [o.name(s) for s in around.lists.of("Service")])
                )
                yield absent(around.named("Service", name), [subject.short], around.lists)
            elif there is not None and port not in (known := _known_ports(there)):
                yield around.missing(ingress, "Service", name, key=f"port {port or '(none given)'}", near_keys=known)
                yield _no_backend(around, ingress, name, str(port), known)
        yield from _class(around, ingress)
        for told in (o.status(ingress).get("loadBalancer") or {}).get("ingress") or []:
            for one in told.get("ports") or []:
                if one.get("error"):
                    yield around.observed(
                        "ingress.port_error", ingress, port=str(one.get("port", "")), reason=one["error"]
                    )


def webhooks(around: Surroundings, places: dict[str, Lists]) -> Iterator[Fact]:
    """Webhooks whose Service, in whatever namespace, has nobody to answer. `places` are the lists of namespaces."""
    for kind in WEBHOOKS:
        for configuration in around.lists.of(kind):
            for webhook in configuration.get("webhooks") or []:
                told = (webhook.get("clientConfig") or {}).get("service") or {}
                place = places.get(told.get("namespace", ""))
                if not told or place is None:
                    continue
                target = around.named("Service", told["name"], told.get("namespace", ""))
                if why := _unserved(place, told["name"]):
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


def _unserved(place: Lists, name: str) -> str:
    service = place.named("Service", name)
    if service is None:
        return "service_missing" if place.has("Service") else ""
    if not place.has("Endpoints") or o.spec(service).get("type") == "ExternalName":
        return ""
    return "" if extract_services.ready_endpoints(service, place) else "no_endpoints"


def _no_backend(around: Surroundings, ingress: Obj, service: str, port: str, known: list[str]) -> Fact:
    return around.observed("ingress.no_backend", ingress, service=service, port=port, near=known)


def _class(around: Surroundings, ingress: Obj) -> Iterator[Fact]:
    name = str(o.spec(ingress).get("ingressClassName") or o.marks(ingress).get(CLASS_ANNOTATION) or "")
    if name:
        by_annotation = not o.spec(ingress).get("ingressClassName")  # controllers also obey words without an object
        if not by_annotation and name not in BUILT_IN_CLASSES and around.is_absent("IngressClass", name):
            yield around.missing(ingress, "IngressClass", name)
        return
    default = any(o.marks(c).get(DEFAULT_CLASS) == "true" for c in around.lists.of("IngressClass"))
    if not default and around.lists.has("IngressClass"):
        yield around.observed("ingress.no_class", ingress)


def services_of(ingress: Obj, lists: Lists) -> list[Obj]:
    """The Services that are there among those an Ingress sends to."""
    names = dict.fromkeys(name for name, _ in _backends(o.spec(ingress)))
    return [found for name in names if (found := lists.named("Service", name)) is not None]


def _backends(spec: Obj) -> Iterator[tuple[str, Any]]:
    """(Service, port number or name) of every rule."""
    paths = [p for rule in spec.get("rules") or [] for p in (rule.get("http") or {}).get("paths") or []]
    for backend in [spec.get("defaultBackend") or {}, *(p.get("backend") or {} for p in paths)]:
        if service := backend.get("service"):
            port = service.get("port") or {}
            yield str(service.get("name", "")), str(port.get("number") or port.get("name") or "")


def _known_ports(service: Obj) -> list[str]:
    ports = o.spec(service).get("ports") or []
    return [str(value) for p in ports for value in (p.get("port"), p.get("name")) if value]
