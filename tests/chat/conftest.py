"""One lab and one open responder for all questions of a module: a conversation is new for each test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sre_agent.chat import ChatReply, Conversation
from sre_agent.cli.chat import conversation
from sre_agent.cli.embedded import lab_settings
from sre_agent.cli.view import SilentView
from sre_agent.compose import open_runtime
from sre_agent.notify.console import SilentNotifier
from sre_lab.process import LabProcess
from sre_lab.remote_clock import LabClock
from tests.chat.world import world
from tests.ground import lasting_servers
from tests.labs import standing_lab

Talk = Callable[..., list[ChatReply]]


@contextmanager
def talking(lab: LabProcess, folder: Path, **settings: Any) -> Iterator[Talk]:
    """Asks the questions of one conversation in their order. `settings` are others than a lab's own."""
    with lasting_servers() as meeting, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        configuration = lab_settings(lab, folder, trace="none").model_copy(update=settings)
        opening = open_runtime(configuration, clock=LabClock(lab.control), notifier=SilentNotifier())
        runtime = runner.run(stack.enter_async_context(opening))

        async def asked(questions: tuple[str, ...]) -> list[ChatReply]:
            talk: Conversation = conversation(runtime, SilentView(), "never")
            with meeting():
                return [await talk.ask(question) for question in questions]

        try:
            yield lambda *questions: runner.run(asked(questions))
        finally:
            runner.run(stack.aclose())


@contextmanager
def talking_of(recording: dict[str, Any], folder: Path) -> Iterator[Talk]:
    """The same about a lab of its own that holds this recorded world."""
    (folder / "world.json").write_text(json.dumps(recording))
    with standing_lab(folder / "world.json", folder / "lab") as lab, talking(lab, folder / "state") as talk:
        yield talk


@pytest.fixture(scope="session")
def shop_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    folder = tmp_path_factory.mktemp("shops")
    (folder / "world.json").write_text(json.dumps(world()))
    with standing_lab(folder / "world.json", folder / "lab") as lab:
        yield lab


@pytest.fixture(scope="session")
def shops(shop_lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking(shop_lab, tmp_path_factory.mktemp("state")) as talk:
        yield talk


@pytest.fixture(scope="session")
def toll_gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    folder = tmp_path_factory.mktemp("toll-gate")
    with standing_lab("toll-gate", folder / "lab") as lab:
        lab.control.advance(120)
        with talking(lab, folder / "state") as talk:
            yield talk


@pytest.fixture(scope="session")
def flash_sale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    folder = tmp_path_factory.mktemp("flash-sale")
    with standing_lab("flash-sale", folder / "lab") as lab:
        lab.control.advance(120)
        with talking(lab, folder / "state") as talk:
            yield talk
