"""Runs a recorded world through the whole product within this process: the lab, the servers, the graph, the chat.

Only the processes are left out: the servers answer in memory, and one API of the lab serves whatever world is set.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_servers.cloudwatch import server as cloudwatch
from mcp_servers.kubernetes import server as kubernetes
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.prometheus import server as prometheus
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.server import ToolServer
from mcp_servers.ssm import server as ssm
from sre_agent import entrances
from sre_agent.cli import replay, replay_sweep
from sre_agent.cli.chat import conversation
from sre_agent.cli.drive import drive
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import SilentView
from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.report import Report
from sre_agent.notify.console import SilentNotifier
from sre_agent.settings import Settings
from sre_agent.toolbox import session
from sre_lab import recording
from sre_lab.aws import api as aws_api
from sre_lab.aws.provision import provision_queue
from sre_lab.containers import kubelets
from sre_lab.date_header import DateHeader
from sre_lab.endpoints import LabEndpoints
from sre_lab.kubeconfig import write_kubeconfig
from sre_lab.kubernetes import api as kubernetes_api
from sre_lab.loopback import LoopbackServer
from sre_lab.prometheus import api as prometheus_api
from sre_lab.timeshift import TimeShift, time_in
from sre_lab.world import World

MOMENT = 1_790_000_000.0  # the present of every world, in epoch seconds
CLUSTER = "recorded"
Json = dict[str, Any]
T = TypeVar("T")
After = Callable[[Runtime, str], Awaitable[None]]


@dataclass(frozen=True)
class _Lab:
    """What `lab_settings` reads of a lab."""

    endpoints: LabEndpoints


class WorldClock:
    """The responder's clock, which moves the world's on the loop that serves it."""

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        self._world, self._loop, self._now = world, loop, world.clock.now()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._now, UTC)

    async def sleep_until(self, when: datetime) -> None:
        span = when.timestamp() - self._now
        if span <= 0:
            return

        async def move() -> None:
            self._world.clock.advance(span)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(move(), self._loop))
        self._now = self._world.clock.now()


class Ground:
    """One lab for many worlds. `run` sets a world, starts what the trigger says, and gives the result with the plan."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop, urls: dict[str, str]) -> None:
        self._folder, self._loop = folder, loop
        self._apps: dict[str, ASGIApp] = {}
        self._urls = urls
        self.requests: Counter[str] = Counter()  # that each API got, in all worlds so far
        self._lab = _Lab(
            LabEndpoints(
                kubeconfig=write_kubeconfig(folder, urls["kubernetes"], CLUSTER),
                aws=urls["aws"],
                region="eu-central-1",
                prometheus=urls["prometheus"],
                xray="127.0.0.1:2000",
                control=urls["kubernetes"],
                scenario="",
                trigger="",
            )
        )

    def run(self, world_json: Json, trigger: Json, *, keep: Path | None = None, **overrides: Any) -> Json:
        """A result in the form of `sre-result/1`, with `proposed` (tools of the plan) and `gaps` beside it; `keep` gets
        a copy of the state folder. `overrides` are settings by their names."""
        shift = TimeShift(MOMENT - (time_in(str(world_json.get("clock", ""))) or MOMENT))

        def load(folder: Path) -> World:
            return recording.load(json.loads(json.dumps(world_json)), folder, now=MOMENT)

        async def respond(runtime: Runtime, clock: WorldClock) -> Json:
            return await _respond(runtime, clock, shift.value(trigger))

        return self.run_in(load, respond, keep=keep, **overrides)

    def run_in(
        self,
        load: Callable[[Path], World],
        respond: Callable[[Runtime, WorldClock], Awaitable[T]],
        *,
        keep: Path | None = None,
        **overrides: Any,
    ) -> T:
        """What `respond` does in a runtime whose endpoints are those of the world that `load` gives."""
        state = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            world = load(state)
            provision_queue(world)
            with self.serving(world, state, **overrides) as (settings, clock):
                return asyncio.run(_in_runtime(settings, clock, respond))
        finally:
            if keep is not None:
                shutil.copytree(state, keep)
            shutil.rmtree(state, ignore_errors=True)

    def run_again(
        self,
        state: Path,
        world_json: Json,
        trigger: Json,
        *,
        after: After | None = None,
        cluster: str = CLUSTER,
        **overrides: Any,
    ) -> Json:
        """As `run`, with the state folder of earlier runs, which stays. `after` is awaited with the responder and the
        id of the incident when that has ended. `cluster` is the name of the kubeconfig's folder: another cluster."""
        shift = TimeShift(MOMENT - (time_in(str(world_json.get("clock", ""))) or MOMENT))

        async def respond(runtime: Runtime, clock: WorldClock) -> Json:
            result = await _respond(runtime, clock, shift.value(trigger))
            if after is not None:
                await after(runtime, result["incident"])
            return result

        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            world = recording.load(json.loads(json.dumps(world_json)), Path(folder), now=MOMENT)
            provision_queue(world)
            with self.serving(world, state, cluster=cluster, **overrides) as (settings, clock):
                return asyncio.run(_in_runtime(settings, clock, respond))

    @property
    def aws_url(self) -> str:
        return self._urls["aws"]

    def _at(self, cluster: str) -> _Lab:
        """The lab by a kubeconfig of its own for each name."""
        if cluster == CLUSTER:
            return self._lab
        folder = self._folder / cluster
        folder.mkdir(exist_ok=True)
        kubeconfig = write_kubeconfig(folder, self._urls["kubernetes"], CLUSTER)
        return _Lab(self._lab.endpoints.model_copy(update={"kubeconfig": kubeconfig}))

    @contextmanager
    def serving(
        self, world: World, state: Path, *, cluster: str = CLUSTER, **overrides: Any
    ) -> Iterator[tuple[Settings, WorldClock]]:
        """This world behind the lab's addresses: the settings that lead there, and a clock that moves it."""
        apps: dict[str, ASGIApp] = {
            "kubernetes": kubernetes_api.app(world, kubelets()),
            "aws": aws_api.app(world),
            "prometheus": DateHeader(prometheus_api.app(world), world.clock),
        }
        self._apps.update(apps)
        settings = lab_settings(self._at(cluster), state, trace="none", **{"rehearsal": "off", **overrides})  # type: ignore[arg-type]
        with _servers_within(settings):
            yield settings, WorldClock(world, self._loop)

    def before(self, name: str, front: Callable[[ASGIApp], ASGIApp]) -> None:
        """Put something before one of the addresses, until the next world is served."""
        self._apps[name] = front(self._apps[name])

    async def answer(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests[name] += 1
        await self._apps[name](scope, receive, send)


@contextmanager
def ground() -> Iterator[Ground]:
    """Listens on loopback until the end of the block."""
    ready = threading.Event()
    grounds: list[Ground] = []
    servers: dict[str, LoopbackServer] = {}
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)

    def app(name: str) -> ASGIApp:
        async def answering(scope: Scope, receive: Receive, send: Send) -> None:
            await grounds[0].answer(name, scope, receive, send)

        return answering

    async def serve(folder: Path) -> None:
        servers.update({name: LoopbackServer(app(name)) for name in ("kubernetes", "aws", "prometheus")})
        grounds.append(Ground(folder, asyncio.get_running_loop(), {name: one.url for name, one in servers.items()}))
        ready.set()
        await asyncio.gather(*(one.run_until_stopped() for one in servers.values()))

    with tempfile.TemporaryDirectory(prefix="sre-worlds-") as folder:
        thread = threading.Thread(target=lambda: asyncio.run(serve(Path(folder))), daemon=True)
        thread.start()
        assert ready.wait(30)
        yield grounds[0]
        for server in servers.values():
            grounds[0]._loop.call_soon_threadsafe(server.stop)
        thread.join(30)


@contextmanager
def _servers_within(settings: Settings) -> Iterator[None]:
    """Every session meets a server of this process in place of one over stdio."""
    options = ServerOptions(
        transport="stdio", host="", port=0, writes=False, allow=(), permit_keys=None, used_permits=None
    )
    account = AwsAccount(region=settings.aws.aws_region, profile="", endpoint=settings.aws.aws_endpoint_url)
    with ExitStack() as clients:
        clusters = clients.enter_context(
            closing(Clusters(kubeconfig=settings.kubernetes.kubeconfig, contexts=[], name=CLUSTER))
        )
        client = clients.enter_context(closing(Prometheus(settings.prometheus.prometheus_url)))
        servers: dict[str, ToolServer] = {
            "kubernetes": kubernetes.build(clusters, options),
            "cloudwatch": cloudwatch.build(account),
            "prometheus": prometheus.build(client, CLUSTER),
            "ssm": ssm.build(account, options, ()),
        }

        def transport(self: session.Session, errors: object) -> Any:
            return self.address.here or servers[self.address.name].mcp

        clients.enter_context(mock.patch.object(session.Session, "_transport", transport))
        yield


async def _in_runtime(
    settings: Settings, clock: WorldClock, respond: Callable[[Runtime, WorldClock], Awaitable[T]]
) -> T:
    async with open_runtime(settings, clock=clock, notifier=SilentNotifier()) as runtime:
        return await respond(runtime, clock)


async def _respond(runtime: Runtime, clock: WorldClock, trigger: Json) -> Json:
    if trigger["type"] == "sweep":
        namespace = replay_sweep.namespace_of(str(trigger["scope"]))
        return replay_sweep.result_of(await runtime.sweeper.sweep(namespace))
    if trigger["type"] == "question":
        chat = conversation(runtime, SilentView(), "never")
        *before, last = trigger.get("texts") or [trigger["text"]]
        for text in before:
            await chat.ask(str(text))
        reply = await chat.ask(str(last))
        return {**replay.chat_result(reply), **(_proposed(reply.report) if reply.report is not None else {})}
    return await _answer_alarm(runtime, clock, trigger)


async def _answer_alarm(runtime: Runtime, clock: WorldClock, trigger: Json) -> Json:
    for signal in entrances.read(trigger["payload"], received_at=clock.now()):
        incident, _ = await runtime.responder.submit(signal)
    _, report = await drive(runtime, incident.id, SilentView(), "never")
    assert report is not None
    return {
        **replay.result_of(report),
        **_proposed(report),
        "dollars": report.cost.dollars,
        "missing": report.diagnosis.missing,
        "next_steps": [step.what for step in report.next_steps],
        "incident": incident.id,
        "causes": [cause.key for cause in report.diagnosis.causes],
        "recurs": report.recurs,
        "seen_before": [one.model_dump(mode="json") for one in report.seen_before],
    }


def _proposed(report: Report) -> Json:
    """The action that the report proposes, or that was taken."""
    call = report.action.call if report.action is not None else None
    return {"proposed": call.tool if call else "", "proposed_call": call.model_dump() if call else None}
