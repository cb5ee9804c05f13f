"""One run of an incident's graph: from a message to its end, to a question, or to where it is stopped.

It stops after the step under way when its process drains, when the lease is lost, and when a person cancels.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

import structlog
from langgraph.runtime import RunControl

from sre_agent.domain.action import ApprovalDecision
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.errors import CheckpointError
from sre_agent.graph import executions, state_values
from sre_agent.graph.build import Graph
from sre_agent.graph.context import Context
from sre_agent.graph.resuming import IGNORED, graph_input
from sre_agent.graph.state import GRAPH_VERSION, RunState
from sre_agent.guardian import GUARDED, Guardian
from sre_agent.handover import HandOver
from sre_agent.incident_end import IncidentEnd
from sre_agent.progress import Progress
from sre_agent.store import Store
from sre_agent.suspension import Suspension
from sre_agent.trace import incident_span, root_changed

LOG = structlog.get_logger("sre_agent.worker")
CALLED_OFF: Final[dict[executions.StopResult, str]] = {  # what is said of a runbook when its incident is called off
    "over": "",
    "stopped": " Its runbook was stopped.",
    "not_stopped": " Its runbook could not be stopped and may still run.",
}
UNREADABLE: Final = " Its steps cannot be read, so it is not known whether a runbook is under way."
STEPS: Final = 120  # supersteps of one run; a typical one has 15


class GraphRun:
    """`context_for` as Worker has it. One run at a time."""

    def __init__(
        self,
        graph: Graph,
        *,
        store: Store,
        progress: Progress,
        hand_over: HandOver,
        suspension: Suspension,
        end: IncidentEnd,
        guardian: Guardian,
        context_for: Callable[[Incident, int], Awaitable[Context]],
    ) -> None:
        self._graph, self._store, self._progress, self._hand_over = graph, store, progress, hand_over
        self._suspension, self._end, self._guardian = suspension, end, guardian
        self._context_for = context_for
        self._control: RunControl | None = None

    def stop(self) -> None:
        """After the step under way, where there is one: the run raises GraphDrained."""
        if self._control is not None:
            self._control.request_drain()

    async def take_up(self, message: Message, incident: Incident, epoch: int) -> None:
        thread: Any = {"configurable": {"thread_id": incident.id, "epoch": epoch}, "recursion_limit": STEPS}
        if incident.graph_version != GRAPH_VERSION:
            await self._end.close(
                incident, epoch, "escalated", "inconclusive", "The run belongs to another version of the graph."
            )
            return
        if message.kind == "cancel":
            why = await self._stop_execution(thread, incident, epoch)
            await self._end.close(incident, epoch, "escalated", "cancelled", f"Cancelled by a person.{why}")
            return
        snapshot = await self._graph.aget_state(thread)
        run_input = graph_input(message, snapshot.created_at is None, list(snapshot.interrupts))
        if run_input is IGNORED:
            for interrupt in snapshot.interrupts:  # a worker may have died between the interrupt and its bookkeeping
                await self._suspension.begin(interrupt, incident, epoch, state_values.plan(snapshot.values))
            LOG.info("ignored", incident_id=incident.id, action=message.kind, status="ignored")
            return
        if message.kind == "decision":
            incident = await self._store.update(incident.id, epoch, question="", question_digest="")
            decision = ApprovalDecision.model_validate(message.payload)
            await self._hand_over.decision_made(incident, decision)
            self._progress.say(
                "approval.decided", incident.id, **decision.model_dump(mode="json", exclude={"incident"})
            )
        await self._invoke(run_input, thread, incident, epoch)

    async def _invoke(self, run_input: Any, thread: Any, incident: Incident, epoch: int) -> None:
        self._control = RunControl()
        context = replace(
            await self._context_for(incident, epoch), called_off=partial(self._heed, incident.id, self._control)
        )
        context.toolbox.start()
        root_changed(incident)
        try:
            with incident_span(incident):
                state = await self._graph.ainvoke(
                    run_input, thread, context=context, durability="sync", control=self._control
                )
        finally:  # also where it only waits: whoever writes then opens them anew
            await context.toolbox.close_writers(incident.id)
        snapshot = await self._graph.aget_state(thread)
        for interrupt in snapshot.interrupts:
            await self._suspension.begin(interrupt, incident, epoch, state_values.plan(state))
        outcome = state_values.outcome(state)
        if not snapshot.interrupts and outcome is not None:
            if outcome.reason in GUARDED:
                await self._guardian.watch(incident)
            await self._end.end(incident, epoch, outcome.status, outcome.reason)

    async def _stop_execution(self, thread: Any, incident: Incident, epoch: int) -> str:
        """Stop the runbook that the incident has under way, if any; what is to be said of it, as a sentence."""
        try:
            state = cast(RunState, (await self._graph.aget_state(thread)).values)
        except CheckpointError:  # a person's word ends the incident all the same
            return UNREADABLE
        if not executions.may_go_on(state):
            return ""
        context = await self._context_for(incident, epoch)
        context.toolbox.start()
        try:
            return CALLED_OFF[await executions.stop(state, context)]
        finally:
            await context.toolbox.close_writers(incident.id)

    async def _heed(self, incident: IncidentId, control: RunControl) -> bool:
        """Whether a person cancels, who does not wait for the run: it stops after the step under way."""
        is_cancelled = await self._store.message_waits(incident, "cancel")
        if is_cancelled:
            control.request_drain()
        return is_cancelled
