"""The rehearsal as a run is given it. The lab and the server are loaded for the first question, by no one before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from sre_agent.domain.action import Action
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.failures import Catalogue
from sre_agent.rehearsal.signing import OpenSigner

if TYPE_CHECKING:
    from mcp_servers.kubernetes.connection.clusters import Clusters

ELSEWHERE: Final = (
    "the Kubernetes server runs elsewhere, with rights of its own, and this process does not read the cluster itself"
)


@dataclass(frozen=True)
class LiveCluster:
    """What leads to the cluster as the reading server is told it; `name` is its name in facts and permits."""

    kubeconfig: str
    context: str
    eks: str
    name: str

    def open(self) -> Clusters:
        """Nothing is read before the first request."""
        from mcp_servers.kubernetes.connection.clusters import Clusters  # noqa: PLC0415 - see above
        from mcp_servers.kubernetes.connection.eks import EksCluster  # noqa: PLC0415

        eks = [EksCluster.parse(self.eks)] if self.eks else []
        contexts = [self.context] if self.context else []
        return Clusters(kubeconfig=self.kubeconfig, contexts=contexts, name=self.name, eks=eks)


@dataclass(frozen=True)
class LazyRehearsals:
    """`cluster` is None where its server runs elsewhere: what that reads, this process may not."""

    cluster: LiveCluster | None
    open_signer: OpenSigner

    async def rehearse(
        self, action: Action, cause: Hypothesis, evidence: Sequence[Evidence], catalogue: Catalogue
    ) -> Rehearsal:
        if self.cluster is None:
            return Rehearsal(result="not_rehearsed", why=ELSEWHERE)
        try:
            loaded = await asyncio.to_thread(import_module, "sre_agent.rehearsal.rehearser")
        except ImportError as missing:
            return Rehearsal(result="not_rehearsed", why=f"the lab is not installed ({missing.name})")
        result: Rehearsal = await loaded.Rehearser(self.cluster.open, self.open_signer).rehearse(
            action, cause, evidence, catalogue
        )
        return result
