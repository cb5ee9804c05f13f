"""The registry that an image evidently is to come from, where its own host is a name that nobody knows: the only one
of nearly the same spelling from which others in the namespace run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.observe.other_values import MUTABLE, other_value, template_containers
from mcp_servers.kubernetes.observe.starts import registry, unknown_registry
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.container_views import looks
from mcp_servers.kubernetes.snapshot.kinds import WORKLOADS
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree
from mcp_servers.serving.near_names import alike

SAME_WORD: Final = 0.9  # of likeness: a letter or two are otherwise, not a part of the name


def observe(tree: WorkloadTree) -> Iterator[Observation]:
    """The image of each container whose registry's name does not resolve, with the host that is meant."""
    if tree.root["kind"] not in MUTABLE:
        return
    views = [view for pod in tree.pods for view in looks(pod, tree.subject, tree.events(pod), tree.now)]
    hosts = {view.name: host for view in views if (host := unknown_registry(view))}
    known_hosts = _serving_hosts(tree) if hosts else {}
    for path, container in template_containers(tree):
        image, name = str(container.get("image", "")), str(container.get("name", ""))
        host, _, rest = image.partition("/")
        if host != hosts.get(name) or host in known_hosts:
            continue
        close = [other for other in known_hosts if alike(host, other) >= SAME_WORD]
        if len(close) == 1:
            right = f"{close[0]}/{rest}"
            yield other_value(
                tree, "registry", name, "", image, right, f"{path}/image", source="near_host", of=known_hosts[close[0]]
            )


def _serving_hosts(tree: WorkloadTree) -> dict[str, str]:
    """The hosts of the images with which other workloads serve, each with one of these."""
    return {
        host: f"{root['kind']} {o.name(root)}"
        for kind in WORKLOADS
        for root in tree.lists.of(kind)
        if root is not tree.root and int(o.status(root).get("readyReplicas") or 0)
        for _, container in o.containers(o.template(root))
        if (host := registry(str(container.get("image", ""))))
    }
