"""Which Service of the cluster a host means: by its name in one of the usual forms, by its address, through aliases."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists

ALIASES: Final = 3  # that may stand for each other in a row
WITHIN: Final = "svc"  # the label of a Service's name behind its namespace


@dataclass(frozen=True)
class CalledName:
    """A name of the cluster's: of a Service, which may not be there."""

    namespace: str
    name: str


def service_of(host: str, namespace: str, services: Lists) -> Obj | None:
    """The Service that `host` means to who asks from `namespace`; `services` are those of the whole cluster."""
    if is_address(host):
        matches = services.by("Service", addresses).get(host)
        return matches[0] if matches else None
    called_name = name_of(host, namespace, services)
    namesakes = (
        services.by("Service", _full_name).get((called_name.namespace, called_name.name)) if called_name else None
    )
    return namesakes[0] if namesakes else None


def aliased(host: str, namespace: str, services: Lists) -> tuple[str, list[Obj]]:
    """The host that a name stands for in the end, and the Services of type ExternalName that lead there."""
    chain: list[Obj] = []
    while len(chain) < ALIASES and (service := service_of(host, namespace, services)) is not None:
        target = str(o.spec(service).get("externalName") or "")
        if o.spec(service).get("type") != "ExternalName" or not target:
            break
        chain.append(service)
        host = target.rstrip(".")
    return host, chain


def name_of(host: str, namespace: str, services: Lists) -> CalledName | None:
    """The cluster's name that a host is; None for one of the world outside."""
    if not host or is_address(host):
        return None
    labels = host.rstrip(".").split(".")
    if WITHIN in labels[2:]:  # before it the namespace and the name, and before these perhaps a pod's
        at = labels.index(WITHIN, 2)
        return CalledName(labels[at - 1], labels[at - 2])
    if (called_name := _short(labels, namespace, services)) is not None:
        return called_name
    behind = _short(labels[1:], namespace, services)  # a pod's own name before that of its Service
    return (
        behind
        if behind is not None and services.by("Service", _full_name).get((behind.namespace, behind.name))
        else None
    )


def _short(labels: list[str], namespace: str, services: Lists) -> CalledName | None:
    """A name alone, or with the namespace that it is in."""
    if len(labels) == 1:
        return CalledName(namespace, labels[0])
    is_short = len(labels) == 2 and services.by_name("Namespace", labels[1])
    return CalledName(labels[1], labels[0]) if is_short else None


def addresses(service: Obj) -> Iterable[Hashable]:
    spec = o.spec(service)
    return {a for a in (spec.get("clusterIP"), *(spec.get("clusterIPs") or [])) if a and a != "None"}


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _full_name(service: Obj) -> Iterable[Hashable]:
    return [(str(o.meta(service).get("namespace", "")), o.name(service))]
