"""What the writes to a workload share: which kinds there are, and what stands around their pods."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar, Final

from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.writes.answers import WriteLocation
from mcp_servers.kubernetes.writes.blast_radius import WorkloadSurroundings, around
from mcp_servers.kubernetes.writes.object import BlastRadius, Change, ObjectWrite
from mcp_servers.serving.errors import TeachingError

PLURALS: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


class WorkloadWrite(ObjectWrite):
    """One write on one workload of the `kinds` that it can be made on."""

    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, cluster: ClusterConnection, namespace: str, kind: str, name: str) -> None:
        if kind not in self.kinds:
            supported_kinds = f"Supported: {', '.join(self.kinds)}."
            raise TeachingError("bad_request", f"kind {kind!r}", f"cannot be changed by {self.tool}.", supported_kinds)
        super().__init__(cluster, WriteLocation(kind, PLURALS[kind], namespace, name))

    @abstractmethod
    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        """One sentence: which pods, who sends to them, how fast, what steers or guards them."""

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        near = around(self._cluster, before)
        return BlastRadius(self.blast_radius(before, near, change), near.coverage)
