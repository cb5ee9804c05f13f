"""Pods that have to go: over a limit of their own, or because the node or a more important pod needs the room."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from sre_lab.containers import kubelets
from sre_lab.kubernetes import api
from sre_lab.objects.store import Obj as StoredObj
from sre_lab.scenario import ImageProfile

from .shop import Obj, Shop, deployment
from .test_nodes import disruption, fault, node, node_events, on, state, taints


def behaves(shop: Shop, image: str, **facts: Any) -> None:
    shop.world.images[image] = ImageProfile.model_validate(facts)


def caching(limit: str = "40Mi", **container: Any) -> Obj:
    result = deployment("thumbs", replicas=1, pod={"volumes": [{"name": "cache", "emptyDir": {"sizeLimit": limit}}]})
    with_cache = {"volumeMounts": [{"name": "cache", "mountPath": "/cache"}], **container}
    result["spec"]["template"]["spec"]["containers"][0] |= with_cache
    return result


def with_limits(**amounts: str) -> Obj:
    result = deployment("thumbs", replicas=1)
    result["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": amounts}
    return result


def pods_over(shop: Shop, app: str) -> list[Obj]:
    return [p for p in shop.pods(app) if p["status"]["phase"] in ("Failed", "Succeeded")]


def test_a_full_empty_dir_ends_the_pod_and_leaves_only_an_event_when_the_program_stops_cleanly(shop: Shop) -> None:
    behaves(shop, "thumbs:1", disk={"peak": "500Mi", "over": "250s"})
    shop.apply(caching(), wait=100)
    (old,) = pods_over(shop, "thumbs")
    assert (old["status"]["phase"], old["status"].get("reason")) == ("Succeeded", None)
    assert shop.events("Evicted")[0] == 'Usage of EmptyDir volume "cache" exceeds the limit "40Mi". '
    assert shop.events("Killing")[0] == "Stopping container thumbs"
    assert len(shop.pods("thumbs")) == 2


def test_a_program_that_is_killed_on_eviction_leaves_a_failed_pod_with_the_reason(shop: Shop) -> None:
    behaves(shop, "thumbs:1", disk={"peak": "500Mi", "over": "250s"}, on_sigterm=137)
    shop.apply(caching(), wait=100)
    status = pods_over(shop, "thumbs")[0]["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "Evicted")
    assert status["message"] == 'Usage of EmptyDir volume "cache" exceeds the limit "40Mi". '
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 137
    assert "DisruptionTarget" not in {c["type"] for c in status["conditions"]}


def test_a_higher_limit_heals_the_eviction_loop(shop: Shop) -> None:
    behaves(shop, "thumbs:1", disk={"peak": "100Mi", "over": "50s"})
    shop.apply(caching(), wait=300)
    assert len(pods_over(shop, "thumbs")) >= 3
    shop.apply(caching("200Mi"), wait=60)
    before = len(pods_over(shop, "thumbs"))
    shop.world.clock.advance(600)
    assert len(pods_over(shop, "thumbs")) == before


def test_a_limit_on_ephemeral_storage_counts_the_writable_layer(shop: Shop) -> None:
    behaves(shop, "thumbs:1", disk={"peak": "100Mi", "over": "50s"})
    shop.apply(with_limits(**{"ephemeral-storage": "48Mi"}), wait=60)
    assert shop.events("Evicted") == ["Pod ephemeral local storage usage exceeds the total limit of containers 48Mi. "]


def test_pods_that_fill_the_disk_press_the_node_and_the_greediest_goes() -> None:
    shop = Shop(nodes=2, node={"worker-1": {"disk": "20Gi"}, "worker-2": {"disk": "500Gi"}})
    pinned = {"nodeSelector": {"kubernetes.io/hostname": "worker-1"}}
    behaves(shop, "spool:1", disk={"peak": "8Gi", "over": "60s"}, on_sigterm=137)
    behaves(shop, "small:1", disk={"peak": "100Mi", "over": "10s"}, on_sigterm=137)
    shop.apply(deployment("small", replicas=1, pod=pinned), deployment("spool", replicas=1, pod=pinned), wait=100)
    assert state(node(shop, "worker-1"), "DiskPressure") == "True"
    assert taints(shop, "worker-1") == {("disk-pressure", "NoSchedule")}
    (missing,) = pods_over(shop, "spool")
    assert missing["status"]["reason"] == "Evicted"
    assert missing["status"]["message"].startswith(
        "The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: "
    )
    assert "Container spool was using " in missing["status"]["message"]
    assert missing["status"]["message"].endswith("request is 0, has larger consumption of ephemeral-storage. ")
    assert disruption(missing) == ("TerminationByKubelet", missing["status"]["message"])
    assert not pods_over(shop, "small")
    (event, *_) = node_events(shop, "EvictionThresholdMet")
    assert event["message"] == "Attempting to reclaim ephemeral-storage"
    assert node_events(shop, "NodeHasDiskPressure")
    behaves(shop, "spool:1")
    shop.world.clock.advance(330)
    assert state(node(shop, "worker-1"), "DiskPressure") == "False"
    assert node_events(shop, "NodeHasNoDiskPressure")


def test_a_node_under_disk_pressure_rejects_what_is_bound_to_it_and_daemon_pods_pause() -> None:
    shop = Shop(nodes=1, node={"worker-1": {"disk": "20Gi", "disk_used": "19Gi"}})
    shop.world.clock.advance(60)
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [{"name": "a", "image": "agent:1"}]}}
    spec = {"selector": {"matchLabels": {"app": "agent"}}, "template": template}
    shop.apply({"kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "shop"}, "spec": spec}, wait=60)
    (pod,) = shop.pods("agent")
    text = "The node had condition: [DiskPressure]. "
    assert (pod["status"]["phase"], pod["status"]["reason"]) == ("Failed", "Evicted")
    assert pod["status"]["message"] == f"Pod was rejected: {text}"
    assert "containerStatuses" not in pod["status"]
    assert set(shop.events("Evicted")) == {text}
    assert 5 <= len(shop.events("FailedDaemonPod")) <= 8


def test_memory_pressure_evicts_what_is_furthest_above_its_request_and_spares_the_critical() -> None:
    shop = Shop(nodes=1, metrics_server=False)
    modest = deployment("modest", replicas=1)
    modest["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"memory": "3Gi"}}
    critical = deployment(
        "critical", replicas=1, pod={"priorityClassName": "system-cluster-critical", "priority": 2 * 10**9}
    )
    for name, peak in (("modest", "2Gi"), ("greedy", "5400Mi"), ("critical", "400Mi")):
        behaves(shop, f"{name}:1", memory={"start": "64Mi", "peak": peak, "over": "2000s"}, on_sigterm=137)
    shop.apply(modest, deployment("greedy", replicas=1), critical, wait=2100)
    (missing,) = pods_over(shop, "greedy")[:1]
    assert missing["status"]["message"].startswith(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
    )
    assert "has larger consumption of memory. " in missing["status"]["message"]
    assert not pods_over(shop, "modest") and not pods_over(shop, "critical")
    assert {"MemoryPressure"} == {
        c["type"] for c in node(shop, "worker-1")["status"]["conditions"] if c["status"] == "True"
    } - {"Ready"}


def test_memory_that_is_gone_at_once_meets_the_kernel_of_the_node() -> None:
    shop = Shop(nodes=1, metrics_server=False)
    behaves(shop, "greedy:1", memory={"start": "64Mi", "peak": "20Gi", "over": "11s"})
    stored_objs: list[StoredObj] = []
    shop.world.objects.subscribe(lambda c: stored_objs.append(c.object) if c.object["kind"] == "Pod" else None)
    shop.apply(deployment("greedy", replicas=1), deployment("calm", replicas=1), wait=40)
    (event, *_) = node_events(shop, "SystemOOM")
    assert event["message"].startswith("System OOM encountered, victim process: greedy, pid: ")
    rendered = [
        s
        for pod in stored_objs
        if "greedy" in pod["metadata"]["name"]
        for s in pod["status"].get("containerStatuses", [])
    ]
    ends = {(e["exitCode"], e["reason"]) for s in rendered if (e := s["state"].get("terminated"))}
    assert (137, "OOMKilled") in ends
    assert shop.pods("calm")[0]["status"]["containerStatuses"][0]["restartCount"] == 0


def test_too_many_processes_press_the_node_too() -> None:
    shop = Shop(nodes=1, node={"worker-1": {"processes": 4000}}, metrics_server=False)
    behaves(shop, "forks:1", processes={"start": "10", "peak": "8000", "over": "200s"}, on_sigterm=137)
    shop.apply(deployment("forks", replicas=1), wait=150)
    missing = pods_over(shop, "forks")[0]
    assert missing["status"]["message"].startswith(
        "The node was low on resource: pids. Threshold quantity: 400, available: "
    )
    assert state(node(shop, "worker-1"), "PIDPressure") == "True"


def priority(name: str, value: int) -> Obj:
    return {"kind": "PriorityClass", "metadata": {"name": name}, "value": value}


def crowd(name: str, cpu: str, replicas: int, **pod: Any) -> Obj:
    result = deployment(name, replicas=replicas, pod=pod)
    result["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return result


def test_a_more_important_pod_takes_the_place_of_a_lesser_one() -> None:
    shop = Shop(nodes=1, metrics_server=False)
    shop.apply(priority("low", 10), priority("high", 1000))
    shop.apply(crowd("batch", "1500m", 2, priorityClassName="low"), wait=30)
    stored_objs: list[StoredObj] = []
    shop.world.objects.subscribe(lambda c: stored_objs.append(c.object) if c.object["kind"] == "Pod" else None)
    shop.apply(crowd("web", "2", 1, priorityClassName="high"), wait=60)
    (winner,) = shop.pods("web")
    assert state(winner, "Ready") == "True"
    assert any(
        p["status"].get("nominatedNodeName") == "worker-1" for p in stored_objs if "web" in p["metadata"]["name"]
    )
    (text,) = shop.events("Preempted")
    assert text == f"Preempted by pod {winner['metadata']['uid']} on node worker-1"
    victim = next(p for p in reversed(stored_objs) if p["metadata"].get("deletionTimestamp"))
    assert disruption(victim) == (
        "PreemptionByScheduler",
        "default-scheduler: preempting to accommodate a higher priority pod",
    )
    assert len([p for p in shop.pods("batch") if not p["spec"].get("nodeName")]) == 1


def test_preemption_prefers_victims_that_no_budget_protects() -> None:
    shop = Shop(nodes=2, metrics_server=False)
    shop.apply(priority("low", 10), priority("high", 1000))
    for app, where in (("kept", "worker-1"), ("free", "worker-2")):
        shop.apply(crowd(app, "3", 1, priorityClassName="low", nodeSelector={"kubernetes.io/hostname": where}))
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}}
    meta = {"name": "kept", "namespace": "shop"}
    shop.apply({"kind": "PodDisruptionBudget", "metadata": meta, "spec": budget}, wait=30)
    shop.apply(crowd("web", "2", 1, priorityClassName="high"), wait=60)
    assert shop.pods("web")[0]["spec"]["nodeName"] == "worker-2"
    assert state(on(shop, "worker-1", "kept")[0], "Ready") == "True"


def test_an_eviction_that_a_client_asks_for_names_its_cause_on_the_pod(shop: Shop) -> None:
    shop.apply(deployment("cart"), wait=30)
    stored_objs: list[StoredObj] = []
    shop.world.objects.subscribe(lambda c: stored_objs.append(c.object) if c.object["kind"] == "Pod" else None)
    name = shop.pods("cart")[0]["metadata"]["name"]
    client = TestClient(api.app(shop.world, kubelets()))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "shop"}}
    path = f"/api/v1/namespaces/shop/pods/{name}/eviction"
    assert client.post(path, json={**eviction, "deleteOptions": {"dryRun": ["All"]}}).status_code == 201
    assert not stored_objs
    assert client.post(path, json=eviction).status_code == 201
    shop.world.clock.advance(5)
    pod = next(p for p in stored_objs if p["metadata"]["name"] == name and p["metadata"].get("deletionTimestamp"))
    assert disruption(pod) == ("EvictionByEvictionAPI", "Eviction API: evicting")
    assert len(shop.pods("cart")) == 3


def test_a_silent_node_has_no_metrics() -> None:
    shop = Shop()
    shop.apply(deployment("cart"), wait=120)
    client = TestClient(api.app(shop.world, kubelets()))

    def nodes() -> list[str]:
        answer = client.get("/apis/metrics.k8s.io/v1beta1/nodes").json()
        return sorted(row["metadata"]["name"] for row in answer["items"])

    where = next(p for p in shop.world.objects.all("Pod", "kube-system"))["spec"]["nodeName"]
    other = next(name for name in ("worker-1", "worker-2", "worker-3") if name != where)
    assert nodes() == ["worker-1", "worker-2", "worker-3"]
    fault(shop, other, wait=20, kubelet="down")
    assert other not in nodes()
    pods = client.get("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods").json()["items"]
    assert len(pods) == 2
