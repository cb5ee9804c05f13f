"""Workshops whose servers are told what to answer, or do not answer at all."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sre_agent.clock import Clock, SystemClock
from sre_agent.compose import Runtime, open_runtime
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.notify.console import SilentNotifier
from sre_agent.settings import load

Ask = Callable[..., Awaitable[Evidence]]
SCOPE = "111122223333/eu-west-1"
INCIDENT = IncidentId("inc-1")
ROOT = Path(__file__).parents[2]


class Foreign:
    """A server of others on stdio, and a workshop in which it stands in for ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "script.json"

    def says(self, tool: str, structure: Any = None, **answer: Any) -> None:
        """From now on the tool answers with this; its text is the same as JSON, as frameworks write it."""
        answers = json.loads(self.script.read_text()) if self.script.is_file() else {}
        text = json.dumps(structure) if structure is not None else ""
        self.script.write_text(json.dumps(answers | {tool: {"structured": structure, "text": text} | answer}))

    @property
    def calls(self) -> list[list[Any]]:
        path = self.script.with_suffix(".calls")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []

    @property
    def settings(self) -> dict[str, Any]:
        """What a profile would say of it."""
        command = [sys.executable, "-m", "tests.toolbox.speaker", str(self.script)]
        return {
            "reader": "awslabs_cloudwatch",
            "scope": SCOPE,
            "command": command,
            "environment": {"PYTHONPATH": str(ROOT)},
        }

    @asynccontextmanager
    async def runtime(self, **fields: Any) -> AsyncIterator[Runtime]:
        servers = {"cloudwatch": self.settings} | fields.pop("foreign_servers", {})
        clock: Clock = fields.pop("clock", None) or SystemClock()
        settings = load(
            environment={}, state_dir=self.folder / "state", foreign_servers=servers, trace="none", **fields
        )
        async with open_runtime(settings, clock=clock, notifier=SilentNotifier()) as runtime:
            yield runtime

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Ask]:
        """A function that asks the server once more, whatever was asked before."""
        rounds = itertools.count(1)
        async with self.runtime() as runtime:

            async def ask(tool: str, **arguments: Any) -> Evidence:
                return await runtime.toolbox.ask(INCIDENT, next(rounds), "metrics", "cloudwatch", tool, arguments)

            yield ask

    async def ask(self, tool: str, **arguments: Any) -> Evidence:
        async with self.asking() as ask:
            return await ask(tool, **arguments)


@pytest.fixture
def foreign(tmp_path: Path) -> Foreign:
    return Foreign(tmp_path)
