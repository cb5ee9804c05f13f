from __future__ import annotations

from .shop import Shop, deployment

NO_VICTIMS = "No preemption victims found for incoming pod."
NOT_HELPFUL = "Preemption is not helpful for scheduling."


def asking(cpu: str, **pod: object) -> dict[str, object]:
    container = {"name": "api", "image": "api:1", "resources": {"requests": {"cpu": cpu}}}
    return {"containers": [container], **pod}


def test_replicas_spread_over_the_nodes(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=3))
    assert {p["spec"]["nodeName"] for p in shop.pods("api")} == {"worker-1", "worker-2", "worker-3"}
    scheduled = [e for e in shop.all("Event") if e["reason"] == "Scheduled"]
    assert all(e["eventTime"] and e["firstTimestamp"] is None and "count" not in e for e in scheduled)
    assert scheduled[0]["message"].startswith("Successfully assigned shop/api-")


def test_a_pod_that_asks_for_too_much_waits_and_is_told_why(shop: Shop) -> None:
    shop.apply(deployment("api", replicas=1, pod=asking("64")))
    (pod,) = shop.pods("api")
    text = f"0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 {NO_VICTIMS}"
    (condition,) = pod["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("PodScheduled", "False", "Unschedulable")
    assert condition["message"] == text
    assert shop.events("FailedScheduling")[0] == text


def test_a_waiting_pod_is_placed_as_soon_as_there_is_room(shop: Shop) -> None:
    shop.apply(deployment("big", replicas=3, pod=asking("3")), deployment("api", replicas=1, pod=asking("2")))
    assert "nodeName" not in shop.pods("api")[0]["spec"]
    shop.delete("Deployment", "big", wait=60)
    assert shop.pods("api")[0]["status"]["phase"] == "Running"


def test_selectors_taints_and_cordons_are_named_node_by_node(shop: Shop) -> None:
    taint = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
    shop.patch("Node", "worker-1", {"spec": {"taints": [taint]}})
    shop.patch("Node", "worker-2", {"spec": {"unschedulable": True}})
    shop.apply(deployment("api", replicas=1, pod=asking("1", nodeSelector={"disk": "ssd"})))
    assert shop.events("FailedScheduling") == [
        "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, "
        "1 node(s) had untolerated taint {dedicated: batch}, 1 node(s) were unschedulable. "
        f"preemption: 0/3 nodes are available: 3 {NOT_HELPFUL}"
    ]
    shop.patch("Node", "worker-3", {"metadata": {"labels": {"disk": "ssd"}}})
    assert shop.pods("api")[0]["spec"]["nodeName"] == "worker-3"


def test_a_missing_volume_claim_keeps_the_pod_off_every_node(shop: Shop) -> None:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "archive"}}
    shop.apply(deployment("api", replicas=1, pod=asking("1", volumes=[volume])))
    (message,) = shop.events("FailedScheduling")
    assert message.startswith('0/3 nodes are available: persistentvolumeclaim "archive" not found. preemption: ')
    assert message.endswith(f"3 {NOT_HELPFUL}")


def test_a_pod_of_higher_priority_takes_the_place_of_a_lower_one(shop: Shop) -> None:
    priority = {"kind": "PriorityClass", "metadata": {"name": "serving"}, "value": 1000}
    shop.apply(deployment("batch", replicas=3, pod=asking("3")))
    shop.world.objects.create({"apiVersion": "scheduling.k8s.io/v1", **priority})
    shop.apply(deployment("api", replicas=1, pod=asking("3", priorityClassName="serving")), wait=60)
    assert shop.pods("api")[0]["status"]["phase"] == "Running"
    (message,) = shop.events("Preempted")
    assert message.startswith("Preempted by pod ")
    assert sum(p["status"]["phase"] == "Running" for p in shop.pods("batch")) == 2
