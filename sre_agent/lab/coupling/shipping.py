"""Container lines on their way to CloudWatch Logs: the Service's own group, and Container Insights' for all."""

from __future__ import annotations

import json

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.coupling.endpoints import services_of
from sre_agent.lab.telemetry import LogEvent
from sre_agent.lab.world import World


class Shipping:
    """Remembers where a pod's lines go, because its last ones may come when the pod is gone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._groups: dict[tuple[str, str], list[str]] = {}
        self._nodes: dict[tuple[str, str], str] = {}

    def on_line(self, namespace: str, pod: str, container: str, at: float, line: str) -> None:
        for group in self._destinations(namespace, pod):
            self._world.logs.append(group, LogEvent(at, pod, line))
        node = self._nodes.get((namespace, pod), "")
        stream = f"{node}-application.var.log.containers.{pod}_{namespace}_{container}.log"
        record = {
            "time": rfc3339(at, micro=True),
            "stream": "stdout",
            "log": line,
            "kubernetes": {"pod_name": pod, "namespace_name": namespace, "container_name": container, "host": node},
        }
        group = f"/aws/containerinsights/{self._world.cluster.name}/application"
        self._world.logs.append(group, LogEvent(at, stream, json.dumps(record)))

    def _destinations(self, namespace: str, pod: str) -> list[str]:
        key = (namespace, pod)
        found = self._world.objects.get("Pod", namespace, pod)
        if found is not None and key not in self._groups:
            groups = {self._world.traffic[(namespace, name)].log_group for name in services_of(self._world, found)}
            self._groups[key] = sorted(groups - {""})
            self._nodes[key] = found["spec"].get("nodeName", "")
        return self._groups.get(key, [])
