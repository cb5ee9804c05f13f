"""The other one of two: `and the other one?`, where only one thing was spoken of and there are two of its kind."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.lookup_session import LookupSession, rows
from sre_agent.entities.lookup import ResolvedEntity

_TWO: Final = 2


async def other_of_two(lookups: LookupSession, subject: Subject) -> ResolvedEntity | None:
    """None where there are more of its kind beside it, or none."""
    place = "" if subject.kind in w.CLUSTER_KINDS else subject.namespace
    evidence = await lookups.select(subject.kind, place, columns=["name"], limit=_TWO + 1)
    names = [str(row["name"]) for row in rows(evidence)]
    if len(names) != _TWO or subject.name not in names:
        return None
    other = next(name for name in names if name != subject.name)
    return ResolvedEntity(subject.model_copy(update={"name": other}), note=f"The other {subject.kind} is {other}.")
