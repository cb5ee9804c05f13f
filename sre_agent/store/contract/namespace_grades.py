"""How namespaces stood in sweeps: an entry whenever a grade changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sre_agent.domain.namespace_grade import NamespaceGrade


class NamespaceGradeStore(Protocol):
    async def keep_namespace_grades(self, grades: Sequence[NamespaceGrade]) -> None: ...

    async def namespace_grades(
        self, *, cluster: str = "", namespace: str | None = None, limit: int = 50
    ) -> list[NamespaceGrade]:
        """Newest first, of one namespace or of all of a cluster."""
