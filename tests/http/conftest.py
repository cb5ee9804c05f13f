"""The app over a store and a queue in a folder; the engine stands still, so that tests say what has happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import anyio.lowlevel
import httpx
import pytest
from anyio import move_on_after
from fastapi import FastAPI

from sre_agent import logs
from sre_agent.alarms.intake import AlarmIntake
from sre_agent.alarms.queue_room import QueueRoom
from sre_agent.aws_services.secrets import SecretReader
from sre_agent.backup.age import BackupAge
from sre_agent.chat import ChatReply
from sre_agent.chat_sessions import TurnFollower
from sre_agent.domain.degradation import Degradation, Limitation
from sre_agent.domain.incident import Incident
from sre_agent.domain.question import Question
from sre_agent.domain.sweep import Sweep, SweepOptions, Trouble
from sre_agent.entities import EntityMap
from sre_agent.http import guarding, webhooks
from sre_agent.http.alarm_secrets import AlarmSecrets
from sre_agent.http.alarm_sources import AlarmSource
from sre_agent.http.app import create_app
from sre_agent.http.dependencies import DependencyView, EngineState
from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.service import Service
from sre_agent.http.sns import SnsVerifier
from sre_agent.http.tokens import Caller
from sre_agent.model.models import ModelHealth
from sre_agent.outbox import Outbox
from sre_agent.policy import open_policy
from sre_agent.policy.limiting import LimitCheck
from sre_agent.progress import Progress
from sre_agent.queue import Queue
from sre_agent.responder import Responder
from sre_agent.settings import Settings
from sre_agent.store import Store
from sre_agent.sweep.changes import since

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEFT_BEHIND = 5.0  # seconds
SETTINGS = {"body_kilobytes": 64, "requests_per_minute": 100}


class StandingClock:
    """The time of a test, which moves when the test says so."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    async def sleep_until(self, when: datetime) -> None:
        self.moment = max(self.moment, when)


@dataclass
class IdleEngine:
    """An engine that works on nothing and answers every question with itself."""

    state: EngineState = "running"
    workers: int = 2
    busy: int = 0
    asked: dict[str, list[str]] = field(default_factory=dict)
    found: list[Trouble] = field(default_factory=list)
    sweeps: int = 0
    questions: dict[str, Question] = field(default_factory=dict)

    async def sweep(self, options: SweepOptions) -> Sweep:
        self.sweeps += 1
        latest = Sweep(
            id="sweep-1", cluster=options.cluster, namespace=options.namespace, taken_at=NOON, troubles=list(self.found)
        )
        return since(options.before, latest)

    async def ask(self, session: str, text: str, *, by: str, follower: TurnFollower) -> ChatReply:
        self.asked.setdefault(session, []).append(text)
        follower.step("call", {"tool": "kubectl_get", "arguments": {"namespace": "shop"}})
        return ChatReply(question=text, intent="health", text=f"You asked {len(self.asked[session])} times.")

    async def end_session(self, session: str) -> bool:
        return self.asked.pop(session, None) is not None

    async def question(self, incident: Incident) -> Question | None:
        return self.questions.get(incident.question)


@dataclass
class StatedHealth:
    """As the test says."""

    engine: IdleEngine
    limitations: list[Limitation] = field(
        default_factory=lambda: [Limitation(level="read_only", why="Writes are switched off.")]
    )
    known: list[ModelHealth] = field(default_factory=list)

    async def degradation(self) -> Degradation:
        stopped = [Limitation(level="intake_only", why="It does not run.")] if self.engine.state != "running" else []
        return Degradation.of([*self.limitations, *stopped])

    async def dependencies(self) -> list[DependencyView]:
        return [DependencyView(kind="tool_server", name="kubernetes", state="left_alone", why="at 10.0.0.7: refused")]

    def models(self) -> list[ModelHealth]:
        return self.known

    def reused_answers(self) -> tuple[int, int]:
        return 3, 1


class NamedTokens:
    """A caller for each role, whose token is the role's name."""

    async def caller(self, token: str) -> Caller | None:
        return Caller(f"{token}@example.com", token) if token in ("viewer", "operator", "approver", "admin") else None  # type: ignore[arg-type]


@dataclass
class Site:
    """The app as its callers meet it, and what stands behind it."""

    app: FastAPI
    http: httpx.AsyncClient
    service: Service
    engine: IdleEngine
    clock: StandingClock
    metrics: ServiceMetrics
    queue: Queue

    @property
    def store(self) -> Store:
        return self.service.store

    async def ask(self, method: str, path: str, role: str = "operator", **options: object) -> httpx.Response:
        headers = {"authorization": f"Bearer {role}", **options.pop("headers", {})}  # type: ignore[dict-item]
        return await self.http.request(method, path, headers=headers, **options)  # type: ignore[arg-type]

    async def open(self, text: str = "checkout in shop keeps restarting") -> str:
        answer = await self.ask("POST", "/incidents", json={"text": text})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """To those who count requests in a minute all of them come at one moment, however busy the machine is."""
    standing = SimpleNamespace(monotonic=lambda: 0.0, perf_counter=perf_counter)
    for module in (guarding, webhooks):
        monkeypatch.setattr(module, "time", standing)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Those of the site, with what the test gives in addition; a trigger policy is given as its text."""
    fields: dict[str, Any] = dict(getattr(request, "param", {}))
    if (text := fields.get("trigger_policy")) is not None:
        fields["trigger_policy"] = tmp_path / "triggers.yaml"
        fields["trigger_policy"].write_text(text, encoding="utf-8")
    return Settings(**{"state_dir": tmp_path, **SETTINGS, **fields})


@pytest.fixture
async def site(tmp_path: Path, settings: Settings) -> AsyncIterator[Site]:
    clock, engine = StandingClock(), IdleEngine()
    store: Store = import_module("sre_agent.store.sqlite").from_settings(settings.state)
    queue: Queue = import_module("sre_agent.queue.sqlite").from_settings(settings.state)
    progress, metrics = Progress(clock), ServiceMetrics()
    progress.listen(store.record)
    progress.listen(metrics.on_event)
    outbox = Outbox(store, queue, clock)
    responder = Responder(store=store, outbox=outbox, clock=clock, progress=progress, settings=lambda signal: settings)
    alarms = AlarmIntake(
        settings.alarms,
        store=store,
        clock=clock,
        progress=progress,
        responder=responder,
        entity_map=EntityMap(),
        room=QueueRoom(store, clock, settings.service.most_waiting),
    )
    sources = {name: AlarmSource(secret=(f"s3cret-of-{name}",)) for name in ("pager", "second")}
    service = Service(
        settings.service,
        StatedHealth(engine),
        clock,
        store,
        progress,
        responder,
        engine,
        NamedTokens(),
        alarms,
        settings.alarms,
        sources,
        SnsVerifier(),
        policy := open_policy("default"),
        LimitCheck(policy.limits, store, tmp_path),
        settings.agent_runtime,
        AlarmSecrets(SecretReader(settings.state_access)),
        sweeps=settings.sweeps,
        backup_age=BackupAge.of(settings.backup, settings.state_access, clock),
    )
    app = create_app(service, metrics)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with logs.write_to(tmp_path / "log.jsonl"):
        async with httpx.AsyncClient(transport=transport, base_url="http://sre-agent.test") as http:
            yield Site(app, http, app.state.service, engine, clock, metrics, queue)
        with move_on_after(LEFT_BEHIND):  # a sweep that a test left under way ends before what it writes to is closed
            while app.state.sweeps.busy:
                await anyio.lowlevel.checkpoint()
    await queue.close()
    await store.close()
