"""The numbers of a preview: what policies compare, what could not be read, and who else is at work."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.blast_radius import NONE_ON_AWS
from mcp_servers.contract.permits import ANNOTATION
from sre_lab.clock import rfc3339
from sre_lab.world import RecordedRefusal
from tests.server_kubernetes.live_shop import LiveShop, data, preview, text, workload

pytestmark = pytest.mark.anyio
WEB = {"namespace": "shop", "kind": "Deployment", "name": "web"}
UNDO = {"namespace": "shop", "name": "web", "to_revision": 1}


def caller(shop: LiveShop) -> None:
    """Another workload of the namespace that names the Service web."""
    manifest = workload("Deployment", "cart")
    manifest["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "WEB_URL", "value": "http://web:80/"}]
    shop.apply(manifest)


def forbid(shop: LiveShop, verb: str, *plurals: str) -> None:
    refusals = [RecordedRefusal(verb, plural, "shop", "") for plural in plurals]
    shop.on_loop(lambda: shop.world.refusals.extend(refusals))


async def test_a_preview_counts_pods_their_share_of_what_is_ready_nodes_and_callers(shop: LiveShop) -> None:
    caller(shop)
    shop.advance(30)
    async with shop.client() as client:
        undone = data(await preview(client, "kubectl_rollout_undo", UNDO))
        fewer = data(await preview(client, "kubectl_scale", WEB | {"replicas": 1}))
        more = data(await preview(client, "kubectl_scale", WEB | {"replicas": 5}))
    assert undone["figures"] == {"replicas": 2, "ready_share": 100, "nodes": 2, "callers": 1} | NONE_ON_AWS
    assert fewer["figures"] == {"replicas": 1, "ready_share": 50, "nodes": 1, "callers": 1} | NONE_ON_AWS
    assert more["figures"] == {"replicas": 3, "ready_share": 0, "nodes": 0, "callers": 1} | NONE_ON_AWS
    assert undone["namespace"] == {"labels": {"kubernetes.io/metadata.name": "shop"}, "workloads": 2, "failing": 0}


async def test_a_number_that_could_not_be_read_is_null_and_not_zero(shop: LiveShop) -> None:
    forbid(shop, "list", "pods", "daemonsets")
    async with shop.client() as client:
        dry_run = data(await preview(client, "kubectl_rollout_undo", UNDO))
    assert dry_run["figures"] == {"replicas": None, "ready_share": None, "nodes": None, "callers": None} | NONE_ON_AWS
    assert (dry_run["namespace"]["workloads"], dry_run["namespace"]["failing"]) == (None, None)


async def test_who_else_wrote_the_object_is_told_with_the_time_and_our_own_writes_are_not(shop: LiveShop) -> None:
    async with shop.client() as client:
        await shop.write(client, "kubectl_scale", WEB | {"replicas": 3})
        shop.advance(60)
        ours = data(await preview(client, "kubectl_rollout_undo", UNDO))["other_actors"]
        shop.edit("Deployment", "web", {"spec": {"minReadySeconds": 5}}, by="argocd-controller")
        theirs = data(await preview(client, "kubectl_rollout_undo", UNDO))["other_actors"]
    assert "sre-agent" not in [one["who"] for one in ours]
    latest = theirs[0]
    assert (latest["kind"], latest["who"]) == ("field_manager", "argocd-controller") and latest["at"]


async def test_what_crashes_again_and_again_fails_also_in_the_moment_in_which_it_is_ready(shop: LiveShop) -> None:
    async with shop.client() as client:
        steady = data(await preview(client, "kubectl_rollout_undo", UNDO))
        crash(shop)
        crashing = data(await preview(client, "kubectl_rollout_undo", UNDO))
    assert (steady["namespace"]["failing"], crashing["namespace"]["failing"]) == (0, 1)
    assert crashing["figures"]["ready_share"] == 100, "ready as they are"


def crash(shop: LiveShop) -> None:
    """Each pod of web has ended a moment ago and is ready again."""

    def end() -> None:
        for pod in shop.world.objects.all("Pod", "shop"):
            at = rfc3339(shop.world.clock.now() - 3)
            statuses = [
                one | {"lastState": {"terminated": {"exitCode": 1, "finishedAt": at}}, "restartCount": 1}
                for one in pod["status"]["containerStatuses"]
            ]
            shop.world.objects.replace(pod | {"status": pod["status"] | {"containerStatuses": statuses}})

    shop.on_loop(end)


async def test_a_rollout_under_way_is_told_with_its_beginning(shop: LiveShop) -> None:
    image = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:3"}]}}}}
    shop.edit("Deployment", "web", image, by="kubectl-edit", wait=1)
    async with shop.client() as client:
        dry_run = data(await preview(client, "kubectl_scale", WEB | {"replicas": 4}))
    rollouts = [one for one in dry_run["other_actors"] if one["kind"] == "rollout"]
    assert len(rollouts) == 1 and rollouts[0]["who"].startswith("web-") and rollouts[0]["at"]


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "undo": ("kubectl_rollout_undo", UNDO),
    "scale": ("kubectl_scale", WEB | {"replicas": 4}),
    "resources": ("kubectl_set_resources", WEB | {"memory_limit": "512Mi", "cpu_request": "none"}),
    "service": ("kubectl_set_service", {"namespace": "shop", "name": "web", "target_port": "8081"}),
}


async def test_credentials_that_only_read_get_the_same_diff_computed_and_it_says_so(shop: LiveShop) -> None:
    async with shop.client() as client:
        dry_runs = {name: data(await preview(client, *call)) for name, call in CALLS.items()}
    forbid(shop, "patch", "deployments", "services")
    async with shop.client(shop.options(writes=False, allow=())) as client:
        for name, call in CALLS.items():
            result = await preview(client, *call)
            estimate = data(result)
            assert estimate["diff"] == dry_runs[name]["diff"], name
            assert (estimate["computed"], dry_runs[name]["computed"]) == (True, False)
            assert estimate["undo"] == dry_runs[name]["undo"] and "Computed from what is read" in text(result)
    assert ANNOTATION not in (shop.get("Deployment", "web")["metadata"].get("annotations") or {})
