"""The composition root: the only place that turns names into objects, opens them and closes them.

Nothing else in the responder knows which store, queue, clock or server it works with. The graph, the servers' clients
and the models are loaded where a responder is opened: who only reads what was recorded, or asks where a server is,
does not wait for them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sre_agent import state_folder
from sre_agent.clock import Clock, SystemClock
from sre_agent.errors import SettingsError
from sre_agent.progress import Progress
from sre_agent.server_addresses import cluster_name, context_of, readers, writers
from sre_agent.settings import Settings, StateAccess
from sre_agent.slots import open_slot, open_store

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from sre_agent import trace
    from sre_agent.alarms.intake import AlarmIntake
    from sre_agent.aws_services.secrets import SecretReader
    from sre_agent.graph.context import PermitSource, RehearsalStage
    from sre_agent.handover import HandOver
    from sre_agent.incident_runtimes import IncidentRuntimes
    from sre_agent.logs import Sink
    from sre_agent.model import Models, Opener
    from sre_agent.model.batch.client import BatchClient
    from sre_agent.notify import Channel
    from sre_agent.outbox import Outbox
    from sre_agent.permits.key_ring import KeyRing
    from sre_agent.queue import Queue
    from sre_agent.responder import Responder
    from sre_agent.store import Store
    from sre_agent.sweep import Sweeper
    from sre_agent.toolbox.toolbox import Toolbox
    from sre_agent.worker import Worker

PARTS = (  # what an open responder consists of: seconds of loading on a small machine
    *("logs", "trace", "agents.roster", "graph.build", "model.batch.client", "permits"),
    *("responder", "incident_runtimes", "sweep", "toolbox.toolbox", "worker"),
)
SERVER_OF_CLUSTERS = "kubernetes"


@dataclass(frozen=True)
class OfflineRuntime:
    """What was kept, and who moves it on. Nothing of it needs a cluster, a server or a model until an incident runs."""

    settings: Settings
    clock: Clock
    progress: Progress
    store: Store
    queue: Queue
    outbox: Outbox
    responder: Responder
    alarms: AlarmIntake
    worker: Worker
    runtimes: IncidentRuntimes
    new_worker: Callable[[], Worker]
    checkpoints: BaseCheckpointSaver[Any]


@dataclass(frozen=True)
class Runtime(OfflineRuntime):
    """A responder with everything it works with, open."""

    toolbox: Toolbox
    sweeper: Sweeper
    models: Models
    batches: BatchClient


def at_cluster(runtime: Runtime, name: str) -> Runtime:
    """The same responder with what leads to one of its clusters. Raises SettingsError."""
    from sre_agent.sweep import Sweeper  # noqa: PLC0415 - the MCP client

    if name not in (table := runtime.settings.cluster_table.clusters):
        raise SettingsError(f"There is no cluster {name!r} in the setting `clusters`: {', '.join(table) or 'none'}.")
    own = runtime.runtimes.at(name)
    exclusions = runtime.settings.sweeps.sweep_exclusions
    sweeper = Sweeper(own.toolbox, own.engine, own.roster, runtime.clock, exclusions=exclusions)
    return replace(runtime, settings=own.settings, toolbox=own.toolbox, sweeper=sweeper, models=own.models)


def load() -> None:
    """Load what `open_runtime` needs; who has to wait for something else anyway does it in that time."""
    for part in PARTS:
        import_module(f"sre_agent.{part}")


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    notifier: Channel | None = None,
    open_model: Opener | None = None,
    log_lines: Sink | None = None,
) -> AsyncIterator[Runtime]:
    """Everything a responder needs, closed again at the end. Raises SettingsError.

    `open_model` opens chat models in place of the files of their technologies. `log_lines` gets what is logged, too.
    """
    from sre_agent.model.batch.client import BatchClient  # noqa: PLC0415 - langchain
    from sre_agent.sweep import Sweeper  # noqa: PLC0415 - the MCP client

    async with open_offline_runtime(
        settings, clock=clock, notifier=notifier, open_model=open_model, log_lines=log_lines
    ) as records:
        own = records.runtimes.own()
        clock, progress = records.clock, records.progress
        exclusions = settings.sweeps.sweep_exclusions
        sweeper = Sweeper(own.toolbox, own.engine, own.roster, clock, exclusions=exclusions)
        access, folder = settings.model_access, settings.state.state_dir
        batches = BatchClient(access, folder, models=own.models, ledger=records.store, clock=clock, progress=progress)
        parts = {field.name: getattr(records, field.name) for field in fields(records)}
        yield Runtime(**parts, toolbox=own.toolbox, sweeper=sweeper, models=own.models, batches=batches)


@asynccontextmanager
async def open_offline_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    notifier: Channel | None = None,
    open_model: Opener | None = None,
    log_lines: Sink | None = None,
) -> AsyncIterator[OfflineRuntime]:
    """What a state folder holds, for who reads, answers or cancels; closed again at the end. Raises SettingsError."""
    from sre_agent import logs, trace  # noqa: PLC0415 - structlog and opentelemetry
    from sre_agent.agents.roster import roster  # noqa: PLC0415
    from sre_agent.alarms.unexplained import UnexplainedAlarms  # noqa: PLC0415
    from sre_agent.graph.build import build  # noqa: PLC0415 - langgraph
    from sre_agent.incident_runtimes import IncidentRuntimes, ServerAddressing  # noqa: PLC0415 - langchain and the MCP client
    from sre_agent.outbox import Outbox  # noqa: PLC0415
    from sre_agent.responder import Responder  # noqa: PLC0415
    from sre_agent.worker import Worker  # noqa: PLC0415

    clock = clock or SystemClock()
    progress = Progress(clock)
    state_folder.secure(settings.state.state_dir, is_trusted=settings.state.state_dir_trusted)
    async with AsyncExitStack() as stack:
        stack.enter_context(logs.write_to(settings.state.state_dir / "log.jsonl", log_lines))
        tracing: trace.Tracing = open_slot("trace", settings.tracing)
        trace.listen(tracing)
        stack.callback(trace.stop, tracing)
        store = open_store(settings.state_access)
        stack.push_async_callback(store.close)
        progress.listen(store.record)
        queue: Queue = open_slot("queue", settings.state_access)
        stack.push_async_callback(queue.close)
        outbox = Outbox(store, queue, clock)
        checkpoints = await stack.enter_async_context(open_slot("checkpoint", settings.state_access))
        checkpoints.fence = store.writes
        hand_over = _hand_over(settings, store, outbox, clock, progress, notifier)
        addressing = ServerAddressing(readers, writers, context_of)
        runtimes = IncidentRuntimes(
            settings,
            addressing,
            store=store,
            clock=clock,
            progress=progress,
            open_permit_issuer=partial(_permit_issuer, clock),
            open_rehearsals=_rehearsals,
            open_model=open_model,
        )
        stack.push_async_callback(runtimes.close)
        responder = Responder(store=store, outbox=outbox, clock=clock, progress=progress, settings=runtimes.pinned_for)
        alarms = _alarm_intake(settings, store, clock, progress, responder)
        new_worker = partial(
            Worker,
            build(roster(), checkpoints),
            store=store,
            queue=queue,
            outbox=outbox,
            clock=clock,
            progress=progress,
            settings=settings.state,
            hand_over=hand_over,
            context_for=runtimes.context,
            report_unexplained=UnexplainedAlarms(store, alarms),
            reopen=responder.reopen,
            guardian_seconds=settings.verification.guardian_seconds,
        )
        yield OfflineRuntime(
            settings, clock, progress, store, queue, outbox, responder, alarms, new_worker(), runtimes, new_worker,
            checkpoints,
        )  # fmt: skip


def _alarm_intake(
    settings: Settings, store: Store, clock: Clock, progress: Progress, responder: Responder
) -> AlarmIntake:
    from sre_agent.alarms.intake import AlarmIntake  # noqa: PLC0415
    from sre_agent.alarms.queue_room import QueueRoom  # noqa: PLC0415
    from sre_agent.entities import EntityMap  # noqa: PLC0415

    return AlarmIntake(
        settings.alarms,
        store=store,
        clock=clock,
        progress=progress,
        responder=responder,
        entity_map=EntityMap.load(settings.knowledge.entity_map),
        room=QueueRoom(store, clock, settings.service.most_waiting),
    )


def _hand_over(
    settings: Settings, store: Store, outbox: Outbox, clock: Clock, progress: Progress, console: Channel | None
) -> HandOver:
    from sre_agent.aws_services.secrets import SecretReader  # noqa: PLC0415 - structlog
    from sre_agent.handover import HandOver  # noqa: PLC0415
    from sre_agent.notify.escalation import load_escalation  # noqa: PLC0415

    secrets = SecretReader(settings.state_access)
    return HandOver(
        store=store,
        outbox=outbox,
        clock=clock,
        progress=progress,
        escalation=load_escalation(settings.notifications.escalation),
        usual=settings.notifications.notify,
        open_channel=partial(_channel, settings=settings, console=console, secrets=secrets),
    )


def _channel(name: str, *, settings: Settings, console: Channel | None, secrets: SecretReader) -> Channel:
    from sre_agent.notify.rotation import open_by_reference  # noqa: PLC0415

    if console is not None and name == "console":
        return console
    return open_by_reference(name, settings.notifications, settings.aws, secrets)


def _permit_issuer(clock: Clock, settings: Settings) -> PermitSource:
    from sre_agent.permits import PermitIssuer  # noqa: PLC0415 - cryptography

    ring = _key_ring(settings)
    if ring.is_local:
        ring.active(clock.now())  # so that servers, which are started next, can read the public key
    return PermitIssuer(ring, valid_seconds=settings.writing.permit_seconds)


def _rehearsals(settings: Settings) -> RehearsalStage | None:
    from sre_agent.rehearsal.opening import LazyRehearsals, LiveCluster  # noqa: PLC0415 - opentelemetry

    if settings.rehearsals.rehearsal == "off":
        return None
    cluster, servers = settings.kubernetes, settings.servers
    elsewhere = SERVER_OF_CLUSTERS in (*servers.remote_servers, *servers.foreign_servers, *servers.left_out)
    live_cluster = LiveCluster(
        kubeconfig=cluster.kubeconfig,
        context="" if cluster.eks else context_of(cluster)[0],
        eks=cluster.eks,
        name=cluster_name(cluster),
    )
    return LazyRehearsals(None if elsewhere else live_cluster, partial(_twin_permit_issuer, settings))


def _twin_permit_issuer(settings: Settings, folder: Path, now: datetime) -> PermitSource:
    """With keys of its own in this folder, which no server of a live system knows."""
    from sre_agent.permits import PermitIssuer  # noqa: PLC0415 - cryptography

    keys = settings.state_access.model_copy(update={"state_dir": folder, "permit_keys": "folder"})
    ring = _key_ring_of(keys, settings.writing.permit_seconds)
    ring.active(now)
    return PermitIssuer(ring, valid_seconds=settings.writing.permit_seconds)


def open_key_ring(settings: Settings) -> KeyRing:
    """The keys that permits are signed with, for who manages them. Raises StateFolderError."""
    state_folder.secure(settings.state.state_dir, is_trusted=settings.state.state_dir_trusted)
    return _key_ring(settings)


def _key_ring(settings: Settings) -> KeyRing:
    return _key_ring_of(settings.state_access, settings.writing.permit_seconds)


def _key_ring_of(access: StateAccess, valid_seconds: float) -> KeyRing:
    from sre_agent.permits.key_ring import KeyRing  # noqa: PLC0415 - cryptography

    return KeyRing(open_slot("permit_keys", access, folder="permits.keys"), valid_seconds=valid_seconds)
