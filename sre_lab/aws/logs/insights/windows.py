"""Which events a query is about: its groups, its window, and for diff the window before."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

from sre_lab.aws.logs.insights.batches import EventColumns
from sre_lab.log_groups import LogGroups

DAYS = {"previousday": 1, "previousweek": 7}


def events_between(
    logs: LogGroups, account: str, groups: list[str], start: int, end: int, *, earlier: bool
) -> EventColumns:
    """A copy of the events with start <= time <= end, in whole seconds since the epoch."""
    spans = [logs.group(name).span(start * 1000, end * 1000) for name in groups]
    return EventColumns.over(account, spans, earlier=earlier)


def before(start: int, end: int, period: str) -> tuple[int, int]:
    """The window, of the same length, that diff compares with."""
    if period == "previousmonth":
        first = _month_before(start)
        return first, first + end - start
    shift = DAYS[period] * 86_400 if period in DAYS else end - start + 1  # both ends of a window belong to it
    return start - shift, end - shift


def _month_before(at: int) -> int:
    moment = datetime.fromtimestamp(at, UTC)
    year, month = (moment.year, moment.month - 1) if moment.month > 1 else (moment.year - 1, 12)
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())
