"""Scheduling rules about what else runs on a node, or in its part of the cluster."""

from __future__ import annotations

from typing import Any

from .shop import Obj, Shop, deployment

NO_VICTIMS = "No preemption victims found for incoming pod."
NOT_HELPFUL = "Preemption is not helpful for scheduling."


def nodes_of(shop: Shop, app: str) -> list[str]:
    return [pod["spec"]["nodeName"] for pod in shop.pods(app) if pod["spec"].get("nodeName")]


def affinity(kind: str, app: str, key: str = "kubernetes.io/hostname") -> Obj:
    term = {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}}
    return {"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}


def spread(app: str, key: str, **more: Any) -> Obj:
    rule = {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule", **more}
    return {"topologySpreadConstraints": [rule | {"labelSelector": {"matchLabels": {"app": app}}}]}


def test_two_pods_do_not_share_a_port_of_their_machine(shop: Shop) -> None:
    container = {"name": "edge", "image": "edge:1", "ports": [{"containerPort": 80, "hostPort": 8080}]}
    shop.apply(deployment("edge", replicas=4, pod={"containers": [container]}))
    assert sorted(nodes_of(shop, "edge")) == ["worker-1", "worker-2", "worker-3"]
    text = "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports."
    assert shop.events("FailedScheduling")[0] == f"{text} preemption: 0/3 nodes are available: 3 {NO_VICTIMS}"


def test_a_pod_waits_for_the_one_that_it_wants_to_be_near(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=1, pod=affinity("podAffinity", "cache")))
    text = "0/3 nodes are available: 3 node(s) didn't match pod affinity rules."
    assert shop.events("FailedScheduling")[0] == f"{text} preemption: 0/3 nodes are available: 3 {NOT_HELPFUL}"
    shop.apply(deployment("cache", replicas=1))
    assert nodes_of(shop, "web") == nodes_of(shop, "cache")


def test_pods_that_want_to_be_near_each_other_may_begin_somewhere(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=3, pod=affinity("podAffinity", "web")))
    assert len(nodes_of(shop, "web")) == 3
    assert len(set(nodes_of(shop, "web"))) == 1


def test_anti_affinity_counts_in_the_part_that_it_names(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=2, pod=affinity("podAntiAffinity", "web", "topology.kubernetes.io/region")))
    assert len(nodes_of(shop, "web")) == 1
    assert "3 node(s) didn't match pod anti-affinity rules" in shop.events("FailedScheduling")[0]


def test_a_pod_keeps_away_from_those_that_do_not_bear_it(shop: Shop) -> None:
    shop.apply(deployment("loner", replicas=3, pod=affinity("podAntiAffinity", "web")))
    shop.apply(deployment("web", replicas=1))
    assert nodes_of(shop, "web") == []
    assert "3 node(s) didn't satisfy existing pods anti-affinity rules" in shop.events("FailedScheduling")[0]


def test_pods_are_spread_evenly_over_what_they_name(shop: Shop) -> None:
    shop.patch("Node", "worker-3", {"spec": {"unschedulable": True}})
    shop.apply(deployment("web", replicas=4, pod=spread("web", "kubernetes.io/hostname")))
    assert sorted(nodes_of(shop, "web")) == [
        "worker-1",
        "worker-2",
    ]  # a third on one of them would leave worker-3 behind
    text = "2 node(s) didn't match pod topology spread constraints"
    assert f"0/3 nodes are available: 1 node(s) were unschedulable, {text}." in shop.events("FailedScheduling")[0]


def test_nodes_without_the_label_to_spread_over_take_no_pod(shop: Shop) -> None:
    shop.apply(deployment("web", replicas=1, pod=spread("web", "rack")))
    text = "3 node(s) didn't match pod topology spread constraints (missing required label)"
    expected = f"0/3 nodes are available: {text}. preemption: 0/3 nodes are available: 3 {NOT_HELPFUL}"
    assert shop.events("FailedScheduling")[0] == expected


def test_a_gated_pod_says_so_and_is_placed_when_its_gates_are_gone(shop: Shop) -> None:
    spec = {"schedulingGates": [{"name": "quota.test/wait"}], "containers": [{"name": "main", "image": "main:1"}]}
    shop.apply({"kind": "Pod", "metadata": {"name": "main", "namespace": "shop"}, "spec": spec})
    (condition,) = shop.get("Pod", "main")["status"]["conditions"]
    assert (condition["reason"], condition["status"]) == ("SchedulingGated", "False")
    assert shop.events("FailedScheduling") == []
    shop.patch("Pod", "main", {"spec": {"schedulingGates": None}})
    assert shop.get("Pod", "main")["status"]["phase"] == "Running"


def test_a_pod_bound_to_a_machine_that_is_not_there_is_collected(shop: Shop) -> None:
    spec = {"nodeName": "worker-77", "containers": [{"name": "main", "image": "main:1"}]}
    shop.apply({"kind": "Pod", "metadata": {"name": "main", "namespace": "shop"}, "spec": spec}, wait=90)
    assert shop.all("Pod") == []
