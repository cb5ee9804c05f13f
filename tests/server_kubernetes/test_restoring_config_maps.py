"""A value of a ConfigMap that is put back: only to what stood there by somebody else's hand, and nothing beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server_kubernetes.live_shop import LiveShop, data, preview, refusal, text, workload

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
TOOL = "kubectl_restore_config_map"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
META = {"name": "settings", "namespace": "shop"}
CALL = {"namespace": "shop", "name": "settings", "key": "GATEWAY"}


def settings(now: Obj, last_applied: Obj | str | None, **more: Any) -> Obj:
    marks = {}
    if last_applied is not None:
        of = last_applied if isinstance(last_applied, str) else json.dumps({"metadata": META, "data": last_applied})
        marks = {APPLIED: of}
    return {"kind": "ConfigMap", "metadata": {**META, "annotations": marks}, "data": now, **more}


def reader(name: str = "reader") -> Obj:
    deployment = workload("Deployment", name, 1)
    spec = deployment["spec"]["template"]["spec"]
    spec["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    return deployment


def pods(shop: LiveShop, app: str = "reader") -> set[str]:
    return {pod["metadata"]["uid"] for pod in shop.pods(app)}


async def test_the_applied_value_comes_back_its_reader_is_restarted_and_the_undo_restores_what_was_there(
    shop: LiveShop,
) -> None:
    shop.apply(settings({"GATEWAY": "b:1", "CITY": "lyon"}, {"GATEWAY": "a:1", "CITY": "paris"}), reader())
    before = pods(shop)
    async with shop.client() as client:
        dry_run, done = await shop.write(client, TOOL, {**CALL, "restart": "Deployment/reader"})
        shop.advance(60)
        assert dry_run["diff"][-1] == "~ Deployment/reader: restarted" and "1 pod" in dry_run["blast_radius"]
        assert dry_run["figures"]["replicas"] == 1 and "lyon" not in json.dumps(dry_run), "no other value is shown"
        assert shop.get("ConfigMap", "settings")["data"] == {"GATEWAY": "a:1", "CITY": "lyon"}
        assert done["restarted"] and not pods(shop) & before
        again = pods(shop)
        undo = done["undo"]
        assert "b:1" not in json.dumps(undo), "an argument carries no value"
        await shop.write(client, undo["tool"], undo["arguments"])
        shop.advance(60)
    assert shop.get("ConfigMap", "settings")["data"] == {"GATEWAY": "b:1", "CITY": "lyon"}
    assert not pods(shop) & again


@pytest.mark.parametrize(
    ("config_map", "why"),
    [
        (settings({"GATEWAY": "b"}, None), "no value of this key was applied"),
        (settings({"GATEWAY": "b"}, {"CITY": "paris"}), "no value of this key was applied"),
        (settings({"GATEWAY": "b"}, "{not json"), "no value of this key was applied"),
        (
            settings({"GATEWAY": "b"}, json.dumps({"metadata": {"name": "other"}, "data": {"GATEWAY": "a"}})),
            "no value of this key was applied",
        ),
        (settings({"GATEWAY": "b"}, {"GATEWAY": "a"}, immutable=True), "immutable"),
        (settings({"GATEWAY": "b"}, {"GATEWAY": "postgres://app:hunter2pass@db/shop"}), "looks secret"),
        (settings({"GATEWAY": "AKIAIOSFODNN7EXAMPLE"}, {"GATEWAY": "a"}), "looks secret"),
    ],
)
async def test_what_nobody_applied_or_looks_secret_is_not_put_back(shop: LiveShop, config_map: Obj, why: str) -> None:
    shop.apply(config_map)
    async with shop.client() as client:
        assert why in refusal(await preview(client, TOOL, CALL))


async def test_only_a_workload_that_reads_it_is_restarted(shop: LiveShop) -> None:
    shop.apply(settings({"GATEWAY": "b"}, {"GATEWAY": "a"}))
    async with shop.client() as client:
        for restart, why in (
            ("Deployment/web", "does not read this ConfigMap"),
            ("Pod/web", "is not one of Deployment"),
            ("Deployment/../../x", "is not a valid name"),
        ):
            assert why in refusal(await preview(client, TOOL, {**CALL, "restart": restart}))


async def test_an_undo_that_nothing_was_replaced_for_is_refused(shop: LiveShop) -> None:
    shop.apply(settings({"GATEWAY": "b"}, {"GATEWAY": "a"}))
    async with shop.client() as client:
        assert "nothing says which value was replaced" in refusal(
            await preview(client, TOOL, {**CALL, "from_replaced": True})
        )


async def test_what_git_declares_is_shown_as_a_change_for_git_alone(shop: LiveShop) -> None:
    config_map = settings({"GATEWAY": "b"}, {"GATEWAY": "a"})
    config_map["metadata"]["labels"] = {"argocd.argoproj.io/instance": "rides"}
    shop.apply(config_map)
    async with shop.client() as client:
        dry_run = data(await preview(client, TOOL, CALL))
        token = shop.permit(TOOL, CALL, dry_run)
        answer = await client.call_tool(TOOL, {**CALL, "permit": token})
    assert data(answer)["outcome"] == "failed" and "is managed by" in text(answer)
    assert shop.get("ConfigMap", "settings")["data"] == {"GATEWAY": "b"}


async def test_a_value_that_changed_since_the_preview_is_not_overwritten(shop: LiveShop) -> None:
    shop.apply(settings({"GATEWAY": "b"}, {"GATEWAY": "a"}))
    async with shop.client() as client:
        dry_run = data(await preview(client, TOOL, CALL))
        token = shop.permit(TOOL, CALL, dry_run)
        shop.edit("ConfigMap", "settings", {"data": {"GATEWAY": "c"}})
        refusal(await client.call_tool(TOOL, {**CALL, "permit": token}))
    assert shop.get("ConfigMap", "settings")["data"] == {"GATEWAY": "c"}
