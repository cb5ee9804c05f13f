"""Hosts and ports that a workload is configured to call beside the Services of the whole cluster: a name that is none
in the caller's namespace, with where it is one, and a port that the Service does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import needs
from mcp_servers.kubernetes.observe.named_hosts import may_be_missing, no_such_host
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import service_names
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import near

Config = Mapping[str, Mapping[str, str]]


def observe(tree: WorkloadTree, services: Lists, config: Config | None = None) -> Iterator[Observation]:
    """`services` are those of the whole cluster, `config` the values of ConfigMaps by name."""
    if not services.has("Service"):
        return
    for host in needs.hosts(tree.template, config):
        service = service_names.service_of(host, tree.namespace, services)
        if service is not None:
            yield from _ports(tree, host, service, config or {})
        elif (target := service_names.name_of(host, tree.namespace, services)) is not None:
            same = [s for s in services.of("Service") if o.name(s) == target.name]
            elsewhere = sorted({str(o.meta(s).get("namespace", "")) for s in same})
            there = [o.name(s) for s in services.of("Service") if o.meta(s).get("namespace") == target.namespace]
            alike = near(target.name, there)
            if elsewhere or alike or service_names.WITHIN in host.split("."):
                yield no_such_host(tree, host, target, alike, elsewhere)


def are_to_be_looked_up(tree: WorkloadTree) -> bool:
    """Whether a host of the template may be a Service's that the namespace does not have."""
    return any(may_be_missing(tree, host) for host in needs.hosts(tree.template))


def _ports(tree: WorkloadTree, host: str, service: Obj, config: Config) -> Iterator[Observation]:
    """A Service without an address of its own has no ports: its callers reach its pods."""
    spec = o.spec(service)
    if spec.get("clusterIP") == "None" or spec.get("type") == "ExternalName":
        return
    has = [str(port["port"]) for port in spec.get("ports") or [] if port.get("port")]
    with_port = re.compile(rf"(?<![\w.-]){re.escape(host)}:(\d{{2,5}})(?!\d)")
    ports_called = {match for _, value in needs.values(tree.template, config) for match in with_port.findall(value)}
    for port in sorted(ports_called - set(has)) if has else ():
        name = f"{o.meta(service).get('namespace', '')}/{o.name(service)}"
        text = f"its configuration calls {host}:{port}, and Service {name} has no port {port}, only {', '.join(has)}"
        attributes = {"host": host, "port": port, "service": name, "ports": has}
        yield Observation(code="reference.no_such_port", subject=tree.subject, attributes=attributes, excerpt=text)
