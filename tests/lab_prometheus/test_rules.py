from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.lab_prometheus.samples import Store
from tests.lab_telemetry.conftest import START, Lab
from tests.lab_telemetry.test_coupling import image_patch

WAITING = 'kube_pod_container_status_waiting_reason{namespace="shop",pod="cart-1",container="cart",reason="%s"}'


def alerts(lab: Lab, name: str) -> list[dict[str, Any]]:
    return [a for a in lab.ask("alerts").json()["data"]["alerts"] if a["labels"]["alertname"] == name]


def test_an_alert_is_pending_until_its_expression_has_held_for_long_enough(store: Store) -> None:
    store.load(WAITING % "CrashLoopBackOff", "1 1", step=30)
    present = alerts(store.lab, "KubePodCrashLooping")
    assert [alert["state"] for alert in present] == ["pending"]
    assert present[0]["activeAt"] == "2025-12-31T23:59:30Z"
    assert present[0]["value"] == "1e+00"
    assert present[0]["labels"] == {
        "alertname": "KubePodCrashLooping",
        "container": "cart",
        "namespace": "shop",
        "pod": "cart-1",
        "reason": "CrashLoopBackOff",
        "severity": "warning",
    }
    assert present[0]["annotations"]["description"].startswith("Pod shop/cart-1 (cart) is in waiting state")


def test_an_alert_fires_after_its_wait_and_is_told_as_a_series(store: Store) -> None:
    store.load(WAITING % "CrashLoopBackOff", "1 1 1 1", step=30)
    assert [alert["state"] for alert in alerts(store.lab, "KubePodCrashLooping")] == ["firing"]
    result = store.values('count by (alertname, alertstate) (ALERTS{severity="warning"})')
    assert result == {'{alertname="KubePodCrashLooping",alertstate="firing"}': 1}
    pending = store.values('ALERTS{alertstate="pending"}[5m]')
    assert [[at for at, _ in points] for points in pending.values()] == [[-90, -60]]
    assert list(store.values("ALERTS_FOR_STATE").values()) == [START - 90]


def test_an_alert_that_was_interrupted_begins_anew(store: Store) -> None:
    store.load('kube_node_status_condition{node="n",condition="Ready",status="true"}', "0 0 0 0 0 1 0", step=30)
    present = alerts(store.lab, "KubeNodeNotReady")
    assert [(alert["state"], alert["activeAt"]) for alert in present] == [("pending", "2026-01-01T00:00:00Z")]


def test_recording_rules_make_series(store: Store) -> None:
    store.load('http_requests_total{namespace="shop",service="cart",code="200"}', "60+60x10")
    store.load('http_requests_total{namespace="shop",service="cart",code="500"}', "20+20x10")
    store.check("namespace_service:http_requests:rate5m", {
        'namespace_service:http_requests:rate5m{namespace="shop",service="cart"}': 80 / 60,
    })  # fmt: skip
    store.check("sum(namespace_service:http_requests_errors:ratio_rate5m)", {"{}": 0.25})


def test_rules_are_listed_by_group_type_and_name(store: Store) -> None:
    store.load(WAITING % "CrashLoopBackOff", "1 1", step=30)
    groups = store.lab.ask("rules").json()["data"]["groups"]
    assert [(group["name"], group["interval"]) for group in groups] == [("services", 30), ("kubernetes", 30)]
    looping = groups[1]["rules"][0]
    assert (looping["name"], looping["type"], looping["state"]) == ("KubePodCrashLooping", "alerting", "pending")
    assert (looping["duration"], looping["health"], len(looping["alerts"])) == (60, "ok", 1)
    recording = store.lab.ask("rules", type="record").json()["data"]["groups"]
    assert {rule["type"] for group in recording for rule in group["rules"]} == {"recording"}
    names = store.lab.ask("rules", **{"rule_name[]": "KubeNodeNotReady"}).json()["data"]["groups"]
    assert [rule["name"] for group in names for rule in group["rules"]] == ["KubeNodeNotReady"]
    assert store.lab.ask("rules", type="other").status_code == 400


def test_what_rules_find_does_not_depend_on_how_often_somebody_asks(shop: Callable[..., Lab]) -> None:
    often, once = shop(faults=[image_patch("cart:2", "-45s")]), shop(faults=[image_patch("cart:2", "-45s")])
    for _ in range(6):
        often.ask("alerts")
        often.advance(30)
    once.advance(180)
    firing = 'count_over_time(ALERTS{alertname="KubePodCrashLooping",alertstate="firing"}[10m])'
    assert len(often.query(firing)) == 2
    assert often.query(firing) == once.query(firing)
