"""Times that come again, as people write them in settings: a cron expression and the time zone that it is in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from mcp_servers.contract import cron


def _is_schedule(value: str) -> str:
    cron.next_after(value, datetime(2024, 1, 1, tzinfo=UTC))  # ValueError says what is wrong
    return value


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError(f"{value!r} is no time zone; write one like Europe/Dublin") from problem
    return value


CronExpression = Annotated[str, AfterValidator(_is_schedule)]  # five fields, or @hourly, @daily, @weekly
ZoneName = Annotated[str, AfterValidator(_is_zone)]
