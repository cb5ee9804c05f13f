"""Times as arguments: one grammar, told against the clock of the service that is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.windows import instant, window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def now() -> datetime:
    return NOW


def never() -> datetime:
    raise AssertionError("the service's clock was asked without need")


@pytest.mark.parametrize(
    ("text", "before"),
    [("now", 0), ("-0s", 0), ("-30s", 30), ("-15m", 900), ("-1h", 3600), ("-7d", 604_800), (" -2h ", 7200)],
)
def test_a_relative_time_is_so_long_before_the_service_s_now(text: str, before: int) -> None:
    assert instant(text, "start", now) == NOW - timedelta(seconds=before)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045.5", datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
    ],
)
def test_an_absolute_time_asks_no_clock(text: str, moment: datetime) -> None:
    assert instant(text, "start", never) == moment


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2h ago", "1h", "+1h", "-1", "-1w", "-1.5h", "--1h", "- 1h", "2026-01-02T03:04:05", "2026-01-02",
     "1767323045000", "-9999999d", "-\u0661h", "nan", "inf", "-1h\n2026", "0001-01-01T00:00:00+14:00", "9" * 400],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(TeachingError) as error:
        instant(text, "since", now)
    assert error.value.kind == "bad_request"
    assert "since=" in str(error.value) and "-15m" in str(error.value) and "2026-01-02T03:04:05Z" in str(error.value)


def test_milliseconds_are_recognised_as_such() -> None:
    with pytest.raises(TeachingError, match="milliseconds"):
        instant("1767323045000", "start", now)


def test_both_ends_of_a_window_are_told_against_the_same_moment() -> None:
    ticking = iter(NOW + timedelta(seconds=i) for i in range(9))
    since, until = window("-1h", "now", lambda: next(ticking))
    assert (since, until) == (NOW - timedelta(hours=1), NOW)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(TeachingError, match="before end"):
        window("now", "-1h", now)
