"""Nodes that are closed, opened and emptied, and single pods that are evicted: how far, and what is refused."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.server_kubernetes.live_shop import LiveShop, data, preview, refusal, workload

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
ALLOW = ("shop", "node:worker-*")


def node(shop: LiveShop, name: str = "worker-1") -> Obj:
    return shop.get("Node", name, "")


def change_node(shop: LiveShop, name: str = "worker-1", **spec: Any) -> None:
    changed = {**node(shop, name), "spec": {**node(shop, name)["spec"], **spec}}
    shop.on_loop(lambda: shop.world.objects.replace(changed))


def budget(**spec: Any) -> Obj:
    selector = {"matchLabels": {"app": "web"}}
    meta = {"name": "web", "namespace": "shop"}
    return {"kind": "PodDisruptionBudget", "metadata": meta, "spec": {"selector": selector, **spec}}


def gather(shop: LiveShop) -> list[Obj]:
    """Every pod of web on worker-1, which stays open while worker-2 is closed."""
    change_node(shop, "worker-2", unschedulable=True)
    for name in [pod["metadata"]["name"] for pod in shop.pods("web")]:
        shop.on_loop(partial(shop.world.objects.delete, "Pod", "shop", name))
    shop.advance(60)
    pods = shop.pods("web")
    assert {pod["spec"]["nodeName"] for pod in pods} == {"worker-1"}
    return pods


@pytest.mark.parametrize(
    ("allow", "works"),
    [(("*",), False), (("node:*",), True), (("worker-1",), False), (("node:worker-1",), True), (("node:db-*",), False)],
)
async def test_only_a_pattern_for_nodes_opens_a_node(shop: LiveShop, allow: tuple[str, ...], works: bool) -> None:
    async with shop.client(shop.options(allow=allow)) as client:
        answer = await preview(client, "kubectl_cordon", {"name": "worker-1"})
    assert answer.is_error != works
    if not works:
        assert "'node:worker-1' is not on this server's allowlist" in refusal(answer)


async def test_a_pattern_for_nodes_opens_no_namespace_and_no_namespace_means_none(shop: LiveShop) -> None:
    call = {"kind": "Deployment", "name": "web", "replicas": 0}
    async with shop.client(shop.options(allow=("node:*",))) as client:
        assert "is not on this server's allowlist" in refusal(
            await preview(client, "kubectl_scale", {"namespace": "shop", **call})
        )
    async with shop.client(shop.options(allow=("*",))) as client:
        assert "is not a valid name for a namespace" in refusal(
            await preview(client, "kubectl_scale", {"namespace": "", **call})
        )


async def test_a_node_that_is_being_removed_is_not_opened(shop: LiveShop) -> None:
    taint = {"key": "karpenter.sh/disrupted", "effect": "NoSchedule"}
    change_node(shop, unschedulable=True, taints=[taint])
    async with shop.client(shop.options(allow=ALLOW)) as client:
        assert "the node is being removed" in refusal(await preview(client, "kubectl_uncordon", {"name": "worker-1"}))


async def test_what_a_kubelet_writes_to_its_node_takes_no_permit_away_and_what_a_person_decides_does(
    shop: LiveShop,
) -> None:
    async with shop.client(shop.options(allow=ALLOW)) as client:
        dry_run = data(await preview(client, "kubectl_cordon", {"name": "worker-1"}))
        token = shop.permit("kubectl_cordon", {"name": "worker-1"}, dry_run)
        change_node(shop)  # as a report of its status: another resourceVersion
        done = data(await client.call_tool("kubectl_cordon", {"name": "worker-1", "permit": token}))
        assert done["outcome"] == "done" and node(shop)["spec"]["unschedulable"]
        assert "inc-1" in node(shop)["metadata"]["annotations"]["sre-agent.dev/written-by"]
        dry_run = data(await preview(client, "kubectl_uncordon", {"name": "worker-1"}))
        token = shop.permit("kubectl_uncordon", {"name": "worker-1"}, dry_run)
        change_node(shop, taints=[{"key": "team", "value": "ml", "effect": "NoSchedule"}])
        late = await client.call_tool("kubectl_uncordon", {"name": "worker-1", "permit": token})
        assert "other_version" in refusal(late) or "changed" in refusal(late)


async def test_an_evicted_pod_is_made_again_and_nothing_can_undo_it(shop: LiveShop) -> None:
    name = shop.pods("web")[0]["metadata"]["name"]
    async with shop.client() as client:
        dry_run, done = await shop.write(client, "kubectl_evict_pod", {"namespace": "shop", "name": name})
        shop.advance(60)
        second_try = await preview(client, "kubectl_evict_pod", {"namespace": "shop", "name": name})
    assert dry_run["undo"] is None and dry_run["diff"] == [f"- Pod/shop/{name}, of ReplicaSet {name.rsplit('-', 1)[0]}"]
    assert dry_run["figures"]["replicas"] == 1
    assert done["outcome"] == "done" and len(shop.pods("web")) == 2 and "does not exist" in refusal(second_try)


@pytest.mark.parametrize("owner", ["none", "forged", "job"])
async def test_a_pod_that_nothing_makes_again_is_never_evicted(shop: LiveShop, owner: str) -> None:
    reference = {
        "none": [],
        "forged": [{"kind": "ReplicaSet", "apiVersion": "apps/v1", "name": "web-0", "uid": "u", "controller": True}],
        "job": [{"kind": "Job", "apiVersion": "batch/v1", "name": "import", "uid": "u", "controller": True}],
    }[owner]
    meta = {"name": "alone", "namespace": "shop", "ownerReferences": reference}
    spec = {"containers": [{"name": "a", "image": "web:1"}], "nodeName": "worker-1"}
    shop.apply({"kind": "Pod", "metadata": meta, "spec": spec}, wait=1)
    async with shop.client(shop.options(allow=ALLOW)) as client:
        for tool, call in (
            ("kubectl_evict_pod", {"namespace": "shop", "name": "alone"}),
            ("kubectl_drain", {"name": "worker-1"}),
        ):
            assert "nothing makes alone again" in refusal(await preview(client, tool, call))


async def test_an_eviction_that_a_budget_refuses_is_refused_beforehand(shop: LiveShop) -> None:
    shop.apply(budget(maxUnavailable=0))
    name = shop.pods("web")[0]["metadata"]["name"]
    async with shop.client() as client:
        answer = await preview(client, "kubectl_evict_pod", {"namespace": "shop", "name": name})
    assert "disruption budget" in refusal(answer) and len(shop.pods("web")) == 2


async def test_a_drain_stops_at_the_first_eviction_that_is_refused_and_says_what_is_left(shop: LiveShop) -> None:
    pods = gather(shop)
    shop.apply(budget(minAvailable=1))
    async with shop.client(shop.options(allow=ALLOW)) as client:
        dry_run, done = await shop.write(client, "kubectl_drain", {"name": "worker-1"})
    assert dry_run["figures"]["replicas"] == 3 and dry_run["undo"]["tool"] == "kubectl_uncordon"
    assert "3 pods in 2 namespaces are evicted one by one" in dry_run["blast_radius"]  # one is of the cluster's DNS
    first, second = sorted(f"shop/{pod['metadata']['name']}" for pod in pods)
    assert (done["evicted"][1:], done["left"]) == ([first], [second])
    assert node(shop)["spec"]["unschedulable"] and done["outcome"] == "done"


async def test_a_drain_of_more_pods_than_allowed_is_refused(shop: LiveShop) -> None:
    gather(shop)
    async with shop.client(shop.options(allow=ALLOW)) as client:
        answer = await preview(client, "kubectl_drain", {"name": "worker-1", "most_pods": 1})
    assert "it runs 3 pods, and at most 1 may be evicted" in refusal(answer)


async def test_a_permit_for_a_drain_does_not_cover_a_pod_that_came_since(shop: LiveShop) -> None:
    gather(shop)
    async with shop.client(shop.options(allow=ALLOW)) as client:
        dry_run = data(await preview(client, "kubectl_drain", {"name": "worker-1"}))
        token = shop.permit("kubectl_drain", {"name": "worker-1"}, dry_run)
        shop.apply(workload("Deployment", "late", 1))
        late = await client.call_tool("kubectl_drain", {"name": "worker-1", "permit": token})
    assert "other_diff" in refusal(late) and not node(shop)["spec"].get("unschedulable")


async def test_what_a_daemon_set_runs_stays_on_a_drained_node(shop: LiveShop) -> None:
    gather(shop)
    shop.apply(workload("DaemonSet", "agent"))
    async with shop.client(shop.options(allow=ALLOW)) as client:
        dry_run = data(await preview(client, "kubectl_drain", {"name": "worker-1"}))
    assert dry_run["figures"]["replicas"] == 3 and not [line for line in dry_run["diff"] if "DaemonSet" in line]
