"""How much a workload gets: resources of one container, and the number of replicas."""

from __future__ import annotations

from typing import Any

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes import blast_radius as blast
from mcp_servers.kubernetes.writes.blast_radius import WorkloadSurroundings
from mcp_servers.kubernetes.writes.change import Change
from mcp_servers.kubernetes.writes.patches import Merge
from mcp_servers.kubernetes.writes.workload import WorkloadWrite
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near as near_names
from mcp_servers.serving.near_names import offer

NONE = "none"  # as an argument: take the limit or request away


class SetResources(WorkloadWrite):
    """Limits and requests of one container of the pod template. An empty value leaves what is there."""

    tool = "kubectl_set_resources"
    title = "Set limits and requests"
    kinds = ("Deployment", "StatefulSet", "DaemonSet")

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.RestartedKind,
        name: inputs.WorkloadName,
        container: inputs.OnlyContainer = "",
        memory_limit: inputs.Memory = "",
        memory_request: inputs.Memory = "",
        cpu_limit: inputs.Cpu = "",
        cpu_request: inputs.Cpu = "",
    ) -> None:
        """Set limits and requests of a container, which replaces the pods.

        An empty value leaves what is there, "none" takes it away. `container` may be left out where there is only one.
        """
        super().__init__(cluster, namespace, kind, name)
        self._container = container
        options = {
            "memory_limit": ("limits", "memory", memory_limit),
            "memory_request": ("requests", "memory", memory_request),
            "cpu_limit": ("limits", "cpu", cpu_limit),
            "cpu_request": ("requests", "cpu", cpu_request),
        }
        self._quantities = {argument: wish for argument, wish in options.items() if wish[2]}
        if not self._quantities:
            raise TeachingError("bad_request", self.aim, "no value is given.", f"Give one of: {', '.join(options)}.")

    @property
    def aim(self) -> str:
        wishes = ", ".join(f"{argument} {value}" for argument, (_, _, value) in self._quantities.items())
        where = f"container {self._container} of {self._at.subject}" if self._container else self._at.subject
        return f"set resources of {where}" + (f" to {wishes}" if wishes else "")

    def change(self, reply: ApiReply) -> Change:
        container = self._container_of(reply.body)
        present = container.get("resources") or {}
        resources: dict[str, dict[str, str | None]] = {}
        before: dict[str, str] = {}
        for argument, (group, resource, value) in self._quantities.items():
            old = (present.get(group) or {}).get(resource)
            before[argument] = NONE if old is None else str(old)
            if value != NONE or old is not None:
                resources.setdefault(group, {})[resource] = None if value == NONE else value
        patch = Merge({"template": {"spec": {"containers": [{"name": container["name"], "resources": resources}]}}})
        call: dict[str, Any] = {"namespace": self._at.namespace, "kind": self._at.kind, "name": self._at.name}
        return Change(patch, {"tool": self.tool, "arguments": {**call, "container": container["name"], **before}})

    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        asks = any(group == "requests" for group, _, _ in self._quantities.values())
        return blast.replacing(before, near, requests_change=asks)

    def _container_of(self, workload: Obj) -> Obj:
        containers = {c["name"]: c for c in workload["spec"]["template"]["spec"]["containers"]}
        names = ", ".join(containers)
        if not self._container and len(containers) > 1:
            raise TeachingError("bad_request", self.aim, f"it has several containers: {names}.", "Name one of them.")
        if self._container and self._container not in containers:
            suggestion = offer(near_names(self._container, containers))
            raise TeachingError("not_found", self.aim, f"it has no such container, only: {names}.", suggestion)
        return dict(containers[self._container or next(iter(containers))])


class Scale(WorkloadWrite):
    """The number of replicas."""

    tool = "kubectl_scale"
    title = "Scale"
    not_its_own = ()  # the number of replicas is what it is about
    kinds = ("Deployment", "StatefulSet")

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.ScaledKind,
        name: inputs.WorkloadName,
        replicas: inputs.Replicas,
    ) -> None:
        """Set the number of replicas."""
        super().__init__(cluster, namespace, kind, name)
        if type(replicas) is not int or replicas < 0:
            raise TeachingError("bad_request", f"replicas {replicas!r}", "is not a whole number of at least 0.")
        self._replicas = replicas

    @property
    def aim(self) -> str:
        return f"scale {self._at.subject} to {self._replicas}"

    def change(self, reply: ApiReply) -> Change:
        arguments = {
            "namespace": self._at.namespace,
            "kind": self._at.kind,
            "name": self._at.name,
            "replicas": blast.desired_replicas(reply.body),
        }
        return Change(Merge({"replicas": self._replicas}), {"tool": self.tool, "arguments": arguments})

    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        return blast.scaling(before, near, blast.desired_replicas(before), self._replicas)

    def affected(self, before: Obj, pods: list[Obj], change: Change) -> list[Obj]:
        """The ReplicaSet controller removes pods that are not ready first."""
        removed = max(0, blast.desired_replicas(before) - self._replicas)
        return sorted(pods, key=o.is_ready)[:removed]

    def added(self, before: Obj) -> int:
        return max(0, self._replicas - blast.desired_replicas(before))
