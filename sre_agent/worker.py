"""Takes a look at an incident, does what its due messages say, in their order, and acknowledges.

One incident has one writer: the worker holds a lease with a fencing epoch and renews it while it works. A look at an
incident that another worker holds goes back; a run that was killed goes on from its last step, because its message
was never finished. On SIGTERM, and when a person cancels, the step under way ends, then the run stops where it can
be taken up again; the message that cancels comes first then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import structlog
from langgraph.errors import GraphDrained

from sre_agent.clock import Clock
from sre_agent.domain.action import Action
from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident, Reason
from sre_agent.domain.message import Message
from sre_agent.domain.question import Question
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal
from sre_agent.errors import CheckpointError, LeaseLostError, SreAgentError
from sre_agent.graph.build import Graph
from sre_agent.graph.context import Context
from sre_agent.graph.open_question import question_of
from sre_agent.graph.stored_run import kept_state, proposed
from sre_agent.graph_run import GraphRun
from sre_agent.guardian import Guardian, is_for_guardian
from sre_agent.handover import HandOver
from sre_agent.holders import new_holder
from sre_agent.incident_end import IncidentEnd
from sre_agent.lease import heartbeat, take_lease
from sre_agent.outbox import Outbox
from sre_agent.progress import Progress
from sre_agent.queue import Look, Queue
from sre_agent.run_log import logged_run
from sre_agent.settings import StateSettings
from sre_agent.store import Store
from sre_agent.store.contract.messages import Delivery
from sre_agent.suspension import Suspension

LOG = structlog.get_logger("sre_agent.worker")
DELIVERIES = 5  # a message that broke a run this often is a dead letter
DEATHS = 10  # one whose processes were gone before they were done with it, this often
BUSY = timedelta(seconds=2)
SOON = timedelta(seconds=60)
DEADLY = f"{DEATHS} times the process that worked on it was gone before it was done; none tries it again by itself."
ENDED = "Its incident ended without it; the report has the reason."
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
        outbox: Outbox,
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
        self._outbox = outbox
        self._clock = clock
        self._progress = progress
        self._settings = settings
        self._hand_over = hand_over
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
            outbox=outbox,
            clock=clock,
            progress=progress,
            reports_folder=settings.state_dir / "reports",
            context_for=context_for,
            reopen=reopen,
            seconds=guardian_seconds,
        )
        self._holder = new_holder()
        self._run = GraphRun(
            graph,
            store=store,
            progress=progress,
            hand_over=hand_over,
            suspension=Suspension(store=store, outbox=outbox, progress=progress, hand_over=hand_over),
            end=self._end,
            guardian=self._guardian,
            context_for=context_for,
        )
        self._draining = asyncio.Event()

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
        self._run.stop()

    async def run_until_idle(self) -> None:
        """Handle messages until nothing is due; does not wait for later ones."""
        while not self._draining.is_set() and await self.step():
            pass

    async def run_until(self, done: Callable[[], Awaitable[bool]]) -> None:
        """Handle messages, waiting on the clock for later ones, until `done()` or until none waits."""
        last_relay = ""
        while not self._draining.is_set():
            await self.run_until_idle()
            entry = None if await done() else await self._store.next_message()
            if entry is None:
                return
            now = self._clock.now()
            if entry.due > now:
                is_elsewhere = (
                    entry.state == "taken"
                )  # in another worker's hands, who may be done long before it is due
                await self._clock.sleep_until(min(entry.due, now + BUSY) if is_elsewhere else entry.due)
            elif entry.message.dedup != last_relay:  # its look was lost, or another worker has it in its hands
                await self._outbox.relay(now)
                last_relay = entry.message.dedup
            else:
                await self._clock.sleep_until(now + BUSY)
                last_relay = ""

    async def step(self) -> bool:
        """Take and handle one due look; False when there is none."""
        look = await self.take()
        if look is None:
            return False
        await self.handle(look)
        return True

    async def take(self) -> Look | None:
        return await self._queue.take(self._clock.now(), self._settings.lease_seconds)

    async def handle(self, look: Look) -> None:
        """Work off what is due for the look's incident as its one writer, and acknowledge it or give it back."""
        incident = look.incident
        if await self._store.incident(incident) is None:  # retention was faster
            await self._drop_all(incident)
            await self._queue.ack(look)
            return
        seconds = self._settings.lease_seconds
        epoch = await take_lease(self._store, incident, self._holder, self._clock.now(), seconds)
        if epoch is None:
            await self._queue.give_back(look, self._clock.now() + BUSY)
            return
        try:
            async with self._heartbeat(look, epoch):
                while not self._draining.is_set() and await self._next(incident, epoch):
                    pass
        except LeaseLostError as lease_problem:
            LOG.warning("lease lost", incident_id=incident, action="work", status="lost", error=str(lease_problem))
            return
        finally:
            await self._store.release(incident, epoch)
        await self._let_go(look)

    async def _let_go(self, look: Look) -> None:
        """What is due soon comes with this look again: a wake-up of an engine may be a minute late."""
        entry, now = await self._store.next_message(look.incident), self._clock.now()
        if entry is not None and entry.due - now < SOON:
            await self._queue.give_back(look, max(entry.due, now))
            return
        if entry is not None:
            await self._outbox.wake(look.incident)
        await self._queue.ack(look)

    async def _next(self, incident_id: IncidentId, epoch: int) -> bool:
        """Do what the incident's most urgent message says; False where none is due. Raises LeaseLostError."""
        delivery = await self._store.take_message(incident_id, epoch, self._clock.now(), self._settings.lease_seconds)
        incident = await self._store.incident(incident_id) if delivery is not None else None
        if delivery is None or incident is None:
            return False
        message = delivery.message
        if delivery.times > DEATHS:
            await self._give_up(delivery, incident, epoch, "tools_unavailable", DEADLY)
            return True
        try:
            if _is_about(message, incident):
                async with logged_run(incident, message, self._store, self._clock):
                    await self._do(message, incident, epoch)
            elif not incident.open:  # a worker may have died before it told of the end
                await self._end.complete(incident)
                if delivery.times > DELIVERIES:  # or before it was done with giving up
                    await self._store.bury_message(delivery, ENDED)
                    return True
            await self._store.finish_message(delivery)
        except GraphDrained:
            pause = BUSY if await self._store.message_waits(incident.id, "cancel") else timedelta()  # which comes first
            later = self._clock.now() + pause
            await self._store.postpone_message(delivery, later, is_attempt=False)
        except LeaseLostError:
            raise
        except Exception as problem:  # noqa: BLE001 - the worker's edge: a broken step must not lose the message
            if message.kind == "notice":  # which never ends an incident
                await self._hand_over.failed(delivery, incident, problem, epoch)
            else:
                await self._on_failure(delivery, incident, epoch, problem)
        return True

    async def _do(self, message: Message, incident: Incident, epoch: int) -> None:
        if message.kind == "notice":
            await self._hand_over.deliver(message, incident, self.question)
        elif is_for_guardian(message):
            await self._guardian.look(message, incident, epoch)
        else:
            await self._run.take_up(message, incident, epoch)

    async def _drop_all(self, incident: IncidentId) -> None:
        while (entry := await self._store.next_message(incident)) is not None:
            if not await self._store.drop_message(entry.message.dedup):
                return

    async def _on_failure(self, delivery: Delivery, incident: Incident, epoch: int, problem: Exception) -> None:
        is_ours = isinstance(problem, SreAgentError)
        why = str(problem) if is_ours else UNEXPECTED
        details = None if is_ours else problem
        LOG.error(
            "broken",
            incident_id=incident.id,
            action=delivery.message.kind,
            status="broken",
            error=why,
            exc_info=details,
        )
        self._progress.say("warning", incident.id, text=why)
        is_untrusted = isinstance(problem, CheckpointError)  # which no second try makes any better
        if delivery.times < DELIVERIES and not is_untrusted:
            pause = getattr(problem, "retry_after", 5.0) * delivery.times
            await self._store.postpone_message(delivery, self._clock.now() + timedelta(seconds=pause))
            return
        await self._give_up(delivery, incident, epoch, "inconclusive" if is_untrusted else "tools_unavailable", why)

    async def _give_up(self, delivery: Delivery, incident: Incident, epoch: int, reason: Reason, why: str) -> None:
        """End the incident that the message was to move, and put the message among the dead letters: in this order, or
        the incident of a worker that died in between would stay open and nobody would come to it again."""
        try:
            if incident.open:  # otherwise a look at it failed; how it ended stays as it is
                await self._end.close(incident, epoch, "escalated", reason, why)
        except LeaseLostError:
            raise
        except Exception:  # what cannot even be ended must not be tried for ever
            await self._store.bury_message(delivery, why)
            raise
        await self._store.bury_message(delivery, why)

    def _heartbeat(self, look: Look, epoch: int) -> AbstractAsyncContextManager[None]:
        return heartbeat(
            look,
            epoch,
            store=self._store,
            queue=self._queue,
            clock=self._clock,
            seconds=self._settings.lease_seconds,
            on_loss=self._run.stop,
        )


def _is_about(message: Message, incident: Incident) -> bool:
    """Whether there is anything to do: the guardian looks at what has ended, everybody else at what is open. People are
    told of both."""
    return message.kind == "notice" or incident.open != is_for_guardian(message)
