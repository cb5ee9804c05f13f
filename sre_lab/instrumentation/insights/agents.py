"""Where the agents run that send metrics and lines to CloudWatch.

Where a cluster has no DaemonSet of an agent, the agent is taken for granted on every node.
"""

from __future__ import annotations

from sre_lab.kubernetes.selectors import matches
from sre_lab.world import World

NAMESPACE = "amazon-cloudwatch"
METRICS_AGENT, LOGS_AGENT = "cloudwatch-agent", "fluent-bit"


class InsightsAgents:
    """The nodes on which one agent is ready at this moment."""

    def __init__(self, world: World, name: str) -> None:
        self._nodes: set[str] | None = None
        daemons = world.objects.get("DaemonSet", NAMESPACE, name)
        if daemons is not None:
            selector = daemons["spec"]["selector"]
            self._nodes = {
                pod["spec"].get("nodeName", "")
                for pod in world.objects.all("Pod", NAMESPACE)
                if matches(selector, pod["metadata"].get("labels") or {})
                and any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions") or [])
            }

    def run_on(self, node: str) -> bool:
        return self._nodes is None or node in self._nodes
