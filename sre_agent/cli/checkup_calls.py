"""One call of a reading server, for a check-up: what it answered, or in words why it did not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_servers.contract import refusals
from mcp_servers.contract.refusals import Refusal
from sre_agent.clock import SystemClock
from sre_agent.errors import ToolsUnavailableError
from sre_agent.server_addresses import readers
from sre_agent.settings import Settings
from sre_agent.toolbox.session import Session


@dataclass(frozen=True)
class CheckupAnswer:
    """`first` is the first line of its text, `ahead` by how many seconds the clock of what it read is before this
    machine's; of a call that failed there is the refusal alone."""

    first: str = ""
    data: Any = None
    refusal: Refusal | None = None
    ahead: float = 0.0

    @property
    def error(self) -> str:
        """As people read it; empty without one."""
        return self.refusal.sentence if self.refusal is not None else ""


async def answer(session: Session, tool: str, arguments: dict[str, Any]) -> CheckupAnswer:
    try:
        result = await session.call(tool, arguments)
    except ToolsUnavailableError as problem:
        return CheckupAnswer(data={}, refusal=Refusal(kind="unavailable", code=problem.code, wrong=str(problem)))
    text = "\n".join(str(getattr(part, "text", "")) for part in result.content)
    if result.is_error:
        message = text.removeprefix(f"Error executing tool {tool}: ")
        refusal = refusals.of_content(result.structured_content) or refusals.of_text(message)
        return CheckupAnswer(data={}, refusal=refusal)
    content = result.structured_content or {}
    first = str(content.get("text", text)).partition("\n")[0]
    return CheckupAnswer(first=first, data=content.get("data") or {}, ahead=_ahead(content.get("as_of")))


def _ahead(as_of: Any) -> float:
    """Of a time that was told a moment ago."""
    try:
        return (datetime.fromisoformat(str(as_of)) - SystemClock().now()).total_seconds()
    except (ValueError, TypeError):
        return 0.0


@asynccontextmanager
async def reader(settings: Settings, server: str) -> AsyncIterator[Session]:
    address = readers(settings.model_copy(update={"left_out": {}}))[server]
    waits = settings.servers
    session = Session(address, connect_seconds=waits.connect_seconds, call_seconds=waits.call_seconds)
    try:
        yield session
    finally:
        await session.close()


def label(data: dict[str, Any], name: str) -> str:
    """Of the first series of an answer, as PromQL writes it."""
    match = re.search(rf'\b{name}="([^"]*)"', next((str(row.get("series", "")) for row in data.get("results", [])), ""))
    return match[1] if match else ""


def value(data: dict[str, Any]) -> str:
    """Of the first series of an answer; empty without any."""
    return next((str(row.get("value", "")) for row in data.get("results", [])), "")
