"""When a CronJob's next start is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mcp_servers.contract.cron import next_after

SUNDAY = datetime(2026, 2, 1, 12, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("* * * * *", "2026-02-01T12:08"),
        ("*/5 * * * *", "2026-02-01T12:10"),
        ("0 3 * * *", "2026-02-02T03:00"),
        ("@weekly", "2026-02-08T00:00"),
        ("30 9 * * mon-fri", "2026-02-02T09:30"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("0 0 13 * 5", "2026-02-06T00:00"),  # day of month or day of week: either suffices
        ("15,45 8-10/2 * jan,mar 7", "2026-03-01T08:15"),
    ],
)
def test_the_next_start_is_the_first_that_the_fields_allow(schedule: str, due: str) -> None:
    start = next_after(schedule, SUNDAY)
    assert start is not None and f"{start:%Y-%m-%dT%H:%M}" == due


@pytest.mark.parametrize("schedule", ["", "* * * *", "61 * * * *", "* * * * */0", "a b c d e"])
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError):
        next_after(schedule, SUNDAY)
