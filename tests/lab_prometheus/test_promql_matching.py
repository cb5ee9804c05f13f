from __future__ import annotations

import math

import pytest

from tests.lab_prometheus.samples import Store


@pytest.fixture
def shop(store: Store) -> Store:
    store.load('errors{method="get",code="500"}', "24")
    store.load('errors{method="get",code="404"}', "30")
    store.load('errors{method="put",code="501"}', "3")
    store.load('errors{method="post",code="500"}', "6")
    store.load('errors{method="post",code="404"}', "21")
    store.load('requests{method="get"}', "600")
    store.load('requests{method="del"}', "34")
    store.load('requests{method="post"}', "120")
    store.load('owner{method="get",team="red"}', "1")
    store.load('owner{method="post",team="blue"}', "1")
    return store


@pytest.mark.parametrize(
    ("promql", "expected"),
    [
        (
            'errors{code="500"} / ignoring(code) requests',
            {'{method="get"}': 0.04, '{method="post"}': 0.05},
        ),
        (
            "errors / ignoring(code) group_left requests",
            {
                '{code="500",method="get"}': 0.04,
                '{code="404",method="get"}': 0.05,
                '{code="500",method="post"}': 0.05,
                '{code="404",method="post"}': 0.175,
            },
        ),
        (
            "requests * on(method) group_right errors",
            {
                '{code="500",method="get"}': 14400,
                '{code="404",method="get"}': 18000,
                '{code="500",method="post"}': 720,
                '{code="404",method="post"}': 2520,
            },
        ),
        (
            "requests * on(method) group_left(team) owner",
            {'{method="get",team="red"}': 600, '{method="post",team="blue"}': 120},
        ),
        ("requests > 100", {'requests{method="get"}': 600, 'requests{method="post"}': 120}),
        ("100 < requests", {'requests{method="get"}': 600, 'requests{method="post"}': 120}),
        ("requests > bool 100", {'{method="get"}': 1, '{method="post"}': 1, '{method="del"}': 0}),
        ("requests == on(method) requests", {'{method="get"}': 600, '{method="post"}': 120, '{method="del"}': 34}),
        ("requests >= requests", {
            'requests{method="get"}': 600, 'requests{method="post"}': 120, 'requests{method="del"}': 34,
        }),
        ("requests != bool requests", {'{method="get"}': 0, '{method="post"}': 0, '{method="del"}': 0}),
        ("requests and on(method) owner", {'requests{method="get"}': 600, 'requests{method="post"}': 120}),
        ("requests unless on(method) owner", {'requests{method="del"}': 34}),
        ("owner or on(method) requests", {
            'owner{method="get",team="red"}': 1, 'owner{method="post",team="blue"}': 1, 'requests{method="del"}': 34,
        }),
        ("requests and ignoring(team) owner", {'requests{method="get"}': 600, 'requests{method="post"}': 120}),
        ("requests + nothing", {}),
        ("nothing or vector(7)", {"{}": 7}),
        ('-requests{method="del"}', {'{method="del"}': -34}),
        ("1 + 2 * 3 ^ 2 ^ 0 - 4 / 2", {"scalar": 5}),
        ("-2 ^ 2", {"scalar": -4}),
        ("5 % 3", {"scalar": 2}),
        ("-5 % 3", {"scalar": -2}),
        ("1 / 0", {"scalar": math.inf}),
        ("-1 / 0", {"scalar": -math.inf}),
        ("0 / 0", {"scalar": math.nan}),
        ("5 % 0", {"scalar": math.nan}),
        ("0 ^ -1", {"scalar": math.inf}),
        ("1 atan2 1", {"scalar": math.pi / 4}),
        ("1 < bool 2", {"scalar": 1}),
        ("vector(1) == bool 2", {"{}": 0}),
        ("1h30m + 0x10 + 1_000 + .5 + 1e2", {"scalar": 6516.5}),
        ("1 + 1 # two\n + 1", {"scalar": 3}),
    ],
)  # fmt: skip
def test_operator(shop: Store, promql: str, expected: dict[str, float]) -> None:
    shop.check(promql, expected)


def test_a_match_that_is_not_unique_is_an_execution_error_that_names_the_series(shop: Store) -> None:
    status, kind, text = shop.error("requests / on(method) errors")
    assert (status, kind) == (422, "execution")
    assert text.startswith('found duplicate series for the match group {method="')
    assert "on the right hand-side of the operation: [{__name__=" in text
    assert text.endswith("many-to-many matching not allowed: matching labels must be unique on one side")
    explicit = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
    assert shop.error("errors / on(method) requests") == (422, "execution", explicit)
    ensure = "multiple matches for labels: grouping labels must ensure unique matches"
    assert shop.error("errors * on(method) group_left(code) (requests + on() group_left() sum(owner))")[2] == ensure


def test_two_series_that_become_the_same_are_an_execution_error(store: Store) -> None:
    store.load('a{x="1"}', "1")
    store.load('b{x="1"}', "1")
    same = (422, "execution", "vector cannot contain metrics with the same labelset")
    assert store.error('abs({x="1"})') == same
    assert store.error('-{__name__=~"a|b"}') == same
    assert store.error('label_replace({x="1"}, "__name__", "c", "", "")')[0] == 422


def test_series_that_come_and_go_match_where_both_are_there(store: Store) -> None:
    store.load('a{pod="x"}', "1 2 stale _ 5")
    store.load('b{pod="x"}', "_ 10 20 30 40")
    assert store.over("a + b", -240, 0, 60) == {'{pod="x"}': [(-180, 12), (0, 45)]}
    assert store.over("b unless a", -240, 0, 60) == {'b{pod="x"}': [(-120, 20), (-60, 30)]}
