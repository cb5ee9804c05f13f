"""Our own register of sessions of AgentCore Runtime, which has no call that lists them, and their money limit.

Each session is a machine of its own that runs one process: this one. What it costs is estimated from what the machine
used; over its limit, or when somebody stops it in the register, the process takes nothing more and ends by itself.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Final

import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field

from sre_agent.clock import Clock
from sre_agent.domain.runtime_session import RuntimeSession
from sre_agent.store import Store
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.http")
BEAT_SECONDS: Final = 15.0
CGROUP: Final = Path("/sys/fs/cgroup")


class RuntimeRates(BaseModel):
    """List prices of AgentCore Runtime, in US dollars."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    source: str
    core_hour: float = Field(ge=0)
    gigabyte_hour: float = Field(ge=0)


class MachineUse:
    """What the container used since this was made: cores while they work, memory all the time."""

    def __init__(self) -> None:
        self._cpu, self._since = _cpu_seconds(), time.monotonic()
        prices_text = (resources.files("sre_agent.model") / "runtime_prices.yaml").read_text(encoding="utf-8")
        self._rates = RuntimeRates.model_validate(yaml.safe_load(prices_text))

    def dollars(self) -> float:
        core_hours, hours = (_cpu_seconds() - self._cpu) / 3600, (time.monotonic() - self._since) / 3600
        return core_hours * self._rates.core_hour + hours * _gigabytes() * self._rates.gigabyte_hour


class RuntimeSessions:
    """`stop` is called once, with why the process is to end; `limit` in US dollars, 0 for none."""

    def __init__(self, store: Store, clock: Clock, limit: float, stop: Callable[[str], None]) -> None:
        self._store, self._clock, self._limit, self._stop = store, clock, limit, stop
        self._sessions: dict[str, RuntimeSession] = {}
        self._use = MachineUse()
        self._beating: asyncio.Task[None] | None = None

    async def invoked(self, session: str) -> None:
        """A session has sent an invocation."""
        now = self._clock.now()
        current = self._sessions.get(session) or RuntimeSession(id=session, started_at=now, last_at=now)
        changed = current.model_copy(update={"last_at": now, "invocations": current.invocations + 1})
        self._sessions[session] = await self._store.use_runtime_session(changed)
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat(), name="runtime sessions")

    async def check(self) -> str:
        """Why the process is to end; empty where it is not. The register's figures are brought up to date."""
        began = min((one.started_at for one in self._sessions.values()), default=None)
        if began is None:
            return ""
        dollars = self._use.dollars() + await self._store.model_dollars(since=began)
        why = ""
        for session, runtime_session in self._sessions.items():
            record = await self._store.use_runtime_session(runtime_session.model_copy(update={"dollars": dollars}))
            self._sessions[session] = record
            why = why or (record.why if record.state == "stopping" else "")
        if not why and self._limit and dollars >= self._limit:
            why = f"It cost {dollars:.2f} dollars; runtime_session_dollars is {self._limit:.2f}."
            for session in self._sessions:
                await self._store.stop_runtime_session(session, why)
        return why

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                why = await self.check()
            except STORAGE_ERRORS as problem:
                LOG.warning("runtime sessions", action="check", status="unavailable", error=str(problem))
                continue
            if why:
                LOG.warning("runtime sessions", action="stop", status="stopping", error=why)
                self._stop(why)
                return


def _cpu_seconds() -> float:
    """Of the container, servers included; of this process where there is no such record."""
    try:
        lines = (CGROUP / "cpu.stat").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("usage_usec")) / 1e6
    except (OSError, StopIteration, ValueError):
        return time.process_time()


def _gigabytes() -> float:
    try:
        return int((CGROUP / "memory.current").read_text(encoding="ascii")) / 2**30
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
