"""Whether a node takes new pods. A node belongs to no namespace: the allowlist names it as `node:NAME`.

Its kubelet writes to it all the time, so a permit is bound to what people and autoscalers decide of it alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

from mcp_servers.contract import blast_radius as contract
from mcp_servers.contract.blast_radius import BlastRadiusFigures, NamespaceHealth
from mcp_servers.contract.calls import digest
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.observe.node_removals import REMOVAL_TAINTS
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes.answers import WriteLocation
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.edits import Edit, EditWrite
from mcp_servers.kubernetes.writes.other_actors import other_managers
from mcp_servers.serving.errors import TeachingError

NODE: Final = "node:"  # before the name, on the allowlist
OF_CONTROLLERS: Final = "node.kubernetes.io/"  # taints that come and go with conditions
UNSCHEDULABLE: Final = "/spec/unschedulable"


class NodeWrite(EditWrite):
    """An edit of one node."""

    is_namespaced = False

    def __init__(self, cluster: ClusterConnection, name: str) -> None:
        super().__init__(cluster, WriteLocation("Node", "nodes", "", name, group=""))

    @property
    def place(self) -> str:
        return f"{self.prefix}{NODE}{self._at.name}"

    @property
    def identity(self) -> dict[str, Any]:
        return {"name": self._at.name}

    def version(self, body: Obj) -> str:
        return digest("node", _decision(body))[:16]

    def _state(self, before: Obj) -> str:
        return digest("node", _decision(before))

    def figures(self, pods: int | None) -> dict[str, Any]:
        """Keys of a preview's data. Which Services lose pods, and how namespaces stand, is not read for a node."""
        of_node = BlastRadiusFigures(
            replicas=pods,
            nodes=1,
            ready_share=0 if pods == 0 else None,
            callers=0 if pods == 0 else None,
            **contract.NONE_ON_AWS,
        )
        return {
            contract.FIGURES: of_node.model_dump(mode="json"),
            contract.NAMESPACE: NamespaceHealth().model_dump(mode="json"),
        }


class _Schedulability(NodeWrite):
    closes: ClassVar[bool]
    other: ClassVar[str]

    @property
    def aim(self) -> str:
        return f"{'cordon' if self.closes else 'uncordon'} {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        is_closed = bool(o.spec(body).get("unschedulable"))
        if not self.closes:
            refuse_removal(body, self.aim)
        tool = self.tool if is_closed == self.closes else self.other
        return Edit({UNSCHEDULABLE: True if self.closes else None}, {}, undone_by=tool)

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        effect = "takes no new pods; those that run there stay" if self.closes else "takes new pods again"
        sentence = f"Node {self._at.name} {effect}; no pod is stopped or moved."
        return BlastRadius(sentence, data=self.figures(0) | other_managers(before))


class Cordon(_Schedulability):
    tool = "kubectl_cordon"
    title = "Cordon a node"
    closes, other = True, "kubectl_uncordon"

    def __init__(self, cluster: ClusterConnection, name: inputs.WrittenNode) -> None:
        """Let a node take no new pods. Those that run there stay."""
        super().__init__(cluster, name)


class Uncordon(_Schedulability):
    tool = "kubectl_uncordon"
    title = "Uncordon a node"
    closes, other = False, "kubectl_cordon"

    def __init__(self, cluster: ClusterConnection, name: inputs.WrittenNode) -> None:
        """Let a cordoned node take new pods again. Never one that its provider or an autoscaler is removing."""
        super().__init__(cluster, name)


def refuse_removal(node: Obj, aim: str) -> None:
    """A node that is taken away is closed by whoever takes it away."""
    keys = [str(taint.get("key", "")) for taint in o.spec(node).get("taints") or []]
    removal = next((key for key in keys if key in REMOVAL_TAINTS), "")
    if removal or o.meta(node).get("deletionTimestamp"):
        wrong = f"the node is being removed ({f'taint {removal}' if removal else 'it is being deleted'})."
        raise TeachingError("refused", aim, wrong, "Leave it to what removes it.")


def _decision(node: Obj) -> dict[str, Any]:
    taints = [
        taint for taint in o.spec(node).get("taints") or [] if not str(taint.get("key", "")).startswith(OF_CONTROLLERS)
    ]
    return {"uid": o.meta(node).get("uid"), "closed": bool(o.spec(node).get("unschedulable")), "taints": taints}
