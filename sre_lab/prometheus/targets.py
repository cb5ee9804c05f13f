"""What is scraped: the kubelet of each node, node-exporter on each machine, kube-state-metrics and the API server.

A kubelet of a node that is not ready does not answer; its machine does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sre_lab.clock import rfc3339
from sre_lab.instrumentation.exporters import api_server
from sre_lab.instrumentation.exporters.cadvisor import PORT
from sre_lab.instrumentation.exporters.machines import EXPORTER, PATHS
from sre_lab.instrumentation.exporters.metric_tables import KUBE_STATE, Labels
from sre_lab.instrumentation.exporters.nodes import address, is_ready
from sre_lab.prometheus.parameters import Params
from sre_lab.world import World

INTERVAL = 30.0
EXPORTER_PORT = 9100


def targets(world: World, params: Params) -> dict[str, Any]:
    """`state` is active, dropped or any; nothing is ever dropped here."""
    no_drops: dict[str, Any] = {"droppedTargets": [], "droppedTargetCounts": {}}
    if params.get("state") == "dropped":
        return {"activeTargets": [], **no_drops}
    return {"activeTargets": [_target(world, *target) for target in _targets(world)], **no_drops}


def _targets(world: World) -> Iterator[tuple[str, str, Labels, bool]]:
    """(URL, node, labels, whether it answers)"""
    if server := api_server(world):
        yield f"https://{server['instance']}/metrics", "", server, True
        yield f"http://{KUBE_STATE['instance']}/metrics", "", KUBE_STATE, True
    for node in world.objects.all("Node"):
        name, host = node["metadata"]["name"], address(node)
        for path in PATHS:
            labels = {"job": "kubelet", "metrics_path": path, "instance": f"{host}:{PORT}", "node": name}
            yield f"https://{host}:{PORT}{path}", name, labels, is_ready(node)
        if world.cluster.has(name):
            labels = {"job": EXPORTER, "instance": name}
            yield f"http://{host}:{EXPORTER_PORT}/metrics", name, labels, True


def _target(world: World, url: str, node: str, labels: Labels, up: bool) -> dict[str, Any]:
    scheme, _, rest = url.partition("://")
    where, _, path = rest.partition("/")
    return {
        "discoveredLabels": {
            "__address__": where,
            **({"__meta_kubernetes_node_name": node} if node else {}),
            "__metrics_path__": f"/{path}",
            "__scheme__": scheme,
            "job": labels["job"],
        },
        "labels": labels,
        "scrapePool": labels["job"],
        "scrapeUrl": url,
        "globalUrl": url,
        "lastError": "" if up else f'Get "{url}": context deadline exceeded',
        "lastScrape": rfc3339(world.clock.now() // INTERVAL * INTERVAL),
        "lastScrapeDuration": 0.01 if up else 10.0,
        "health": "up" if up else "down",
        "scrapeInterval": "30s",
        "scrapeTimeout": "10s",
    }
