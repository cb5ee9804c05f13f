"""Whom an alert names: what was measured, and not who measured it."""

from __future__ import annotations

import pytest

from sre_agent.entities import NAMESPACE, EntityMap, tiers
from sre_agent.entities.measurers import measuring
from tests.entities.test_candidates import signal

SCRAPE = {
    "job": "kube-state-metrics",
    "instance": "10.1.0.9:8080",
    "service": "monitoring-kube-state-metrics",
    "namespace": "shop",
}


def readings(**labels: str) -> list[list[tuple[str, str]]]:
    """(kind, name) of each group of candidates, the empty groups left out."""
    result = tiers(signal(labels=labels), EntityMap())
    return [[(one.kind, one.name) for one in tier] for tier in result if tier]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("persistentvolumeclaim", "PersistentVolumeClaim"),
        ("resourcequota", "ResourceQuota"),
        ("poddisruptionbudget", "PodDisruptionBudget"),
        ("horizontalpodautoscaler", "HorizontalPodAutoscaler"),
    ],
)
def test_what_an_exporter_tells_of_comes_before_the_exporter(label: str, kind: str) -> None:
    groups = readings(**SCRAPE, **{label: "books"})
    assert groups[0] == [(kind, "books")]
    assert ("Service", "monitoring-kube-state-metrics") in groups[-2]


def test_the_namespace_is_meant_last() -> None:
    assert readings(**SCRAPE)[-1] == [(NAMESPACE, "shop")]
    assert readings(namespace="shop") == [[(NAMESPACE, "shop")]]


def test_a_workload_that_an_exporter_tells_of_is_meant_although_it_is_called_like_one() -> None:
    assert readings(**SCRAPE, deployment="mail-exporter")[0] == [("Deployment", "mail-exporter")]


def test_labels_of_the_scraped_target_are_known_by_their_names() -> None:
    own = {"service": "web", "pod": "web-1", "container": "web"}
    assert measuring({**own, "job": "node-exporter"}) == {"job"}
    assert measuring(own) == frozenset()
    assert measuring({"pod": "shipper-0", "exported_pod": "web-1"}) == frozenset()
    labels = {"job": "integrations/blackbox", "service": "blackbox", "pod": "probe-blackbox-0", "app": "web"}
    assert measuring(labels) == {"job", "service", "pod"}


def test_an_exporter_is_meant_by_an_alert_that_names_nothing_else() -> None:
    assert readings(job="node-exporter", service="node-exporter") == [[("Service", "node-exporter")]]
