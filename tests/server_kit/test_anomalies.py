"""Anomalous moments of a series, seen point by point."""

from __future__ import annotations

import math
from random import Random

from mcp_servers.signals.series.anomalies import Detector, anomalies

STEP = 300.0


def daily(points: int, seed: int = 3) -> list[tuple[float, float]]:
    """A daily wave with noise: 30 to 70."""
    random = Random(seed)
    return [(i * STEP, 50 + 20 * math.sin(i / 288 * 2 * math.pi) + random.gauss(0, 1)) for i in range(points)]


def test_a_wave_with_noise_is_nothing_special_after_its_first_day() -> None:
    assert [anomaly for anomaly in anomalies(daily(2000)) if anomaly.at > 288 * STEP] == []


def test_a_spike_is_told_once_at_its_first_point() -> None:
    points = [(at, 95.0 if 1000 <= i < 1010 else value) for i, (at, value) in enumerate(daily(2000))]
    (anomaly,) = [anomaly for anomaly in anomalies(points) if anomaly.at > 288 * STEP]
    assert (anomaly.at, anomaly.value, anomaly.side) == (1000 * STEP, 95.0, "above")


def test_a_drop_to_nothing_is_below() -> None:
    points = [(at, 0.0 if i >= 1500 else value) for i, (at, value) in enumerate(daily(2000))]
    late_ones = [anomaly for anomaly in anomalies(points) if anomaly.at > 288 * STEP]
    assert [one.side for one in late_ones] == ["below"]
    assert late_ones[0].at == 1500 * STEP


def test_a_shift_that_no_single_value_shows_is_found_in_the_mean() -> None:
    random = Random(5)
    points = [(i * STEP, random.uniform(0, 100) if i < 1000 else random.uniform(80, 100)) for i in range(1100)]
    late_ones = [one for one in anomalies(points) if one.at >= 1000 * STEP]
    assert late_ones and late_ones[0].averaged and late_ones[0].side == "above"


def test_what_comes_later_does_not_change_what_was_told() -> None:
    points = [(at, 95.0 if i == 1000 else value) for i, (at, value) in enumerate(daily(2000))]
    assert anomalies(points[:1200]) == [one for one in anomalies(points) if one.at < 1200 * STEP]


def test_too_short_a_past_says_nothing() -> None:
    detector = Detector()
    assert [detector.see(i, 1.0 if i < 100 else 1000.0) for i in range(140)] == [None] * 140


def test_bursts_that_come_now_and_then_are_the_metrics_habit_and_one_of_another_size_is_not() -> None:
    random = Random(11)
    points = [(i * STEP, 10 + (random.paretovariate(2) * 20 if random.random() < 0.03 else 0)) for i in range(3000)]
    points[2500] = (2500 * STEP, 5000.0)
    times = [one.at for one in anomalies(points) if one.at >= 2000 * STEP]
    assert 2500 * STEP in times and len(times) <= 3


def test_a_jump_within_the_range_of_a_daily_cycle_is_told() -> None:
    points = [(at, 68.0 if 1080 <= i < 1090 else value) for i, (at, value) in enumerate(daily(2000))]
    low = min(value for _, value in daily(2000)[1070:1080])
    assert low < 33.0  # where the cycle is at its lowest
    assert 1080 * STEP in [one.at for one in anomalies(points)]
