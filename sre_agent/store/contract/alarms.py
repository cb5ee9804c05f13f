"""Alarms that came in, and which incident each belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sre_agent.domain.alarm import AlarmEntry, AlarmReceipt
from sre_agent.domain.signal import Signal
from sre_agent.settings import AlarmSettings


class AlarmStore(Protocol):
    async def take_alarms(
        self, entries: Sequence[AlarmEntry], settings: AlarmSettings, now: datetime
    ) -> list[AlarmReceipt]:
        """What becomes of each, all at once: attached to an incident, opening or closing one, or only recorded."""

    async def receipts(self, *, limit: int = 50, before: int | None = None) -> list[tuple[int, AlarmReceipt]]:
        """What became of alarms, newest first, each with a number that grows by time."""

    async def attached(self, incident: str) -> list[tuple[Signal, str]]:
        """Every signal that alarms brought to an incident, in order, with what it shares with the incident."""

    async def firing(self, incident: str) -> list[tuple[Signal, str]]:
        """Of these the last one of each alarm that is not resolved."""

    async def keep_dependencies(self, pairs: Iterable[tuple[str, str]], at: datetime) -> None:
        """What was seen to call what, as keys of `AlarmLinks`."""
