"""Nodes that go silent, come back, are closed, tainted or deleted, and what becomes of their pods."""

from __future__ import annotations

import pytest

from sre_lab.facts import inject_fault
from sre_lab.kubernetes import deletion
from sre_lab.scenario import Fault, ImageProfile, ProcessExit, ScenarioError

from .recorded import open_world, pod
from .shop import Obj, Shop, deployment, service

SILENT = ("NodeStatusUnknown", "Kubelet stopped posting node status.")


def fault(shop: Shop, name: str, wait: float = 0, **facts: object) -> None:
    inject_fault(shop.world, Fault.model_validate({"at": 0, "node": {name: facts}}))
    shop.world.clock.advance(wait)


def node(shop: Shop, name: str) -> Obj:
    result = shop.world.objects.get("Node", "", name)
    assert result is not None
    return result


def state(obj: Obj, kind: str) -> str:
    return next(str(c["status"]) for c in obj["status"]["conditions"] if c["type"] == kind)


def disruption(pod: Obj) -> tuple[str, str]:
    return next((c["reason"], c["message"]) for c in pod["status"]["conditions"] if c["type"] == "DisruptionTarget")


def taints(shop: Shop, name: str) -> set[tuple[str, str]]:
    return {(t["key"].partition("/")[2], t["effect"]) for t in node(shop, name)["spec"].get("taints") or []}


def node_events(shop: Shop, reason: str) -> list[Obj]:
    return [e for e in shop.world.objects.all("Event", "default") if e["reason"] == reason]


def on(shop: Shop, name: str, app: str) -> list[Obj]:
    return [pod for pod in shop.pods(app) if pod["spec"].get("nodeName") == name]


def agent(**pod: object) -> Obj:
    inside = {"containers": [{"name": "a", "image": "agent:1"}], **pod}
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": inside}
    spec = {"selector": {"matchLabels": {"app": "agent"}}, "template": template}
    return {"kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "shop"}, "spec": spec}


def test_a_live_kubelet_renews_its_lease_each_ten_seconds_and_its_status_each_five_minutes(shop: Shop) -> None:
    shop.world.clock.advance(60)
    renewals, output = [], []
    shop.world.objects.subscribe(lambda c: renewals.append(c) if c.object["kind"] == "Lease" else None)
    shop.world.objects.subscribe(lambda c: output.append(c) if c.object["kind"] == "Node" else None)
    shop.world.clock.advance(600)
    assert len([c for c in renewals if c.object["metadata"]["name"] == "worker-1"]) == 60
    assert len([c for c in output if c.object["metadata"]["name"] == "worker-1"]) == 2
    assert state(node(shop, "worker-1"), "Ready") == "True"


def test_a_node_whose_kubelet_died_is_unknown_after_its_grace(shop: Shop) -> None:
    shop.apply(deployment("cart"), service("cart"), agent(), wait=60)
    fault(shop, "worker-2", wait=28, kubelet="down")
    assert state(node(shop, "worker-2"), "Ready") == "True"
    shop.world.clock.advance(20)
    conditions = node(shop, "worker-2")["status"]["conditions"]
    assert {(c["status"], c["reason"], c["message"]) for c in conditions} == {("Unknown", *SILENT)}
    (event,) = node_events(shop, "NodeNotReady")
    assert event["message"] == "Node worker-2 status is now: NodeNotReady"
    assert event["source"] == {"component": "node-controller"}
    (pod,) = on(shop, "worker-2", "cart")
    assert (pod["status"]["phase"], state(pod, "Ready"), state(pod, "ContainersReady")) == ("Running", "False", "True")
    assert set(shop.events("NodeNotReady")) == {"Node is not ready"}
    endpoints = shop.get("Endpoints", "cart")["subsets"][0]
    assert len(endpoints["addresses"]) == 2
    assert [a["nodeName"] for a in endpoints["notReadyAddresses"]] == ["worker-2"]
    shop.world.clock.advance(10)
    assert taints(shop, "worker-2") == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}


def test_pods_of_a_dead_node_are_replaced_after_five_minutes_and_stay_until_it_is_back(shop: Shop) -> None:
    shop.apply(deployment("cart"), agent(), wait=60)
    (missing,) = on(shop, "worker-2", "cart")
    fault(shop, "worker-2", wait=300, kubelet="down")
    assert len(shop.pods("cart")) == 3
    shop.world.clock.advance(65)
    assert len(shop.pods("cart")) == 4
    (left,) = on(shop, "worker-2", "cart")
    assert left["metadata"]["deletionTimestamp"]
    assert (left["metadata"]["uid"], left["status"]["phase"]) == (missing["metadata"]["uid"], "Running")
    assert disruption(left) == ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
    name = left["metadata"]["name"]
    assert shop.events("TaintManagerEviction") == [f"Marking for deletion Pod shop/{name}"]
    assert "deletionTimestamp" not in on(shop, "worker-2", "agent")[0]["metadata"]
    shop.world.clock.advance(3600)
    assert on(shop, "worker-2", "cart")
    fault(shop, "worker-2", wait=30, kubelet="up")
    assert not on(shop, "worker-2", "cart")
    assert len(shop.pods("cart")) == 3
    assert taints(shop, "worker-2") == set()
    assert state(node(shop, "worker-2"), "Ready") == "True"
    assert [e["message"] for e in node_events(shop, "Starting")] == ["Starting kubelet."]
    assert [e["message"] for e in node_events(shop, "NodeReady")] == ["Node worker-2 status is now: NodeReady"]


def test_a_kubelet_that_returns_in_time_keeps_its_pods(shop: Shop) -> None:
    shop.apply(deployment("cart"), wait=60)
    before = {p["metadata"]["uid"] for p in shop.pods("cart")}
    fault(shop, "worker-2", wait=120, kubelet="down")
    fault(shop, "worker-2", wait=600, kubelet="up")
    assert {p["metadata"]["uid"] for p in shop.pods("cart")} == before
    assert all(state(p, "Ready") == "True" for p in shop.pods("cart"))
    assert [text.split(" Pod ")[0] for text in shop.events("TaintManagerEviction")] == ["Cancelling deletion of"]


def test_a_stateful_pod_is_not_replaced_while_the_old_one_is_there(shop: Shop) -> None:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db:1"}]}}
    spec = {"replicas": 1, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template}
    shop.apply({"kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"}, "spec": spec}, wait=60)
    where = shop.get("Pod", "db-0")["spec"]["nodeName"]
    fault(shop, where, wait=900, kubelet="down")
    assert shop.get("Pod", "db-0")["metadata"]["deletionTimestamp"]
    deletion.delete(shop.world, "Pod", "shop", "db-0", grace=0)
    shop.world.clock.advance(30)
    changed = shop.get("Pod", "db-0")
    assert changed["spec"]["nodeName"] != where
    assert state(changed, "Ready") == "True"


def test_when_every_node_is_silent_no_pod_is_sent_away(shop: Shop) -> None:
    shop.apply(deployment("cart"), wait=60)
    for name in ("worker-1", "worker-2", "worker-3"):
        fault(shop, name, kubelet="down")
    shop.world.clock.advance(1200)
    assert taints(shop, "worker-1") == {("unreachable", "NoSchedule")}
    assert not any(p["metadata"].get("deletionTimestamp") for p in shop.pods("cart"))


def test_a_container_that_ends_on_a_dead_node_is_restarted_when_the_kubelet_is_back(shop: Shop) -> None:
    shop.world.images["cart:1"] = ImageProfile(exits=[ProcessExit(after=100, code=1)])
    shop.apply(deployment("cart", replicas=1), wait=60)
    where = shop.pods("cart")[0]["spec"]["nodeName"]
    fault(shop, where, wait=80, kubelet="down")
    assert "running" in shop.pods("cart")[0]["status"]["containerStatuses"][0]["state"]
    fault(shop, where, wait=20, kubelet="up")
    status = shop.pods("cart")[0]["status"]["containerStatuses"][0]
    assert (status["restartCount"], status["lastState"]["terminated"]["exitCode"]) == (1, 1)


def test_a_node_without_its_network_plugin_is_not_ready_and_starts_no_pods(shop: Shop) -> None:
    fault(shop, "worker-2", wait=5, network="uninitialised")
    ready = next(c for c in node(shop, "worker-2")["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "KubeletNotReady")
    assert ready["message"].endswith("message:Network plugin returns error: cni plugin not initialized")
    assert ("not-ready", "NoSchedule") in taints(shop, "worker-2")
    shop.apply(agent(tolerations=[{"operator": "Exists"}]), deployment("host"), wait=30)
    (agent_pod,) = on(shop, "worker-2", "agent")
    assert agent_pod["status"]["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert all("NetworkPluginNotReady" in text for text in shop.events("NetworkNotReady"))
    assert not on(shop, "worker-2", "host")
    fault(shop, "worker-2", wait=60, network="ready")
    assert state(on(shop, "worker-2", "agent")[0], "Ready") == "True"


def test_a_node_without_free_addresses_is_ready_and_fails_to_make_sandboxes(shop: Shop) -> None:
    fault(shop, "worker-2", wait=5, network="exhausted")
    shop.apply(agent(), wait=60)
    (agent_pod,) = on(shop, "worker-2", "agent")
    assert state(node(shop, "worker-2"), "Ready") == "True"
    assert agent_pod["status"]["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    texts = shop.events("FailedCreatePodSandBox")
    assert all("failed to assign an IP address to container" in text for text in texts)
    fault(shop, "worker-2", wait=60, network="ready")
    assert state(on(shop, "worker-2", "agent")[0], "Ready") == "True"


def test_a_cordoned_node_takes_no_pods_and_shows_it(shop: Shop) -> None:
    shop.patch("Node", "worker-2", {"spec": {"unschedulable": True}}, wait=30)
    assert taints(shop, "worker-2") == {("unschedulable", "NoSchedule")}
    assert node_events(shop, "NodeNotSchedulable")
    shop.apply(deployment("cart"), agent())
    assert not on(shop, "worker-2", "cart")
    assert on(shop, "worker-2", "agent")
    shop.patch("Node", "worker-2", {"spec": {"unschedulable": False}}, wait=30)
    assert taints(shop, "worker-2") == set()
    assert node_events(shop, "NodeSchedulable")


def test_a_no_execute_taint_sends_away_at_once_what_does_not_tolerate_it(shop: Shop) -> None:
    patient = {"key": "repair", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    shop.apply(deployment("cart"), deployment("patient", pod={"tolerations": [patient]}), agent(), wait=30)
    shop.patch("Node", "worker-1", {"spec": {"taints": [{"key": "repair", "effect": "NoExecute"}]}}, wait=20)
    assert not on(shop, "worker-1", "cart")
    assert not on(shop, "worker-1", "agent")
    (stays,) = on(shop, "worker-1", "patient")
    assert len(shop.events("TaintManagerEviction")) == 2
    shop.world.clock.advance(60)
    assert stays["metadata"]["name"] not in {p["metadata"]["name"] for p in shop.pods("patient")}


def test_pods_of_a_deleted_node_are_collected(shop: Shop) -> None:
    shop.apply(deployment("cart"), wait=30)
    (missing,) = on(shop, "worker-2", "cart")
    deletion.delete(shop.world, "Node", "", "worker-2")
    shop.world.clock.advance(90)
    assert missing["metadata"]["name"] not in {p["metadata"]["name"] for p in shop.all("Pod")}
    assert len(shop.pods("cart")) == 3
    assert shop.world.objects.get("Lease", "kube-node-lease", "worker-2") is None
    assert [e["reason"] for e in node_events(shop, "RemovingNode")] == ["RemovingNode"]


def test_a_kubelet_that_starts_registers_a_node_that_was_deleted(shop: Shop) -> None:
    deletion.delete(shop.world, "Node", "", "worker-2")
    shop.world.clock.advance(120)
    assert shop.world.objects.get("Node", "", "worker-2") is None
    fault(shop, "worker-2", wait=5, kubelet="down")
    fault(shop, "worker-2", wait=60, kubelet="up")
    assert state(node(shop, "worker-2"), "Ready") == "True"
    assert node_events(shop, "RegisteredNode")


def test_a_fault_of_an_unknown_machine_says_which_there_are(shop: Shop) -> None:
    with pytest.raises(ScenarioError, match="names the node 'worker-9'; there are: worker-1, worker-2, worker-3"):
        fault(shop, "worker-9", kubelet="down")


def test_a_recorded_node_stays_as_it_was() -> None:
    conditions = [{"type": "Ready", "status": "Unknown", "reason": SILENT[0], "message": SILENT[1]}]
    meta = {"name": "n1", "uid": "n1"}
    world = open_world({"kind": "Node", "metadata": meta, "spec": {}, "status": {"conditions": conditions}}, pod({}))
    before = world.objects.get("Node", "", "n1")
    world.clock.advance(1200)
    assert world.objects.get("Node", "", "n1") == before


def test_nodes_are_instances_of_a_node_group_with_their_declared_facts() -> None:
    facts = {"worker-2": {"cpu": "16", "labels": {"pool": "batch"}}, "gpu-1": {"instance_type": "g5.xlarge"}}
    shop = Shop(nodes=2, node=facts)
    batch, gpu = node(shop, "worker-2"), node(shop, "gpu-1")
    assert (batch["status"]["capacity"]["cpu"], batch["metadata"]["labels"]["pool"]) == ("16", "batch")
    assert gpu["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "g5.xlarge"
    assert gpu["spec"]["providerID"].startswith("aws:///eu-west-1c/i-0")
    assert len(shop.world.objects.all("Node")) == 3
