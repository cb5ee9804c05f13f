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
    ObservationType(
        "log.flood_began",
        "lines of one kind began to come in large numbers; `before` is a rare line that stands just before the first",
        NEUTRAL,
        {
            "message": text(),
            "severity": text(),
            "count": count(),
            "first": time(),
            "before": text(),
            "before_at": time(),
        },
        sentences=(
            '{on} began to log "{message}", {count} times, just after the line "{before}"',
            '{on} began to log "{message}", {count} times',
        ),
        timed_from_start=True,
        quotes_source=True,
    ),
    ObservationType(
        "log.number_grew",
        "a number that its log lines state grew all along",
        NEUTRAL,
        {
            "name": text("the words of the line, or the name of the field"),
            "unit": one_of("s", "bytes", "of", "", about="`of`: a share of `whole`"),
            "began": number(),
            "ended": number(),
            "most": number(),
            "whole": number(),
            "count": count("lines that state it"),
            "since": time(),
        },
        sentences=(
            '"{name}" in the log of {on} grew from {began} to {ended} of {whole}',
            '"{name}" in the log of {on} grew from {began} to {ended} {unit}',
            '"{name}" in the log of {on} grew from {began} to {ended}',
        ),
        timed_from_start=True,
    ),
    ObservationType(
        "log.client_burst",
        "one address is named by many times more lines than any usual one",
        NEUTRAL,
        {
            "address": text(),
            "count": count("lines that name it"),
            "of": count("lines that name an address"),
            "addresses": count("different ones"),
            "per_minute": number("between its first and its last line"),
            "first": time(),
            "last": time(),
        },
        sentences=("{count} of {of} lines in the log of {on} are of the address {address}",),
        timed_from_start=True,
    ),
)
