"""The part of the service that works, on a thread and a loop of its own: HTTP answers while incidents compute."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sre_agent.cli.cluster_looks import ClusterLooks
from sre_agent.cli.loading import open_runtime
from sre_agent.cli.server_probes import ServerProbes
from sre_agent.errors import TemporaryError
from sre_agent.logs import LinesToOutput
from sre_agent.progress import Event
from sre_agent.retention import Retention
from sre_agent.settings import Settings
from sre_agent.worker_pool import WorkerPool

if TYPE_CHECKING:
    from sre_agent.chat import ChatReply, Dialogue
    from sre_agent.chat_sessions import ChatSessions, CurrentTurn, TurnFollower
    from sre_agent.compose import Runtime
    from sre_agent.domain.incident import Incident
    from sre_agent.domain.question import Question
    from sre_agent.domain.sweep import Sweep, SweepOptions
    from sre_agent.http.dependencies import EngineState

R = TypeVar("R")
SWEEPS: Final = 2  # at once


class ServiceEngine:
    """`start` returns when incidents are worked on; `stop` when nothing is any more. `listener` hears every event. With
    `starts_servers` the tool servers of these settings are started before the first incident needs them."""

    def __init__(
        self,
        settings: Settings,
        listener: Callable[[Event], None] = lambda event: None,
        *,
        starts_servers: bool = True,
    ) -> None:
        self._settings, self._listener, self._starts_servers = settings, listener, starts_servers
        self.cluster_looks = ClusterLooks(settings)
        self.state: EngineState = "starting"
        self._failure: BaseException | None = None
        self._runtime: Runtime | None = None
        self._pool: WorkerPool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._released: asyncio.Event | None = None
        self._sessions: ChatSessions | None = None
        self._sweeping = asyncio.Semaphore(SWEEPS)
        self._thread = threading.Thread(target=self._work, name="engine")

    @property
    def workers(self) -> int:
        return self._settings.service.workers

    @property
    def busy(self) -> int:
        return self._pool.busy if self._pool is not None else 0

    def start(self) -> None:
        """Raises what keeps it from working."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def drain(self) -> None:
        """Take nothing more up; runs end after the step under way. Returns at once."""
        if self._loop is not None and self._pool is not None and self.state == "running":
            self.state = "draining"
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._pool.drain)

    def join(self) -> None:
        """Nobody needs its store and log any more: they are closed when nothing runs any more, and this returns. Raises
        what ended it before it was drained."""
        if self._loop is not None and self._released is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._released.set)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    @property
    def runtime(self) -> Runtime:
        """After `start`: its store and responder answer on any loop."""
        assert self._runtime is not None
        return self._runtime

    async def sweep(self, options: SweepOptions) -> Sweep:
        async def within(runtime: Runtime) -> Sweep:
            from sre_agent.cli.sweep_summary import SummaryOption  # noqa: PLC0415 - the first sweep pays for it
            from sre_agent.compose import at_cluster  # noqa: PLC0415

            async with self._sweeping:
                there = at_cluster(runtime, options.cluster) if options.cluster else runtime
                sweep = await there.sweeper.sweep(
                    options.namespace, hygiene=options.hygiene, before=options.before, cluster=options.cluster
                )
                return await SummaryOption(options.summary, by_batch=False).summarise(runtime, sweep)

        return await self._inside(within)

    async def ask(self, session: str, text: str, *, by: str, follower: TurnFollower) -> ChatReply:
        async def within(runtime: Runtime) -> ChatReply:
            return await self._chat(runtime).ask(session, text, by=by, follower=follower)

        return await self._inside(within)

    async def end_session(self, session: str) -> bool:
        async def within(runtime: Runtime) -> bool:
            return await self._chat(runtime).end(session)

        return await self._inside(within)

    async def question(self, incident: Incident) -> Question | None:
        async def within(runtime: Runtime) -> Question | None:
            return await runtime.worker.question(incident)

        return await self._inside(within)

    def _chat(self, runtime: Runtime) -> ChatSessions:
        from sre_agent.chat_sessions import ChatSessions  # noqa: PLC0415 - the first question pays for it

        if self._sessions is None:
            self._sessions = ChatSessions(runtime.store, runtime.clock, lambda turn: _conversation(runtime, turn))
        return self._sessions

    async def _inside(self, work: Callable[[Runtime], Coroutine[Any, Any, R]]) -> R:
        """The work, done on the engine's loop; the caller's loop only waits."""
        if self._loop is None or self._runtime is None or self.state != "running":
            raise TemporaryError(f"The engine is {self.state}; try again later.")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(self._runtime), self._loop))

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as problem:  # noqa: BLE001 - the thread's edge: who started or joins it is told
            self._failure, self.state = problem, "failed"
        finally:
            self._ready.set()

    async def _run(self) -> None:
        lines = LinesToOutput() if self._settings.service.log_stdout else None
        try:
            await self._run_until_drained(lines)
        finally:
            if lines is not None:
                lines.close()

    async def _run_until_drained(self, lines: LinesToOutput | None) -> None:
        async with open_runtime(self._settings, log_lines=lines) as runtime:
            runtime.progress.listen(self._listener)
            service = self._settings.service
            workers = [runtime.new_worker() for _ in range(service.workers)]
            if self._starts_servers:
                runtime.toolbox.start()
            probes = ServerProbes(runtime)
            self._pool = WorkerPool(workers, drain_seconds=service.drain_seconds, may_begin=probes.may_begin)
            self._released = asyncio.Event()
            self._loop, self._runtime, self.state = asyncio.get_running_loop(), runtime, "running"
            await runtime.responder.begin_what_was_left()
            beside = [
                asyncio.create_task(_retention(runtime).run(), name="retention"),
                asyncio.create_task(probes.run(), name="server probes"),
                asyncio.create_task(runtime.outbox.run(), name="relay"),
            ]
            if self._starts_servers:
                beside.append(asyncio.create_task(self.cluster_looks.run(), name="cluster looks"))
            self._ready.set()
            try:
                await self._pool.run()
            finally:
                for task in beside:
                    task.cancel()
            await self._released.wait()  # the last requests are still answered from its store


def _retention(runtime: Runtime) -> Retention:
    return Retention(
        runtime.settings.service,
        runtime.store,
        runtime.checkpoints,
        runtime.settings.state.state_dir / "reports",
        runtime.clock,
        runtime.settings.memory,
        runtime.progress,
    )


def _conversation(runtime: Runtime, turn: CurrentTurn) -> Dialogue:
    from sre_agent.cli.chat import conversation_by  # noqa: PLC0415
    from sre_agent.cli.cluster_conversation import dialogue_over  # noqa: PLC0415
    from sre_agent.queued_responder import QueuedResponder  # noqa: PLC0415

    def about(there: Runtime, cluster: str) -> Dialogue:
        responder = QueuedResponder(
            there.responder, there.store, there.sweeper, there.clock, turn, cluster, question=there.worker.question
        )
        return conversation_by(there, responder, turn if there.models.configured else None)

    return dialogue_over(runtime, about)
