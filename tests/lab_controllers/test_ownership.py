"""Whose an object is: by its labels when it has no owner, and no longer when it carries other ones."""

from __future__ import annotations

import pytest

from sre_lab.kubernetes import deletion

from .shop import Obj, Shop, deployment


def workload(kind: str) -> Obj:
    body = deployment("web", replicas=3)
    body["kind"] = kind
    if kind == "DaemonSet":
        del body["spec"]["replicas"]
    return body


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_workload_that_comes_back_takes_over_what_it_left_behind(shop: Shop, kind: str) -> None:
    shop.apply(workload(kind), wait=30)
    before = {pod["metadata"]["uid"] for pod in shop.pods("web")}
    deletion.delete(shop.world, kind, "shop", "web", propagation="Orphan")
    shop.world.clock.advance(10)
    shop.apply(workload(kind), wait=30)
    assert {pod["metadata"]["uid"] for pod in shop.pods("web")} == before
    owner = shop.get(kind, "web")
    part = "ReplicaSet" if kind == "Deployment" else "Pod"
    owners = {one["metadata"]["ownerReferences"][0]["uid"] for one in shop.all(part)}
    assert owners == {owner["metadata"]["uid"]}
    assert shop.events("FailedCreate") == []


def test_a_pod_with_other_labels_is_replaced_and_runs_on_by_itself(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=2))
    name = shop.pods("web")[0]["metadata"]["name"]
    shop.patch("Pod", name, {"metadata": {"labels": {"app": "aside"}}})
    assert len(shop.pods("web")) == 2
    aside = shop.get("Pod", name)
    assert "ownerReferences" not in aside["metadata"]
    assert aside["status"]["phase"] == "Running"
    assert shop.get("Deployment", "web")["status"]["readyReplicas"] == 2


def test_the_pods_of_a_stateful_set_may_start_and_change_all_at_once(shop: Shop) -> None:
    shop.apply(
        workload("StatefulSet") | {"spec": {**workload("StatefulSet")["spec"], "podManagementPolicy": "Parallel"}}
    )
    assert len({pod["metadata"]["creationTimestamp"] for pod in shop.pods("web")}) == 1
    assert shop.get("StatefulSet", "web")["status"]["readyReplicas"] == 3


def test_a_stateful_set_waits_for_a_name_that_another_pod_has(shop: Shop) -> None:
    spec = {"containers": [{"name": "main", "image": "main:1"}]}
    shop.apply({"kind": "Pod", "metadata": {"name": "web-0", "namespace": "shop"}, "spec": spec})
    shop.apply(workload("StatefulSet"))
    assert shop.events("FailedCreate")[0].startswith(
        'create Pod web-0 in StatefulSet web failed error: pods "web-0" already exists'
    )
    shop.delete("Pod", "web-0", wait=120)
    assert shop.get("StatefulSet", "web")["status"]["readyReplicas"] == 3
