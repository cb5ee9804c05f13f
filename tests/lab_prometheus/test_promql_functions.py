from __future__ import annotations

import math

import pytest

from tests.lab_prometheus.samples import Store


@pytest.mark.parametrize(
    ("values", "promql", "value"),
    [
        # 5 samples a minute apart, the window [5m] holds them all: 4 min of growth seen, 1 min before the first one.
        ("0 60 120 180 240", "rate(c[5m])", 0.8),  # a counter that was 0 is not taken back below it
        ("60 120 180 240 300", "rate(c[5m])", 1.0),  # it may have been 0 a minute before
        ("60 120 180 240 300", "increase(c[5m])", 300),
        ("30 90 150 210 270", "increase(c[5m])", 270),  # 0 half a minute before the first sample
        ("100 160 20 80 140", "increase(c[5m])", (140 - 100 + 160) * 5 / 4),  # a reset: 60 + 20 + 60 + 60, extrapolated
        ("60 120 _ _ _", "rate(c[5m])", 60 / 60 * (60 + 60 + 30) / 300),  # no end near the window's: half a distance
        ("5 3 9 4 1", "delta(c[5m])", -4 * 5 / 4),
        ("60 120 180 240 300", "delta(c[5m])", 300),
        ("1 2 4 8 16", "irate(c[5m])", 8 / 60),
        ("1 2 4 8 3", "irate(c[5m])", 3 / 60),
        ("1 2 4 8 3", "idelta(c[5m])", -5),
        ("0 10 20 30 40", "deriv(c[5m])", 10 / 60),
        ("7 7 7 7 7", "deriv(c[5m])", 0),
        ("0 10 20 30 40", "predict_linear(c[5m], 600)", 140),
        ("0 10 20 30 40", "predict_linear(c[5m] offset 1m, 60)", 50),
        ("1 1 2 2 1", "changes(c[5m])", 2),
        ("3 2 5 4 4", "resets(c[5m])", 2),
        ("1 2 3 4 5", "avg_over_time(c[5m])", 3),
        ("1 2 3 4 5", "sum_over_time(c[5m])", 15),
        ("1 2 3 4 5", "min_over_time(c[3m])", 3),
        ("1 2 3 4 5", "max_over_time(c[5m] offset 2m)", 3),
        ("1 2 3 4 5", "count_over_time(c[90s])", 2),
        ("1 2 3 4 5", "stddev_over_time(c[5m])", math.sqrt(2)),
        ("1 2 3 4 5", "stdvar_over_time(c[5m])", 2),
        ("5 1 4 2 3", "quantile_over_time(0.5, c[5m])", 3),
        ("5 1 4 2 3", "quantile_over_time(0.9, c[5m])", 4.6),
        ("5 1 4 2 3", "quantile_over_time(2, c[5m])", math.inf),
        ("5 1 4 2 3", "present_over_time(c[5m])", 1),
        ("5 1 4 2 3", "abs(c - 10)", 7),
        ("2.5", "ceil(c)", 3),
        ("2.5", "floor(c)", 2),
        ("2.5", "round(c)", 3),
        ("-2.5", "round(c)", -2),
        ("2.36", "round(c, 0.5)", 2.5),
        ("8", "log2(c)", 3),
        ("1000", "log10(c)", 3),
        ("0", "ln(c)", -math.inf),
        ("-1", "ln(c)", math.nan),
        ("-1", "sqrt(c)", math.nan),
        ("16", "sqrt(c)", 4),
        ("0", "exp(c)", 1),
        ("1000", "exp(c)", math.inf),
        ("-3", "sgn(c)", -1),
        ("180", "rad(c)", math.pi),
        ("7", "clamp(c, 1, 5)", 5),
        ("7", "clamp_min(c, 9)", 9),
        ("7", "clamp_max(c, 5)", 5),
        ("7", "vector(scalar(c))", 7),
        ("7", "timestamp(c)", 1767225600),
        ("7", "timestamp(c offset -30s)", 1767225600),
        ("7", "timestamp(c * 2) - time()", 0),
        ("1136239445", "day_of_month(c)", 2),  # Mon Jan 2 22:04:05 2006
        ("1136239445", "day_of_week(c)", 1),
        ("1136239445", "day_of_year(c)", 2),
        ("1136239445", "days_in_month(c)", 31),
        ("1136239445", "month(c)", 1),
        ("1136239445", "year(c)", 2006),
        ("1136239445", "hour(c)", 22),
        ("1136239445", "minute(c)", 4),
    ],
)
def test_function(store: Store, values: str, promql: str, value: float) -> None:
    store.load("c", values)
    store.check(promql, {"{}": value})


@pytest.mark.parametrize(
    ("promql", "expected"),
    [
        ("time()", {"scalar": 1767225600}),
        ("pi()", {"scalar": math.pi}),
        ("year()", {"{}": 2026}),
        ("hour()", {"{}": 0}),
        ("vector(3)", {"{}": 3}),
        ("scalar(nothing)", {"scalar": math.nan}),
        ("'text'", {"string": "text"}),
        (r'"a\tb\u00e9"', {"string": "a\tbé"}),
        ("absent(nothing)", {"{}": 1}),
        ('absent(nothing{job="x",host=~"a.*",zone="b",zone="c"})', {'{job="x"}': 1}),
        ("absent(sum(nothing{job='x'}))", {"{}": 1}),
        ("absent_over_time(nothing{job='x'}[5m])", {'{job="x"}': 1}),
        ("absent(vector(1))", {}),
    ],
)
def test_function_without_series(store: Store, promql: str, expected: dict[str, float]) -> None:
    assert store.values(promql) == pytest.approx(expected, nan_ok=True)


def test_a_single_sample_has_no_rate(store: Store) -> None:
    store.load("c", "5")
    store.check("rate(c[5m])", {})
    store.check("clamp(c, 5, 1)", {})


def test_last_over_time_keeps_the_name_of_the_metric(store: Store) -> None:
    store.load('c{a="b"}', "1 2 stale")
    store.check("last_over_time(c[5m])", {'c{a="b"}': 2})


def test_sort_orders_an_instant_answer_by_value_with_nan_last(store: Store) -> None:
    for host, value in (("a", "3"), ("b", "1"), ("c", "2")):
        store.load(f'load{{host="{host}"}}', value)
    assert list(store.values("sort(load)").values()) == [1, 2, 3]
    assert list(store.values("sort_desc(load)").values()) == [3, 2, 1]
    for order in ("sort", "sort_desc"):
        assert list(store.values(f"{order}((load - 1) / (load - 1))"))[-1] == '{host="b"}'  # 0/0


@pytest.mark.parametrize(
    ("call", "labels"),
    [
        ('label_replace(c, "dst", "got-$1", "src", "source-(.*)")', 'c{dst="got-10",src="source-10"}'),
        ('label_replace(c, "dst", "x", "src", "10")', 'c{src="source-10"}'),
        ('label_replace(c, "dst", "${n}!", "src", "(?P<n>s).*")', 'c{dst="s!",src="source-10"}'),
        ('label_replace(c, "src", "", "src", ".*")', "c{}"),
        ('label_replace(c, "dst", "$2$$", "src", "(.).*")', 'c{dst="$",src="source-10"}'),
        ('label_replace(c, "dst", "none", "missing", "")', 'c{dst="none",src="source-10"}'),
        ('label_join(c, "dst", "-", "src", "missing", "src")', 'c{dst="source-10--source-10",src="source-10"}'),
        ('label_join(c, "src", ",")', "c{}"),
    ],
)
def test_labels_are_rewritten(store: Store, call: str, labels: str) -> None:
    store.load('c{src="source-10"}', "1")
    store.check(call, {labels: 1})


def test_a_label_that_cannot_be_written_is_an_execution_error(store: Store) -> None:
    store.load("c", "1")
    assert store.error('label_replace(c, "a-b", "x", "c", "")') == (
        422, "execution", "invalid destination label name in label_replace(): a-b"
    )  # fmt: skip
    assert store.error('label_replace(c, "a", "x", "c", "(")') == (
        422, "execution", "invalid regular expression in label_replace(): ("
    )  # fmt: skip


BUCKETS = {"0.1": "50", "0.5": "90", "1": "100", "+Inf": "110"}


@pytest.mark.parametrize(
    ("promql", "value"),
    [
        ("histogram_quantile(0.2, took_bucket)", 0.044),  # 22nd of the 50 in the first bucket
        ("histogram_quantile(0.7, took_bucket)", 0.37),  # 27 of 40 between 0.1 and 0.5
        ("histogram_quantile(0.99, took_bucket)", 1),  # beyond the last finite bound
        ("histogram_quantile(0, took_bucket)", 0),
        ("histogram_quantile(-1, took_bucket)", -math.inf),
        ("histogram_quantile(2, took_bucket)", math.inf),
        ("histogram_quantile(0.5, took_bucket{le!='+Inf'})", math.nan),
        ("histogram_quantile(0.5, took_bucket * 0)", math.nan),
    ],
)
def test_quantile_of_a_histogram(store: Store, promql: str, value: float) -> None:
    for bound, count in BUCKETS.items():
        store.load(f'took_bucket{{le="{bound}"}}', count)
    store.check(promql, {"{}": value})


def test_histograms_are_told_apart_by_their_other_labels(store: Store) -> None:
    for bound, count in BUCKETS.items():
        store.load(f'took_bucket{{service="cart",le="{bound}"}}', f"0 {count}")
    store.load('took_bucket{service="pay",le="1"}', "0 4")
    store.load('took_bucket{service="pay",le="+Inf"}', "0 4")
    store.check(
        "histogram_quantile(0.5, sum by (service, le) (increase(took_bucket[2m])))",
        {'{service="cart"}': 0.15, '{service="pay"}': 0.5},
    )
