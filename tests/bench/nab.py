"""The anomaly detector against the Numenta Anomaly Benchmark's AWS series, by its standard profile."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from mcp_servers.signals.series.anomalies import anomalies
from tests.bench.figures import Figure
from tests.bench.suites import document, rows, suite

PROBATION = 0.15  # of a series, of at most PROBATION_OF points: nothing counts there
PROBATION_OF = 5000
FALSE_ALARM = 0.11
MISS = 1.0
TO_BEAT = 55.0

Window = tuple[int, int]  # first and last point


def figures() -> Iterator[Figure]:
    folder = suite("nab")
    if folder is None:
        return
    score, windows = 0.0, 0
    for name, spans in document(folder / "windows.open.json").items():
        series = [(_time(row["timestamp"]), float(row["value"])) for row in rows(folder / "data" / f"{name}.gz")]
        places = {at: i for i, (at, _) in enumerate(series)}
        inside = [_window(series, *map(_time, span)) for span in spans]
        score += _score(sorted(places[found.at] for found in anomalies(series)), inside, len(series))
        windows += len(inside)
    yield Figure(
        "cloudwatch server: anomalies of the NAB AWS series", 50 * (score + windows) / windows, "points", TO_BEAT, "≥"
    )


def _score(found: list[int], windows: list[Window], length: int) -> float:
    """Each window's first detection by how early it is, each false alarm and each miss as the profile weighs it."""
    start = math.floor(PROBATION * min(length, PROBATION_OF))
    best: dict[Window, float] = {}
    score = 0.0
    for place in (place for place in found if place >= start):
        window = next((w for w in windows if w[0] <= place <= w[1]), None)
        if window is None:
            score -= FALSE_ALARM * _late(place, windows)
        else:
            early = (window[1] - place + 1) / (window[1] - window[0] + 1)
            best[window] = max(best.get(window, -1.0), _sigmoid(-early) / _sigmoid(-1.0))
    return score + sum(best.values()) - MISS * (len(windows) - len(best))


def _late(place: int, windows: list[Window]) -> float:
    """What a false alarm costs: little right after a window, all of it later or before the first."""
    over = [w for w in windows if w[1] < place]
    if not over:
        return 1.0
    first, last = over[-1]
    after = (place - last) / (last - first)
    return 1.0 if after > 3 else -_sigmoid(after)


def _sigmoid(x: float) -> float:
    return 2 / (1 + math.exp(5 * x)) - 1


def _window(series: list[tuple[float, float]], begin: float, end: float) -> Window:
    times = [at for at, _ in series]
    assert all(a <= b for a, b in pairwise(times))
    return next(i for i, at in enumerate(times) if at >= begin), max(i for i, at in enumerate(times) if at <= end)


def _time(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
