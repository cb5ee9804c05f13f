"""A part that could not be read, as coverage instead of an error."""

from __future__ import annotations

from mcp_servers.contract.facts import Coverage, CoverageState
from mcp_servers.serving.errors import TeachingError


def gap(problem: TeachingError, looked_at: str, kinds: tuple[str, ...] = ()) -> Coverage:
    """The coverage entry for what `problem` kept from being read."""
    state: CoverageState = "denied" if problem.kind == "denied" else "unavailable"
    return Coverage(
        looked_at=looked_at, kinds=kinds, state=state, detail=str(problem), code=problem.refusal.passing_code
    )
