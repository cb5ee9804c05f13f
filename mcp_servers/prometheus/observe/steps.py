"""Durations and windows of range queries, checked before anything is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mcp_servers.serving.errors import TeachingError

UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST_SERIES: Final = 11_000  # points; Prometheus refuses more


def seconds(step: str, request: str) -> float:
    """A number of seconds, or a duration as 30s, 5m. Raises TeachingError `bad_request`."""
    text = step.strip()
    unit = next((one for one in UNITS if text.endswith(one)), "")
    try:
        number = float(text.removesuffix(unit)) * UNITS.get(unit, 1.0)
    except ValueError:
        number = 0.0
    if number <= 0:
        raise TeachingError("bad_request", request, f"step {step!r} is not a duration.", "Write it as 30s, 5m or 60.")
    return number


def step_seconds(since: datetime, until: datetime, step: str, request: str) -> float:
    """The step in seconds. Raises TeachingError where the window has more points than Prometheus gives."""
    length = seconds(step, request)
    if (until - since).total_seconds() / length > LONGEST_SERIES:
        raise TeachingError(
            "bad_request", request, f"more than {LONGEST_SERIES} points per series.", "Use a longer step."
        )
    return length
