"""Windows, staleness, offset, @ and subqueries."""

from __future__ import annotations

import pytest

from tests.lab_prometheus.samples import Store


def test_a_sample_counts_for_less_than_five_minutes(store: Store) -> None:
    store.load("temperature", "21")
    store.check("temperature", {"temperature{}": 21}, at=299)
    store.check("temperature", {}, at=300)
    store.check("temperature", {}, at=-1)


def test_a_staleness_mark_ends_a_series_at_once_and_is_no_sample(store: Store) -> None:
    store.load("temperature", "20 22 stale", step=30)
    store.check("temperature", {})
    store.check("temperature", {"temperature{}": 22}, at=-1)
    store.check("count_over_time(temperature[5m])", {"{}": 2})
    store.check("absent(temperature)", {"{}": 1})


def test_a_window_holds_its_end_and_not_its_beginning(store: Store) -> None:
    store.load("up", "1 2 3 4 5")
    assert store.values("up[2m]") == {"up{}": [(-60, 4), (0, 5)]}
    assert store.values("up[2m1s]") == {"up{}": [(-120, 3), (-60, 4), (0, 5)]}
    assert store.values("up[1m] offset 30s") == {"up{}": [(-60, 4)]}


@pytest.mark.parametrize(
    ("promql", "value"),
    [
        ("hits offset 2m", 80),
        ("hits offset -2m", 100),
        ("hits offset -6m", None),
        ("hits @ 1767225480", 80),
        ("hits @ 1767225480 offset 1m", 70),
        ("hits offset 1m @ 1767225480", 70),
        ("hits @ start()", 100),
        ("hits @ end() offset 5m", 50),
        ("sum_over_time(hits[2m] @ 1767225540)", 170),
        ("increase(hits[5m] offset 1m)", 50),
        ("sum_over_time(hits[4m:2m])", 180),
        ("sum_over_time(hits[4m:2m] offset 2m)", 140),
        ("max_over_time(rate(hits[2m])[5m:1m])", 10 / 60),
        ("count_over_time(hits[10m:])", 10),
        ("min_over_time((hits > 65)[8m:1m])", 70),
        ("avg_over_time(sum_over_time(hits[2m:1m])[3m:1m])", 170),
    ],
)
def test_moments_other_than_the_queries(store: Store, promql: str, value: float | None) -> None:
    store.load("hits", "0+10x10")
    result = store.values(promql)
    assert list(result.values()) == ([] if value is None else [pytest.approx(value)])


def test_start_and_end_are_those_of_the_whole_range_query(store: Store) -> None:
    store.load("hits", "0+10x10")
    assert store.over("hits @ end() - hits @ start()", -120, 0, 60) == {"{}": [(-120, 20), (-60, 20), (0, 20)]}
    assert store.over("sum_over_time((hits @ end())[2m:1m])", -60, 0, 60) == {"{}": [(-60, 200), (0, 200)]}


def test_a_subquery_looks_at_whole_multiples_of_its_step(store: Store) -> None:
    store.load("hits", "0+10x10")
    assert store.values("hits[3m:1m]", at=30) == {"hits{}": [(-120, 80), (-60, 90), (0, 100)]}


def test_a_range_query_answers_each_step_and_leaves_gaps_open(store: Store) -> None:
    store.load("hits", "1 2 stale _ _ 6")
    assert store.over("hits", -300, 0, 60) == {"hits{}": [(-300, 1), (-240, 2), (0, 6)]}
    assert store.over("hits * 2", -270, -240, 30) == {"{}": [(-270, 2), (-240, 4)]}
    assert store.over("time() - 1767225600", -60, 0, 30) == {"{}": [(-60, -60), (-30, -30), (0, 0)]}


def test_series_of_a_range_query_come_in_the_order_of_their_labels(store: Store) -> None:
    for host in "cab":
        store.load(f'up{{host="{host}"}}', "1")
    assert list(store.over("up", 0, 0, 60)) == ['up{host="a"}', 'up{host="b"}', 'up{host="c"}']
