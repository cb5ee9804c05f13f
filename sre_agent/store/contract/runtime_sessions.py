"""Sessions of AgentCore Runtime that this service was."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.runtime_session import RuntimeSession


class RuntimeSessionStore(Protocol):
    async def use_runtime_session(self, use: RuntimeSession) -> RuntimeSession:
        """Keep its figures; when it began, and that it is to stop, stay as they are kept. What is kept now."""

    async def stop_runtime_session(self, session: str, why: str) -> bool:
        """It is to take nothing more and end; False where there is none."""

    async def runtime_sessions(self, *, limit: int = 50) -> list[RuntimeSession]:
        """Last used first."""
