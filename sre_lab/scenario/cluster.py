"""The cluster that a scenario runs on, and what is particular about single nodes of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_lab.scenario.schema import ScenarioPart, Span


class NodeSpec(ScenarioPart):
    """One machine. What is not said here is as the cluster has it, or an average machine.

    The kubelet is a process of the machine: while it is down, containers run on and nobody looks after them. So is the
    agent of Systems Manager on an EC2 instance, which falls silent while it is down. `network` is the state of the CNI
    plugin: `uninitialised` keeps the node NotReady, `exhausted` leaves it Ready without an address for another pod.
    Labels, taints and zone count when the node registers. `disk_used`, `memory_used` and `processes_used` are what the
    system takes beside the pods, `journal` is what of `disk_used` its journal takes.
    """

    kubelet: Literal["up", "down"] = "up"
    ssm_agent: Literal["up", "down"] = "up"
    network: Literal["ready", "uninitialised", "exhausted"] = "ready"
    labels: dict[str, str] = {}
    taints: list[dict[str, str]] = []  # those that it registers with
    zone: str = ""
    instance_type: str = ""
    cpu: str = ""
    memory: str = ""
    max_pods: int = 110
    disk: str = "100Gi"
    disk_used: str = "12Gi"
    journal: str = "1Gi"
    memory_used: str = "600Mi"
    processes: int = Field(default=32_768, description="limit of process ids on the node")
    processes_used: int = 180
    clock_skew: Span = 0.0  # how far its clock is ahead of the others


USUAL = NodeSpec()


class ClusterSpec(ScenarioPart):
    """`nodes` machines called worker-1, worker-2, …; `node` says what is particular about them, or names further ones.

    With an `instance_type` they are EC2 instances of a managed node group; an empty one makes bare machines.
    """

    name: str = "shop-prod"
    account: str = "111122223333"
    region: str = "eu-west-1"
    nodes: int = 3
    node_cpu: str = "4"
    node_memory: str = "8Gi"
    instance_type: str = "c6i.xlarge"
    node: dict[str, NodeSpec] = {}
    metrics_server: bool = True  # whether its APIService, Service and Deployment were installed

    @property
    def machines(self) -> list[str]:
        """Their names, in the order of their numbers."""
        workers = [f"worker-{number}" for number in range(1, self.nodes + 1)]
        return [*workers, *(name for name in self.node if not self._is_numbered(name))]

    def has(self, machine: str) -> bool:
        return machine in self.node or self._is_numbered(machine)

    def facts(self, machine: str) -> NodeSpec:
        """What is declared of it now; of one that is not declared, what is usual."""
        return self.node.get(machine, USUAL)

    def _is_numbered(self, name: str) -> bool:
        number = name.removeprefix("worker-")
        return number != name and number.isdigit() and 1 <= int(number) <= self.nodes
