"""A tool that weighs, for servers that need no cluster and no account."""

from __future__ import annotations

from datetime import UTC, datetime

from mcp_servers.contract.facts import Answer, Coverage


def weigh(name: str) -> Answer:
    """Weigh something."""
    looked_at = Coverage(looked_at=f"the weight of {name}")
    return Answer(text=f"{name} weighs 3", as_of=datetime(2026, 5, 4, tzinfo=UTC), coverage=[looked_at])
