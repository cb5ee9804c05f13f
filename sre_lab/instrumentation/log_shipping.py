"""Container lines on their way to CloudWatch Logs: the Service's own group, and Container Insights' for all.

Fluent Bit on each node reads the files of its containers. Streams are named after node and file, and a record carries
what its Kubernetes filter adds; lines of the network's own pods go to the `dataplane` group, all others to
`application`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sre_lab.clock import rfc3339
from sre_lab.instrumentation.endpoints import services_of
from sre_lab.instrumentation.insights.agents import LOGS_AGENT, InsightsAgents
from sre_lab.objects.store import Obj
from sre_lab.telemetry import LogEvent
from sre_lab.world import World

DATAPLANE = ("aws-node", "kube-proxy")
LOOKS_SECONDS = 5.0
UNREAD = ("cloudwatch-agent", "fluent-bit")


@dataclass(frozen=True)
class LogOrigin:
    """What is known of a pod whose lines are read."""

    uid: str
    node: str
    groups: tuple[str, ...]
    images: dict[str, str]


class LogShipper:
    """Remembers where a pod's lines go, because its last ones may come when the pod is gone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._origins: dict[tuple[str, str], LogOrigin] = {}
        self._containers: dict[tuple[str, str, str], str] = {}
        self._agents, self._looked = InsightsAgents(world, LOGS_AGENT), world.clock.now()

    def on_line(self, namespace: str, pod: str, container: str, at: float, line: str) -> None:
        origin = self._origin(namespace, pod)
        if not self._is_read(origin.node):
            return
        for group in origin.groups:
            self._world.logs.append(group, LogEvent(at, pod, line))
        if pod.startswith(UNREAD):
            return
        kind = "dataplane" if pod.startswith(DATAPLANE) else "application"
        id = self._container_id(namespace, pod, container)
        file = f"var.log.containers.{pod}_{namespace}_{container}-{id}.log"
        group = f"/aws/containerinsights/{self._world.cluster.name}/{kind}"
        record = self._record(namespace, pod, container, at, line, origin, id)
        self._world.logs.append(group, LogEvent(at, f"{origin.node}-{kind}.{file}", json.dumps(record)))

    def _record(
        self, namespace: str, pod: str, container: str, at: float, line: str, origin: LogOrigin, id: str
    ) -> dict[str, Any]:
        about = {
            "pod_name": pod,
            "namespace_name": namespace,
            "pod_id": origin.uid,
            "host": origin.node,
            "container_name": container,
            "docker_id": id,
            "container_image": origin.images.get(container, ""),
        }
        return {"time": rfc3339(at, micro=True), "stream": "stdout", "_p": "F", "log": line, "kubernetes": about}

    def _is_read(self, node: str) -> bool:
        """Whether Fluent Bit runs on the node; looked up once in a few seconds only."""
        if self._world.clock.now() - self._looked > LOOKS_SECONDS:
            self._agents, self._looked = InsightsAgents(self._world, LOGS_AGENT), self._world.clock.now()
        return self._agents.run_on(node)

    def _origin(self, namespace: str, pod: str) -> LogOrigin:
        key = (namespace, pod)
        pod_object = self._world.objects.get("Pod", namespace, pod)
        if pod_object is not None and (
            key not in self._origins or self._origins[key].uid != pod_object["metadata"]["uid"]
        ):
            groups = {self._world.traffic[(namespace, name)].log_group for name in services_of(self._world, pod_object)}
            images = {c["name"]: c.get("image", "") for c in _containers(pod_object)}
            node = pod_object["spec"].get("nodeName", "")
            self._origins[key] = LogOrigin(pod_object["metadata"]["uid"], node, tuple(sorted(groups - {""})), images)
        return self._origins.get(key) or LogOrigin("", "", (), {})

    def _container_id(self, namespace: str, pod: str, container: str) -> str:
        """The runtime's id, as the pod's status tells it; before it does, the one of the run before."""
        key = (namespace, pod, container)
        pod_object = self._world.objects.get("Pod", namespace, pod)
        for status in (pod_object.get("status") or {}).get("containerStatuses") or [] if pod_object is not None else []:
            if status["name"] == container and status.get("containerID"):
                self._containers[key] = status["containerID"].rpartition("/")[2]
        return self._containers.get(key, "")


def _containers(pod: Obj) -> list[Obj]:
    return [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
