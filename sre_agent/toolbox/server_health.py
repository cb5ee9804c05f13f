"""How a tool server is, as this process met it, and when one that keeps failing is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sre_agent.breaker import Breaker

FAILURES: Final = 3  # sessions one after the other that broke or never began, until a server is left alone
LEFT_ALONE: Final = timedelta(seconds=10)  # at first; then twice as long, and so on
LONGEST_ALONE: Final = timedelta(minutes=5)
ServerState = Literal[
    "idle",  # not started yet
    "starting",
    "up",
    "cut_off",  # it is up, and what it reads did not answer the last time
    "failing",
]


@dataclass(frozen=True)
class ServerHealth:
    """`why` it fails, `failures` one after the other, and `until` when it is left alone."""

    name: str
    state: ServerState
    failures: int = 0
    why: str = ""
    until: datetime | None = None

    @property
    def left_alone(self) -> bool:
        """From the failure that opens its breaker until an attempt is well."""
        return self.until is not None


def server_breaker() -> Breaker:
    return Breaker(FAILURES, LEFT_ALONE, LONGEST_ALONE)


def left_alone(server: str, breaker: Breaker, why: str) -> str:
    """Why a call was not made."""
    again = f" It is tried again at {breaker.until:%H:%M:%S} UTC." if breaker.until is not None else ""
    return f"The {server} MCP server failed {breaker.failures} times in a row and was not asked.{again} {why}".strip()
