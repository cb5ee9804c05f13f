"""A worker process of a storm: `python -m tests.storm.worker SETTINGS JOURNAL`, until it is terminated or killed.

Store, queue, leases, checkpoints, workers and toolbox are the real ones; the graph has one step, which writes into the
journal when it begins and ends, and reads one object in between where there are servers.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from sre_agent.domain.base import IncidentId
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.domain.run import Outcome
from sre_agent.errors import LeaseLostError, TemporaryError
from sre_agent.graph import state_values
from sre_agent.graph.context import never
from sre_agent.graph.state import RunState
from sre_agent.handover import HandOver
from sre_agent.notify.escalation import load_escalation
from sre_agent.server_addresses import readers
from sre_agent.settings import Settings
from sre_agent.store import Store
from sre_agent.store.contract.messages import Delivery
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.toolbox import Toolbox
from sre_agent.worker import Worker
from sre_agent.worker_pool import WorkerPool
from tests.storm.parts import FOLLOWER, POISON, StormParts, storm_parts

AT_ONCE = 4  # incidents of one process
STEP_SECONDS = 0.01


OBJECT = {"kind": "Deployment", "namespace": "shop", "name": "payments-api"}


@dataclass(frozen=True)
class OneStepContext:
    incident: IncidentId
    epoch: int
    journal: Path
    settings: Settings
    store: Store
    toolbox: Toolbox
    called_off: Callable[[], Awaitable[bool]] = never

    def write(self, what: str) -> None:
        with self.journal.open("a", encoding="utf-8") as file:  # one line is written at once
            file.write(f"{what} {self.incident} {self.epoch} {os.getpid()}\n")


async def one_step(state: RunState, runtime: Runtime[OneStepContext]) -> RunState:
    runtime.context.write("begin")
    await asyncio.sleep(STEP_SECONDS)
    is_read = await read_one_object(runtime.context)
    if not await runtime.context.store.writes(runtime.context.incident, runtime.context.epoch):
        raise LeaseLostError("Another worker has the incident by now.")  # as before whatever a run writes
    runtime.context.write("end")
    return state_values.update(outcome=Outcome.of("no_fault" if is_read else "tools_unavailable"))


async def read_one_object(context: OneStepContext) -> bool:
    """Whether one of the servers has shown it, asked again as long as a run asks for what stays away."""
    toolbox = context.toolbox
    if not toolbox.servers:
        return True
    server = toolbox.servers[int(context.incident[-1], 16) % len(toolbox.servers)]
    while True:
        evidence = await toolbox.ask(context.incident, 1, "kubernetes", server, "kubectl_get", OBJECT)
        if evidence.answer is not None:
            return True
        if not evidence.is_transient or not await toolbox.waited_for(context.incident, [evidence]):
            return False


def one_step_graph(checkpoints: Any) -> Any:
    graph = StateGraph(RunState, context_schema=OneStepContext)
    graph.add_node("step", one_step)
    graph.add_edge(START, "step")
    graph.add_edge("step", END)
    return graph.compile(checkpointer=checkpoints)


class JournaledStore:
    """A store, with what is done in the journal: in which order messages of an incident were, shows there."""

    def __init__(self, store: Store, journal: Path) -> None:
        self._store, self._journal = store, journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def finish_message(self, delivery: Delivery) -> None:
        message = delivery.message
        if message.dedup.startswith(("signal:", FOLLOWER)):
            place = message.dedup.rpartition(":")[2] if message.dedup.startswith(FOLLOWER) else "-1"
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(f"done {message.incident} {delivery.epoch} {place}\n")
        await self._store.finish_message(delivery)


def new_worker(parts: StormParts, checkpoints: Any, journal: Path, toolbox: Toolbox | None = None) -> Worker:
    """Without a toolbox it reads nothing."""
    tools = toolbox or new_toolbox(parts, {})

    async def context_for(incident: Incident, epoch: int) -> Any:
        if incident.title.startswith(POISON):
            raise TemporaryError("It breaks every run.", retry_after=0.05)
        return OneStepContext(incident.id, epoch, journal, parts.settings, parts.store, tools)

    async def nothing_unexplained(incident: Incident, report: Report | None) -> None: ...

    hand_over = HandOver(
        store=parts.store,
        outbox=parts.outbox,
        clock=parts.clock,
        progress=parts.progress,
        escalation=load_escalation(None),
        usual=(),
        open_channel=lambda name: import_module("sre_agent.notify.console").SilentNotifier(),
    )
    return Worker(
        one_step_graph(checkpoints),
        store=parts.store,
        queue=parts.queue,
        outbox=parts.outbox,
        clock=parts.clock,
        progress=parts.progress,
        settings=parts.settings.state,
        hand_over=hand_over,
        context_for=context_for,
        report_unexplained=nothing_unexplained,
        reopen=parts.responder.reopen,
        guardian_seconds=0,
    )


def new_toolbox(parts: StormParts, servers: Mapping[str, ServerAddress]) -> Toolbox:
    limits = parts.settings.servers
    return Toolbox(
        servers,
        {},
        store=parts.store,
        clock=parts.clock,
        progress=parts.progress,
        connect_seconds=limits.connect_seconds,
        call_seconds=limits.call_seconds,
        budget=parts.settings.investigation.tool_calls,
    )


async def main(settings: Settings, journal: Path) -> None:
    checkpoint = import_module(f"sre_agent.checkpoint.{settings.state.checkpoint}")
    async with storm_parts(settings) as storm, checkpoint.from_settings(settings.state_access) as checkpoints:
        checkpoints.fence = storm.store.writes
        parts = replace(storm, store=cast(Store, JournaledStore(storm.store, journal)))
        toolbox = new_toolbox(parts, readers(settings) if settings.servers.remote_servers else {})
        workers = [new_worker(parts, checkpoints, journal, toolbox) for _ in range(AT_ONCE)]
        pool = WorkerPool(workers, drain_seconds=10)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, pool.drain)
        relay = asyncio.create_task(parts.outbox.run())
        await pool.run()
        relay.cancel()
        await toolbox.close()


if __name__ == "__main__":
    settings_of_run = Settings.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(main(settings_of_run, Path(sys.argv[2])))
