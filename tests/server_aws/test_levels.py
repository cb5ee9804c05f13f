"""What the level of a series is taken for."""

from __future__ import annotations

from random import Random
from statistics import median

import pytest

from mcp_servers.signals.series.levels import Point, _costs, level


def series(*values: float) -> list[Point]:
    return [(60.0 * i, value) for i, value in enumerate(values)]


def test_two_points_off_a_noisy_level_are_a_change_and_one_is_not() -> None:
    noise = Random(1)
    before = [noise.gauss(100, 10) for _ in range(30)]
    assert level(series(*before, 300, 310)).kind == "changed"
    assert level(series(*before, 300)).kind == "steady"


def test_an_excursion_is_told_with_its_peak_and_end_even_when_it_fills_most_of_the_window() -> None:
    change = level(series(*[0.0] * 5, *[50.0, 60.0] * 15, *[0.0] * 5))
    assert (change.kind, change.peak, change.onset, change.recovered) == ("back_to_normal", 60.0, 300.0, 2100.0)


def test_partial_first_and_last_periods_belong_to_the_excursion() -> None:
    change = level(series(*[0.0] * 25, 600.0, 200.0, *[0.0] * 3))
    assert (change.kind, change.peak, change.onset, change.recovered) == ("back_to_normal", 600.0, 1500.0, 1620.0)
    changed = level(series(*[0.0] * 20, 60.0, *[300.0] * 5))
    assert (changed.kind, changed.onset) == ("changed", 1200.0)


def test_a_series_that_starts_off_its_level_changed_when_it_came_down() -> None:
    assert level(series(*[500.0] * 20, *[40.0] * 20)).now == 40.0


@pytest.mark.parametrize(
    "values", [[7.0] * 60, [0.0, 0.0, 0.0, 1.0] * 15, [10.0] * 40 + [90.0] + [10.0] * 15 + [80.0] + [10.0] * 3]
)
def test_constant_sparse_and_jumpy_series_are_steady(values: list[float]) -> None:
    assert level(series(*values)).kind == "steady"


def test_noise_alone_is_rarely_a_change() -> None:
    noise = Random(7)
    kinds = [level(series(*[noise.gauss(100, 10) for _ in range(40)])).kind for _ in range(60)]
    assert kinds.count("steady") >= 57


def test_a_series_too_short_for_an_excursion_is_steady() -> None:
    assert [level(series(*[1.0] * count)).kind for count in range(1, 7)] == ["steady"] * 6


def test_the_cost_of_a_stretch_is_the_sum_of_its_distances_from_its_median() -> None:
    noise = Random(3)
    values = [noise.choice([0.0, noise.gauss(10, 4)]) for _ in range(30)]
    cost = _costs(values)
    for i in range(30):
        for j in range(i + 1, 31):
            middle = median(values[i:j])
            assert cost[i][j] == pytest.approx(sum(abs(value - middle) for value in values[i:j]))


def test_no_points_are_missing_data() -> None:
    assert level([]).kind == "missing"
