"""Takes alarms of the past in, one after the other at their times, and follows each incident of theirs to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from sre_agent.backtest.clock import PastClock
from sre_agent.domain.alarm import AlarmReceipt
from sre_agent.domain.base import IncidentId
from sre_agent.domain.report import Report
from sre_agent.domain.signal import Signal

SOURCE: Final = "backtest"
UNDER_WAY: Final = timedelta(minutes=10)  # an incident, in which what belongs to it joins it
Tell = Callable[[int, int], None]


class ReceiveAlarms(Protocol):
    """Of the alarm intake, what takes alarms in."""

    async def receive(self, signals: Sequence[Signal], source: str) -> list[AlarmReceipt]: ...


@dataclass(frozen=True)
class BacktestRun:
    """`follow` takes an incident to its end, and gives its report, where it has one; until then it is `under_way`.
    `tell` hears how many alarms of how many are done."""

    clock: PastClock
    alarms: ReceiveAlarms
    follow: Callable[[IncidentId], Awaitable[Report | None]]
    tell: Tell
    under_way: list[tuple[datetime, IncidentId]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    dispositions: Counter[str] = field(default_factory=Counter)

    async def take(self, signals: Sequence[Signal], most: int) -> int:
        """All of them in the order of time, at most so many that fire; how many firing ones were left out."""
        firing = [one for one in signals if one.state == "firing"]
        newest = {one.id for one in firing[-most:]}
        batch = [one for one in signals if one.state != "firing" or one.id in newest]
        for number, signal in enumerate(batch, 1):
            await self._end_until(_time_of(signal))
            await self._take_in(signal)
            self.tell(number, len(batch))
        await self._end_until(None)
        return len(firing) - len(newest)

    async def _take_in(self, signal: Signal) -> None:
        await self.clock.sleep_until(_time_of(signal))
        receipts = await self.alarms.receive([signal.model_copy(update={"received_at": self.clock.now()})], SOURCE)
        if signal.state != "firing":
            return
        self.dispositions.update(receipt.disposition for receipt in receipts)
        ends = self.clock.now() + UNDER_WAY
        incidents = [IncidentId(one.incident) for one in receipts if one.disposition == "opened"]
        self.under_way.extend((ends, incident) for incident in incidents)

    async def _end_until(self, when: datetime | None) -> None:
        """Follow the incidents that were under way long enough by then; None: all."""
        while self.under_way and (when is None or self.under_way[0][0] <= when):
            ends, incident = self.under_way.pop(0)
            await self.clock.sleep_until(ends)
            report = await self.follow(incident)
            self.reports.extend([report] if report is not None else [])


def _time_of(signal: Signal) -> datetime:
    return signal.changed_at or signal.started_at or signal.received_at
