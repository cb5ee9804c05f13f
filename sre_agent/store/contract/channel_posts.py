"""What each channel outside was told."""

from __future__ import annotations

from typing import Protocol

from sre_agent.domain.base import IncidentId
from sre_agent.domain.notice import ChannelPost


class ChannelPostStore(Protocol):
    async def keep_channel_post(self, post: ChannelPost) -> None:
        """In place of what was kept for its incident and channel."""

    async def channel_posts(self, incident: IncidentId) -> list[ChannelPost]:
        """What each channel was told of an incident, the first one told first."""
