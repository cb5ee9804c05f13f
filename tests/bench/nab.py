"""The anomaly detector against the Numenta Anomaly Benchmark's AWS series, by its standard profile, and against series
that were made for this.

Its two figures are chosen as `choice` describes, from GRID: by the score on a half of NAB's series together with half
of the made ones, each disturbance with the same weight. The other halves say what it is worth on series unseen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from mcp_servers.signals.series.anomalies import PLAIN, anomalies
from mcp_servers.signals.series.usual_range import Sensitivity
from tests.bench.choice import choose
from tests.bench.figures import Figure
from tests.bench.made_series import make_series
from tests.bench.suites import document, rows, suite

GRID = [Sensitivity(tail, risk) for tail in (0.01, 0.02, 0.03, 0.05) for risk in (3e-4, 1e-4, 3e-5)]
MADE = 40
PROBATION = 0.15  # of a series, of at most PROBATION_OF points: nothing counts there
PROBATION_OF = 5000
FALSE_ALARM = 0.11
MISS = 1.0
TO_BEAT = 60.4  # Random Cut Forest
GAUSSIAN = 34.8  # over a window

Window = tuple[int, int]  # first and last point
Labelled = tuple[list[tuple[float, float]], list[Window]]


class LabelledSeries:
    """Series with the windows of their disturbances, and what settings are worth on them."""

    def __init__(self, series: Mapping[str, Labelled]) -> None:
        self.names = sorted(series)
        self._series = series
        self._scores: dict[tuple[Sensitivity, str], float] = {}

    def worth(self, setting: Sensitivity, names: Sequence[str]) -> float:
        """100 for each disturbance told at once and nothing else, 0 for silence."""
        score, windows = self.score(setting, names)
        return 50 * (score + windows) / windows

    def score(self, setting: Sensitivity, names: Sequence[str]) -> tuple[float, int]:
        """NAB's raw score, and of how many disturbances."""
        return sum(self._score(setting, name) for name in names), sum(len(self._series[name][1]) for name in names)

    def _score(self, setting: Sensitivity, name: str) -> float:
        if (setting, name) not in self._scores:
            points, windows = self._series[name]
            places = {at: i for i, (at, _) in enumerate(points)}
            places_of_anomalies = sorted(places[one.at] for one in anomalies(points, setting))
            self._scores[setting, name] = _score(places_of_anomalies, windows, len(points))
        return self._scores[setting, name]


def figures() -> Iterator[Figure]:
    ours = LabelledSeries({one.name: (one.points, one.windows) for one in map(make_series, range(MADE))})
    aside = [name for name in ours.names if hashlib.sha256(name.encode()).digest()[0] % 2]
    worked_on = [name for name in ours.names if name not in aside]
    for which, names in (("worked on", worked_on), ("kept aside", aside)):
        yield Figure(f"anomalies, made series {which}", ours.worth(PLAIN, names), "points", TO_BEAT, "≥")
    folder = suite("nab")
    if folder is None:
        return
    theirs = LabelledSeries(dict(_read_labels(folder)))

    def score(setting: Sensitivity, names: Sequence[str]) -> float:
        both = theirs.score(setting, names), ours.score(setting, worked_on)
        return sum(score for score, _ in both) / sum(windows for _, windows in both)

    halves = choose(GRID, theirs.names, score, theirs.worth)
    yield Figure("anomalies, NAB: halves chosen on, mean", fmean(halves.chosen_on), "points", TO_BEAT, "≥")
    yield Figure("anomalies, NAB: other halves, mean", fmean(halves.other), "points", TO_BEAT, "≥")
    yield Figure("anomalies, NAB: other halves, least", min(halves.other), "points", GAUSSIAN, "≥")
    yield Figure("anomalies, NAB: as shipped", theirs.worth(PLAIN, theirs.names), "points", TO_BEAT, "≥")
    best = max(GRID, key=lambda setting: score(setting, theirs.names))
    assert best == PLAIN, f"the choice is {best}"


def _read_labels(folder: Path) -> Iterator[tuple[str, Labelled]]:
    for name, spans in document(folder / "windows.open.json").items():
        points = [(_time(row["timestamp"]), float(row["value"])) for row in rows(folder / "data" / f"{name}.gz")]
        yield name, (points, [_window(points, *map(_time, span)) for span in spans])


def _score(detections: list[int], windows: list[Window], length: int) -> float:
    """Each window's first detection by how early it is, each false alarm and each miss as the profile weighs it."""
    start = math.floor(PROBATION * min(length, PROBATION_OF))
    best: dict[Window, float] = {}
    score = 0.0
    for place in (place for place in detections if place >= start):
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
