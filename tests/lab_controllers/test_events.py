from __future__ import annotations

from sre_lab.behaviour.events import record

from .shop import Shop

POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "a", "namespace": "shop", "uid": "1", "resourceVersion": "5"},
}


def test_equal_events_are_one_with_a_count(shop: Shop) -> None:
    for _ in range(3):
        record(shop.world, POD, "Warning", "BackOff", "again", component="kubelet", host="worker-1")
        shop.world.clock.advance(10)
    (event,) = shop.all("Event")
    assert event["count"] == 3
    assert event["source"] == {"component": "kubelet", "host": "worker-1"}
    assert event["lastTimestamp"] > event["firstTimestamp"]
    assert event["involvedObject"]["resourceVersion"] == "5"


def test_a_talkative_object_is_written_down_ever_more_rarely(shop: Shop) -> None:
    for _ in range(40):
        record(shop.world, POD, "Warning", "BackOff", "again", component="kubelet", host="worker-1")
        shop.world.clock.advance(1)
    (event,) = shop.all("Event")
    assert event["count"] == 25
    shop.world.clock.advance(300)
    record(shop.world, POD, "Warning", "BackOff", "again", component="kubelet", host="worker-1")
    assert shop.all("Event")[0]["count"] == 41


def test_the_schedulers_events_become_a_series(shop: Shop) -> None:
    for _ in range(3):
        record(shop.world, POD, "Warning", "FailedScheduling", "no", component="default-scheduler", style="events")
        shop.world.clock.advance(10)
    (event,) = shop.all("Event")
    assert (event["firstTimestamp"], event["lastTimestamp"], event["action"]) == (None, None, "Scheduling")
    assert event["series"]["count"] == 2
    assert "count" not in event


def test_events_are_forgotten_an_hour_after_they_were_last_written(shop: Shop) -> None:
    record(shop.world, POD, "Normal", "Pulled", "x", component="kubelet")
    shop.world.clock.advance(1800)
    record(shop.world, POD, "Normal", "Pulled", "x", component="kubelet")
    shop.world.clock.advance(3000)
    assert len(shop.all("Event")) == 1
    shop.world.clock.advance(700)
    assert shop.all("Event") == []


def test_what_one_source_says_of_one_object_shares_a_budget_for_each_type(shop: Shop) -> None:
    for number in range(30):
        for reason in ("Pulled", "Created"):
            record(shop.world, POD, "Normal", reason, "x", component="kubelet", host="worker-1")
        record(shop.world, POD, "Warning", f"Failed{number % 2}", "no", component="kubelet", host="worker-1")
    counts = {event["reason"]: event["count"] for event in shop.all("Event")}
    assert counts == {"Pulled": 13, "Created": 12, "Failed0": 13, "Failed1": 12}


def test_many_different_messages_of_one_reason_are_combined(shop: Shop) -> None:
    for number in range(12):
        record(shop.world, POD, "Normal", "SuccessfulCreate", f"Created pod: {number}", component="x")
    messages = [event["message"] for event in shop.all("Event")]
    assert messages[:9] == [f"Created pod: {number}" for number in range(9)]
    assert messages[9:] == ["(combined from similar events): Created pod: 11"]
