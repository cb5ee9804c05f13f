"""What a log shows as a whole: no errors, the first of its kind, and how its mix changes."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    WELL,
    ObservationType,
    count,
    flag,
    number,
    one_of,
    text,
    time,
)

LOG_CHANGES: Final = (
    ObservationType(
        "log.no_errors",
        "the log lines that were read contain no error",
        WELL,
        {"lines": count()},
        needs_complete_look=True,
    ),
    ObservationType(
        "log.first_error",
        "the error or stack trace of the window that came first",
        NEUTRAL,
        {"message": text(), "stream": text(), "stack_trace": flag()},
    ),
    ObservationType(
        "log.kind_appeared",
        "lines of a kind that the baseline does not have",
        NEUTRAL,
        {"pattern": text(), "severity": text(), "count": count(), "first": time()},
    ),
    ObservationType(
        "log.kind_changed",
        "lines of a kind are more, fewer or gone",
        NEUTRAL,
        {"pattern": text(), "severity": text(), "count": count(), "before": number(), "first": time()},
    ),
    ObservationType(
        "log.rate_changed",
        "the rate of log lines left its usual level",
        NEUTRAL,
        {
            "kind": one_of("all", "errors", "matching"),
            "before": number(),
            "now": number(),
            "onset": time(),
            "peak": number(),
            "recovered": time(),
        },
    ),
)
