"""When a sweep of a schedule is due. Runs that nobody could take are counted, and never caught up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mcp_servers.contract import cron
from sre_agent.settings import SweepSchedule

GRACE: Final = timedelta(minutes=10)  # how late a run may still begin
COUNT_LIMIT: Final = 1000  # missed runs that are counted


@dataclass(frozen=True)
class DueSweep:
    """`at` is the time of the schedule that a run begins for, None where none is due; `missed` are the times since the
    last run that passed without one."""

    at: datetime | None
    missed: int = 0


def due(schedule: SweepSchedule, since: datetime, now: datetime, seed: str) -> DueSweep:
    """What is due after a last run at `since`. `seed` makes the jitter of one installation its own."""
    times = [at for at in _times(schedule, since, now) if at + jitter(schedule, at, seed) <= now]
    if not times:
        return DueSweep(None)
    last = times[-1]
    late = now - last > GRACE + jitter(schedule, last, seed)
    return DueSweep(None, len(times)) if late else DueSweep(last, len(times) - 1)


def jitter(schedule: SweepSchedule, at: datetime, seed: str) -> timedelta:
    """The same for one installation and one time, so that its processes agree."""
    generator = random.Random(f"{seed} {at.isoformat()}")  # noqa: S311 - spreads load, keeps no secret
    return timedelta(seconds=generator.uniform(0, schedule.jitter_seconds))


def _times(schedule: SweepSchedule, since: datetime, now: datetime) -> Iterator[datetime]:
    """Those after `since` and until `now`, in UTC."""
    moment = since.astimezone(ZoneInfo(schedule.zone))
    for _ in range(COUNT_LIMIT):
        start = cron.next_after(schedule.cron, moment)
        if start is None or start > now:
            return
        yield start.astimezone(UTC)
        moment = start
