"""Takes one message, runs the graph to its end or to a question, acknowledges.

One incident has one writer: the worker holds a lease with a fencing epoch and renews it while it works. A message for
an incident that another worker holds goes back; a run that was killed goes on from its last step, because its message
was never acknowledged. On SIGTERM, and when a person cancels, the step under way ends, then the run stops where it can
be taken up again; the message that cancels comes first then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from sre_agent.clock import Clock
from sre_agent.domain.action import Action, ApprovalDecision
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.message import Message
from sre_agent.domain.question import Question
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal
from sre_agent.errors import CheckpointError, LeaseLostError, SreAgentError
from sre_agent.graph import state_values
from sre_agent.graph.build import Graph
from sre_agent.graph.context import Context
from sre_agent.graph.open_question import question_of
from sre_agent.graph.resuming import IGNORED, graph_input
from sre_agent.graph.state import GRAPH_VERSION
from sre_agent.graph.stored_run import kept_state, proposed
from sre_agent.guardian import GUARDED, Guardian, is_for_guardian
from sre_agent.handover import HandOver
from sre_agent.holders import new_holder
from sre_agent.incident_end import IncidentEnd
from sre_agent.lease import heartbeat, take_lease
from sre_agent.progress import Progress
from sre_agent.queue import Delivery, Queue
from sre_agent.run_log import logged_run
from sre_agent.settings import StateSettings
from sre_agent.store import Store
from sre_agent.suspension import Suspension
from sre_agent.trace import incident_span, root_changed

LOG = structlog.get_logger("sre_agent.worker")
DELIVERIES = 5  # a message that broke a run this often is a dead letter
STEPS = 120  # supersteps of one run; a typical one has 15
BUSY_SECONDS = 2.0
UNEXPECTED = "A step of the run failed unexpectedly; log.jsonl in the state folder has the details."


class Worker:
    """`context_for` makes the run's context from an incident and the epoch of the lease, with the incident's own
    settings; `settings` are those of this process, which say where it keeps things; `report_unexplained` as IncidentEnd
    has it, `reopen` and `guardian_seconds` as Guardian."""

    def __init__(
        self,
        graph: Graph,
        *,
        store: Store,
        queue: Queue,
        clock: Clock,
        progress: Progress,
        settings: StateSettings,
        hand_over: HandOver,
        context_for: Callable[[Incident, int], Awaitable[Context]],
        report_unexplained: Callable[[Incident, Report | None], Awaitable[None]],
        reopen: Callable[[Incident, Signal], Awaitable[Incident]],
        guardian_seconds: float,
    ) -> None:
        self._graph = graph
        self._store = store
        self._queue = queue
        self._clock = clock
        self._progress = progress
        self._settings = settings
        self._hand_over = hand_over
        self._context_for = context_for
        self._suspension = Suspension(store=store, queue=queue, progress=progress, hand_over=hand_over)
        self._end = IncidentEnd(
            graph,
            store=store,
            clock=clock,
            progress=progress,
            hand_over=hand_over,
            reports_folder=settings.state_dir / "reports",
            context_for=context_for,
            report_unexplained=report_unexplained,
        )
        self._guardian = Guardian(
            graph,
            store=store,
            queue=queue,
            clock=clock,
            progress=progress,
            reports_folder=settings.state_dir / "reports",
            context_for=context_for,
            reopen=reopen,
            seconds=guardian_seconds,
        )
        self._holder = new_holder()
        self._draining = asyncio.Event()
        self._control: RunControl | None = None

    async def proposed(self, incident: str) -> Action | None:
        """The action that the incident's run stands at, or came to last. Raises CheckpointError."""
        return await proposed(self._graph, incident)

    async def question(self, incident: Incident) -> Question | None:
        """What the incident asks a person now, with what the answer has to rest on; None where it asks nothing. Raises
        CheckpointError."""
        snapshot = await kept_state(self._graph, incident.id)
        return question_of(incident, snapshot.values, snapshot.interrupts, await self._store.ledger(incident.id))

    def drain(self) -> None:
        """End after the step under way; what is unfinished stays on the queue."""
        self._draining.set()
        if self._control is not None:
            self._control.request_drain()

    async def run_until_idle(self) -> None:
        """Handle messages until nothing is due; does not wait for later ones."""
        while not self._draining.is_set() and await self.step():
            pass

    async def run_until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Handle messages, waiting on the clock for later ones, until `done()` or until the queue is empty."""
        while not self._draining.is_set():
            await self.run_until_idle()
            due = await self._queue.next_due()
            if await done() or due is None:
                return
            await self._clock.sleep_until(due)

    async def step(self) -> bool:
        """Take and handle one due message; False when there is none."""
        delivery = await self.take()
        if delivery is None:
            return False
        await self.handle(delivery)
        return True

    async def take(self) -> Delivery | None:
        return await self._queue.take(self._clock.now(), self._settings.lease_seconds)

    async def handle(self, delivery: Delivery) -> None:
        """Do what the message says, and acknowledge it, give it back or bury it."""
        message = delivery.message
        incident = await self._store.incident(message.incident)
        if incident is None or not _is_about(message, incident):
            if incident is not None and not incident.open:  # a worker may have died before it told of the end
                await self._hand_over.ended(incident)
            await self._queue.ack(delivery)
            return
        seconds = self._settings.lease_seconds
        epoch = await take_lease(self._store, incident.id, self._holder, self._clock.now(), seconds)
        if epoch is None:
            await self._queue.give_back(delivery, self._clock.now() + timedelta(seconds=BUSY_SECONDS), is_attempt=False)
            return
        try:
            incident = await self._store.incident(message.incident) or incident  # as the last writer left it
            async with self._heartbeat(delivery, epoch), logged_run(incident, message, self._store, self._clock):
                if not _is_about(message, incident):
                    pass  # it ended meanwhile
                elif message.kind == "notice":
                    await self._hand_over.deliver(message, incident, self.question)
                elif is_for_guardian(message):
                    await self._guardian.look(message, incident, epoch)
                else:
                    await self._handle(message, incident, epoch)
            await self._queue.ack(delivery)
        except GraphDrained:
            pause = BUSY_SECONDS if await self._queue.holds(incident.id, "cancel") else 0.0  # which comes first then
            await self._queue.give_back(delivery, self._clock.now() + timedelta(seconds=pause), is_attempt=False)
        except LeaseLostError as lease_problem:
            LOG.warning(
                "lease lost", incident_id=incident.id, action=message.kind, status="lost", error=str(lease_problem)
            )
        except Exception as problem:  # noqa: BLE001 - the worker's edge: a broken step must not lose the message
            if message.kind == "notice":  # which never ends an incident
                await self._hand_over.failed(delivery, incident, problem, epoch)
            else:
                await self._on_failure(delivery, incident, epoch, problem)
        finally:
            await self._store.release(incident.id, epoch)

    async def _handle(self, message: Message, incident: Incident, epoch: int) -> None:
        thread: Any = {"configurable": {"thread_id": incident.id, "epoch": epoch}, "recursion_limit": STEPS}
        if incident.graph_version != GRAPH_VERSION:
            await self._end.close(
                incident, epoch, "escalated", "inconclusive", "The run belongs to another version of the graph."
            )
            return
        if message.kind == "cancel":
            await self._end.close(incident, epoch, "escalated", "cancelled", "Cancelled by a person.")
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
        await self._run(run_input, thread, incident, epoch)

    async def _run(self, run_input: Any, thread: Any, incident: Incident, epoch: int) -> None:
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

    async def _heed(self, incident: IncidentId, control: RunControl) -> bool:
        """Whether a person cancels, who does not wait for the run: it stops after the step under way."""
        is_cancelled = await self._queue.holds(incident, "cancel")
        if is_cancelled:
            control.request_drain()
        return is_cancelled

    async def _on_failure(self, delivery: Delivery, incident: Incident, epoch: int, problem: Exception) -> None:
        LOG.error("broken", incident_id=incident.id, action=delivery.message.kind, status="broken", exc_info=problem)
        why = str(problem) if isinstance(problem, SreAgentError) else UNEXPECTED
        self._progress.say("warning", incident.id, text=why)
        is_untrusted = isinstance(problem, CheckpointError)  # which no second try makes any better
        if delivery.times < DELIVERIES and not is_untrusted:
            pause = getattr(problem, "retry_after", 5.0) * delivery.times
            await self._queue.give_back(delivery, self._clock.now() + timedelta(seconds=pause))
            return
        await self._queue.bury(delivery, why)
        if not incident.open:  # a look at it failed; how it ended stays as it is
            return
        with contextlib.suppress(LeaseLostError):
            await self._end.close(
                incident, epoch, "escalated", "inconclusive" if is_untrusted else "tools_unavailable", why
            )

    def _heartbeat(self, delivery: Delivery, epoch: int) -> AbstractAsyncContextManager[None]:
        def on_loss() -> None:
            if self._control is not None:
                self._control.request_drain()

        return heartbeat(
            delivery,
            epoch,
            store=self._store,
            queue=self._queue,
            clock=self._clock,
            seconds=self._settings.lease_seconds,
            on_loss=on_loss,
        )


def _is_about(message: Message, incident: Incident) -> bool:
    """Whether there is anything to do: the guardian looks at what has ended, everybody else at what is open. People are
    told of both."""
    return message.kind == "notice" or incident.open != is_for_guardian(message)
