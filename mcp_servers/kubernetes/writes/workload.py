"""What the writes to a workload share: which kinds there are, and what stands around their pods."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import ClassVar, Final

from mcp_servers.kubernetes.connection.client import Cluster, Obj
from mcp_servers.kubernetes.writes.answers import Place
from mcp_servers.kubernetes.writes.blast_radius import Around, around
from mcp_servers.kubernetes.writes.object import Change, ObjectWrite, Reach
from mcp_servers.serving.errors import TeachingError

PLURALS: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


class WorkloadWrite(ObjectWrite):
    """One write on one workload of the `kinds` that it can be made on."""

    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, cluster: Cluster, namespace: str, kind: str, name: str) -> None:
        if kind not in self.kinds:
            known = f"There are: {', '.join(self.kinds)}."
            raise TeachingError("bad_request", f"kind {kind!r}", f"is none that {self.tool} changes.", known)
        super().__init__(cluster, Place(kind, PLURALS[kind], namespace, name))

    @abstractmethod
    def blast_radius(self, seen: Obj, near: Around, change: Change) -> str:
        """One sentence: which pods, who sends to them, how fast, what steers or guards them."""

    def reach(self, seen: Obj, after: Obj, change: Change, as_of: datetime) -> Reach:
        near = around(self._cluster, seen)
        return Reach(self.blast_radius(seen, near, change), near.coverage)
