from __future__ import annotations

import math

import pytest

from tests.lab_prometheus.samples import Store

REQUESTS = {
    ("api", "0", "production"): 10,
    ("api", "1", "production"): 20,
    ("api", "0", "canary"): 30,
    ("api", "1", "canary"): 40,
    ("app", "0", "production"): 50,
    ("app", "1", "production"): 60,
    ("app", "0", "canary"): 70,
    ("app", "1", "canary"): 80,
}


@pytest.fixture
def requests(store: Store) -> Store:
    """Ten minutes of counters; the last values are ten times those above."""
    for (job, instance, group), growth in REQUESTS.items():
        store.load(f'requests{{job="{job}",instance="{instance}",group="{group}"}}', f"0+{growth}x10")
    return store


@pytest.mark.parametrize(
    ("promql", "expected"),
    [
        ('sum by (group) (requests{job="api"})', {'{group="canary"}': 700, '{group="production"}': 300}),
        ('sum(requests{job="api"}) by (group)', {'{group="canary"}': 700, '{group="production"}': 300}),
        ('avg by (group) (requests{job="api"})', {'{group="canary"}': 350, '{group="production"}': 150}),
        ("count by (job) (requests)", {'{job="api"}': 4, '{job="app"}': 4}),
        ("sum without (instance) (requests)", {
            '{group="canary",job="api"}': 700, '{group="production",job="api"}': 300,
            '{group="canary",job="app"}': 1500, '{group="production",job="app"}': 1100,
        }),
        ("sum(requests)", {"{}": 3600}),
        ("sum by () (requests)", {"{}": 3600}),
        ("sum by (nothing) (requests)", {"{}": 3600}),
        ("max by (job) (requests)", {'{job="api"}': 400, '{job="app"}': 800}),
        ("min by (job) (requests)", {'{job="api"}': 100, '{job="app"}': 500}),
        ("group by (job) (requests)", {'{job="api"}': 1, '{job="app"}': 1}),
        ("stddev(requests)", {"{}": 229.12878474779}),
        ("stdvar(requests)", {"{}": 52500}),
        ("stddev by (job) (requests)", {'{job="api"}': 111.80339887499, '{job="app"}': 111.80339887499}),
        ('quantile(0.8, requests{job="api"})', {"{}": 340}),
        ("quantile(-0.1, requests)", {"{}": -math.inf}),
        ("quantile(1.1, requests)", {"{}": math.inf}),
        ("quantile(NaN, requests)", {"{}": math.nan}),
        ("quantile by (job) (scalar(vector(0.5)), requests)", {'{job="api"}': 250, '{job="app"}': 650}),
        ("sum(nothing)", {}),
        ("count(requests > 450)", {"{}": 4}),
        ("SUM BY (job) (requests)", {'{job="api"}': 1000, '{job="app"}': 2600}),
    ],
)  # fmt: skip
def test_aggregation(requests: Store, promql: str, expected: dict[str, float]) -> None:
    requests.check(promql, expected)


def test_topk_and_bottomk_keep_whole_series_in_the_order_of_their_values(requests: Store) -> None:
    top = requests.values('topk(2, requests{group="canary"})')
    assert list(top.items()) == [
        ('requests{group="canary",instance="1",job="app"}', 800),
        ('requests{group="canary",instance="0",job="app"}', 700),
    ]
    least = requests.values("bottomk by (job) (1, requests)")
    assert sorted(least.values()) == [100, 500]
    assert requests.values("topk(0, requests)") == {}
    assert len(requests.values("topk(99, requests)")) == 8


def test_topk_chooses_anew_at_each_step_of_a_range_query(store: Store) -> None:
    store.load('load{host="a"}', "1 5 9")
    store.load('load{host="b"}', "4 4 4")
    assert store.over("topk(1, load)", -120, 0, 60) == {
        'load{host="a"}': [(-60, 5), (0, 9)],
        'load{host="b"}': [(-120, 4)],
    }


def test_nan_never_wins_an_aggregation(store: Store) -> None:
    store.load('ratio{host="a"}', "0")
    store.load('ratio{host="b"}', "3")
    text = "(ratio / ratio)"  # 0/0 and 1
    store.check(f"max({text})", {"{}": 1})
    store.check(f"min({text})", {"{}": 1})
    store.check(f"sum({text})", {"{}": math.nan})
    assert list(store.values(f"topk(2, {text})")) == ['{host="b"}', '{host="a"}']
    assert list(store.values(f"bottomk(1, {text})")) == ['{host="b"}']


def test_count_values_has_one_series_for_each_value(store: Store) -> None:
    for instance, version in enumerate(("6", "6", "7", "0.5")):
        store.load(f'version{{job="api",instance="{instance}"}}', version)
    store.check('count_values("v", version)', {'{v="6"}': 2, '{v="7"}': 1, '{v="0.5"}': 1})
    store.check(
        'count_values by (job) ("v", version)',
        {'{job="api",v="6"}': 2, '{job="api",v="7"}': 1, '{job="api",v="0.5"}': 1},
    )
    assert store.error('count_values("a-b", version)')[:2] == (422, "execution")
