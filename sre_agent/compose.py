"""The composition root: the only place that turns names into objects, opens them and closes them.

Nothing else in the responder knows which store, queue, clock or server it works with. The graph, the servers' clients
and the models are loaded where a responder is opened: who only reads what was recorded, or asks where a server is,
does not wait for them.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sre_agent import state_folder
from sre_agent.clock import Clock, SystemClock
from sre_agent.errors import SettingsError
from sre_agent.progress import Progress
from sre_agent.settings import Area, AwsSettings, ForeignServer, KubernetesSettings, Settings, StateSettings
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.readers import open_reader
from sre_agent.toolbox.readers.foreign_source import ForeignSource

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from sre_agent import trace
    from sre_agent.graph.context import PermitSource
    from sre_agent.incident_runtimes import IncidentRuntimes
    from sre_agent.model import Models, Opener
    from sre_agent.model.batch.client import BatchClient
    from sre_agent.notify import Notifier
    from sre_agent.queue import Queue
    from sre_agent.responder import Responder
    from sre_agent.store import Store
    from sre_agent.sweep import Sweeper
    from sre_agent.toolbox.toolbox import Toolbox
    from sre_agent.worker import Worker

PASSED_ON = (
    *("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "PROMETHEUS_TOKEN"),
    *("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"),
    *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_EC2_METADATA_DISABLED"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
)


PARTS = (  # what an open responder consists of: seconds of loading on a small machine
    *("logs", "trace", "agents.roster", "graph.build", "model.batch.client", "permits"),
    *("responder", "incident_runtimes", "sweep", "toolbox.toolbox", "worker"),
)


@dataclass(frozen=True)
class OfflineRuntime:
    """What was kept, and who moves it on. Nothing of it needs a cluster, a server or a model until an incident runs."""

    settings: Settings
    clock: Clock
    progress: Progress
    store: Store
    queue: Queue
    responder: Responder
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


def load() -> None:
    """Load what `open_runtime` needs; who has to wait for something else anyway does it in that time."""
    for part in PARTS:
        import_module(f"sre_agent.{part}")


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    notifier: Notifier | None = None,
    open_model: Opener | None = None,
) -> AsyncIterator[Runtime]:
    """Everything a responder needs, closed again at the end. Raises SettingsError.

    `open_model` opens chat models in place of the files of their technologies.
    """
    from sre_agent.model.batch.client import BatchClient  # noqa: PLC0415 - langchain
    from sre_agent.sweep import Sweeper  # noqa: PLC0415 - the MCP client

    async with open_offline_runtime(settings, clock=clock, notifier=notifier, open_model=open_model) as records:
        own = records.runtimes.own()
        clock, progress = records.clock, records.progress
        sweeper = Sweeper(own.toolbox, own.engine, own.roster, clock)
        access, folder = settings.model_access, settings.state.state_dir
        batches = BatchClient(access, folder, models=own.models, ledger=records.store, clock=clock, progress=progress)
        parts = {field.name: getattr(records, field.name) for field in fields(records)}
        yield Runtime(**parts, toolbox=own.toolbox, sweeper=sweeper, models=own.models, batches=batches)


@asynccontextmanager
async def open_offline_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    notifier: Notifier | None = None,
    open_model: Opener | None = None,
) -> AsyncIterator[OfflineRuntime]:
    """What a state folder holds, for who reads, answers or cancels; closed again at the end. Raises SettingsError."""
    from sre_agent import logs, trace  # noqa: PLC0415 - structlog and opentelemetry
    from sre_agent.agents.roster import roster  # noqa: PLC0415
    from sre_agent.graph.build import build  # noqa: PLC0415 - langgraph
    from sre_agent.incident_runtimes import IncidentRuntimes, ServerAddressing  # noqa: PLC0415 - langchain and the MCP client
    from sre_agent.responder import Responder  # noqa: PLC0415
    from sre_agent.worker import Worker  # noqa: PLC0415

    clock = clock or SystemClock()
    progress = Progress(clock)
    state_folder.secure(settings.state.state_dir, trusted=settings.state.state_dir_trusted)
    async with AsyncExitStack() as stack:
        stack.enter_context(logs.write_to(settings.state.state_dir / "log.jsonl"))
        tracing: trace.Tracing = _slot("trace", settings.tracing)
        trace.listen(tracing)
        stack.callback(trace.stop, tracing)
        store = open_store(settings.state)
        stack.push_async_callback(store.close)
        progress.listen(store.record)
        queue: Queue = _slot("queue", settings.state)
        stack.push_async_callback(queue.close)
        checkpoints = await stack.enter_async_context(_slot("checkpoint", settings.state))
        checkpoints.fence = store.writes
        told = notifier or _slot("notify", settings.approvals)
        addressing = ServerAddressing(readers, writers, _context)
        runtimes = IncidentRuntimes(
            settings,
            addressing,
            store=store,
            clock=clock,
            progress=progress,
            notifier=told,
            open_permit_issuer=_permit_issuer,
            open_model=open_model,
        )
        stack.push_async_callback(runtimes.close)
        new_worker = partial(
            Worker,
            build(roster(), checkpoints),
            store=store,
            queue=queue,
            clock=clock,
            progress=progress,
            settings=settings.state,
            notifier=told,
            context_for=runtimes.context,
        )
        responder = Responder(
            store=store, queue=queue, clock=clock, progress=progress, settings=lambda: runtimes.pinned
        )
        yield OfflineRuntime(
            settings, clock, progress, store, queue, responder, new_worker(), runtimes, new_worker, checkpoints
        )


def _permit_issuer(settings: Settings) -> PermitSource:
    from sre_agent.permits import open_permit_issuer  # noqa: PLC0415 - cryptography

    return open_permit_issuer(settings.state.state_dir, valid_seconds=settings.writing.permit_seconds)


def readers(settings: Settings) -> dict[str, ServerAddress]:
    """Where the read instance of each server is; Prometheus only where there is one.

    A server of others stands where the settings put it. Writes never go there: they have instances of their own.
    """
    runbooks = [f"--runbooks={folder.resolve()}" for folder in settings.runbooks.runbook_folders]
    servers = {
        "kubernetes": _server(settings, "kubernetes", *_kubernetes_arguments(settings.kubernetes)),
        "cloudwatch": _server(settings, "cloudwatch"),
        "ssm": _server(settings, "ssm", *runbooks),
    }
    if settings.prometheus.prometheus_url:
        servers["prometheus"] = _server(settings, "prometheus", "--url", settings.prometheus.prometheus_url)
    servers |= {name: _foreign(settings, name, foreign) for name, foreign in settings.servers.foreign_servers.items()}
    return {name: address for name, address in servers.items() if name not in settings.servers.left_out}


def writers(settings: Settings, permit_issuer: PermitSource) -> dict[str, ServerAddress]:
    """The write instances under the writing identity, with public key and allowlist; none while writes are off."""
    writing, cluster = settings.writing, settings.kubernetes
    if not writing.writes:
        return {}
    common = ["--writes", "--permit-key", permit_issuer.public_key]
    identity = settings.model_copy(
        update={
            "kubeconfig": writing.write_kubeconfig or cluster.kubeconfig,
            "kube_context": writing.write_kube_context or cluster.kube_context,
            "eks": writing.write_eks or ("" if writing.write_kubeconfig else cluster.eks),
            "aws_profile": writing.write_aws_profile or settings.aws.aws_profile,
            "cluster": cluster_name(cluster),
        }
    )

    def write_arguments(name: str, allowed: tuple[str, ...]) -> list[str]:
        used = settings.state.state_dir.resolve() / f"used-permits-{name}.sqlite"
        return [*common, "--used-permits", str(used), *(f"--allow={pattern}" for pattern in allowed)]

    kubernetes = [*_kubernetes_arguments(identity.kubernetes), *write_arguments("kubernetes", writing.allow_namespaces)]
    found = {
        "kubernetes": _server(identity, "kubernetes", *kubernetes),
        "ssm": _server(identity, "ssm", *write_arguments("ssm", writing.allow_documents)),
    }
    return {name: address for name, address in found.items() if name not in settings.servers.left_out}


def cluster_name(kubernetes: KubernetesSettings) -> str:
    """The configured name, else that of the EKS cluster or of the context's; empty where there is no kubeconfig."""
    return kubernetes.cluster or kubernetes.eks.partition("=")[0] or _context(kubernetes)[1]


def _context(kubernetes: KubernetesSettings) -> tuple[str, str]:
    """The kubeconfig's context that is meant, and its cluster; empty where there is none."""
    path = Path(kubernetes.kubeconfig or os.environ.get("KUBECONFIG", "") or Path.home() / ".kube" / "config")
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        wanted = kubernetes.kube_context or config.get("current-context", "")
        for context in config.get("contexts", []):
            if context.get("name") == wanted:
                return str(wanted), str(context["context"]["cluster"])
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as problem:
        raise SettingsError(f"The kubeconfig {path} cannot be read: {problem}") from problem
    return kubernetes.kube_context, ""


def _kubernetes_arguments(kubernetes: KubernetesSettings) -> list[str]:
    """One cluster, although a server could have several: an incident's facts and permits are of this one."""
    here = {"--kubeconfig": kubernetes.kubeconfig, "--context": "" if kubernetes.eks else _context(kubernetes)[0]}
    given = ({"--eks": kubernetes.eks} if kubernetes.eks else here) | {"--cluster": cluster_name(kubernetes)}
    return [f"{flag}={value}" for flag, value in given.items() if value]


def _server(settings: Settings, name: str, *arguments: str) -> ServerAddress:
    command = (sys.executable, "-m", f"mcp_servers.{name}", *arguments)
    log = settings.state.state_dir.resolve() / "servers.log"
    return ServerAddress(name=name, command=command, environment=_environment(settings.aws), log=log)


def _foreign(settings: Settings, name: str, foreign: ForeignServer) -> ServerAddress:
    """A server that is not ours, with the reader that reads it. Raises SettingsError for an unknown reader."""
    known = {"KUBECONFIG": settings.kubernetes.kubeconfig} if settings.kubernetes.kubeconfig else {}
    return ServerAddress(
        name=name,
        command=foreign.command,
        url=foreign.url,
        environment=_environment(settings.aws) | known | foreign.environment,
        stand_in=ForeignSource(foreign.reader, open_reader(foreign.reader), foreign.scope),
        log=settings.state.state_dir.resolve() / "servers.log",
    )


def _environment(aws: AwsSettings) -> dict[str, str]:
    """What a server is told of where it looks: credentials of this process, region and endpoint of the settings."""
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    own = {
        "AWS_ENDPOINT_URL": aws.aws_endpoint_url,
        "AWS_REGION": aws.aws_region,
        "AWS_DEFAULT_REGION": aws.aws_region,
        "AWS_PROFILE": aws.aws_profile,
    }
    return environment | {key: value for key, value in own.items() if value}


def open_store(settings: StateSettings) -> Store:
    """The store alone, for who only reads it; the caller closes it. Raises StateFolderError."""
    state_folder.secure(settings.state_dir, trusted=settings.state_dir_trusted)
    store: Store = _slot("store", settings)
    return store


def _slot(slot: str, settings: Area) -> Any:
    """What a slot's file makes of the area that has the slot's setting; the file is named after the technology that
    this names."""
    name = getattr(settings, slot)
    there = sorted(m.name for m in pkgutil.iter_modules(import_module(f"sre_agent.{slot}").__path__))
    if name not in there:
        raise SettingsError(f"There is no {slot} {name!r}. There are: {', '.join(there)}.")
    return import_module(f"sre_agent.{slot}.{name}").from_settings(settings)
