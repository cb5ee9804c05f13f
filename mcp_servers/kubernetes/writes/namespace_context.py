"""What lies in the same namespace as an object that is written to. What may not be read becomes a gap, not an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.api import refusal_of
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj, StatusError
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap


@dataclass
class NamespaceContext:
    """Lists of one namespace, each with its Coverage entry."""

    cluster: ClusterConnection
    namespace: str
    coverage: list[Coverage] = field(default_factory=list)

    def list(self, base: str, plural: str, belongs: Callable[[Obj], bool]) -> list[Obj] | None:
        """The objects of a kind that belong; None when they could not be read."""
        looked_at = f"{plural} of namespace {self.namespace}"
        try:
            items = self.cluster.list(f"{base}/namespaces/{self.namespace}/{plural}").body["items"]
        except StatusError as problem:
            request = f"verb list on {plural} in namespace {self.namespace}"
            self.coverage.append(gap(refusal_of(problem, request), looked_at))
            return None
        except TeachingError as problem:
            self.coverage.append(gap(problem, looked_at))
            return None
        self.coverage.append(Coverage(looked_at=looked_at))
        return [item for item in items if belongs(item)]
