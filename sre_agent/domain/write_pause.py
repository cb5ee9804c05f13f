"""The pause of all writes, as a person orders it."""

from __future__ import annotations

from datetime import datetime

from sre_agent.domain.base import Noun


class WritePause(Noun):
    """Who paused all writes, when and why; of a file that somebody made by hand nothing is known."""

    by: str = ""
    at: datetime | None = None
    reason: str = ""

    @property
    def sentence(self) -> str:
        since = f" since {self.at:%Y-%m-%d %H:%M} UTC" if self.at is not None else ""
        return (
            f"writes are paused{f' by {self.by}' if self.by else ''}{since}{f' ({self.reason})' if self.reason else ''}"
        )
