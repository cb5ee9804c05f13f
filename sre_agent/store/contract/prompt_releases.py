"""Which prompts were released when."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.prompt_release import PromptRelease


class PromptReleaseStore(Protocol):
    async def keep_prompt_release(self, release: PromptRelease) -> None:
        """After those before it; none is ever changed or removed."""

    async def prompt_releases(self, *, limit: int = 50) -> list[PromptRelease]:
        """Newest first."""
