"""Container Insights with enhanced observability: what its agent on every node measures, as metrics and as log records.

Once a minute each pod, container and node becomes a record in `/aws/containerinsights/CLUSTER/performance`, and the
metrics of namespace ContainerInsights with their dimension sets. What the agent cannot see, because it does not run on
a node, is missing.
"""

from __future__ import annotations

from sre_lab.behaviour import frozen
from sre_lab.instrumentation.insights import nodes, pods, workloads
from sre_lab.instrumentation.insights.agents import METRICS_AGENT, InsightsAgents
from sre_lab.instrumentation.insights.owners import workload_name
from sre_lab.instrumentation.insights.recorder import InsightsRecorder
from sre_lab.objects.store import Obj
from sre_lab.world import World

__all__ = ["ContainerInsights", "workload_name"]

PHASES = ("Running", "Pending")
MANY_PODS = 1000  # above so many, single pods and containers have no record and no series of their own


class ContainerInsights:
    """The agents of one world. What they saw of a pod is kept, as most pods are the same a minute later."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[str, pods.PodSample] = {}  # by uid

    def measure(self) -> None:
        """One look at the cluster; recorded pods that stand still are left alone."""
        world = self._world
        recorder = InsightsRecorder(world)
        agents = InsightsAgents(world, METRICS_AGENT)
        machines = {node["metadata"]["name"]: node for node in world.objects.all("Node")}
        agent_nodes = {name: node for name, node in machines.items() if agents.run_on(name)}
        samples = self._look(agent_nodes, machines)
        pods.report(recorder, samples, single=len(samples) <= MANY_PODS)
        nodes.report(world, recorder, agent_nodes, samples)
        if not machines or agent_nodes:
            workloads.report(world, recorder, list(machines.values()), samples)
        recorder.finish()

    def _look(self, agent_nodes: dict[str, Obj], machines: dict[str, Obj]) -> list[pods.PodSample]:
        world, before = self._world, self._seen
        services = pods.ServiceSelectors(world)
        self._seen = {}
        for pod in world.objects.all("Pod"):
            name = pod["spec"].get("nodeName", "")
            if (pod.get("status") or {}).get("phase") not in PHASES or frozen.is_frozen(world, pod):
                continue
            if name in agent_nodes or name not in machines:
                uid = pod["metadata"]["uid"]
                self._seen[uid] = pods.look(world, pod, agent_nodes.get(name), services.of(pod), before.get(uid))
        return list(self._seen.values())
