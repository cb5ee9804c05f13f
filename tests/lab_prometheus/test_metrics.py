from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.lab_prometheus.exposition import Family, read
from tests.lab_prometheus.samples import Store
from tests.lab_telemetry.conftest import Lab

Shop = Callable[..., Lab]


def scrape(lab: Lab) -> dict[str, Family]:
    answer = httpx.get(lab.prometheus_url + "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text)


def test_everything_that_is_told_has_a_help_and_a_type(shop: Shop) -> None:
    families = scrape(shop())
    assert {family.name for family in families.values() if not family.help or family.type == "untyped"} == set()
    expected = {"kube_pod_info", "kube_deployment_spec_replicas", "kube_node_status_condition", "http_requests_total"}
    assert expected <= set(families)
    assert families["container_cpu_usage_seconds_total"].type == "counter"
    assert families["container_memory_working_set_bytes"].type == "gauge"
    assert "up" not in families  # who scrapes knows best


def test_the_scraped_values_are_those_that_queries_answer(shop: Shop) -> None:
    lab = shop()
    for name, family in scrape(lab).items():
        if family.type != "histogram":
            answers = {tuple(sorted(m.items())): value for m, value in lab.query(f"{name}")}
            samples = family.samples.items()
            values = {tuple(sorted((*labels, ("__name__", name)))): value for (_, labels), value in samples}
            assert values == answers


def test_the_durations_of_requests_are_a_histogram_of_all_of_them(shop: Shop) -> None:
    lab = shop()
    family = scrape(lab)["http_request_duration_seconds"]
    assert family.type == "histogram"
    labels = (("namespace", "default"), ("service", "cart"))
    count = family.samples[("http_request_duration_seconds_count", labels)]
    total = sum(value for _, value in lab.query('http_requests_total{service="cart"}'))
    assert count == pytest.approx(total, rel=0.05)
    answer = lab.query("histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[5m]))")
    assert 0.005 < answer[0][1] < 0.1


def test_a_series_that_ended_is_not_told(store: Store) -> None:
    store.load('kube_pod_info{pod="a"}', "1 stale")
    store.load('kube_pod_info{pod="b"}', "1 _ _ _ _ _")
    store.load('kube_pod_info{pod="c \\\\ d"}', "1")
    assert [labels for _, labels in scrape(store.lab)["kube_pod_info"].samples] == [(("pod", "c \\\\ d"),)]


def test_up_says_which_targets_answer_and_a_machine_outlives_its_kubelet(shop: Shop) -> None:
    lab = shop(faults=[{"at": "-5m", "node": {"worker-1": {"kubelet": "down"}}}])
    targets = lab.ask("targets").json()["data"]["activeTargets"]
    assert [(target["scrapePool"], target["health"]) for target in targets] == [
        ("apiserver", "up"),
        ("kube-state-metrics", "up"),
        ("kubelet", "down"),
        ("kubelet", "down"),
        ("node-exporter", "up"),
    ]
    values = {tuple(sorted(target["labels"].items())): float(target["health"] == "up") for target in targets}
    assert {tuple(sorted(labels.items()))[1:]: value for labels, value in lab.query("up")} == values
    assert lab.ask("targets", state="dropped").json()["data"]["activeTargets"] == []


def test_metadata_says_what_each_metric_is(shop: Shop) -> None:
    metadata = shop().ask("metadata").json()["data"]
    assert metadata["http_requests_total"][0]["type"] == "counter"
    assert metadata["http_request_duration_seconds"][0]["type"] == "histogram"
    assert metadata["kube_pod_status_phase"][0]["help"] == "The pods current phase."
