"""Whom the addresses mean that programs complain of: Services by their names and addresses, and names without one.

A log says `dial tcp 10.96.4.7:80` or `lookup cart.shop.svc.cluster.local on 10.96.0.10:53`. Only the cluster knows
which Service that is, and whether there is one.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from mcp_servers.contract.facts import Coverage, Observation, Relation, Subject
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.dns import policy
from mcp_servers.kubernetes.observe.missing_services import absent
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.programs import ROLLED_OUT
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read

NAMING = ("log.connection_failed", "log.bad_answer", "call.slow")  # signs that name whom a program called
DNS_NAMES = ("kube-dns", "coredns", "rke2-coredns-rke2-coredns", "dns-default")  # of the Service that answers for names
NODE_CACHE = "169.254.20."  # where the node's own cache of the cluster's names listens
ALIASES = 3  # that may stand for each other in a row
_PORT = re.compile(r":(\d+)$")
_SERVER = re.compile(r"\bon ([\d.]+|\[?[0-9a-f:]+\]?):53\b")


@dataclass
class ResolvedCalls:
    """The observations with their addresses resolved, and what that adds."""

    observations: list[Observation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)


@dataclass(frozen=True)
class CalledName:
    """A name of the cluster's: of a Service, which may not be there."""

    namespace: str
    name: str


def resolved(api: Api, found: Sequence[Observation], pods: Iterable[Obj]) -> ResolvedCalls:
    """What failed connections and refusals mean. Services are asked for only when an address may be one of them."""
    called = ResolvedCalls()
    by_name = {o.name(pod): pod for pod in pods}
    for x in found:
        called.relations += _account(api, x, by_name.get(x.subject.name))
    if not any(x.code in NAMING and _may_be_inside(_host(x)[0]) for x in found):
        called.observations += found
        return called
    services = read(api, "", ["Service", "Namespace"], beside=True)
    called.coverage += compact([c for c in services.coverage if c.state != "complete"])
    nowhere: dict[CalledName, list[Subject]] = {}
    unanswered: dict[CalledName, list[Observation]] = {}
    for x in found:
        host, port = _host(x) if x.code in NAMING else ("", "")
        host, aliases = _aliased(host, x.subject.namespace, services)
        if aliases:
            x = x.model_copy(update={"attributes": x.attributes | {"address": f"{host}{port}"}})
            called.relations += [
                Relation(kind="calls", source=x.subject, target=o.subject(api.name, a)) for a in aliases
            ]
        service, meant = _service(host, x.subject.namespace, services), _name(host, x.subject.namespace, services)
        if service is not None:
            target = o.subject(api.name, service)
            shown = {"address": f"{target.name}.{target.namespace}.svc{port}", "in_cluster": True}
            x = x.model_copy(update={"attributes": x.attributes | shown})
            called.relations.append(Relation(kind="calls", source=x.subject, target=target))
            if x.attributes.get("why") == "dns" and _asks_the_cluster(by_name.get(x.subject.name)):
                unanswered.setdefault(CalledName(target.namespace, target.name), []).append(x)
        elif meant is not None and x.attributes.get("why") == "dns" and services.has("Service"):
            nowhere.setdefault(meant, []).append(x.subject)
            called.relations.append(Relation(kind="calls", source=x.subject, target=_subject(api, meant)))
        called.observations.append(x)
    called.observations += [_absent(api, meant, askers, services) for meant, askers in nowhere.items()]
    _add_unanswered(api, unanswered, services, called)
    return called


def _account(api: Api, x: Observation, pod: Obj | None) -> list[Relation]:
    """As whom a program is refused: the account that the message names, else that of its pod."""
    if x.code != "log.access_denied":
        return []
    named = str(x.attributes.get("identity", "")).split(":")
    place, account = x.subject.namespace, str(o.spec(pod or {}).get("serviceAccountName") or "default")
    if named[:2] == ["system", "serviceaccount"] and len(named) == 4:
        place, account = named[2:]
    target = Subject(scope=api.name, kind="ServiceAccount", namespace=place, name=account)
    return [Relation(kind="refers_to", source=x.subject, target=target)]


def _absent(api: Api, meant: CalledName, askers: list[Subject], services: Lists) -> Observation:
    beside = read(api, meant.namespace, ROLLED_OUT, beside=True)
    there = [s for s in services.of("Service") if o.meta(s).get("namespace") == meant.namespace]
    return absent(_subject(api, meant), (s.short for s in askers), beside.merged(Lists({"Service": there})))


def _add_unanswered(
    api: Api, found: dict[CalledName, list[Observation]], services: Lists, called: ResolvedCalls
) -> None:
    """One fact on the cluster's DNS for each name that it did not find, and who asked it."""
    for meant, told in found.items():
        server = next((s[1] for x in told if (s := _SERVER.search(x.excerpt))), "")
        dns = next((s for s in services.of("Service") if _is_dns(s, server)), None)
        if dns is None:
            continue
        about, askers = o.subject(api.name, dns), {x.subject.key: x.subject for x in told}
        shown = {"name": f"{meant.name}.{meant.namespace}", "server": server}
        called.observations.append(
            Observation(
                code="dns.unanswered",
                subject=about,
                at=min((x.at for x in told if x.at is not None), default=None),
                attributes={**shown, "asked_by": sorted(s.short for s in askers.values())},
                excerpt=told[0].excerpt,
            )
        )
        called.relations += [Relation(kind="calls", source=s, target=about) for s in askers.values()]


def _is_dns(service: Obj, server: str) -> bool:
    if server and not server.startswith(NODE_CACHE):
        return server in _addresses(service)
    return o.name(service) in DNS_NAMES and o.meta(service).get("namespace") in ("kube-system", "openshift-dns")


def _asks_the_cluster(pod: Obj | None) -> bool:
    """Whether a pod asks the cluster's name server at all."""
    return pod is None or policy(pod) == "ClusterFirst"


def _service(host: str, namespace: str, services: Lists) -> Obj | None:
    if _is_address(host):
        found = services.by("Service", _addresses).get(host)
        return found[0] if found else None
    meant = _name(host, namespace, services)
    named = services.by("Service", _full_name).get((meant.namespace, meant.name)) if meant else None
    return named[0] if named else None


def _aliased(host: str, namespace: str, services: Lists) -> tuple[str, list[Obj]]:
    """The host that a name stands for in the end, and the Services of type ExternalName that lead there."""
    passed: list[Obj] = []
    while len(passed) < ALIASES and (service := _service(host, namespace, services)) is not None:
        target = str(o.spec(service).get("externalName") or "")
        if o.spec(service).get("type") != "ExternalName" or not target:
            break
        passed.append(service)
        host = target.rstrip(".")
    return host, passed


def _name(host: str, namespace: str, services: Lists) -> CalledName | None:
    """The cluster's name that a host is; None for one of the world outside."""
    if not host or _is_address(host):
        return None
    first, *rest = host.rstrip(".").split(".")
    if not rest:
        return CalledName(namespace, first)
    known = rest[0] if len(rest) == 1 and services.by_name("Namespace", rest[0]) else ""
    if len(rest) > 1 and rest[1] == "svc":
        known = rest[0]
    return CalledName(known, first) if known else None


def _host(x: Observation) -> tuple[str, str]:
    """(host, `:port` or nothing) of the address of a failed connection."""
    address = str(x.attributes.get("address", "")).split("://")[-1].split("/")[0]
    port = _PORT.search(address)
    return (address[: port.start()], port[0]) if port else (address, "")


def _may_be_inside(host: str) -> bool:
    if _is_address(host):
        return ip_address(host).is_private
    return bool(host) and (host.count(".") < 2 or ".svc" in host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _addresses(service: Obj) -> Iterable[Hashable]:
    spec = o.spec(service)
    return {a for a in (spec.get("clusterIP"), *(spec.get("clusterIPs") or [])) if a and a != "None"}


def _full_name(service: Obj) -> Iterable[Hashable]:
    return [(str(o.meta(service).get("namespace", "")), o.name(service))]


def _subject(api: Api, meant: CalledName) -> Subject:
    return Subject(scope=api.name, kind="Service", namespace=meant.namespace, name=meant.name)
