"""Causes in scheduling, nodes and storage: the true case, what looks like it, and the fact that decides."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.facts import Observation, Relation, Subject
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence

from .pictures import WORKLOAD, asked, chain, link, minutes, pod, rollout, seen, thing, unavailable, weigh

NODE = thing("Node", "worker-1", "")
CLAIM = thing("PersistentVolumeClaim", "data")
SCALER = thing("HorizontalPodAutoscaler", "cart")
BUDGET = thing("PodDisruptionBudget", "cart")
GROUP = thing("NodeGroup", "ng-1", "")
SAID = {
    "capacity": "0/3 nodes are available: 3 Insufficient cpu.",
    "selector": "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    "volume": "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had volume node affinity conflict.",
    "claim": "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
    "node": "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.",
}


def pending(why: str, *more: Observation, relations: list[Relation] | None = None) -> list[Evidence]:
    """A Deployment of which a pod waits for a node, for this reason."""
    lacks = ["cpu"] if why == "capacity" else []
    facts = [
        seen("pod.unschedulable", pod("a"), minutes(6), SAID[why], message=SAID[why], why=why, lacks=lacks, nodes=3),
        seen("pod.not_ready", pod("a"), minutes(6), reason="Unschedulable", seconds=360),
        unavailable(),
        *more,
    ]
    return [asked("kubectl_explain_workload", facts, [*chain(pod("a")), *(relations or [])], kind="Deployment")]


def test_a_volume_in_another_zone_is_told_with_its_name_and_both_zones() -> None:
    apart = seen("volume.in_other_zone", WORKLOAD, None, "", volume="pv-7", claim="data", zones=["eu-1a"],
                 node_zones=["eu-1b"], nodes=["worker-1"])  # fmt: skip
    diagnosis = weigh(pending("volume", apart)).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "volume_unattachable"
    assert "volume pv-7 (claim data) is in zone eu-1a, and the nodes that accept" in diagnosis.statement
    assert "are in eu-1b." in diagnosis.statement


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("denied", "its server denies it to the node"),
        ("absent", "what is to be mounted does not exist"),
        ("unreachable", "the node does not reach its server"),
    ],
)
def test_a_volume_that_is_not_mounted_is_told_with_the_reason(why: str, says: str) -> None:
    failed = seen("pod.mount_failed", pod("a"), minutes(6), "mount failed", volume="pv-7", missing_kind="",
                  missing_name="", why=why)  # fmt: skip
    facts = [failed, seen("pod.not_ready", pod("a"), minutes(6), reason="ContainersNotReady", seconds=360)]
    diagnosis = weigh(
        [asked("kubectl_explain_workload", [*facts, unavailable()], chain(pod("a")), kind="Deployment")]
    ).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "volume_unattachable"
    assert says in diagnosis.statement


def pod_refusal(reason: str, message: str, by: str = "", *more: Observation) -> list[Evidence]:
    refusal = seen("workload.pods_refused", WORKLOAD, minutes(5), message, reason=reason, message=message, by=by)
    return [asked("kubectl_explain_workload", [refusal, unavailable(), *more], chain(), kind="Deployment")]


def claim(why: str, message: str = "") -> Observation:
    attributes = {"storage_class": "fast", "message": message, "why": why}
    return seen("volume.claim_pending", CLAIM, minutes(9), message, **attributes)


def node_down(reason: str = "NodeStatusUnknown") -> list[Evidence]:
    facts = [
        seen("node.not_ready", NODE, minutes(5), reason=reason, message="Kubelet stopped posting node status."),
        seen("pod.not_ready", pod("a"), minutes(4), reason="NodeStatusUnknown", seconds=240),
        unavailable(2, 3),
    ]
    relations = [*chain(pod("a")), link("runs_on", pod("a"), NODE)]
    return [asked("kubectl_explain_workload", facts, relations, kind="Deployment")]


def scaling(code: str, **attributes: Any) -> list[Evidence]:
    facts = [seen(code, SCALER, minutes(8), "failed to get cpu utilization: missing request for cpu", **attributes)]
    facts.append(seen("workload.available", WORKLOAD, desired=2, ready=2))
    facts += [seen("pod.ready", pod(name), seconds=900) for name in "ab"]
    relations = [*chain(pod("a"), pod("b")), link("scales", SCALER, WORKLOAD)]
    return [asked("kubectl_explain_workload", facts, relations, kind="Deployment")]


def eviction(why: str, resource: str, message: str) -> Observation:
    attributes = {"why": why, "resource": resource, "container": "cart", "using": "31Gi", "message": message}
    return seen("pod.evicted", pod("a"), minutes(3), message, **attributes)


LOW = "The node was low on resource: ephemeral-storage. Container cart was using 31Gi, request is 0."
TRUE: dict[str, tuple[list[Evidence], Subject, Subject, str]] = {
    "capacity_insufficient": (pending("capacity"), WORKLOAD, WORKLOAD, "Insufficient cpu"),
    "placement_impossible": (
        pending(
            "selector",
            seen("placement.unmet", WORKLOAD, demand="node_selector", wanted="disk=nvme", nodes=3, fitting=[]),
        ),
        WORKLOAD,
        WORKLOAD,
        "disk=nvme",
    ),
    "volume_unattachable": (pending("volume"), WORKLOAD, WORKLOAD, "volume node affinity conflict"),
    "volume_unprovisioned": (
        pending("claim", claim("class_missing", 'storageclass "fast" not found'),
                relations=[link("refers_to", WORKLOAD, CLAIM)]),
        WORKLOAD,
        WORKLOAD,
        "StorageClass fast does not exist",
    ),
    "quota_exceeded": (
        pod_refusal("quota", 'pods "cart" is forbidden: exceeded quota: team, requested: pods=1', "team"),
        WORKLOAD,
        WORKLOAD,
        "the quota team",
    ),
    "admission_denied": (
        pod_refusal("admission", 'pods "cart" is forbidden: violates PodSecurity "baseline:latest"', "PodSecurity"),
        WORKLOAD,
        WORKLOAD,
        "violates PodSecurity",
    ),
    "preempted": (
        pending(
            "capacity",
            seen("workload.pods_removed", WORKLOAD, minutes(6), "Preempted by pod x", why="preempted", by="x", count=2),
        ),
        WORKLOAD,
        WORKLOAD,
        "2 of its pods were preempted",
    ),
    "nodes_not_added": (
        pending(
            "capacity",
            seen("pod.scale_up_refused", pod("a"), minutes(5), by="cluster-autoscaler", why="maximum",
                 message="pod didn't trigger scale-up: 1 max node group size reached"),
        ),
        WORKLOAD,
        WORKLOAD,
        "maximum size",
    ),
    "node_not_ready": (node_down(), NODE, NODE, "stopped posting"),
    "disk_pressure": (
        [asked("kubectl_explain_workload", [eviction("node_low", "ephemeral-storage", LOW), unavailable()],
               chain(pod("a")), kind="Deployment")],
        WORKLOAD,
        WORKLOAD,
        "using 31Gi",
    ),
    "memory_pressure": (
        [asked("kubectl_nodes", [seen("node.pressure", NODE, minutes(4), condition="MemoryPressure", message="low")])],
        NODE,
        NODE,
        "MemoryPressure",
    ),
    "node_reclaimed": (
        [asked("kubectl_nodes", [seen("node.leaving", NODE, minutes(2), "Spot Interruption event received", why="spot",
                                      by="aws-node-termination-handler", message="Spot Interruption event received"),
                                 seen("node.not_ready", NODE, minutes(1), reason="NodeStatusUnknown", message="")])],
        NODE,
        NODE,
        "spot capacity is reclaimed",
    ),
    "hardware_degraded": (
        [asked("kubectl_nodes", [seen("node.condition", NODE, minutes(4), condition="ReadonlyFilesystem",
                                      status="True", message="Filesystem is read-only")])],
        NODE,
        NODE,
        "ReadonlyFilesystem",
    ),
    "node_not_joined": (
        [asked("kubectl_nodes", [seen("node.not_joined", GROUP, minutes(4), by="cluster-autoscaler", count=3,
                                      message="Nodes added to group ng-1 failed to register within 15m1s")])],
        GROUP,
        GROUP,
        "failed to register",
    ),
    "volume_full": (
        [asked("kubectl_logs", [seen("log.no_space", pod("a"), minutes(1), "write /data/wal: no space left on device",
                                     path="/data/wal", count=9)], chain(pod("a"))),
         asked("kubectl_explain_workload", [unavailable()], chain(pod("a")), kind="Deployment")],
        WORKLOAD,
        WORKLOAD,
        "/data/wal",
    ),
    "drain_blocked": (
        [asked("kubectl_triage", [seen("budget.blocks_drain", BUDGET, healthy=2, desired=2, expected=2,
                                       nodes=["worker-1"]),
                                  seen("budget.exhausted", BUDGET, healthy=2, desired=2, expected=2)],
               [link("guards", BUDGET, WORKLOAD)])],
        BUDGET,
        BUDGET,
        "drain of node worker-1",
    ),
    "autoscaler_blocked": (
        scaling("scaler.blocked", condition="ScalingActive", reason="FailedGetResourceMetric"),
        SCALER,
        SCALER,
        "missing request for cpu",
    ),
}  # fmt: skip


def cause(diagnosis: Diagnosis) -> tuple[str, str]:
    assert diagnosis.verdict == "cause" and diagnosis.hypothesis is not None, diagnosis.statement
    return diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject.short


@pytest.mark.parametrize("name", TRUE)
def test_the_cause_is_named_on_what_has_to_be_mended_with_the_fact_that_decides_it(name: str) -> None:
    evidence, focus, subject, sentence = TRUE[name]
    diagnosis = weigh(evidence, focus).diagnosis
    assert cause(diagnosis) == (name, subject.short)
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.decisive
    assert sentence in diagnosis.statement and len(diagnosis.statement) <= 700


def test_pods_of_a_new_revision_that_find_no_room_do_not_make_the_revision_bad() -> None:
    evidence = [*pending("capacity"), asked("kubectl_rollout_history", rollout())]
    assert cause(weigh(evidence).diagnosis)[0] == "capacity_insufficient"


def test_a_revision_whose_pods_crash_is_bad_although_some_of_them_find_no_room() -> None:
    crash = seen("container.crash_looping", pod("b"), minutes(1), container="cart", restarts=6, exit_code=1)
    evidence = [*pending("capacity"), asked("kubectl_rollout_history", [*rollout(), crash], chain(pod("b")))]
    assert "bad_rollout" in {h.failure_class for h in weigh(evidence).diagnosis.causes}


def test_a_claim_that_waits_for_its_first_pod_is_no_missing_volume() -> None:
    waits = claim("waiting", "waiting for first consumer to be created before binding")
    evidence = pending("capacity", waits, relations=[link("refers_to", WORKLOAD, CLAIM)])
    assert cause(weigh(evidence).diagnosis)[0] == "capacity_insufficient"


def test_a_lost_node_and_not_the_lack_of_room_is_the_cause_where_both_are_seen() -> None:
    evidence = [*pending("capacity"), *node_down()[:1]]
    diagnosis = weigh([*evidence, asked("kubectl_nodes", node_down()[0].answer.observations)]).diagnosis  # type: ignore[union-attr]
    assert cause(diagnosis) == ("node_not_ready", NODE.short)


def test_a_node_whose_network_plugin_is_not_up_is_not_blamed_on_its_kubelet() -> None:
    diagnosis = weigh(node_down("NetworkPluginNotReady"), NODE).diagnosis
    assert diagnosis.hypothesis is None or diagnosis.hypothesis.failure_class != "node_not_ready"


def test_an_emptydir_over_its_limit_is_no_pressure_of_the_node() -> None:
    message = 'Usage of EmptyDir volume "cache" exceeds the limit "40Mi".'
    facts = [eviction("local_storage", "ephemeral-storage", message), unavailable()]
    diagnosis = weigh([asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]).diagnosis
    assert cause(diagnosis)[0] == "volume_full" and "40Mi" in diagnosis.statement


def test_an_eviction_of_long_ago_is_no_cause_while_all_pods_serve() -> None:
    old = seen("pod.evicted", pod("z"), minutes(3000), LOW, why="node_low", resource="ephemeral-storage", message=LOW)
    facts = [old, seen("workload.available", WORKLOAD, desired=1, ready=1), seen("pod.ready", pod("a"), seconds=9000)]
    evidence = [asked("kubectl_explain_workload", facts, chain(pod("a"), pod("z")), kind="Deployment")]
    assert weigh(evidence).diagnosis.verdict != "cause"


def test_a_webhook_that_does_not_answer_is_no_rule_that_denies() -> None:
    evidence = pod_refusal("webhook", 'failed calling webhook "pods.policy.example.com": connection refused')
    hypothesis = weigh(evidence).diagnosis.hypothesis
    assert hypothesis is None or hypothesis.failure_class not in ("admission_denied", "quota_exceeded")


def test_a_budget_without_a_drain_is_believed_only_where_it_is_what_the_signal_names() -> None:
    calm = seen("budget.exhausted", BUDGET, healthy=2, desired=2, expected=2, draining=[])
    evidence = [asked("kubectl_triage", [calm], [link("guards", BUDGET, WORKLOAD)])]
    assert weigh(evidence, WORKLOAD).diagnosis.verdict != "cause"
    hypothesis = weigh(evidence, BUDGET).diagnosis.hypothesis
    assert hypothesis is not None and hypothesis.failure_class == "drain_blocked"
    assert "2 of its 2 pods are healthy, and 2 have to be" in hypothesis.statement


def test_an_autoscaler_at_its_maximum_alone_is_not_proof() -> None:
    hypothesis = weigh(scaling("scaler.at_maximum", replicas=10, maximum=10), SCALER).diagnosis.hypothesis
    assert hypothesis is None or hypothesis.confidence <= 0.6


def test_an_autoscaler_that_cannot_act_is_near_the_workload_that_it_sizes() -> None:
    evidence = scaling("scaler.blocked", condition="ScalingActive", reason="FailedGetResourceMetric")
    diagnosis = weigh(evidence, WORKLOAD).diagnosis
    subjects = [h.subject.short for h in (diagnosis.hypothesis, *diagnosis.others) if h is not None]
    assert SCALER.short in subjects


def test_a_status_check_of_the_instance_alone_is_not_proof_of_bad_hardware() -> None:
    status_check = seen("metric.level_changed", NODE, minutes(5), metric="StatusCheckFailed_Instance", before=0, now=1)
    hypothesis = weigh([asked("get_metric", [status_check])], NODE).diagnosis.hypothesis
    assert hypothesis is None or hypothesis.confidence <= 0.6


def test_a_node_that_is_only_recommended_to_be_left_is_not_proof() -> None:
    recommendation = seen("node.leaving", NODE, minutes(5), why="rebalance", by="handler", message="recommendation")
    hypothesis = weigh([asked("kubectl_nodes", [recommendation])], NODE).diagnosis.hypothesis
    assert hypothesis is None or not hypothesis.decisive


def test_who_holds_the_room_is_named_when_it_is_known() -> None:
    other = thing("Deployment", "simulation", "research")
    largest_share = seen(
        "workload.holds_most", other, minutes(10), resource="cpu", requested="10000m", share=83, pods=10
    )
    statement = weigh([*pending("capacity"), asked("kubectl_nodes", [largest_share], name="")]).diagnosis.statement
    assert "Deployment/research/simulation holds most of it: 10 pods" in statement


def test_the_nodes_are_asked_for_when_there_is_no_room() -> None:
    assert "kubectl_nodes" in {request.tool for request in weigh(pending("capacity")).follow_ups}


def test_an_alarm_about_an_autoscaler_is_about_the_pods_that_its_workload_does_not_get() -> None:
    text = 'pods "cart-7f9d-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=3, limited: pods=3'
    refusal = seen("workload.pods_refused", WORKLOAD, minutes(5), text, reason="quota", message=text, by="team")
    relations = [*chain(), link("scales", SCALER, WORKLOAD)]
    evidence = [asked("kubectl_explain_workload", [refusal, unavailable(3, 6)], relations)]
    diagnosis = weigh(evidence, SCALER).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "quota_exceeded"


def test_of_a_caller_and_a_callee_that_both_say_that_a_disk_is_full_it_is_the_callees() -> None:
    store, store_pod = thing("Deployment", "ledger"), thing("Pod", "ledger-1")
    text = "could not extend file: No space left on device"
    own = [
        seen("log.no_space", pod("a"), minutes(4), text, path="", count=20),
        seen("pod.ready", pod("a"), seconds=9000),
    ]
    theirs = [seen("log.no_space", store_pod, minutes(4), text, path="", count=20)]
    relations = [link("owns", store, store_pod), link("calls", WORKLOAD, store)]
    evidence = [
        asked("kubectl_explain_workload", [], chain(pod("a")), kind="Deployment"),
        asked("kubectl_logs", own, agent="logs"),
        asked("kubectl_explain_workload", [], relations, name="ledger", kind="Deployment"),
        asked("kubectl_logs", theirs, agent="logs", name="ledger"),
    ]
    diagnosis = weigh(evidence).diagnosis
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject) == ("volume_full", store)
    alone = weigh(evidence[:2]).diagnosis
    assert not alone.causes  # it may pass on what a store outside the cluster says
