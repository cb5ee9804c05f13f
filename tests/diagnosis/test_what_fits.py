"""Causes that are two objects which do not fit: the statement names what is asked for and what is there."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.facts import Observation, Subject

from .pictures import WORKLOAD, asked, chain, minutes, pod, seen, thing, unavailable, weigh

ROUTE = thing("Ingress", "front")
SCALER = thing("HorizontalPodAutoscaler", "cart")


def unschedulable(why: str, message: str) -> Observation:
    return seen("pod.unschedulable", pod("a"), minutes(6), message, message=message, why=why, lacks=[], nodes=3)


AFFINITY = unschedulable("affinity", "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.")
ROOM = unschedulable("capacity", "0/3 nodes are available: 3 Insufficient memory.")
SCALED: dict[str, Any] = {"target": "Deployment cart", "resource": "cpu", "container": "web"}
BOUND = {"rule": "at least", "type": "Container", "part": "container web", "resource": "cpu"}
NODES = {"label": "kubernetes.io/hostname", "zones": ["gone-1"], "node_zones": ["node-1"], "nodes": list[str]()}


@pytest.mark.parametrize(
    ("focus", "observations", "failure_class", "words"),
    [
        (SCALER, [seen("scaler.unfit", SCALER, None, "", what="request", there=[], **SCALED)],
         "autoscaler_blocked", ["container web of Deployment cart has no cpu request"]),
        (SCALER, [seen("scaler.unfit", SCALER, None, "", what="container", there=["app"], **SCALED)],
         "autoscaler_blocked", ["container web, which Deployment cart does not have; its containers are app"]),
        (WORKLOAD, [seen("range.broken", WORKLOAD, None, "", range="bounds", allowed="100m", asked="50m", **BOUND)],
         "quota_exceeded", ["bounds allows at least 100m of cpu per Container, and container web has 50m"]),
        (WORKLOAD, [seen("quota.too_small", WORKLOAD, None, "", quota="team", resource="requests.memory", asked="1Gi",
                         used="1500Mi", hard="2Gi")],
         "quota_exceeded", ["the quota team", "1500Mi of 2Gi requests.memory are used, and one more pod asks for 1Gi"]),
        (WORKLOAD, [seen("volume.in_other_zone", WORKLOAD, None, "", volume="pv-7", claim="data", **NODES)],
         "volume_unattachable", ["pv-7 (claim data) can be used only on nodes with kubernetes.io/hostname gone-1"]),
        (WORKLOAD, [AFFINITY, seen("placement.unmet", WORKLOAD, None, "", demand="anti_affinity", nodes=2,
                                   wanted="3 replicas apart by host", there=["2 (a, b)"])],
         "placement_impossible", ["wants 3 replicas apart by host, and nodes offer only 2 (a, b)"]),
        (WORKLOAD, [ROOM, seen("workload.too_large", WORKLOAD, None, "", resource="memory", requested="6Gi",
                               largest="4Gi", among="pool=batch")],
         "capacity_insufficient", ["requests 6Gi of memory; the largest node with pool=batch has 4Gi"]),
        (ROUTE, [seen("ingress.no_class", ROUTE, None, "", why="absent", named="inner", there=["nginx"])],
         "ingress_misrouted", ["names the class inner, which does not exist in the cluster (it has nginx)"]),
    ],
)  # fmt: skip
def test_both_sides_are_named(
    focus: Subject, observations: list[Observation], failure_class: str, words: list[str]
) -> None:
    more = [unavailable()] if focus == WORKLOAD else []
    evidence = [asked("kubectl_explain_workload", [*observations, *more], chain(pod("a")), kind=focus.kind)]
    diagnosis = weigh(evidence, focus).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == failure_class
    for part in words:
        assert part in diagnosis.statement
