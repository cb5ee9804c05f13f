"""Whom the addresses mean that programs complain of: Services by their names and addresses, and names without one.

A log says `dial tcp 10.96.4.7:80` or `lookup cart.shop.svc.cluster.local on 10.96.0.10:53`. Only the cluster knows
which Service that is, and whether there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from mcp_servers.contract.facts import Coverage, Observation, Relation, Subject
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.dns import is_unsearched, policy
from mcp_servers.kubernetes.observe.missing_services import absent
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import service_names
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.programs import ROLLED_OUT
from mcp_servers.kubernetes.snapshot.reading import Lists, compact, read
from mcp_servers.kubernetes.snapshot.service_names import CalledName

NAMING = ("log.connection_failed", "log.bad_answer", "call.slow")  # signs that name whom a program called
DNS_NAMES = ("kube-dns", "coredns", "rke2-coredns-rke2-coredns", "dns-default")  # of the Service that answers for names
NODE_CACHE = "169.254.20."  # where the node's own cache of the cluster's names listens
_PORT = re.compile(r":(\d+)$")
_SERVER = re.compile(r"\bon ([\d.]+|\[?[0-9a-f:]+\]?):53\b")


@dataclass
class ResolvedCalls:
    """The observations with their addresses resolved, and what that adds."""

    observations: list[Observation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)


def resolved(api: Api, observations: Sequence[Observation], pods: Iterable[Obj]) -> ResolvedCalls:
    """What failed connections and refusals mean. Services are asked for only when an address may be one of them."""
    resolved_calls = ResolvedCalls()
    by_name = {o.name(pod): pod for pod in pods}
    for x in observations:
        resolved_calls.relations += _account(api, x, by_name.get(x.subject.name))
    if not any(x.code in NAMING and _may_be_inside(_host(x)[0]) for x in observations):
        resolved_calls.observations += observations
        return resolved_calls
    services = read(api, "", ["Service", "Namespace"], beside=True)
    resolved_calls.coverage += compact([c for c in services.coverage if c.state != "complete"])
    nowhere: dict[CalledName, list[Subject]] = {}
    without_answer: dict[CalledName, list[Observation]] = {}
    for x in observations:
        host, port = _host(x) if x.code in NAMING else ("", "")
        host, aliases = service_names.aliased(host, x.subject.namespace, services)
        if aliases:
            x = x.model_copy(update={"attributes": x.attributes | {"address": f"{host}{port}"}})
            resolved_calls.relations += [
                Relation(kind="calls", source=x.subject, target=o.subject(api.name, a)) for a in aliases
            ]
        service = service_names.service_of(host, x.subject.namespace, services)
        called_name = service_names.name_of(host, x.subject.namespace, services)
        if service is not None:
            target = o.subject(api.name, service)
            attributes = {"address": f"{target.name}.{target.namespace}.svc{port}", "in_cluster": True}
            if x.attributes.get("why") == "dns" and is_unsearched(by_name.get(x.subject.name, {}), host):
                attributes["unsearched"] = True
            x = x.model_copy(update={"attributes": x.attributes | attributes})
            resolved_calls.relations.append(Relation(kind="calls", source=x.subject, target=target))
            if x.attributes.get("why") == "dns" and _asks_the_cluster(x, by_name.get(x.subject.name)):
                without_answer.setdefault(CalledName(target.namespace, target.name), []).append(x)
        elif called_name is not None and x.attributes.get("unanswered") and _name_server(x, services) is not None:
            without_answer.setdefault(called_name, []).append(x)
        elif called_name is not None and x.attributes.get("why") == "dns" and services.has("Service"):
            nowhere.setdefault(called_name, []).append(x.subject)
            resolved_calls.relations.append(Relation(kind="calls", source=x.subject, target=_subject(api, called_name)))
        elif called_name is not None and host and not port and "." not in host and services.has("Service"):
            x = _of_nobody(x)
        resolved_calls.observations.append(x)
    resolved_calls.observations += [
        _absent(api, target_name, askers, services) for target_name, askers in nowhere.items()
    ]
    _add_unanswered(api, without_answer, services, resolved_calls)
    return resolved_calls


def _account(api: Api, x: Observation, pod: Obj | None) -> list[Relation]:
    """As whom a program is refused: the account that the message names, else that of its pod."""
    if x.code != "log.access_denied":
        return []
    parts = str(x.attributes.get("identity", "")).split(":")
    place, account = x.subject.namespace, str(o.spec(pod or {}).get("serviceAccountName") or "default")
    if parts[:2] == ["system", "serviceaccount"] and len(parts) == 4:
        place, account = parts[2:]
    target = Subject(scope=api.name, kind="ServiceAccount", namespace=place, name=account)
    return [Relation(kind="refers_to", source=x.subject, target=target)]


def _of_nobody(x: Observation) -> Observation:
    """A failed connection whose address is a word like any other, as in "cannot connect to broker"."""
    times = {name: x.attributes[name] for name in ("count", "first", "last") if name in x.attributes}
    attributes = {"message": x.excerpt, "about": "connection"} | times
    return Observation(code="log.error", subject=x.subject, at=x.at, attributes=attributes, excerpt=x.excerpt)


def _absent(api: Api, called_name: CalledName, askers: list[Subject], services: Lists) -> Observation:
    beside = read(api, called_name.namespace, ROLLED_OUT, beside=True)
    there = [s for s in services.of("Service") if o.meta(s).get("namespace") == called_name.namespace]
    same = [s for s in services.of("Service") if o.name(s) == called_name.name and s not in there]
    elsewhere = {str(o.meta(s).get("namespace", "")) for s in same}
    return absent(
        _subject(api, called_name), (s.short for s in askers), beside.merged(Lists({"Service": there})), elsewhere
    )


def _add_unanswered(
    api: Api, without_answer: dict[CalledName, list[Observation]], services: Lists, resolved_calls: ResolvedCalls
) -> None:
    """One fact on the cluster's DNS for each name that it did not find, and who asked it."""
    for called_name, observations in without_answer.items():
        dns = next((s for x in observations if (s := _name_server(x, services)) is not None), None)
        if dns is None:
            continue
        server = next(filter(None, map(_server_address, observations)), "")
        about, askers = o.subject(api.name, dns), {x.subject.key: x.subject for x in observations}
        attributes = {"name": f"{called_name.name}.{called_name.namespace}", "server": server}
        resolved_calls.observations.append(
            Observation(
                code="dns.unanswered",
                subject=about,
                at=min((x.at for x in observations if x.at is not None), default=None),
                attributes={**attributes, "asked_by": sorted(s.short for s in askers.values())},
                excerpt=observations[0].excerpt,
            )
        )
        resolved_calls.relations += [Relation(kind="calls", source=s, target=about) for s in askers.values()]


def _server_address(x: Observation) -> str:
    """The address of the name server that a line says was asked; empty where it does not."""
    match = _SERVER.search(x.excerpt)
    return match[1] if match else ""


def _name_server(x: Observation, services: Lists) -> Obj | None:
    """The Service of the cluster that was asked for a name."""
    return next((s for s in services.of("Service") if _is_dns(s, _server_address(x))), None)


def _is_dns(service: Obj, server: str) -> bool:
    if server and not server.startswith(NODE_CACHE):
        return server in service_names.addresses(service)
    return o.name(service) in DNS_NAMES and o.meta(service).get("namespace") in ("kube-system", "openshift-dns")


def _asks_the_cluster(x: Observation, pod: Obj | None) -> bool:
    """Whether a pod asks the cluster's name server at all, and by a name that the cluster knows."""
    return (pod is None or policy(pod) == "ClusterFirst") and not x.attributes.get("unsearched")


def _host(x: Observation) -> tuple[str, str]:
    """(host, `:port` or nothing) of the address of a failed connection."""
    address = str(x.attributes.get("address", "")).split("://")[-1].split("/")[0]
    port = _PORT.search(address)
    return (address[: port.start()], port[0]) if port else (address, "")


def _may_be_inside(host: str) -> bool:
    if service_names.is_address(host):
        return ip_address(host).is_private
    return bool(host) and (host.count(".") < 2 or ".svc" in host)


def _subject(api: Api, called_name: CalledName) -> Subject:
    return Subject(scope=api.name, kind="Service", namespace=called_name.namespace, name=called_name.name)
