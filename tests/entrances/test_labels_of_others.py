"""Whoever exports a metric writes its labels: none of them makes an alert be about somebody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sre_agent import entrances
from sre_agent.entities import EntityMap, tiers

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
OWN = {"alertname": "TooManyErrors", "job": "shipper", "instance": "10.0.0.4:8080", "namespace": "team-a"}
VICTIM = ("payments-api", "payments-api-7c5d8f9b4-abcde", "shop")


def about(labels: dict[str, str], annotations: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    """(kind, namespace, name) of everything that an Alertmanager's alert may be about, the likeliest first."""
    alert = {"status": "firing", "labels": labels, "annotations": annotations or {}, "startsAt": NOW.isoformat()}
    notice: dict[str, Any] = {"version": "4", "receiver": "r", "status": "firing", "alerts": [alert]}
    (signal,) = entrances.read(notice, received_at=NOW)
    return [(one.kind, one.namespace, one.name) for tier in tiers(signal, EntityMap()) for one in tier]


@pytest.mark.parametrize("own", [{"pod": "shipper-0"}, {"deployment": "shipper"}, {"service": "shipper"}, {}])
@pytest.mark.parametrize(
    "target_labels",
    [
        {"exported_namespace": "shop"},
        {"exported_pod": "payments-api-7c5d8f9b4-abcde"},
        {"exported_namespace": "shop", "exported_deployment": "payments-api"},
        {"exported_service": "payments-api", "Exported_Namespace": "shop"},
        {"exported_workload": "payments-api", "exported_workload_type": "deployment"},
        {"exported_node": "payments-api", "exported_app": "payments-api"},
    ],
)
@pytest.mark.parametrize("first", ["own", "exported"])
def test_what_a_target_exports_never_overrides_its_own_labels(
    own: dict[str, str], target_labels: dict[str, str], first: str
) -> None:
    labels = {**OWN, **own, **target_labels} if first == "own" else {**target_labels, **own, **OWN}
    hints = about(labels)
    assert hints and hints == about({**OWN, **own})
    assert not [part for one in hints for part in one if part in VICTIM]


def test_where_an_alert_kept_only_the_place_of_its_target_what_was_exported_names_something_there() -> None:
    place = {"alertname": "EdgeErrors", "namespace": "team-a"}
    assert about({**place, "exported_ingress": "www"})[0] == ("Ingress", "team-a", "www")
    assert about({**place, "exported_ingress": "www", "exported_namespace": "shop"})[0] == ("Ingress", "team-a", "www")


@pytest.mark.parametrize(
    "annotations",
    [
        {"deployment": "payments-api", "namespace": "shop"},
        {"pod": "payments-api-7c5d8f9b4-abcde"},
        {"namespace": "shop"},
        {"workload": "payments-api", "workload_type": "deployment"},
        {"service": "payments-api"},
    ],
)
def test_an_annotation_never_overrides_the_labels(annotations: dict[str, str]) -> None:
    """It is looked for after them, and only where they say that it is."""
    labels = {**OWN, "pod": "shipper-0"}
    hints = about(labels, annotations)
    assert hints[0] == about(labels)[0] == ("Pod", "team-a", "shipper-0")
    assert {namespace for _, namespace, _ in hints} <= {"team-a", ""}


def test_an_annotation_counts_where_no_label_names_anything() -> None:
    hints = about({"alertname": "TooManyErrors"}, {"deployment": "payments-api", "namespace": "shop"})
    assert hints[0] == ("Deployment", "shop", "payments-api")


def test_an_exporter_is_there_to_speak_of_others() -> None:
    scrape = {"alertname": "KubePodCrashLooping", "job": "kube-state-metrics", "namespace": "monitoring"}
    own = {"pod": "kube-state-metrics-0", "service": "kube-state-metrics", "container": "kube-state-metrics"}
    exports = {"exported_namespace": "shop", "exported_pod": "payments-api-7c5d8f9b4-abcde"}
    assert about({**scrape, **own, **exports})[0] == ("Pod", "shop", "payments-api-7c5d8f9b4-abcde")


def test_what_was_scraped_without_any_label_of_its_own_is_known_by_what_it_exports() -> None:
    hints = about({"alertname": "Backlog", "exported_namespace": "shop", "exported_deployment": "payments-api"})
    assert hints[0] == ("Deployment", "shop", "payments-api")
