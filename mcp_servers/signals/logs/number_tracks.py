"""How a number that lines state went over time, in bounded memory.

Of many values an even sample is kept in the order of time; how many there were, the least and the greatest are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any, Final

VALUE_LIMIT: Final = 4_096  # values of one number
PART: Final = 0.1  # of the values, at either end, that tell how a number began and ended
ROW: Final = 5  # numbers in a row, whose middle no single one moves
EARLY: Final = 0.9  # of the numbers of the first half
GREW: Final = 2.0  # times its beginning, that a number has to come to at its end
FULL: Final = 0.95  # of its whole, at which a share is used up
LEAST: Final = 20  # values that tell a growth
TENTHS: Final = 10
RISING: Final = 7  # of the steps between tenths that go up
COUNTER: Final = 0.01  # of the steps that go down, up to which a number without a unit only counts

TimedValue = tuple[float, float]  # when (seconds since 1970, or the number of the line), value


class NumberTrack:
    """One number of the lines of one outline."""

    __slots__ = ("_last", "_stride", "count", "falls", "least", "most", "values")

    def __init__(self) -> None:
        self.values: list[TimedValue] = []
        self.count = self.falls = 0
        self.least, self.most = float("inf"), float("-inf")
        self._stride, self._last = 1, float("-inf")

    def add(self, when: float, value: float) -> None:
        if self.count % self._stride == 0:
            self.values.append((when, value))
            if len(self.values) >= VALUE_LIMIT:
                self.values, self._stride = self.values[::2], self._stride * 2
        self.count += 1
        self.falls += value < self._last
        self._last = value
        if value < self.least:
            self.least = value
        if value > self.most:
            self.most = value


@dataclass
class Measure:
    """One number by its name, over all outlines that state it. `whole` is what a share is of."""

    name: str
    unit: str
    tracks: list[NumberTrack] = field(default_factory=list)
    whole: float = 0.0

    @property
    def count(self) -> int:
        return sum(track.count for track in self.tracks)

    @property
    def most(self) -> float:
        return max(track.most for track in self.tracks)

    @property
    def values(self) -> list[TimedValue]:
        """The sample, in the order of time."""
        return sorted(value for track in self.tracks for value in track.values)

    @property
    def numbers(self) -> list[float]:
        return [value for _, value in self.values]

    @property
    def deviation(self) -> float:
        """How many times its middle the number came to; a share by how near it came to its whole."""
        if self.whole:
            return self.most / self.whole * 10
        return self.most / (abs(median(self.numbers)) or 1.0)

    @property
    def grew(self) -> bool:
        """Whether it rose all along to a multiple of its beginning, or a share to its whole.

        A number without a unit that never falls only counts something up.
        """
        numbers = self.numbers
        if len(numbers) < LEAST or (not self.unit and self._counts_up):
            return False
        began, last = _ends(numbers)
        if self.whole:
            return last >= FULL * self.whole > began * GREW
        size = len(numbers) / TENTHS
        tenths = [median(numbers[int(i * size) : int((i + 1) * size)]) for i in range(TENTHS)]
        rises = sum(later > earlier for earlier, later in pairwise(tenths))
        return began > 0 and last >= GREW * began and rises >= RISING

    @property
    def grew_since(self) -> float:
        """When it first came to the multiple of its beginning (to half of its whole)."""
        values = self.values
        began, _ = _ends([value for _, value in values])
        enough = self.whole / 2 if self.whole else GREW * began
        return next((when for when, value in values if value >= enough), values[-1][0])

    @property
    def _counts_up(self) -> bool:
        return sum(track.falls for track in self.tracks) <= COUNTER * self.count

    def as_data(self, digits: int = 4) -> dict[str, Any]:
        """As plain data: range, middle, the middles of the first and the last tenth, what most of the first half stays
        below (`early`), and the highest middle of a few in a row (`peak`), which a single outlier does not lift."""
        numbers = self.numbers
        first = sorted(numbers[: max(1, len(numbers) // 2)])
        row = min(ROW, max(1, len(numbers) // 3))
        began, last = _ends(numbers)
        figures = {
            "least": min(track.least for track in self.tracks),
            "middle": median(numbers),
            "most": self.most,
            "began": began,
            "ended": last,
            "early": first[int(len(first) * EARLY)],
            "peak": max(median(numbers[at : at + row]) for at in range(0, len(numbers) - row + 1, row)),
        }
        figures_out = {what: round(figure, digits) for what, figure in figures.items()}
        whole = {"whole": self.whole} if self.whole else {}
        return {"name": self.name, "unit": self.unit, "count": self.count, "grew": self.grew} | figures_out | whole


def _ends(numbers: list[float]) -> tuple[float, float]:
    part = max(1, int(len(numbers) * PART))
    return median(numbers[:part]), median(numbers[-part:])


def by_name(tracks: Iterable[tuple[str, str, NumberTrack, float]]) -> list[Measure]:
    """(name, unit, track, whole) of outlines as measures, the most stated first."""
    by_key: dict[tuple[str, str], Measure] = {}
    for name, unit, track, whole in tracks:
        measure = by_key.setdefault((name, unit), Measure(name, unit))
        measure.tracks.append(track)
        measure.whole = max(measure.whole, whole)
    return sorted(by_key.values(), key=lambda measure: -measure.count)
