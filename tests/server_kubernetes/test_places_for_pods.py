"""Where pods can be: what keeps a node from taking them, why they were taken off one, nodes, claims, autoscalers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mcp_servers.kubernetes.observe.scheduler_words import refusal
from mcp_servers.kubernetes.snapshot.pod_removals import why
from tests.server_kubernetes.reading_lab import (
    Obj,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    facts,
    made,
    pod,
    replica_set,
    template,
    waiting,
)

pytestmark = pytest.mark.anyio
FEW = "0/3 nodes are available: "


def node(name: str = "node-1", ready: str = "True", **fields: Any) -> Obj:
    condition = {
        "type": "Ready",
        "status": ready,
        "reason": "KubeletReady",
        "message": "",
        "lastTransitionTime": ago(300),
    }
    status = {"conditions": [condition], "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "30"}}
    return made("Node", name, meta={"labels": fields.pop("labels", {})}, spec=fields, status=status)


def pending(message: str = FEW + "3 Insufficient cpu.", body: Obj | None = None, name: str = "web-6d4f7-bcdfg") -> Obj:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    condition["lastTransitionTime"] = ago(400)
    status = {"phase": "Pending", "conditions": [condition], "containerStatuses": []}
    pending_pod = pod(name, waiting("ContainerCreating"), body=body, status=status)
    del pending_pod["spec"]["nodeName"]
    return pending_pod


@pytest.mark.parametrize(
    ("rejection", "why_not", "lacks"),
    [
        ("3 Insufficient cpu, 1 Insufficient memory.", "capacity", ["cpu", "memory"]),
        ("1 node(s) had untolerated taint {node-role.kubernetes.io/master: }, 2 Too many pods.", "capacity", ["pods"]),
        ("1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector.", "capacity", ["cpu"]),
        ("3 node(s) didn't match Pod's node affinity/selector.", "selector", []),
        ("1 node(s) had untolerated taint {node-role.kubernetes.io/x: }, 2 node(s) had taint {gpu: yes}.", "taint", []),
        ("2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.", "node", []),
        ("3 node(s) were unschedulable.", "cordoned", []),
        ("1 node(s) were unschedulable, 2 node(s) had volume node affinity conflict.", "volume", []),
        ("2 node(s) exceed max volume count.", "volume", []),
        ("pod has unbound immediate PersistentVolumeClaims.", "claim", []),
        ('persistentvolumeclaim "old" is being deleted.', "claim", []),
        ("3 node(s) didn't match pod anti-affinity rules.", "affinity", []),
        ("3 node(s) didn't match pod topology spread constraints.", "spread", []),
        ("3 node(s) didn't have free ports for the requested pod ports.", "ports", []),
    ],
)  # fmt: skip
def test_the_schedulers_words_say_what_stands_between_a_pod_and_a_node(
    rejection: str, why_not: str, lacks: list[str]
) -> None:
    text = f"{FEW}{rejection} preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    assert {k: refusal(text)[k] for k in ("why", "lacks", "nodes")} == {"why": why_not, "lacks": lacks, "nodes": 3}


@pytest.mark.parametrize(
    ("message", "reason", "kind", "resource"),
    [
        ("The node was low on resource: memory. Container web was using 3Gi.", "Evicted", "node_low", "memory"),
        ("The node had condition: [DiskPressure]. ", "Evicted", "node_low", "DiskPressure"),
        ('Usage of EmptyDir volume "c" exceeds the limit "40Mi". ', "Evicted", "local_storage", "ephemeral-storage"),
        ("Pod ephemeral local storage usage exceeds the total limit.", "Evicted", "local_storage", "ephemeral-storage"),
        ("Preempted by pod 1f2 on node worker-1", "Preempted", "preempted", ""),
        ("Marking for deletion Pod shop/web-1", "TaintManagerEviction", "taint", ""),
        ("Pod was terminated in response to imminent node shutdown.", "Terminated", "shutdown", ""),
    ],
)  # fmt: skip
def test_the_words_of_an_eviction_say_why_the_pod_had_to_go(
    message: str, reason: str, kind: str, resource: str
) -> None:
    eviction = why(message, reason)
    assert (eviction["why"], eviction["resource"]) == (kind, resource)


async def test_a_label_that_no_node_has_is_told_as_the_unmet_demand(tmp_path: Path) -> None:
    body = template(pod={"nodeSelector": {"disk": "nvme"}})
    objects = [
        deployment(0, body=body),
        replica_set("6d4f7", 1, 600, body),
        pending(body=body),
        node(labels={"disk": "hdd"}),
    ]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask.explain(), "placement.unmet")
    assert (observation["demand"], observation["wanted"], observation["nodes"]) == ("node_selector", "disk=nvme", 1)


@pytest.mark.parametrize(
    ("label", "offers"), [(("pool", "gqu", "gpu"), 1), (("kubernetes.io/arch", "arm64", "amd64"), 0)]
)
async def test_a_label_of_nodes_is_offered_where_it_is_a_slip_and_never_another_processor(
    tmp_path: Path, label: tuple[str, str, str], offers: int
) -> None:
    key, asked_for, there = label
    body = template(pod={"nodeSelector": {key: asked_for}})
    objects = [
        deployment(0, body=body),
        replica_set("6d4f7", 1, 600, body),
        pending(body=body),
        node(labels={key: there}),
    ]
    async with asked(tmp_path, *objects) as ask:
        codes = [one["code"] for one in (await ask.explain())["observations"]]
    assert codes.count("template.other_value") == offers


@pytest.mark.parametrize(
    ("spec", "demand", "selector"),
    [
        ({"unschedulable": True}, "open_node", ""),
        ({"taints": [{"key": "team", "value": "ml", "effect": "NoSchedule"}]}, "toleration", "team=ml:NoSchedule"),
        (
            {"taints": [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]},
            "healthy_node",
            "node.kubernetes.io/disk-pressure=:NoSchedule",
        ),
    ],
)
async def test_a_node_that_fits_and_is_closed_is_named(tmp_path: Path, spec: Obj, demand: str, selector: str) -> None:
    objects = [
        deployment(0),
        replica_set("6d4f7", 1, 600),
        pending(FEW + "1 node(s) were unschedulable."),
        node(**spec),
    ]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask.explain(), "placement.unmet")
    assert (observation["demand"], observation["wanted"], observation["fitting"]) == (demand, selector, ["node-1"])


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("OutOfcpu", "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 1800"),
        ("NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"),
        ("UnexpectedAdmissionError", "Allocate failed due to requested number of devices unavailable for gpu"),
    ],
)
async def test_a_pod_that_its_node_did_not_admit_is_told_with_the_kubelets_words(
    tmp_path: Path, reason: str, message: str
) -> None:
    status = {"phase": "Failed", "reason": reason, "message": message, "startTime": ago(90), "containerStatuses": []}
    objects = [deployment(0), replica_set("6d4f7", 1, 600), pod("web-6d4f7-bcdfg", status=status), node()]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask.explain(), "pod.rejected")
    assert (observation["reason"], observation["node"]) == (reason, "Node/node-1")


async def test_a_pod_whose_containers_ran_was_admitted(tmp_path: Path) -> None:
    status = {"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active longer than its deadline"}
    objects = [deployment(0), replica_set("6d4f7", 1, 600), pod("web-6d4f7-bcdfg", status=status), node()]
    async with asked(tmp_path, *objects) as ask:
        assert "pod.rejected" not in codes(await ask.explain())


@pytest.mark.parametrize(
    ("nodes", "open_it"),
    [
        ([node("node-1", unschedulable=True)], ["node-1"]),
        ([node("node-1", unschedulable=True), node("node-2", unschedulable=True)], []),
        ([node("node-1", unschedulable=True, taints=[{"key": "team", "value": "ml", "effect": "NoSchedule"}])], []),
        (
            [node("node-1", unschedulable=True, taints=[{"key": "karpenter.sh/disrupted", "effect": "NoSchedule"}])],
            [],
        ),
    ],
)
async def test_the_one_node_that_its_cordon_alone_keeps_from_taking_the_pods_is_named(
    tmp_path: Path, nodes: list[Obj], open_it: list[str]
) -> None:
    waiting = pending(FEW + "1 node(s) were unschedulable.")
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 600), waiting, *nodes) as ask:
        observations = facts(await ask.explain(), "placement.cordoned")
    assert [one["attributes"]["node"] for one in observations] == open_it


async def test_demands_that_a_node_meets_are_not_told_and_neither_are_those_of_pods_that_run(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 600), pending(), node()) as ask:
        assert "placement.unmet" not in codes(await ask.explain())
    async with asked(tmp_path, deployment(1), replica_set("6d4f7", 1, 600), pod(), node(unschedulable=True)) as ask:
        assert "placement.unmet" not in codes(await ask.explain())


async def test_a_pod_larger_than_every_node_is_told_while_it_waits(tmp_path: Path) -> None:
    body = template(resources={"requests": {"cpu": "64"}})
    async with asked(
        tmp_path, deployment(0, body=body), replica_set("6d4f7", 1, 600, body), pending(body=body), node()
    ) as ask:
        observation = fact(await ask.explain(), "workload.too_large")
    assert (observation["resource"], observation["requested"], observation["largest"]) == ("cpu", "64", "2")


async def test_the_autoscalers_last_word_says_why_no_node_is_added(tmp_path: Path) -> None:
    waits = pending()
    no_scale_up = event(
        waits, "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 max node group size reached", kind="Normal"
    )
    no_scale_up["source"] = {"component": "cluster-autoscaler"}
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 600), waits, no_scale_up) as ask:
        observation = fact(await ask.explain(), "pod.scale_up_refused")
    assert (observation["by"], observation["why"]) == ("cluster-autoscaler", "maximum")
    later = event(waits, "TriggeredScaleUp", "pod triggered scale-up: [{ng-1 1->2 (max: 3)}]", kind="Normal", last=5)
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 600), waits, no_scale_up, later) as ask:
        assert "pod.scale_up_refused" not in codes(await ask.explain())


async def test_pods_that_were_preempted_and_are_gone_are_told_of_their_workload(tmp_path: Path) -> None:
    victims = [pod(f"web-6d4f7-{name}") for name in ("vwxz2", "vwxz4")]
    events = [event(g, "Preempted", "Preempted by pod 77-a on node node-1", kind="Normal") for g in victims]
    taker = pod("gold-5f6d7-bcdfg", spec={"priorityClassName": "urgent", "priority": 1000})
    taker["metadata"] |= {"uid": "77-a", "namespace": "other", "labels": {"pod-template-hash": "5f6d7"}}
    async with asked(tmp_path, deployment(1), replica_set("6d4f7", 1, 600), pod(), taker, *events) as ask:
        observation = fact(await ask.explain(), "workload.pods_removed")
    assert (observation["why"], observation["by"], observation["count"]) == ("preempted", "Deployment/other/gold", 2)
    assert (observation["priority_class"], observation["priority"]) == ("urgent", 1000)
    async with asked(tmp_path, deployment(1), replica_set("6d4f7", 1, 600), pod(), *events) as ask:
        assert "by" not in fact(await ask.explain(), "workload.pods_removed")


async def test_an_autoscaler_that_lacks_a_metric_of_its_own_is_told_with_its_name(tmp_path: Path) -> None:
    text = "unable to get external metric shop/parcels_waiting/nil: no such resource"
    condition = {"type": "ScalingActive", "status": "False", "reason": "FailedGetExternalMetric", "message": text}
    metrics = [
        {"type": "Resource", "resource": {"name": "cpu"}},
        {"type": "External", "external": {"metric": {"name": "parcels_waiting"}}},
    ]
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5, "metrics": metrics}
    scaler = made("HorizontalPodAutoscaler", "sizes", spec=spec, status={"conditions": [condition]})
    scaler["apiVersion"] = "autoscaling/v2"
    async with asked(tmp_path, deployment(2), replica_set("6d4f7", 1, 600), pod(), scaler) as ask:
        assert fact(await ask.explain(), "scaler.blocked")["metric"] == "parcels_waiting"


@pytest.mark.parametrize("reason", ["EvictedByVPA", "EvictedByRebalancer", "EvictionByEvictionAPI"])
async def test_whoever_evicts_pods_is_told_in_its_own_words(tmp_path: Path, reason: str) -> None:
    words = f"Pod was evicted by {reason.removeprefix('EvictedBy')} to make room for its plan."
    eviction = event(pod("web-6d4f7-vwxz2"), reason, words, kind="Normal")
    refusal_event = event(pod("web-6d4f7-vwxz4"), "FailedEviction", "it may not be evicted", kind="Normal")
    async with asked(tmp_path, deployment(1), replica_set("6d4f7", 1, 600), pod(), eviction, refusal_event) as ask:
        observation = fact(await ask.explain(), "workload.pods_removed")
    assert (observation["message"], observation["count"]) == (words, 1)


async def test_a_claim_in_deletion_that_a_pod_waits_for_is_told_with_the_workload(tmp_path: Path) -> None:
    body, message = with_claim(), FEW + 'persistentvolumeclaim "data" is being deleted.'
    claim = claimed(phase="Bound")
    claim["metadata"] |= {"deletionTimestamp": ago(900), "finalizers": ["kubernetes.io/pvc-protection"]}
    objects = [deployment(0, body=body), replica_set("6d4f7", 1, 600, body), pending(message, body), claim]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask.explain(), "deletion.stuck")
    assert (observation["subject"], observation["why"]) == ("lab|PersistentVolumeClaim/shop/data", "in_use")


def claimed(storage_class: str = "fast", phase: str = "Pending") -> Obj:
    spec = {"storageClassName": storage_class, **({"volumeName": "pv-1"} if phase != "Pending" else {})}
    return made("PersistentVolumeClaim", "data", spec=spec, status={"phase": phase})


def with_claim() -> Obj:
    return template(pod={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]})


async def test_a_claim_whose_class_is_not_there_says_so_without_any_event(tmp_path: Path) -> None:
    body, message = with_claim(), FEW + "pod has unbound immediate PersistentVolumeClaims."
    objects = [deployment(0, body=body), replica_set("6d4f7", 1, 600, body), pending(message, body), claimed(), node()]
    async with asked(tmp_path, *objects) as ask:
        answer = await ask.explain()
        assert fact(answer, "volume.claim_pending")["why"] == "class_missing"
        by_claim = await ask.explain("data", "PersistentVolumeClaim")
    assert "pod.unschedulable" in codes(by_claim)
    relation = {
        "kind": "refers_to",
        "source": "lab|Deployment/shop/web",
        "target": "lab|PersistentVolumeClaim/shop/data",
    }
    assert relation in answer["relations"]


async def test_a_bound_claim_leads_to_its_volume_and_one_that_lost_it_says_so(tmp_path: Path) -> None:
    body = with_claim()
    objects = [deployment(0, body=body), replica_set("6d4f7", 1, 600, body), pending(body=body)]
    async with asked(tmp_path, *objects, claimed(phase="Bound")) as ask:
        relations = (await ask.explain())["relations"]
    assert {
        "kind": "bound_to",
        "source": "lab|PersistentVolumeClaim/shop/data",
        "target": "lab|PersistentVolume//pv-1",
    } in relations
    async with asked(tmp_path, *objects, claimed(phase="Lost")) as ask:
        assert fact(await ask.explain(), "volume.claim_lost")["volume"] == "pv-1"


async def test_an_autoscaler_leads_to_what_it_sizes_and_is_told_with_it(tmp_path: Path) -> None:
    condition = {
        "type": "ScalingActive",
        "status": "False",
        "reason": "FailedGetResourceMetric",
        "message": "no metrics",
    }
    scaler = made("HorizontalPodAutoscaler", "sizes", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"},
                  "maxReplicas": 5}, status={"conditions": [condition]})  # fmt: skip
    scaler["apiVersion"] = "autoscaling/v2"
    async with asked(tmp_path, deployment(2), replica_set("6d4f7", 1, 600), pod(), scaler) as ask:
        for answer in (await ask.explain(), await ask.explain("sizes", "HorizontalPodAutoscaler")):
            assert fact(answer, "scaler.blocked")["reason"] == "FailedGetResourceMetric"
            assert {"kind": "scales", "source": "lab|HorizontalPodAutoscaler/shop/sizes",
                    "target": "lab|Deployment/shop/web"} in answer["relations"]  # fmt: skip


async def test_the_nodes_tell_who_holds_their_room_and_which_are_full_closed_or_ill(tmp_path: Path) -> None:
    body = template(resources={"requests": {"cpu": "950m"}})
    pods = [pod(f"web-6d4f7-{name}", body=body) for name in ("bcdfg", "vwxz2")]
    closed = node("node-2", unschedulable=True)
    objects = [deployment(2, body=body), *pods, node(), closed, node("node-3", ready="Unknown")]
    async with asked(tmp_path, *objects) as ask:
        answer = await ask("kubectl_nodes")
    assert fact(answer, "node.full")["subject"] == "lab|Node//node-1"
    assert fact(answer, "node.closed")["subject"] == "lab|Node//node-2"
    assert fact(answer, "node.not_ready")["subject"] == "lab|Node//node-3"
    holder = fact(answer, "workload.holds_most")
    assert (holder["share"], holder["pods"], holder["resource"]) == (32, 2, "cpu")


async def test_one_node_is_told_with_the_pods_that_run_on_it(tmp_path: Path) -> None:
    async with asked(tmp_path, deployment(1), pod(), node(), node("node-2")) as ask:
        answer = await ask("kubectl_nodes", name="node-1")
        assert fact(answer, "node.ready")["subject"] == "lab|Node//node-1"
        missing = await ask.refusal("kubectl_nodes", name="node-9")
    runs = {"kind": "runs_on", "source": "lab|Pod/shop/web-6d4f7-bcdfg", "target": "lab|Node//node-1"}
    assert runs in answer["relations"]
    assert "node-9" in missing and "node-1" in missing


async def test_a_node_that_is_taken_away_and_machines_that_do_not_join_are_told(tmp_path: Path) -> None:
    here = node(taints=[{"key": "aws-node-termination-handler/spot-itn", "effect": "NoSchedule"}])
    other = node("node-2")
    leaves = event(other, "DeletingNode", "Deleting node node-2 because it does not exist in the cloud provider")
    status = made("ConfigMap", "cluster-autoscaler-status")
    late = event(status, "ScaleUpTimedOut", "Nodes added to group ng-1 failed to register within 15m1s", count=2)
    async with asked(tmp_path, here, other, leaves, late) as ask:
        answer = await ask("kubectl_nodes")
    assert {x["subject"].partition("//")[2]: x["attributes"]["why"] for x in facts(answer, "node.leaving")} == {
        "node-1": "spot",
        "node-2": "gone",
    }
    observation = fact(answer, "node.not_joined")
    assert (observation["subject"], observation["count"]) == ("lab|NodeGroup//ng-1", 2)


async def test_a_rollout_says_what_it_touched(tmp_path: Path) -> None:
    small, large = template(), template(resources={"requests": {"cpu": "4"}})
    objects = [deployment(2, 2, large), replica_set("aaaaa", 1, 3600, small), replica_set("bbbbb", 2, 600, large)]
    async with asked(tmp_path, *objects) as ask:
        observation = fact(await ask.explain(), "rollout.started")
    assert observation["resources"] is True and "restart" not in observation and "new_image" not in observation


async def test_a_cordoned_node_that_a_budget_keeps_full_is_told_of_the_budget(tmp_path: Path) -> None:
    status = {"expectedPods": 1, "disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1}
    budget = made("PodDisruptionBudget", "web", spec={"selector": {"matchLabels": {"app": "web"}}}, status=status)
    budget["apiVersion"] = "policy/v1"
    objects = [deployment(1), replica_set("6d4f7", 1, 600), pod(), budget]
    async with asked(tmp_path, *objects, node(unschedulable=True)) as ask:
        assert fact(await ask("kubectl_triage", namespace="shop"), "budget.blocks_drain")["nodes"] == ["node-1"]
        answer = await ask("kubectl_nodes", name="node-1")
        assert fact(answer, "budget.blocks_drain")["healthy"] == 1
        assert {"kind": "guards", "source": "lab|PodDisruptionBudget/shop/web", "target": "lab|Node//node-1"} in answer[
            "relations"
        ]
    async with asked(tmp_path, *objects, node()) as ask:
        assert "budget.blocks_drain" not in codes(await ask("kubectl_triage", namespace="shop"))


async def test_an_autoscaler_at_its_maximum_tells_what_its_pods_use_more_of_than_it_aims_at(tmp_path: Path) -> None:
    limited = {
        "type": "ScalingLimited",
        "status": "True",
        "reason": "TooManyReplicas",
        "message": "more than the maximum",
    }
    aim = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
    used = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 187}}}
    target = {"kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": 1, "metrics": [aim]}
    status = {"conditions": [limited], "currentMetrics": [used], "currentReplicas": 1}
    scaler = made("HorizontalPodAutoscaler", "sizes", spec=spec, status=status)
    scaler["apiVersion"] = "autoscaling/v2"
    async with asked(tmp_path, deployment(1), replica_set("6d4f7", 1, 600), pod(), scaler) as ask:
        observation = fact(await ask.explain("sizes", "HorizontalPodAutoscaler"), "scaler.at_maximum")
    assert (
        observation["beyond"] == "yes"
        and "cpu 187 %" in observation["measured"]
        and "60 % target" in observation["measured"]
    )


ZONE = "topology.kubernetes.io/zone"
CONFLICT = "0/2 nodes are available: 1 node(s) were unschedulable, 1 node(s) had volume node affinity conflict."


@pytest.mark.parametrize("closed", [True, False])
async def test_a_volume_in_a_zone_without_an_open_node_is_told_with_both_zones(tmp_path: Path, closed: bool) -> None:
    body = template(pod={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]})
    where = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["eu-1a"]}]}
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": [where]}}}
    volume = made("PersistentVolume", "pv-7", spec=affinity, status={"phase": "Bound"})
    objects = [
        deployment(0, body=body),
        replica_set("6d4f7", 1, 600, body),
        pending(CONFLICT, body=body),
        made("PersistentVolumeClaim", "data", spec={"volumeName": "pv-7"}, status={"phase": "Bound"}),
        volume,
        node("worker-1", labels={ZONE: "eu-1a"}, unschedulable=closed),
        node("worker-2", labels={ZONE: "eu-1b"}),
    ]
    async with asked(tmp_path, *objects) as ask:
        observations = facts(await ask.explain(), "volume.in_other_zone")
    expected = [("pv-7", "data", ["eu-1a"], ["eu-1b"], ["worker-1"])] if closed else []
    fields = ("volume", "claim", "zones", "node_zones", "nodes")
    assert [tuple(x["attributes"][name] for name in fields) for x in observations] == expected


@pytest.mark.parametrize(
    ("reason", "acts", "used", "at_rest"),
    [
        ("TooFewReplicas", "True", 7, True),
        ("TooFewReplicas", "True", 91, False),
        ("TooFewReplicas", "False", 7, False),
        ("TooManyReplicas", "True", 7, False),
    ],
)
async def test_an_autoscaler_at_its_minimum_is_at_rest_only_while_it_acts_and_its_pods_use_little(
    tmp_path: Path, reason: str, acts: str, used: int, at_rest: bool
) -> None:
    words = [("AbleToScale", "True", "m"), ("ScalingActive", acts, "m"), ("ScalingLimited", "True", reason)]
    aim = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
    now = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": used}}}
    conditions = [{"type": t, "status": s, "reason": r, "message": "m"} for t, s, r in words]
    status = {"conditions": conditions, "currentMetrics": [now], "currentReplicas": 2, "desiredReplicas": 2}
    target = {"kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9, "metrics": [aim]}
    scaler = made("HorizontalPodAutoscaler", "sizes", spec=spec, status=status)
    scaler["apiVersion"] = "autoscaling/v2"
    async with asked(tmp_path, deployment(2), replica_set("6d4f7", 1, 600), pod(), scaler) as ask:
        answer = await ask.explain("sizes", "HorizontalPodAutoscaler")
    assert ("scaler.at_minimum" in codes(answer)) is at_rest
