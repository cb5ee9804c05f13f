"""What is scraped: the kubelet of each node. A node that is not ready does not answer."""

from __future__ import annotations

from typing import Any

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.coupling.kube_nodes import instance, is_ready
from sre_agent.lab.prometheus.parameters import Params
from sre_agent.lab.world import World

INTERVAL = 30.0
PATH = "/metrics/cadvisor"


def targets(world: World, params: Params) -> dict[str, Any]:
    """`state` is active, dropped or any; nothing is ever dropped here."""
    dropped: dict[str, Any] = {"droppedTargets": [], "droppedTargetCounts": {}}
    if params.get("state") == "dropped":
        return {"activeTargets": [], **dropped}
    return {"activeTargets": [_target(world, node) for node in world.objects.all("Node")], **dropped}


def _target(world: World, node: dict[str, Any]) -> dict[str, Any]:
    address, ready, name = instance(node), is_ready(node), node["metadata"]["name"]
    url = f"https://{address}{PATH}"
    return {
        "discoveredLabels": {
            "__address__": address,
            "__meta_kubernetes_node_name": name,
            "__metrics_path__": PATH,
            "__scheme__": "https",
            "job": "kubelet",
        },
        "labels": {"instance": address, "job": "kubelet", "node": name},
        "scrapePool": "kubelet",
        "scrapeUrl": url,
        "globalUrl": url,
        "lastError": "" if ready else f'Get "{url}": context deadline exceeded',
        "lastScrape": rfc3339(world.clock.now() // INTERVAL * INTERVAL),
        "lastScrapeDuration": 0.01 if ready else 10.0,
        "health": "up" if ready else "down",
        "scrapeInterval": "30s",
        "scrapeTimeout": "10s",
    }
