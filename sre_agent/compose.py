"""The composition root: the only place that turns names into objects, opens them and closes them.

Nothing else in the responder knows which store, queue, clock or server it works with.
"""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from sre_agent import logs, trace
from sre_agent.agents.roster import Specialist, roster
from sre_agent.clock import Clock, SystemClock
from sre_agent.diagnosis import Engine
from sre_agent.domain.incident import Incident
from sre_agent.entities import EntityMap
from sre_agent.errors import SettingsError
from sre_agent.failures import Catalogue, unanswerable
from sre_agent.failures import load as load_catalogue
from sre_agent.graph.build import build
from sre_agent.graph.context import Context
from sre_agent.model import Models, Opener, open_models
from sre_agent.model.batch import BatchDesk
from sre_agent.notify import Notifier
from sre_agent.permits import Mint, open_mint
from sre_agent.policy import open_law
from sre_agent.progress import Progress
from sre_agent.queue import Queue
from sre_agent.responder import Responder
from sre_agent.settings import ForeignServer, Settings
from sre_agent.store import Store
from sre_agent.sweep import Sweeper
from sre_agent.toolbox.readers import open_reader
from sre_agent.toolbox.readers.standing_in import StandIn
from sre_agent.toolbox.session import ServerAddress
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


@dataclass(frozen=True)
class Workshop:
    """A responder with everything it works with, open."""

    settings: Settings
    clock: Clock
    progress: Progress
    store: Store
    queue: Queue
    toolbox: Toolbox
    responder: Responder
    worker: Worker
    sweeper: Sweeper
    models: Models
    batches: BatchDesk


@asynccontextmanager
async def open_workshop(
    settings: Settings,
    *,
    clock: Clock | None = None,
    notifier: Notifier | None = None,
    open_model: Opener | None = None,
) -> AsyncIterator[Workshop]:
    """Everything a responder needs, closed again at the end. Raises SettingsError.

    `open_model` opens chat models in place of the files of their technologies.
    """
    clock = clock or SystemClock()
    progress = Progress(clock)
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        stack.enter_context(logs.write_to(settings.state_dir / "log.jsonl"))
        tracing: trace.Tracing = _slot("trace", settings)
        trace.listen(tracing)
        stack.callback(trace.stop, tracing)
        store = open_store(settings)
        stack.push_async_callback(store.close)
        queue: Queue = _slot("queue", settings)
        stack.push_async_callback(queue.close)
        checkpoints = await stack.enter_async_context(_slot("checkpoint", settings))
        checkpoints.fence = store.writes
        mint = open_mint(settings.state_dir, valid_seconds=settings.permit_seconds)
        toolbox = Toolbox(
            readers(settings),
            writers(settings, mint),
            store=store,
            clock=clock,
            progress=progress,
            connect_seconds=settings.connect_seconds,
            call_seconds=settings.call_seconds,
            budget=settings.tool_calls,
        )
        stack.push_async_callback(toolbox.close)
        models = open_models(settings, ledger=store, clock=clock, progress=progress, open_model=open_model)
        stack.push_async_callback(models.close)
        told = notifier or _slot("notify", settings)
        known = _known(settings)
        context_for = _contexts(settings, known, clock, progress, store, toolbox, models, mint, told)
        worker = Worker(
            build(known.members, checkpoints),
            store=store,
            queue=queue,
            clock=clock,
            progress=progress,
            settings=settings,
            context_for=context_for,
        )
        responder = Responder(store=store, queue=queue, clock=clock, progress=progress)
        sweeper = Sweeper(toolbox, known.engine, known.members, clock)
        batches = BatchDesk(settings, models=models, ledger=store, clock=clock, progress=progress)
        yield Workshop(settings, clock, progress, store, queue, toolbox, responder, worker, sweeper, models, batches)


@dataclass(frozen=True)
class _Known:
    """What is known before any incident: read once, the same for every run."""

    catalogue: Catalogue
    engine: Engine
    members: dict[str, Specialist]


def _known(settings: Settings) -> _Known:
    catalogue, members = load_catalogue(settings.failure_folders), roster()
    if wrong := list(unanswerable(catalogue, {name: member.tool_names for name, member in members.items()})):
        raise SettingsError(" ".join(wrong))
    return _Known(catalogue, Engine(catalogue), members)


def _contexts(
    settings: Settings,
    known: _Known,
    clock: Clock,
    progress: Progress,
    store: Store,
    toolbox: Toolbox,
    models: Models,
    mint: Mint,
    notifier: Notifier,
) -> Callable[[Incident, int], Context]:
    """Makes the context of a run; what is the same for all runs is opened once, here."""
    law, entity_map = open_law(settings.policies), EntityMap.load(settings.entity_map)

    def context_for(incident: Incident, epoch: int) -> Context:
        return Context(
            incident=incident.id,
            epoch=epoch,
            settings=settings,
            clock=clock,
            store=store,
            toolbox=toolbox,
            models=models,
            roster=known.members,
            catalogue=known.catalogue,
            engine=known.engine,
            entity_map=entity_map,
            law=law,
            mint=mint,
            notifier=notifier,
            progress=progress,
        )

    return context_for


def readers(settings: Settings) -> dict[str, ServerAddress]:
    """Where the read instance of each server is; Prometheus only where there is one.

    A server of others stands where the settings put it. Writes never go there: they have instances of their own.
    """
    servers = {
        "kubernetes": _server(settings, "kubernetes", *_kubernetes_arguments(settings)),
        "cloudwatch": _server(settings, "cloudwatch"),
        "ssm": _server(settings, "ssm", *(f"--runbooks={folder.resolve()}" for folder in settings.runbook_folders)),
    }
    if settings.prometheus_url:
        servers["prometheus"] = _server(settings, "prometheus", "--url", settings.prometheus_url)
    return servers | {name: _foreign(settings, name, foreign) for name, foreign in settings.foreign_servers.items()}


def writers(settings: Settings, mint: Mint) -> dict[str, ServerAddress]:
    """The write instances under the writing identity, with public key and allowlist; none while writes are off."""
    if not settings.writes:
        return {}
    common = ["--writes", "--permit-key", mint.public_key]
    identity = settings.model_copy(
        update={
            "kubeconfig": settings.write_kubeconfig or settings.kubeconfig,
            "kube_context": settings.write_kube_context or settings.kube_context,
            "eks": settings.write_eks or ("" if settings.write_kubeconfig else settings.eks),
            "aws_profile": settings.write_aws_profile or settings.aws_profile,
            "cluster": cluster_name(settings),
        }
    )

    def write_arguments(name: str, allowed: tuple[str, ...]) -> list[str]:
        used = settings.state_dir.resolve() / f"used-permits-{name}.sqlite"
        return [*common, "--used-permits", str(used), *(f"--allow={pattern}" for pattern in allowed)]

    kubernetes = [*_kubernetes_arguments(identity), *write_arguments("kubernetes", settings.allow_namespaces)]
    return {
        "kubernetes": _server(identity, "kubernetes", *kubernetes),
        "ssm": _server(identity, "ssm", *write_arguments("ssm", settings.allow_documents)),
    }


def cluster_name(settings: Settings) -> str:
    """The configured name, else that of the EKS cluster or of the context's; empty where there is no kubeconfig."""
    return settings.cluster or settings.eks.partition("=")[0] or _context(settings)[1]


def _context(settings: Settings) -> tuple[str, str]:
    """The kubeconfig's context that is meant, and its cluster; empty where there is none."""
    path = Path(settings.kubeconfig or os.environ.get("KUBECONFIG", "") or Path.home() / ".kube" / "config")
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
        wanted = settings.kube_context or config.get("current-context", "")
        for context in config.get("contexts", []):
            if context.get("name") == wanted:
                return str(wanted), str(context["context"]["cluster"])
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as problem:
        raise SettingsError(f"The kubeconfig {path} cannot be read: {problem}") from problem
    return settings.kube_context, ""


def _kubernetes_arguments(settings: Settings) -> list[str]:
    """One cluster, although a server could have several: an incident's facts and permits are of this one."""
    here = {"--kubeconfig": settings.kubeconfig, "--context": "" if settings.eks else _context(settings)[0]}
    given = ({"--eks": settings.eks} if settings.eks else here) | {"--cluster": cluster_name(settings)}
    return [f"{flag}={value}" for flag, value in given.items() if value]


def _server(settings: Settings, name: str, *arguments: str) -> ServerAddress:
    command = (sys.executable, "-m", f"mcp_servers.{name}", *arguments)
    log = settings.state_dir.resolve() / "servers.log"
    return ServerAddress(name=name, command=command, environment=_environment(settings), log=log)


def _foreign(settings: Settings, name: str, foreign: ForeignServer) -> ServerAddress:
    """A server that is not ours, with the reader that reads it. Raises SettingsError for an unknown reader."""
    known = {"KUBECONFIG": settings.kubeconfig} if settings.kubeconfig else {}
    return ServerAddress(
        name=name,
        command=foreign.command,
        url=foreign.url,
        environment=_environment(settings) | known | foreign.environment,
        stand_in=StandIn(foreign.reader, open_reader(foreign.reader), foreign.scope),
        log=settings.state_dir.resolve() / "servers.log",
    )


def _environment(settings: Settings) -> dict[str, str]:
    """What a server is told of where it looks: credentials of this process, region and endpoint of the settings."""
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    own = {
        "AWS_ENDPOINT_URL": settings.aws_endpoint_url,
        "AWS_REGION": settings.aws_region,
        "AWS_DEFAULT_REGION": settings.aws_region,
        "AWS_PROFILE": settings.aws_profile,
    }
    return environment | {key: value for key, value in own.items() if value}


def open_store(settings: Settings) -> Store:
    """The store alone, for who only reads it; the caller closes it."""
    store: Store = _slot("store", settings)
    return store


def _slot(slot: str, settings: Settings) -> Any:
    """What a slot's file makes of the settings; the file is named after the technology that the settings name."""
    name = getattr(settings, slot)
    there = sorted(m.name for m in pkgutil.iter_modules(import_module(f"sre_agent.{slot}").__path__))
    if name not in there:
        raise SettingsError(f"There is no {slot} {name!r}. There are: {', '.join(there)}.")
    return import_module(f"sre_agent.{slot}.{name}").from_settings(settings)
