"""Series of metrics with disturbances in them, made by a seed: what no detector was fitted to.

A series is a habit (flat, a daily or weekly cycle, jobs at fixed times, bursts with heavy tails, small counts, a saw
tooth, a slow drift, a skewed load) with one to three disturbances (a spike, several, a level up or down, nothing at
all, a ramp). A disturbance's window is a tenth of the series, shared among its disturbances, as NAB has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random

STEP = 300.0  # seconds
DAY = 288  # points
FIRST, LAST = 0.2, 0.97  # of a series, between which it is disturbed
APART = 0.12

Values = list[float]
Window = tuple[int, int]


@dataclass(frozen=True)
class MadeSeries:
    name: str
    points: list[tuple[float, float]]
    windows: list[Window]


def make_series(number: int) -> MadeSeries:
    random = Random(f"series {number}")
    length = random.choice((3000, 4032, 4700))
    habit = list(HABITS)[number % len(HABITS)]
    values = HABITS[habit](random, length, random.choice((0.5, 20.0, 35.0, 60.0, 400.0, 50_000.0)))
    places = sorted(random.sample(range(int(FIRST * length), int(LAST * length)), random.randint(1, 3)))
    if any(b - a < APART * length for a, b in pairwise(places)):
        places = places[:1]
    around = int(0.05 * length / len(places))
    for place in places:
        random.choice(DISTURBANCES)(random, values, place)
    return MadeSeries(
        f"{habit} {number}",
        [(1.4e9 + STEP * i, value) for i, value in enumerate(values)],
        [(max(0, place - around), min(length - 1, place + around)) for place in places],
    )


def _flat(random: Random, length: int, level: float) -> Values:
    noise = random.uniform(0.01, 0.12)
    return [level * (1 + random.gauss(0, noise)) for _ in range(length)]


def _daily(random: Random, length: int, level: float) -> Values:
    height, phase = random.uniform(0.2, 0.7), random.uniform(0, 2 * math.pi)
    wave = [level * height * math.sin(2 * math.pi * i / DAY + phase) for i in range(length)]
    return [a + b for a, b in zip(_flat(random, length, level), wave, strict=True)]


def _weekly(random: Random, length: int, level: float) -> Values:
    return [value * (0.6 if i // DAY % 7 >= 5 else 1.0) for i, value in enumerate(_daily(random, length, level))]


def _bursts(random: Random, length: int, level: float) -> Values:
    often, tail = random.uniform(0.005, 0.05), random.uniform(1.5, 3)
    calm = _flat(random, length, level)
    return [v + (2 * level * random.paretovariate(tail) if random.random() < often else 0.0) for v in calm]


def _jobs(random: Random, length: int, level: float) -> Values:
    every, lasts, height = random.choice((12, 36, 72, 144, 288)), random.randint(1, 4), random.uniform(1, 6)
    calm = _flat(random, length, level)
    return [v + (level * height * random.gauss(1, 0.1) if i % every < lasts else 0.0) for i, v in enumerate(calm)]


def _counts(random: Random, length: int, level: float) -> Values:
    share = random.uniform(0.02, 0.4)
    return [float(sum(random.random() < share for _ in range(12))) for _ in range(length)]


def _saw_tooth(random: Random, length: int, level: float) -> Values:
    every, noise = random.randint(100, 600), random.uniform(0.005, 0.05)
    return [level * (1 + 0.8 * (i % every) / every + random.gauss(0, noise)) for i in range(length)]


def _drift(random: Random, length: int, level: float) -> Values:
    values, off = [], 0.0
    for _ in range(length):
        off = 0.995 * off + random.gauss(0, 0.02)
        values.append(level * (1 + max(-0.8, off) + random.gauss(0, 0.02)))
    return values


def _skew(random: Random, length: int, level: float) -> Values:
    return [level * math.exp(random.gauss(0, 0.5)) for _ in range(length)]


def _busy_spells(random: Random, length: int, level: float) -> Values:
    values, left = _flat(random, length, level), 0
    for i in range(length):
        left = left - 1 if left else random.randint(3, 40) if random.random() < 0.004 else 0
        values[i] *= random.gauss(4, 0.5) if left else 1.0
    return values


HABITS: dict[str, Callable[[Random, int, float], Values]] = {
    "flat": _flat, "daily": _daily, "weekly": _weekly, "bursts": _bursts, "jobs": _jobs, "counts": _counts,
    "saw tooth": _saw_tooth, "drift": _drift, "skewed": _skew, "busy spells": _busy_spells,
}  # fmt: skip


def _spread(values: Values) -> tuple[float, float, float]:
    """Of all but the extremes: how far below the middle they go, the middle, how far above."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    up = max(ordered[int(0.995 * len(ordered))] - middle, 0.05 * abs(middle))
    return middle - ordered[int(0.005 * len(ordered))], middle, up


def _spikes(random: Random, values: Values, place: int) -> None:
    _, middle, up = _spread(values)
    for i in range(place, min(len(values), place + random.choice((1, random.randint(3, 24))))):
        values[i] = middle + up * random.uniform(1.5, 3.5)


def _level_up(random: Random, values: Values, place: int) -> None:
    _, _, up = _spread(values)
    higher = up * random.uniform(1, 2.5)
    for i in range(place, min(len(values), place + random.randint(24, 400))):
        values[i] += higher


def _level_down(random: Random, values: Values, place: int) -> None:
    down, middle, _ = _spread(values)
    lower = max(down, 0.1 * abs(middle)) * random.uniform(1.3, 3)
    for i in range(place, min(len(values), place + random.randint(24, 400))):
        values[i] = max(0.0, values[i] - lower)


def _nothing(random: Random, values: Values, place: int) -> None:
    for i in range(place, min(len(values), place + random.randint(3, 60))):
        values[i] = 0.0


def _ramp(random: Random, values: Values, place: int) -> None:
    _, _, up = _spread(values)
    lasts, height = random.randint(60, 200), up * random.uniform(2, 4)
    for i in range(place, min(len(values), place + lasts)):
        values[i] += height * (i - place) / lasts


DISTURBANCES: tuple[Callable[[Random, Values, int], None], ...] = (_spikes, _level_up, _level_down, _nothing, _ramp)
