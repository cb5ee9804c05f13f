"""Hosts that a template names beside the Services of its namespace: a name of this cluster that no Service bears.

Only variables and arguments are looked at: values of ConfigMaps are not kept. Names of the world outside, and of other
namespaces, whose Services were not read, are left alone. A single word is a name of the cluster only where a Service of
a near name shows what it was meant to be; where the Services of the whole cluster were read, one elsewhere does so too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe import needs
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.service_names import WITHIN, CalledName
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import near


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
        if alike or inside:
            yield no_such_host(tree, host, CalledName(tree.namespace, first), alike)


def may_be_missing(tree: WorkloadTree, host: str) -> bool:
    """Whether it has a form in which Services are named, and none of the namespace is meant."""
    first, *rest = host.rstrip(".").split(".")
    here = not rest or rest[0] == tree.namespace
    is_inside = len(rest) < 2 or rest[1] == WITHIN
    return is_inside and not (here and tree.lists.by_name("Service", first) is not None)


def no_such_host(
    tree: WorkloadTree, host: str, target: CalledName, alike: Sequence[str], elsewhere: Sequence[str] = ()
) -> Observation:
    """`alike` are Services of near names where it is looked for, `elsewhere` namespaces that have one of its name."""
    place = "its namespace" if target.namespace == tree.namespace else "namespace"
    place += f" {target.namespace}"
    text = f"its configuration names the host {host}, and there is no Service {target.name} in {place}"
    text += f"; there is {', '.join(alike)}" if alike else ""
    text += f"; one of that name is in namespace {', '.join(elsewhere)}" if elsewhere else ""
    instead = "elsewhere" if elsewhere else "near" if alike else "none"
    attributes = {"host": host, "near": list(alike), "in_namespaces": list(elsewhere), "instead": instead}
    return Observation(code="reference.no_such_host", subject=tree.subject, attributes=attributes, excerpt=text)
