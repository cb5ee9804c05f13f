"""What programs say of the calls that they make: how long they last."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    REPORTED,
    ObservationType,
    count,
    flag,
    number,
    one_of,
    text,
    time,
)

CALLS: Final = (
    ObservationType(
        "call.slow",
        "what a program times itself in its log takes seconds",
        REPORTED,
        {
            "address": text("whom it calls, where the line names somebody"),
            "in_cluster": flag("it is a Service of the cluster, `address` its name"),
            "seconds": number("of a slow call, the median"),
            "most": number("seconds of the slowest one"),
            "count": count("calls that were slow"),
            "of": count("calls of that kind in what was read"),
            "kind": one_of(
                *("part", "call", "step", "apart"),
                about="part of a whole, a call of somebody, neither, or long beside quick requests",
            ),
            "before": text("the line that comes before each of them"),
            "whole": text("a later line that times the whole of which this is a part"),
            "whole_seconds": number("of that whole, the median"),
            "first": time(),
            "last": time(),
        },
        sentences=("{on} waits {seconds} s at a time ({count} times, at most {most} s) for what it times in its log",),
        points_at="address",
        priority=3,
        quotes_source=True,
        topics=("calls",),
        shows=("latency",),
    ),
)
