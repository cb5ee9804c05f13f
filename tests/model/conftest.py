"""The product's models against the lab's Bedrock over loopback, with a clock that nobody has to wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
import structlog
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from starlette.types import ASGIApp

from sre_agent.model import Models, Opener, open_models
from sre_agent.progress import Event, Progress
from sre_agent.settings import Settings
from sre_agent.store.sqlite import SqliteStore, from_settings
from sre_lab import control
from sre_lab.aws import api, bedrock, moto
from sre_lab.date_header import DateHeader
from sre_lab.loopback import LoopbackServer
from sre_lab.process import LabControl
from sre_lab.scenario import ClusterSpec
from sre_lab.world import new_world

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SMALL = "global.anthropic.claude-haiku-5-5"
LARGE = "global.anthropic.claude-sonnet-5-5"
PLACE = "s3://overnight/sre-agent"
BATCH = {
    "model_batch_bucket": PLACE,
    "model_batch_role": "arn:aws:iam::123456789012:role/batch",
    "model_batch_minimum": 2,
}
LONG_ENOUGH = 3600.0  # for a batch job of the lab


class JumpingClock:
    """Goes at once to the time that is waited for, and keeps how long was waited."""

    def __init__(self) -> None:
        self.time = NOON
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep_until(self, when: datetime) -> None:
        await asyncio.sleep(0)
        if when > self.time:
            self.waits.append((when - self.time).total_seconds())
            self.time = when

    def passes(self, **span: float) -> None:
        self.time += timedelta(**span)


class Bedrock:
    """One lab account with a model in it: `play` gives it turns, `calls` are what was asked of it."""

    def __init__(self) -> None:
        self.world = new_world(ClusterSpec(), NOON.timestamp(), 1)
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        assert self._up.wait(20)
        self.url, self.control_url = (server.url for server in self._servers)
        self._control = LabControl(self.control_url)

    def play(self, *turns: dict[str, Any], **script: Any) -> None:
        self._control.play_model({"turns": turns, **script})

    def advance(self, seconds: float) -> None:
        async def move() -> None:
            self.world.clock.advance(seconds)

        asyncio.run_coroutine_threadsafe(move(), self._loop).result(60)

    @property
    def calls(self) -> list[dict[str, Any]]:
        rows = self._control.model_calls()["calls"]
        assert isinstance(rows, list)
        return rows

    @property
    def left(self) -> int:
        return int(self._control.model_calls()["left"])

    def forget(self) -> None:
        """As it was at the beginning."""
        bedrock.play(self.world, bedrock.ModelScript())

    def close(self) -> None:
        self._control.close()
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.stop)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        apps: list[ASGIApp] = [api.app(self.world), DateHeader(control.app(self.world, "", ""), self.world.clock)]
        self._servers = [LoopbackServer(app) for app in apps]
        self._up.set()
        await asyncio.gather(*(server.run_until_stopped() for server in self._servers))


class ModelStage:
    """Models over the lab, with the store, the clock and the warnings around them."""

    def __init__(
        self, settings: Settings, models: Models, store: SqliteStore, clock: JumpingClock, progress: Progress
    ) -> None:
        self.settings, self.models, self.store, self.clock, self.progress = settings, models, store, clock, progress
        self.heard: list[Event] = []
        progress.listen(self.heard.append)

    @property
    def warnings(self) -> list[str]:
        return [event.data["text"] for event in self.heard if event.kind == "warning"]


Opens = Callable[..., ModelStage]


@pytest.fixture(scope="module")
def running_bedrock() -> Iterator[Bedrock]:
    running = Bedrock()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture
def lab_bedrock(running_bedrock: Bedrock) -> Bedrock:
    running_bedrock.forget()
    return running_bedrock


@pytest.fixture
async def opens(lab_bedrock: Bedrock, tmp_path: Path) -> Any:
    """`opens(**settings)`: a desk whose models are the lab's, or those of `open_model`, with these settings."""
    desks: list[ModelStage] = []
    structlog.reset_defaults()  # whatever log file an earlier test has closed

    def open_(*, open_model: Opener | None = None, **fields: Any) -> ModelStage:
        fields_of_bedrock: dict[str, Any] = {
            "model": "bedrock",
            "aws_endpoint_url": lab_bedrock.url,
            "aws_region": "eu-west-1",
            "state_dir": tmp_path,
            "model_reuse_seconds": 0.0,  # most tests count the calls of one question that is asked several times
        }
        settings = Settings.model_validate(fields_of_bedrock | fields)
        clock, store = JumpingClock(), from_settings(settings.state)
        progress = Progress(clock)
        models = open_models(
            settings.model_access,
            ledger=store,
            clock=clock,
            progress=progress,
            random=Random(7),
            open_model=open_model,
        )
        desks.append(ModelStage(settings, models, store, clock, progress))
        return desks[-1]

    yield open_
    for services in desks:
        await services.models.close()
        await services.store.close()
    structlog.reset_defaults()


@pytest.fixture
def bucket(lab_bedrock: Bedrock) -> Iterator[Any]:
    """The lab's S3 with an empty bucket."""
    moto.reset()
    s3 = boto3.client(
        "s3", endpoint_url=lab_bedrock.url, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    s3.create_bucket(Bucket="overnight", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield s3
    s3.close()


def ask_messages(text: str = "Why is checkout slow?", system: str = "You help on call.") -> list[BaseMessage]:
    return [SystemMessage(system), HumanMessage(text)]
