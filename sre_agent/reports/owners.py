"""Who can take a next step: the name that a workload carries, else a role."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sre_agent.domain.action import OwnerRole
from sre_agent.domain.finding import Evidence

ON_CALL: Final = "whoever is on call"
APPLICATION: Final[OwnerRole] = "application team"
CLUSTER: Final[OwnerRole] = "platform team"
CLOUD: Final[OwnerRole] = "cloud account owner"
OPERATOR: Final = "operator of the responder"
POLICIES: Final = "owner of the policies"
_CLUSTER_KINDS: Final = (
    "Node Namespace StorageClass PersistentVolume PriorityClass IngressClass ResourceQuota LimitRange ClusterRole"
    " ClusterRoleBinding ValidatingWebhookConfiguration MutatingWebhookConfiguration CustomResourceDefinition"
    " NodePool Cluster"
)
_ACCOUNT_KINDS: Final = (
    "Table Database Queue Function Alarm LogGroup LoadBalancer TargetGroup Cache Region Metric Instance Topic"
    " Bucket NatGateway Subnet SecurityGroup"
)
OF_THE_CLUSTER: Final = frozenset(_CLUSTER_KINDS.split())
OF_THE_ACCOUNT: Final = frozenset(_ACCOUNT_KINDS.split())


class Owners:
    """`owner` of a workload in an answer is what its labels or annotations say."""

    def __init__(self, ledger: Iterable[Evidence]) -> None:
        self._names: dict[str, str] = {}
        for item in ledger:
            for workload in _workloads(item):
                if workload.get("owner"):
                    self._names[str(workload.get("subject", ""))] = str(workload["owner"])

    def of(self, subject: str) -> str:
        """Of `Kind/namespace/name`; whoever is on call where the subject is not known."""
        kind, _, name = subject.partition("/")
        if subject in self._names:
            return f"{self._names[subject]} (owner of {subject})"
        if not name:
            return ON_CALL
        if kind in OF_THE_CLUSTER:
            return CLUSTER
        return CLOUD if kind in OF_THE_ACCOUNT else f"owner of {subject}"

    def with_role(self, role: OwnerRole, subject: str) -> str:
        """Of a role: the application team by its name where the subject carries one."""
        if role != APPLICATION:
            return role
        return self.of(subject) if subject in self._names else f"{role} (owner of {subject})"


def of_server(server: str) -> str:
    """Who gives sight of what a server could not see."""
    return {"kubernetes": CLUSTER, "cloudwatch": CLOUD, "ssm": CLOUD}.get(server, OPERATOR)


def _workloads(item: Evidence) -> Sequence[dict[str, object]]:
    workloads = item.answer.data.get("workloads") if item.answer else None
    return [workload for workload in workloads if isinstance(workload, dict)] if isinstance(workloads, list) else []
