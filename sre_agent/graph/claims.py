"""One write in flight per target, whoever responds: an incident claims what it writes to, until it has ended.

Responders with one store see each other's claims. Others see each other on the live object: each write stamps it with
its incident and the time, and a stamp of an incident that is not in this store is another responder at work. Between
two of them the version that every write names decides: the second one is refused, looks again, and sees the stamp.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mcp_servers.contract.permits import Writer
from sre_agent.domain.action import Action
from sre_agent.domain.base import IncidentId
from sre_agent.graph.context import Context

CLAIM_SECONDS: Final = 900.0  # without a look of its run; each look keeps it for as long again
OTHERS: Final = "incident {incident} is at work on the same target; two at once would undo each other's work."
FRESH: Final = timedelta(minutes=10)  # a stamp that is older is of somebody who has finished


async def keep(action: Action, context: Context) -> IncidentId:
    """Who may write to the action's target: this incident, or the one that has claimed it before."""
    target = f"{action.scope} {action.target.subject}"
    return await context.store.claim(target, context.incident, context.clock.now(), CLAIM_SECONDS)


async def other_writer(action: Action, context: Context) -> str:
    """The incident, of this store or of another responder, that is at work on the target; empty where none is."""
    if elsewhere := await of_other_responder(action.last_writer, context):
        return elsewhere
    holder = await keep(action, context)
    return "" if holder == context.incident else holder


async def of_other_responder(writer: Writer | None, context: Context) -> str:
    """The incident of a fresh stamp, where this store does not know it; else empty. A stamp of the future is no stamp:
    whoever may annotate the object may have written it."""
    if writer is None or not timedelta(0) <= context.clock.now() - writer.at < FRESH:
        return ""
    incident = await context.store.incident(IncidentId(writer.incident))
    return writer.incident if incident is None else ""
