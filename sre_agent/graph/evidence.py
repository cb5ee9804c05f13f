"""Reading the incident's ledger the way nodes need it."""

from __future__ import annotations

from datetime import datetime

from sre_agent.domain.finding import Evidence
from sre_agent.graph.context import Context
from sre_agent.graph.state import State


async def ledger(context: Context) -> list[Evidence]:
    """What was seen before any verification: all evidence of the investigation, in order."""
    return [e for e in await context.store.ledger(context.incident) if e.agent != VERIFIER]


VERIFIER = "verifier"


async def everything_failed(context: Context) -> bool:
    """Whether no call at all brought an answer: then the tools are to blame, not the evidence."""
    known = await ledger(context)
    return bool(known) and all(e.answer is None for e in known)


def started_at(state: State) -> datetime:
    return datetime.fromisoformat(state["started_at"])
