"""What people are told of an incident outside of it, and what each channel was told so far."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sre_agent.domain.base import IncidentId, Noun, Severity

NoticeState = Literal["waiting", "decided", "remediated", "escalated", "answered", "test", "checks"]


class IncidentNotice(Noun):
    """An incident as it stands, for people elsewhere. `level` and `role` say who is to act now.

    `title`, `statement`, `action`, `blast_radius` and `rehearsal` hold text from outside: a channel shows them as they
    are and never as markup, mentions or links. `commands` are our own.
    """

    incident: IncidentId
    title: str
    cluster: str = ""
    account: str = ""
    severity: Severity
    state: NoticeState
    reason: str = ""
    level: int = 1
    role: str = ""
    statement: str = ""
    action: str = ""
    blast_radius: str = ""
    rehearsal: str = ""
    until: datetime | None = None
    commands: list[str] = Field(default_factory=list)


class ChannelPost(Noun):
    """What a channel was told of an incident. `handle` is what finds its message again, `steps` were told, `error` says
    why the last attempt failed (empty: it did not)."""

    incident: IncidentId
    channel: str
    handle: str = ""
    steps: list[str] = Field(default_factory=list)
    at: datetime
    attempts: int = 0
    error: str = ""
