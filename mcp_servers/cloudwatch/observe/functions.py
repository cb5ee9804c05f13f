"""What a function's metrics say of its timeout: runs that fail and all end at the same whole second. Pure.

The timeout itself is no metric. It is a whole number of seconds, so a ceiling there is hardly chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.windows import rfc3339
from mcp_servers.signals.series.levels import Point

LEAST: Final = 2  # periods with failures that must end alike
NEAR: Final = 0.02  # of a second's multiple: what the end of a run takes
MILLISECONDS: Final = 1_000


def timeouts(
    subject: Subject, longest: Sequence[Point], errors: Sequence[Point], runs: Sequence[Point]
) -> list[Observation]:
    """One fact where the newest failing periods have their longest run (milliseconds) at one whole second."""
    failed, began = dict(errors), dict(runs)
    failing = [(at, value) for at, value in longest if failed.get(at)]
    if not failing:
        return []
    seconds = round(failing[-1][1] / MILLISECONDS)
    alike = list(takewhile(lambda point: _ends_at(seconds, point[1]), reversed(failing)))
    if len(alike) < LEAST:
        return []
    since = datetime.fromtimestamp(alike[-1][0], UTC)
    count, of = (round(sum(by_time.get(at, 0.0) for at, _ in alike)) for by_time in (failed, began))
    text = f"Duration (Maximum) {round(failing[-1][1])} ms, Errors {count} of {of} since {rfc3339(since)}"
    return [
        Observation(
            code="function.at_timeout",
            subject=subject,
            at=since,
            attributes={"seconds": seconds, "errors": count, "runs": of, "since": rfc3339(since)},
            excerpt=text,
        )
    ]


def _ends_at(seconds: int, milliseconds: float) -> bool:
    return seconds > 0 and abs(milliseconds / MILLISECONDS - seconds) <= NEAR * seconds
