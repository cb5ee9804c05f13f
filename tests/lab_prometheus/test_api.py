from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from tests.lab_prometheus.samples import Store
from tests.lab_telemetry.conftest import START, Lab


@pytest.fixture
def hits(store: Store) -> Store:
    for service, code in (("cart", "200"), ("cart", "500"), ("pay", "200")):
        store.load(f'hits_total{{service="{service}",code="{code}"}}', "0 0.5 0.0000001")
    store.load("old", "1 _ _ _ _ _ _ _ _")
    return store


def test_an_instant_answer_has_the_types_of_the_real_one(hits: Store) -> None:
    ask = hits.lab.ask
    assert ask("query", query="1").json()["data"] == {"resultType": "scalar", "result": [START, "1"]}
    assert ask("query", query="'a'").json()["data"] == {"resultType": "string", "result": [START, "a"]}
    assert ask("query", query="old[20m]", time="2026-01-01T00:00:00Z").json()["data"] == {
        "resultType": "matrix",
        "result": [{"metric": {"__name__": "old"}, "values": [[START - 480, "1"]]}],
    }
    assert ask("query", query="old").json()["data"] == {"resultType": "vector", "result": []}


@pytest.mark.parametrize(
    ("promql", "text"),
    [
        ("1e21", "1e+21"), ("1e20", "100000000000000000000"), ("0.0000001", "1e-07"), ("0.00001", "0.00001"),
        ("0.1 + 0.2", "0.30000000000000004"), ("-0.5", "-0.5"), ("1 / 0", "+Inf"), ("0 / 0", "NaN"), ("3.0", "3"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_the_real_one_writes_them(store: Store, promql: str, text: str) -> None:
    assert store.lab.ask("query", query=promql).json()["data"]["result"][1] == text


def test_series_labels_and_values_of_a_window(hits: Store) -> None:
    ask = hits.lab.ask
    both: dict[str, Any] = {"match[]": ['hits_total{code="500"}', "old"]}
    assert ask("series", **both).json()["data"] == [
        {"__name__": "hits_total", "code": "500", "service": "cart"},
        {"__name__": "old"},
    ]
    recent: dict[str, Any] = {"start": START - 300}
    assert ask("label/__name__/values", **recent).json()["data"] == ["hits_total"]
    assert ask("labels", **{"match[]": "old"}).json()["data"] == ["__name__"]
    assert ask("label/service/values", limit=1).json()["data"] == ["cart"]
    assert ask("labels", method="POST", **{"match[]": "hits_total"}).json()["data"] == ["__name__", "code", "service"]


@pytest.mark.parametrize(
    ("path", "params", "problem"),
    [
        ("series", {}, "no match[] parameter provided"),
        ("series", {"match[]": "rate(a[5m])"}, 'invalid parameter "match[]": expected an instant vector selector'),
        ("series", {"match[]": "{"}, 'invalid parameter "match[]": 1:2: parse error: unclosed left brace'),
        ("label/a-b/values", {}, 'invalid label name: "a-b"'),
    ],
)
def test_what_selects_nothing_is_bad_data(store: Store, path: str, params: dict[str, str], problem: str) -> None:
    answer = store.lab.ask(path, **params)
    assert answer.status_code == 400
    assert answer.json() == {"status": "error", "errorType": "bad_data", "error": problem}


def test_exemplars_are_none_and_the_server_says_who_it_is(store: Store) -> None:
    assert store.lab.ask("query_exemplars", query="a", start=0, end=1).json() == {"status": "success", "data": []}
    assert store.lab.ask("status/buildinfo").json()["data"]["version"].startswith("3.")
    assert httpx.get(store.lab.prometheus_url + "/-/ready").text == "Prometheus Server is Ready.\n"


def test_the_work_of_a_range_query_grows_with_its_series_and_no_faster(lab: Lab) -> None:
    for promql in ("rate(hits_total[5m])", "sum by (group) (rate(hits_total[5m]))", "hits_total"):
        few, many = (_steps_of_work(lab, promql, series) for series in (20, 200))
        assert few < many < 15 * few


def _steps_of_work(lab: Lab, promql: str, series: int) -> int:
    """How many Python functions the server enters to answer for so many series: no clock is involved."""
    store = Store(lab)
    for place in range(series):
        store.load(f'hits_total{{group="{place % 10}",pod="{place}"}}', "0+7x80", step=15)
    steps = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event == "call"

    lab.on_loop(lambda: sys.setprofile(count))
    answer = lab.ask("query_range", query=promql, start=START - 900, end=START, step=15)
    lab.on_loop(lambda: sys.setprofile(None))
    assert len(answer.json()["data"]["result"]) in (10, series)
    return steps
