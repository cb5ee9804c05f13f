"""What `/ping` says: whether the process has work, and since when.

Its time changes with the status alone: AgentCore Runtime keeps a session for as long as there is work, and a time that
moves on its own would keep an idle session alive and cost money.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from sre_agent.http.service import Service
    from sre_agent.http.sweep_runner import SweepRunner

LOOK_SECONDS: Final = 1.0  # for which a look at the queue counts
PingStatus = Literal["Healthy", "HealthyBusy"]


class Ping(BaseModel):
    """`time_of_last_update` in whole epoch seconds."""

    status: PingStatus
    time_of_last_update: int


class PingState:
    """The status with the time at which it became so. A process that starts is busy with that."""

    def __init__(self, now: float, *, starting: bool = False) -> None:
        self._status: PingStatus = "HealthyBusy" if starting else "Healthy"
        self._since = int(now)
        self._looked, self._unfinished = 0.0, False

    def ping(self, *, busy: bool, now: float) -> Ping:
        status: PingStatus = "HealthyBusy" if busy else "Healthy"
        if status != self._status:
            self._status, self._since = status, int(now)
        return self.as_is()

    def as_is(self) -> Ping:
        """Without a look at what there is to do."""
        return Ping(status=self._status, time_of_last_update=self._since)

    async def busy(self, service: Service, sweeps: SweepRunner, now: float) -> bool:
        """Whether anything is under way or waits, an open approval question included: its run would be lost with the
        machine."""
        from sre_agent.store.contract.storage_errors import STORAGE_ERRORS  # noqa: PLC0415 - the first /ping has no time

        if service.engine.busy or sweeps.busy:
            return True
        if not 0 <= now - self._looked < LOOK_SECONDS:
            self._looked = now
            with suppress(*STORAGE_ERRORS):  # then there is as much to do as before
                depth = await service.store.message_depth(service.clock.now())
                self._unfinished = bool(depth.due + depth.later + depth.in_flight)
        return self._unfinished
