"""StatefulSets and DaemonSets remember the templates they had."""

from __future__ import annotations

from typing import Any

from .shop import Obj, Shop, deployment


def workload(kind: str, image: str = "db:1", **spec: Any) -> Obj:
    body = deployment("db", image, **spec)
    body["kind"] = kind
    if kind == "DaemonSet":
        del body["spec"]["replicas"]
    return body


def revisions(shop: Shop) -> dict[int, str]:
    """By number, the image of the template."""
    result = shop.all("ControllerRevision")
    return {r["revision"]: r["data"]["spec"]["template"]["spec"]["containers"][0]["image"] for r in result}


def images(shop: Shop) -> list[str]:
    return [pod["spec"]["containers"][0]["image"] for pod in shop.pods("db")]


def set_image(shop: Shop, kind: str, image: str, *, wait: float = 60) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "db", "image": image}]}}}}
    shop.patch(kind, "db", patch, wait=wait)


def test_each_template_of_a_stateful_set_is_a_revision_and_an_old_one_can_be_gone_back_to(shop: Shop) -> None:
    shop.apply(workload("StatefulSet"), wait=30)
    set_image(shop, "StatefulSet", "db:2")
    assert revisions(shop) == {1: "db:1", 2: "db:2"}
    first = next(r for r in shop.all("ControllerRevision") if r["revision"] == 1)
    shop.patch("StatefulSet", "db", first["data"], wait=60)  # what `kubectl rollout undo` sends
    assert images(shop) == ["db:1"] * 3
    assert revisions(shop) == {2: "db:2", 3: "db:1"}
    assert shop.get("StatefulSet", "db")["status"]["currentRevision"] == first["metadata"]["name"]


def test_each_template_of_a_daemon_set_is_a_revision_that_its_pods_name(shop: Shop) -> None:
    shop.apply(workload("DaemonSet"), wait=30)
    set_image(shop, "DaemonSet", "db:2")
    assert revisions(shop) == {1: "db:1", 2: "db:2"}
    newest = next(r for r in shop.all("ControllerRevision") if r["revision"] == 2)
    hashes = {pod["metadata"]["labels"]["controller-revision-hash"] for pod in shop.pods("db")}
    assert {f"db-{one}" for one in hashes} == {newest["metadata"]["name"]}


def test_a_pod_below_the_partition_comes_back_as_it_was(shop: Shop) -> None:
    shop.apply(workload("StatefulSet", updateStrategy={"rollingUpdate": {"partition": 2}}), wait=30)
    set_image(shop, "StatefulSet", "db:2")
    shop.delete("Pod", "db-0", wait=60)
    assert images(shop) == ["db:1", "db:1", "db:2"]


def test_only_so_many_old_revisions_are_kept(shop: Shop) -> None:
    shop.apply(workload("StatefulSet", revisionHistoryLimit=2), wait=30)
    for number in range(2, 7):
        set_image(shop, "StatefulSet", f"db:{number}")
    assert sorted(revisions(shop)) == [4, 5, 6]


def test_the_revisions_go_with_their_set(shop: Shop) -> None:
    shop.apply(workload("DaemonSet"), wait=30)
    shop.delete("DaemonSet", "db")
    assert shop.all("ControllerRevision") == []


def test_a_share_of_the_daemon_pods_is_replaced_at_a_time(shop: Shop) -> None:
    shop.apply(workload("DaemonSet", updateStrategy={"rollingUpdate": {"maxUnavailable": "34%"}}), wait=30)
    before = {pod["metadata"]["uid"] for pod in shop.pods("db")}
    set_image(shop, "DaemonSet", "db:2", wait=0.3)
    leaving = [p for p in shop.pods("db") if p["metadata"].get("deletionTimestamp")]
    assert (len(before), len(leaving)) == (3, 2)
