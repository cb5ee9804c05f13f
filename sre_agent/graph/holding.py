"""What policies and limits are told of a run: who asked for it, what it has written, and since when it is held back."""

from __future__ import annotations

from datetime import datetime

from sre_agent.domain.action import Action
from sre_agent.domain.incident import Incident
from sre_agent.domain.permitted_write import PermittedWrite
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState
from sre_agent.policy.facts import Circumstances
from sre_agent.policy.limiting import WriteTiming


async def circumstances_of(action: Action, state: RunState, context: Context) -> Circumstances:
    incident = await context.store.incident(context.incident)
    return Circumstances(
        now=context.clock.now(),
        requester=incident.signals[0].source if incident is not None else "",
        attempts=sum(
            not one.is_undo and one.outcome in ("done", "in_doubt") for one in state_values.remediations(state)
        ),
        last_write_at=await context.store.last_write(action.workload),
    )


async def write_timing(state: RunState, context: Context) -> WriteTiming:
    incident = await context.store.incident(context.incident)
    since = state.get("held_since", "")
    return WriteTiming(
        now=context.clock.now(),
        began_at=_began_at(incident) if incident is not None else None,
        since=datetime.fromisoformat(since) if since else None,
        undoes=bool(state.get("undoing")),
    )


def _began_at(incident: Incident) -> datetime:
    """When its first signal went off: what others did until then is what the diagnosis weighed. Not when it says that
    the trouble started: that is the beginning of a period, and may lie before the change that caused it."""
    return min(incident.signals[0].changed_at or incident.opened_at, incident.opened_at)


def permitted_write(action: Action, state: RunState, timing: WriteTiming, context: Context) -> PermittedWrite:
    """The same one where the step runs again before its write: nothing is counted twice."""
    return PermittedWrite(
        key=_key(action, state, context),
        incident=context.incident,
        workload=action.workload,
        at=timing.now,
        is_undo=timing.undoes,
    )


def _key(action: Action, state: RunState, context: Context) -> str:
    return f"{context.incident}:{len(state_values.remediations(state))}:{action.digest}"
