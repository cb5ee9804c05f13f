"""Freeze windows: times in which nothing is written unattended, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mcp_servers.contract import cron
from sre_agent.policy.levels import Globs
from sre_agent.settings.timetable import CronExpression, ZoneName

_PARTS: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
LONGEST: Final = timedelta(days=92)


def _duration(value: object) -> object:
    match = _PARTS.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError("write a duration like 8h, 90m or 2d12h")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class FreezeWindow(BaseModel):
    """Begins at each time of `cron` (five fields, in `zone`) and lasts `duration`. `then: ask`: a person may approve a
    write in it; `then: stop`: nobody can. Without `namespace` it is for all, for runbooks too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    cron: CronExpression
    duration: Duration = Field(gt=timedelta(0), le=LONGEST)
    zone: ZoneName = "UTC"
    namespace: Globs = ()
    then: Literal["ask", "stop"] = "ask"

    def is_about(self, namespace: str) -> bool:
        return not self.namespace or any(fnmatchcase(namespace, pattern) for pattern in self.namespace)

    def until(self, now: datetime) -> datetime | None:
        """When the freeze that holds now ends, in UTC; None where none does. Starts that overlap make one window."""
        end: datetime | None = None
        for start in self._starts(now):
            end = max(end or start, start + self.duration)
        return end.astimezone(UTC) if end is not None else None

    def _starts(self, now: datetime) -> Iterator[datetime]:
        """Those whose window holds now."""
        moment = (now - self.duration).astimezone(ZoneInfo(self.zone))
        while (start := cron.next_after(self.cron, moment)) is not None and start <= now:
            yield start
            moment = start


def strictest_window(
    windows: Sequence[FreezeWindow], namespace: str, now: datetime
) -> tuple[FreezeWindow, datetime] | None:
    """Of the windows that hold now the one that forbids most, and of equal ones the one that lasts longest."""
    in_force = [
        (window, until) for window in windows if window.is_about(namespace) and (until := window.until(now)) is not None
    ]
    return max(in_force, key=lambda one: (one[0].then == "stop", one[1]), default=None)
