"""What the writes to a workload share: which kinds there are, and what stands around their pods."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar

from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.writes.answers import WriteLocation
from mcp_servers.kubernetes.writes.blast_radius import WorkloadSurroundings, around, replaced_pods
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import PLURALS, numbers
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.other_actors import other_actors
from mcp_servers.serving.errors import TeachingError


class WorkloadWrite(ObjectWrite):
    """One write on one workload of the `kinds` that it can be made on."""

    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, cluster: ClusterConnection, namespace: str, kind: str, name: str) -> None:
        if kind not in self.kinds:
            supported_kinds = f"Supported: {', '.join(self.kinds)}."
            raise TeachingError("bad_request", f"kind {kind!r}", f"cannot be changed by {self.tool}.", supported_kinds)
        location = WriteLocation(kind, "cronjobs", namespace, name, group="batch")
        super().__init__(
            cluster, location if kind == "CronJob" else WriteLocation(kind, PLURALS[kind], namespace, name)
        )

    @abstractmethod
    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        """One sentence: which pods, who sends to them, how fast, what steers or guards them."""

    def affected(self, before: Obj, pods: list[Obj], change: Change) -> list[Obj]:
        """Those of its running pods that are replaced or removed."""
        return replaced_pods(pods)

    def added(self, before: Obj) -> int:
        """How many pods it gets in addition."""
        return 0

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        near = around(beside, before)
        affected_pods = None if near.pods is None else self.affected(before, near.pods, change)
        serving = near.pods if near.services == [] else near.backends
        data = numbers(
            beside,
            affected_pods,
            serving,
            near.services,
            as_of=as_of,
            own=str(before["metadata"]["uid"]),
            added=self.added(before),
        )
        data |= other_actors(beside, before, near.scalers, near.pods)
        return BlastRadius(self.blast_radius(before, near, change), beside.coverage, data)
