"""What programs say of calls: how long those last that they make, and where they listen for others."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.observations.record import (
    NEUTRAL,
    REPORTED,
    ObservationType,
    count,
    flag,
    names,
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
    ObservationType(
        "program.listens",
        "a program says on which port it listens",
        NEUTRAL,
        {
            "port": count(),
            "host": text("the address that it listens on, where it says so"),
            "loopback": flag("nobody outside its pod can reach it"),
        },
        sentences=("{on} says that it listens on port {port}",),
    ),
    ObservationType(
        "port.unheard",
        "a probe or Service asks a port that the program does not name when it says where it listens",
        REPORTED,
        {
            "by": one_of("readiness", "liveness", "startup", "service"),
            "port": count(),
            "listens": names("ports that the program names, with the address where that is its own pod's alone"),
            "loopback": flag("it listens for its own pod alone"),
        },
        sentences=("port {port} is asked, and the program of {on} says that it listens on {listens}",),
        holds_while_seen=True,
        shows=("availability", "endpoints"),
    ),
)
