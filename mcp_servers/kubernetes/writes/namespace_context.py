"""What lies in the same namespace as an object that is written to. What may not be read becomes a gap, not an error."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass, field

from mcp_servers.contract.facts import Coverage
from mcp_servers.kubernetes.connection.api import refusal_of
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj, StatusError
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap


@dataclass
class NamespaceContext:
    """Lists of one namespace, each read once, with its Coverage entry."""

    cluster: ClusterConnection
    namespace: str
    coverage: list[Coverage] = field(default_factory=list)
    _lists: dict[str, builtins.list[Obj] | None] = field(default_factory=dict)

    def list(self, base: str, plural: str, belongs: Callable[[Obj], bool]) -> list[Obj] | None:
        """The objects of a kind that belong; None when they could not be read."""
        if plural not in self._lists:
            self._lists[plural] = self._read(base, plural)
        items = self._lists[plural]
        return None if items is None else [item for item in items if belongs(item)]

    def labels(self) -> dict[str, str] | None:
        """Of the namespace itself; None where they could not be read, which no write depends on."""
        try:
            body = self.cluster.get(f"/api/v1/namespaces/{self.namespace}").body
        except (StatusError, TeachingError):
            return None
        return {str(key): str(value) for key, value in (body["metadata"].get("labels") or {}).items()}

    def _read(self, base: str, plural: str) -> builtins.list[Obj] | None:
        looked_at = f"{plural} of namespace {self.namespace}"
        try:
            items: builtins.list[Obj] = self.cluster.list(f"{base}/namespaces/{self.namespace}/{plural}").body["items"]
        except StatusError as problem:
            request = f"verb list on {plural} in namespace {self.namespace}"
            self.coverage.append(gap(refusal_of(problem, request), looked_at))
            return None
        except TeachingError as problem:
            self.coverage.append(gap(problem, looked_at))
            return None
        self.coverage.append(Coverage(looked_at=looked_at))
        return items
