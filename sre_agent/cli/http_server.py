"""The HTTP side of `serve`: it answers from the first second on, while the engine starts behind it."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import uvicorn

from sre_agent.cli.printing import say
from sre_agent.clock import SystemClock
from sre_agent.errors import SettingsError
from sre_agent.http.ping import PingState
from sre_agent.http.starting import StartingApp
from sre_agent.http.tokens import CallerDirectory
from sre_agent.settings import ServiceSettings, Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from sre_agent.cli.engine import ServiceEngine

GRACE_SECONDS: Final = 3  # for answers that are on their way, streams included
SWITCH_SECONDS: Final = (
    0.001  # that a run may compute before HTTP has its turn; the default of 5 ms adds up in each answer
)


def run(settings: Settings, callers: CallerDirectory) -> None:
    """Until SIGTERM, Ctrl-C, or the engine fails. Raises SettingsError, and what keeps the engine from working."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with _listen(settings.service) as listening:
        asyncio.run(HttpServer(settings, callers, listening).run())


def _listen(service: ServiceSettings) -> socket.socket:
    """Raises SettingsError."""
    try:
        listening = socket.create_server((service.listen_host, service.listen_port), backlog=1024)
    except OSError as problem:
        where = f"{service.listen_host}:{service.listen_port}"
        raise SettingsError(
            f"Cannot listen on {where}: {problem.strerror}. Choose another --port or --host."
        ) from problem
    # Inherited by each connection. Without it the body of an answer waits 40 ms for the acknowledgement of its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class HttpServer:
    """Starts the engine once it answers, and ends it after the last answer."""

    def __init__(self, settings: Settings, callers: CallerDirectory, listening: socket.socket) -> None:
        self._settings, self._callers, self._listening = settings, callers, listening
        self._ping = PingState(SystemClock().now().timestamp(), starting=True)
        self._app = StartingApp(self._ping, settings.service.workers)
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        vars(self._server)["capture_signals"] = nullcontext  # its own handling ends the process without draining
        self._engine: ServiceEngine | None = None
        self._telling: asyncio.Task[None] | None = None
        self._scheduling: asyncio.Task[None] | None = None

    async def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop)
        serving = asyncio.create_task(self._server.serve(sockets=[self._listening]))
        opening = asyncio.create_task(self._open())
        try:
            while not serving.done():
                await asyncio.wait({serving}, timeout=1)
                if (opening.done() and opening.exception()) or (self._engine and self._engine.state == "failed"):
                    self._stop()
            await serving
            await opening
        finally:
            for task in (self._telling, self._scheduling):
                if task is not None:
                    task.cancel()
            if self._engine is not None:
                self._engine.drain()
                await asyncio.to_thread(self._engine.join)

    def _stop(self, why: str = "") -> None:
        """Runs end while the last requests are answered."""
        self._server.should_exit = True
        self._app.give_up()
        if self._engine is not None:
            self._engine.drain()

    async def _open(self) -> None:
        """The engine, and then every address. Raises what keeps it from working."""
        host, port = self._listening.getsockname()[:2]
        say(f"Listening on http://{host}:{port}; starting.", err=True)
        app, engine = await asyncio.to_thread(self._build)
        self._app.open(app)
        if self._settings.service.embedded_metrics:
            from sre_agent.http.embedded_metrics import write_embedded  # noqa: PLC0415

            self._telling = asyncio.create_task(write_embedded(app.state.service, app.state.metrics))
        if self._settings.sweeps.sweep_schedules:
            from sre_agent.http.sweep_scheduler import SweepScheduler  # noqa: PLC0415

            scheduler = SweepScheduler(app.state.service, app.state.sweeps)
            self._scheduling = asyncio.create_task(scheduler.run(), name="sweep schedules")
        if not self._server.should_exit:
            say(f"Ready with {engine.workers} workers. API description: /openapi.json", err=True)

    def _build(self) -> tuple[FastAPI, ServiceEngine]:
        """In a thread: loading all this takes seconds."""
        from sre_agent.aws_services.secrets import SecretReader  # noqa: PLC0415
        from sre_agent.backup.age import BackupAge  # noqa: PLC0415
        from sre_agent.cli.engine import ServiceEngine  # noqa: PLC0415
        from sre_agent.http.alarm_secrets import AlarmSecrets  # noqa: PLC0415
        from sre_agent.http.alarm_sources import load_alarm_sources  # noqa: PLC0415
        from sre_agent.http.app import create_app  # noqa: PLC0415
        from sre_agent.http.metrics import ServiceMetrics  # noqa: PLC0415
        from sre_agent.http.running_health import RunningHealth  # noqa: PLC0415
        from sre_agent.http.service import Service  # noqa: PLC0415
        from sre_agent.http.sns import SnsVerifier  # noqa: PLC0415
        from sre_agent.policy import open_policy  # noqa: PLC0415
        from sre_agent.policy.limiting import LimitCheck  # noqa: PLC0415

        settings, metrics = self._settings, ServiceMetrics()
        policy = open_policy(settings.policy.policies, limits=settings.policy.limits)
        sources = load_alarm_sources(settings.alarms.alarm_sources_file)
        engine = ServiceEngine(settings, metrics.on_event)
        engine.start()
        self._engine, runtime = engine, engine.runtime
        health = RunningHealth(
            engine,
            runtime.store,
            runtime.models,
            runtime.toolbox,
            writes=settings.writing.writes,
            left_out=settings.servers.left_out,
            clusters=engine.cluster_looks.rows,
        )
        service = Service(
            settings.service,
            health,
            runtime.clock,
            runtime.store,
            runtime.progress,
            runtime.responder,
            engine,
            self._callers,
            runtime.alarms,
            settings.alarms,
            sources,
            SnsVerifier(),
            policy,
            LimitCheck(policy.limits, runtime.store, settings.state.state_dir, settings.policy.level),
            settings.agent_runtime,
            AlarmSecrets(SecretReader(settings.state_access)),
            stop=self._stop,
            sweeps=settings.sweeps,
            backup_age=BackupAge.of(settings.backup, settings.state_access, runtime.clock),
        )
        return create_app(service, metrics, self._ping), engine
