"""What a text says of a time, as it is said on call: ranges, dates, weekdays, lengths. The present is a Monday."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sre_agent.language.spans import span

NOW = datetime(2026, 9, 21, 14, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end", "rest"),
    [
        ("errors since June 12, 2025?", "2025-06-12 00:00", "", "errors ?"),
        ("errors on 12 June", "2026-06-12 00:00", "2026-06-13 00:00", "errors"),
        ("errors after Sep 18", "2026-09-18 00:00", "", "errors"),
        ("logs 13:38-13:48", "2026-09-21 13:38", "2026-09-21 13:48", "logs"),
        ("from 23:50 to 00:10", "2026-09-20 23:50", "2026-09-21 00:10", ""),
        ("between 2026-09-20T10:00:00Z and 2026-09-20T11:00:00Z", "2026-09-20 10:00", "2026-09-20 11:00", ""),
        ("yesterday at 14:00", "2026-09-20 13:55", "2026-09-20 14:05", ""),
        ("what changed on friday", "2026-09-18 00:00", "2026-09-19 00:00", "what changed"),
        ("this morning", "2026-09-21 06:00", "", ""),
        ("over the past couple of hours", "2026-09-21 12:13", "", ""),
        ("last 90m errors", "2026-09-21 12:43", "", "errors"),
        ("half an hour ago", "2026-09-21 13:43", "", ""),
        ("within twenty minutes", "2026-09-21 13:53", "", ""),
        ("before 10:00", "", "2026-09-21 10:00", ""),
        ("the last 10 lines of web", "", "", "the last 10 lines of web"),
        ("restarted 3 times in may 2 pods with 100m", "", "", "restarted 3 times in may 2 pods with 100m"),
    ],
)
def test_a_time_is_read_as_it_is_said_and_taken_out_of_the_text(text: str, start: str, end: str, rest: str) -> None:
    window, left = span(text, NOW)
    ends = [f"{when:%Y-%m-%d %H:%M}" if when else "" for when in (window.start, window.end)]
    assert (ends, " ".join(left.split())) == ([start, end], rest)
