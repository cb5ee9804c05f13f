"""A session of AgentCore Runtime as this service knows it: the runtime has no call that lists its sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sre_agent.domain.base import Noun


class RuntimeSession(Noun):
    """`dollars` is what it cost so far: an estimate of the machine, and the models of all incidents since it began.
    `stopping`: it takes nothing more and ends when what it works on has; `why` says for what."""

    id: str
    started_at: datetime
    last_at: datetime
    invocations: int = 0
    dollars: float = 0.0
    state: Literal["running", "stopping"] = "running"
    why: str = ""
