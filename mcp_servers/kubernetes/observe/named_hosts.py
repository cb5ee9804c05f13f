"""Hosts that a template names beside the Services that exist: a name of this cluster that no Service bears.

Only variables and arguments are looked at: values of ConfigMaps are not kept. Names of the world outside, and of other
namespaces, whose Services were not read, are left alone. A single word is a name of the cluster only where a Service of
a near name shows what it was meant to be.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import needs
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import near

WITHIN = "svc"


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """One observation for each such host, with the Services of near names."""
    if not tree.lists.has("Service"):
        return
    there = [o.name(service) for service in tree.lists.of("Service")]
    for host in needs.hosts(tree.template):
        first, *rest = host.rstrip(".").split(".")
        inside = len(rest) > 1 and rest[:2] == [tree.namespace, WITHIN]
        if first in there or (rest and not inside and rest != [tree.namespace]):
            continue
        alike = near(first, there)
        if not alike and not inside:
            continue
        hint = f"; there is {', '.join(alike)}" if alike else ""
        yield Observation(
            code="reference.no_such_host",
            subject=tree.subject,
            attributes={"host": host, "near": alike},
            excerpt=f"its configuration names the host {host}, and there is no Service {first} in its namespace{hint}",
        )
