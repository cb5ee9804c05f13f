from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab_telemetry.conftest import START, Lab
from tests.lab_telemetry.test_coupling import image_patch

Shop = Callable[..., Lab]


def put(lab: Lab, name: str, values: list[float], step: float = 15, **labels: str) -> None:
    """Samples each `step` seconds, the last one now."""
    first = lab.now - step * (len(values) - 1)
    for place, value in enumerate(values):
        lab.world.metrics.put("prometheus", name, labels, first + place * step, value)


@pytest.fixture
def store(lab: Lab) -> Lab:
    put(lab, "hits_total", [0, 30, 60, 90, 120], service="cart", code="200")
    put(lab, "hits_total", [0, 0, 0, 30, 60], service="cart", code="500")
    put(lab, "hits_total", [5, 20, 35, 0, 15], service="pay", code="200")
    put(lab, "temperature", [4, 9, 2], room="a")
    put(lab, "temperature", [1, 1, 8], room="b")
    put(lab, "limit", [5], room="a")
    put(lab, "limit", [5], room="b")
    return lab


@pytest.mark.parametrize(
    ("promql", "values"),
    [
        ('rate(hits_total{code="200", service="cart"}[1m])', [2.0]),
        ('increase(hits_total{service="pay"}[1m])', [40.0]),
        ('irate(hits_total{code="500"}[1m])', [2.0]),
        ("sum(rate(hits_total[1m])) by (service)", [3.0, 2 / 3]),
        ('sum(rate(hits_total{code=~"5.."}[1m])) / sum(rate(hits_total{service="cart"}[1m]))', [1 / 3]),
        ("count without (code) (hits_total)", [2.0, 1.0]),
        ("topk(1, temperature)", [8.0]),
        ("max_over_time(temperature[5m])", [9.0, 8.0]),
        ("avg_over_time(temperature{room='a'}[5m])", [5.0]),
        ("temperature > limit", [8.0]),
        ("temperature > bool limit", [0.0, 1.0]),
        ("temperature - on(room) limit", [-3.0, 3.0]),
        ("temperature unless temperature > 5", [2.0]),
        ("temperature offset 15s", [9.0, 1.0]),
        ("absent(nothing)", [1.0]),
        ("2 + 3 * vector(4) ^ 2", [50.0]),
        ("-temperature{room!='b'}", [-2.0]),
        ("quantile(0.5, temperature)", [5.0]),
    ],
)
def test_promql(store: Lab, promql: str, values: list[float]) -> None:
    assert [value for _, value in store.query(promql)] == pytest.approx(values)


def test_labels_come_with_values(store: Lab) -> None:
    assert store.query("sum by (code) (hits_total)") == [({"code": "200"}, 135.0), ({"code": "500"}, 60.0)]
    assert store.query('temperature{room="a"}') == [({"__name__": "temperature", "room": "a"}, 2.0)]


def test_a_sample_counts_for_five_minutes_and_not_beyond_a_staleness_mark(store: Lab) -> None:
    assert store.query("temperature", time=START + 290) != []
    assert store.query("temperature", time=START + 301) == []
    put(store, "limit", [math.nan], room="a")
    assert [labels["room"] for labels, _ in store.query("limit")] == ["b"]


def test_histogram_quantiles_interpolate_inside_a_bucket(lab: Lab) -> None:
    for bound, count in (("0.1", 50), ("0.5", 90), ("+Inf", 100)):
        put(lab, "took_bucket", [count], le=bound)
    assert lab.query("histogram_quantile(0.7, took_bucket)") == [({}, pytest.approx(0.3))]


def test_a_range_query_steps_over_the_window(store: Lab) -> None:
    answer = store.ask("query_range", query="temperature{room='a'}", start=START - 30, end=START, step="15s")
    assert answer.json()["data"] == {
        "resultType": "matrix",
        "result": [
            {
                "metric": {"__name__": "temperature", "room": "a"},
                "values": [[START - 30, "4"], [START - 15, "9"], [START, "2"]],
            }
        ],
    }
    assert "date" in answer.headers


def test_what_cannot_be_read_is_bad_data_with_its_place(store: Lab) -> None:
    answer = store.ask("query", query="sum(rate(hits_total[1m])")
    problem = 'invalid parameter "query": 1:25: parse error: unclosed left parenthesis'
    assert answer.status_code == 400
    assert answer.json() == {"status": "error", "errorType": "bad_data", "error": problem}


def test_what_cannot_be_evaluated_is_an_execution_error(store: Lab) -> None:
    answer = store.ask("query", query="hits_total * on(service) hits_total")
    assert (answer.status_code, answer.json()["errorType"]) == (422, "execution")
    assert "many-to-many matching not allowed" in answer.json()["error"]


def test_a_query_may_be_posted_as_a_form(store: Lab) -> None:
    answer = store.ask("query", query='temperature{room="a"} + 1', method="POST")
    assert answer.json()["data"]["result"][0]["value"] == [START, "3"]


def test_series_labels_and_label_values_are_listed(store: Lab) -> None:
    assert store.ask("label/room/values").json()["data"] == ["a", "b"]
    assert {"code", "service", "room"} <= set(store.ask("labels").json()["data"])
    series = store.ask("series", **{"match[]": 'hits_total{code="500"}'}).json()["data"]
    assert series == [{"__name__": "hits_total", "service": "cart", "code": "500"}]
    assert store.ask("status/buildinfo").json()["data"]["version"]


def test_an_answer_recorded_for_a_whole_expression_is_given_for_that_expression(lab: Lab) -> None:
    put(lab, 'sum(go_threads{job="x"})', [7.0], job="x")
    assert lab.query('sum(go_threads{job="x"})') == [({"job": "x"}, 7.0)]


def test_the_state_of_the_cluster_is_there_now_and_in_the_past(shop: Shop) -> None:
    lab = shop(faults=[image_patch("cart:2")])
    available = 'kube_deployment_status_replicas_available{namespace="default"}'
    assert [value for _, value in lab.query(available)] == [0.0]
    assert [value for _, value in lab.query(f"{available} offset 3m")] == [2.0]
    waiting = lab.query('kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}')
    pods = {pod["metadata"]["name"] for pod in lab.world.objects.all("Pod", "default")}
    assert {labels["pod"] for labels, _ in waiting} <= pods
    past = {
        labels["pod"] for labels, _ in lab.query("kube_pod_status_ready offset 3m") if labels["namespace"] == "default"
    }
    assert len(past) == 2
    assert not past & pods
    errors = lab.query('rate(http_requests_total{service="cart",code="500"}[1m])')
    assert errors[0][1] > 3
    assert lab.query("sum(increase(kube_pod_container_status_restarts_total[5m]))")[0][1] > 0


def alerts(lab: Lab) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for alert in lab.ask("alerts").json()["data"]["alerts"]:
        values.setdefault(alert["labels"]["alertname"], set()).add(alert["state"])
    return values


def test_alerts_are_pending_first_then_firing_and_end_with_their_cause(shop: Shop) -> None:
    lab = shop(faults=[image_patch("cart:2", "-45s")])
    assert alerts(lab)["KubePodCrashLooping"] == {"pending"}
    lab.advance(180)
    assert alerts(lab)["KubePodCrashLooping"] == {"firing"}
    assert alerts(lab)["KubeDeploymentReplicasMismatch"] == {"firing"}
    lab.world.clock.after(0, lambda: heal(lab))
    lab.advance(400)
    assert alerts(lab) == {}


def heal(lab: Lab) -> None:
    def change(deployment: dict[str, Any]) -> None:
        deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "cart:1"

    lab.world.objects.edit("Deployment", "default", "cart", change)


def test_rules_are_listed_with_the_alerts_that_they_raised(shop: Shop) -> None:
    rules = shop().ask("rules").json()["data"]["groups"][1]["rules"]
    assert {rule["name"]: rule["state"] for rule in rules}["KubePodCrashLooping"] == "inactive"
