"""One test for each level of degradation: the rule that it is entered by, and that it is left by the same rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from mcp.server import MCPServer

from sre_agent.domain.model_call import ModelCall
from sre_agent.errors import ModelUnavailableError, ToolsUnavailableError
from sre_agent.http.app import create_app
from sre_agent.http.running_health import RunningHealth
from sre_agent.model import open_models
from sre_agent.model.address import ModelAddress
from sre_agent.model.client import ModelClient
from sre_agent.progress import Progress
from sre_agent.settings import ModelAccess, Settings
from sre_agent.toolbox.address import ServerAddress
from sre_agent.toolbox.session import Session
from sre_agent.toolbox.toolbox import Toolbox
from sre_agent.worker_pool import WorkerPool
from tests.http.conftest import Site
from tests.http.test_engine import StepwiseWorker

pytestmark = pytest.mark.anyio
ONE_SMALL = "fake:small"
ONE_LARGE = "fake:large"


@dataclass
class FakeChat:
    """Answers in a word, unless its model is down."""

    name: str
    down: set[str]

    async def ainvoke(self, messages: Any, **options: Any) -> AIMessage:
        if self.name in self.down:
            raise ConnectionError("the service is down")
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        return AIMessage(content="So it is.", usage_metadata=usage)


@dataclass
class Plant:
    """A service over models and tool servers that are away when the test says so."""

    site: Site
    health: RunningHealth
    models: Any
    toolbox: Toolbox
    http: httpx.AsyncClient
    down: set[str] = field(default_factory=set)
    spent: float = 0.0

    async def level(self) -> str:
        ready = await self.http.get("/ready", headers={"authorization": "Bearer viewer"})
        readiness: dict[str, Any] = ready.json()
        assert ready.status_code == (503 if readiness["level"] == "intake_only" else 200)
        assert readiness["level"] == "full" or all(one["why"] for one in readiness["limitations"])
        return str(readiness["level"])

    async def ask(self, tier: str, times: int = 1) -> None:
        for _ in range(times):
            try:
                await self.models.ask(tier, [HumanMessage("why")], agent="logs", incident="inc-1")
            except ModelUnavailableError:
                continue

    async def spend(self, dollars: float) -> None:
        at = self.site.clock.now()
        row = ModelCall(id=str(at), agent="a", model="m", tier="small", at=at, seconds=1, outcome="answered")
        row = row.model_copy(update={"id": f"{at}-{self.spent}", "dollars": dollars})
        self.spent += dollars
        await self.site.store.keep_model_call(row)

    async def call(self, server: str, times: int = 1, *, write: bool = False) -> None:
        sessions = self.toolbox._writing._sessions if write else self.toolbox._reading._sessions
        for _ in range(times):
            try:
                await sessions[server].call("look", {})
            except ToolsUnavailableError:
                continue


Builds = Callable[..., AsyncIterator[Plant]]


@pytest.fixture
async def plant(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Plant]:
    down: set[str] = set()
    model_settings = {"model": ONE_LARGE, "model_small": (ONE_SMALL,), "model_large": (ONE_LARGE, ONE_SMALL)}
    settings = Settings(state_dir=tmp_path, writes=True, model_reuse_seconds=0.0, **model_settings)

    def opened(address: ModelAddress, access: ModelAccess) -> ModelClient:
        chat: Any = FakeChat(str(address), down)
        return ModelClient(chat, outcome=lambda problem: "denied" if isinstance(problem, ConnectionError) else None)

    def transport(session: Session, errors: Any) -> Any:
        if session.address.url in down:
            raise FileNotFoundError("no such program")
        server = MCPServer("fake")
        server.add_tool(lambda: "seen", name="look")
        return server

    monkeypatch.setattr(Session, "_transport", transport)
    progress = Progress(site.clock)
    models = open_models(
        settings.model_access, ledger=site.store, clock=site.clock, progress=progress, open_model=opened
    )
    toolbox = Toolbox(
        {name: ServerAddress(name, url=f"read {name}") for name in ("kubernetes", "cloudwatch")},
        {"kubernetes": ServerAddress("kubernetes", url="write kubernetes")},
        store=site.store,
        clock=site.clock,
        progress=progress,
        connect_seconds=5,
        call_seconds=5,
        budget=10,
    )
    health = RunningHealth(site.engine, site.store, models, toolbox, writes=True, left_out={})
    service = replace(site.service, health=health)
    transport_ = httpx.ASGITransport(create_app(service, site.metrics))
    async with httpx.AsyncClient(transport=transport_, base_url="http://sre-agent.test") as http:
        yield Plant(site, health, models, toolbox, http, down)
    await toolbox.close()
    await models.close()


async def test_everything_works_where_nothing_failed(plant: Plant) -> None:
    assert await plant.level() == "full"
    await plant.call("kubernetes")
    await plant.ask("large")
    assert await plant.level() == "full"
    dependencies = (await plant.http.get("/ready")).json()["dependencies"]
    states = {(one["kind"], one["name"]): one["state"] for one in dependencies}
    assert states["tool_server", "kubernetes"] == states["model", ONE_LARGE] == states["storage", "store"] == "ok"
    assert states["tool_server", "cloudwatch"] == "not_asked"


async def test_without_its_large_model_it_goes_on_with_small_ones_until_one_attempt_is_well(plant: Plant) -> None:
    plant.down.add(ONE_LARGE)
    await plant.ask("large")
    assert await plant.level() == "no_large_model"
    plant.down.clear()
    plant.site.clock.move(601)
    assert await plant.level() == "no_large_model", "until somebody has tried"
    await plant.ask("large")
    assert await plant.level() == "full"


async def test_without_its_small_model_alone_the_large_one_goes_on_until_one_attempt_is_well(plant: Plant) -> None:
    plant.down.add(ONE_SMALL)
    await plant.ask("small")
    assert await plant.level() == "no_small_model"
    plant.down.clear()
    plant.site.clock.move(601)
    await plant.ask("small")
    assert await plant.level() == "full"


async def test_without_any_model_or_money_for_one_rules_decide(plant: Plant) -> None:
    plant.down |= {ONE_LARGE, ONE_SMALL}
    await plant.ask("large")
    assert await plant.level() == "no_model"
    plant.down.clear()
    plant.site.clock.move(601)
    await plant.ask("large")
    await plant.ask("small")
    assert await plant.level() == "full"
    await plant.spend(10.0)
    assert await plant.level() == "no_large_model", "half of the day's budget of $20 is used"
    await plant.spend(10.0)
    assert await plant.level() == "no_model"
    plant.site.clock.move(24 * 3600)
    assert await plant.level() == "full", "a new day has a new budget"
    for _ in range(8):
        await plant.spend(50.0)
        plant.site.clock.move(24 * 3600)
    assert await plant.level() == "no_model", "the month's budget of $400 is used up"


async def test_nothing_is_changed_while_no_server_that_writes_starts(plant: Plant) -> None:
    plant.down.add("write kubernetes")
    await plant.call("kubernetes", 2, write=True)
    assert await plant.level() == "full", "one that is slow at first is no outage"
    await plant.call("kubernetes", write=True)
    assert await plant.level() == "read_only"
    plant.down.clear()
    await plant.call("kubernetes", write=True)
    assert await plant.level() == "read_only", "it is left alone for a while"
    plant.site.clock.move(11)
    await plant.call("kubernetes", write=True)
    assert await plant.level() == "full"


async def test_while_no_server_is_up_alarms_are_taken_in_and_wait(plant: Plant) -> None:
    plant.down |= {"read kubernetes", "read cloudwatch"}
    await plant.call("kubernetes", 3)
    assert await plant.level() == "full", "the other one was not asked"
    await plant.call("cloudwatch", 3)
    assert await plant.level() == "intake_only"

    incident_id = await plant.site.open()
    starts, let_go = asyncio.Queue[str](), asyncio.Event()
    workers: list[Any] = [StepwiseWorker(plant.site, let_go, starts)]
    looks = asyncio.Event()

    def may_begin() -> bool:
        looks.set()
        return not any(one.left_alone for one in plant.toolbox.health())

    pool = WorkerPool(workers, drain_seconds=5, may_begin=may_begin)
    running = asyncio.create_task(pool.run())
    await looks.wait()
    assert starts.empty()

    plant.down.clear()
    plant.site.clock.move(11)
    plant.toolbox.revive()
    assert await asyncio.wait_for(starts.get(), 20) == incident_id
    assert await plant.level() == "full"
    let_go.set()
    pool.drain()
    await asyncio.wait_for(running, 5)
