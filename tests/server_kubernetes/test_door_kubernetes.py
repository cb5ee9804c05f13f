"""What keeps a write from happening: each lock of the door, and the memory of what was done."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.contract import calls, permits, refusals
from mcp_servers.contract.permit_keys import PermitKeys
from mcp_servers.contract.permits import ANNOTATION, Permit
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.writing.used_permits import open_used_permits
from sre_lab.world import RecordedRefusal
from tests.server_kubernetes.live_shop import (
    KEY,
    Cuts,
    LiveShop,
    Meanwhile,
    data,
    edit,
    preview,
    public,
    refusal,
    workload,
)

pytestmark = pytest.mark.anyio
SCALE = {"namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 4}
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"x" * 32)


def replicas(shop: LiveShop) -> int:
    return int(shop.get("Deployment", "web")["spec"]["replicas"])


async def test_without_a_permit_nothing_is_written(shop: LiveShop) -> None:
    async with shop.client() as client:
        message = refusal(await client.call_tool("kubectl_scale", SCALE))
    assert "[refused]" in message and "(missing)" in message
    assert replicas(shop) == 2


@pytest.mark.parametrize(
    ("key", "changed", "code"),
    [
        (OTHER_KEY, {}, "forged"),
        (None, {"call": calls.digest("kubectl_scale", SCALE | {"replicas": 9})}, "wrong_call"),
        (None, {"call": calls.digest("kubectl_rollout_restart", SCALE)}, "wrong_call"),
        (None, {"scope": "another-cluster"}, "wrong_scope"),
        (None, {"audience": "ssm"}, "wrong_audience"),
    ],
)
async def test_a_permit_for_something_else_is_refused(
    shop: LiveShop, key: Ed25519PrivateKey | None, changed: dict[str, Any], code: str
) -> None:
    async with shop.client() as client:
        dry_run = data(await preview(client, "kubectl_scale", SCALE))
        signed = {"key": key} if key else {}
        token = shop.permit("kubectl_scale", SCALE, dry_run, **signed, **changed)
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
        problem = refusals.of_content(
            (await client.call_tool("kubectl_scale", SCALE | {"permit": token})).structured_content
        )
    assert "[refused]" in message and f"({code})" in message
    assert problem is not None and (problem.kind, problem.code) == ("refused", code), "a program needs no sentence"
    assert replicas(shop) == 2


async def test_a_permit_is_over_when_the_cluster_s_clock_says_so(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        shop.advance(timedelta(minutes=6).total_seconds())
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert "(expired)" in message and replicas(shop) == 2


async def test_a_target_whose_spec_changed_since_the_permit_is_not_written(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        shop.edit("Deployment", "web", {"spec": {"minReadySeconds": 3}})
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert "(stale_target)" in message and replicas(shop) == 2


async def test_a_target_of_the_same_name_but_another_identity_is_not_written(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        shop.on_loop(lambda: shop.world.objects.delete("Deployment", "shop", "web"))
        shop.apply(workload("Deployment", "web"))
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert "(stale_target)" in message and replicas(shop) == 2


async def test_a_status_that_moves_does_not_make_a_permit_stale(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        before = shop.get("Deployment", "web")["metadata"]["resourceVersion"]
        shop.edit("Deployment", "web", {"status": {"readyReplicas": 1}})
        assert shop.get("Deployment", "web")["metadata"]["resourceVersion"] != before
        answer = data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert answer["outcome"] == "done" and replicas(shop) == 4


async def test_a_status_that_moves_under_the_write_is_no_obstacle(shop: LiveShop) -> None:
    ready = iter(range(1, 100))

    def churn() -> None:
        edit(shop.world, "Deployment", "web", {"status": {"readyReplicas": next(ready)}})

    racing = shop.through(lambda app: Meanwhile(app, churn, 3))
    async with shop.client() as client:
        for tool, arguments in (
            ("kubectl_scale", SCALE),
            ("kubectl_rollout_undo", {"namespace": "shop", "name": "web", "to_revision": 1}),
        ):
            racing.left = 3
            assert (await shop.write(client, tool, arguments))[1]["outcome"] == "done"
    assert racing.patches == 8 and replicas(shop) == 4


async def test_a_spec_that_changes_under_the_write_is_not_overwritten(shop: LiveShop) -> None:
    def change() -> None:
        edit(shop.world, "Deployment", "web", {"spec": {"replicas": 3}})

    shop.through(lambda app: Meanwhile(app, change, 1))
    async with shop.client() as client:
        _, answer = await shop.write(client, "kubectl_scale", SCALE)
    assert answer["outcome"] == "failed" and replicas(shop) == 3


@pytest.mark.parametrize(
    ("writes", "allow", "why"),
    [(False, ("shop",), "read-only"), (True, (), "allowlist"), (True, ("other-*",), "allowlist")],
)
async def test_a_read_only_server_and_a_namespace_off_the_allowlist_refuse_the_write(
    shop: LiveShop, writes: bool, allow: tuple[str, ...], why: str
) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
    async with shop.client(shop.options(writes=writes, allow=allow)) as client:
        problem = refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert why in problem and replicas(shop) == 2


async def test_a_server_with_writes_previews_only_what_its_allowlist_opens(shop: LiveShop) -> None:
    async with shop.client(shop.options(allow=("other-*",))) as client:
        assert "allowlist" in refusal(await preview(client, "kubectl_scale", SCALE))


async def test_a_read_only_server_shows_what_a_write_would_do_and_that_it_is_switched_off(shop: LiveShop) -> None:
    async with shop.client(shop.options(writes=False, allow=())) as client:
        result = await preview(client, "kubectl_scale", SCALE)
    dry_run = data(result)
    assert dry_run["executable"] is False and dry_run["diff"] and dry_run["target"]["subject"] == "Deployment/shop/web"
    assert "read-only" in getattr(result.content[0], "text", "") and replicas(shop) == 2


async def test_a_preview_without_the_right_to_the_write_names_the_missing_right(shop: LiveShop) -> None:
    shop.on_loop(lambda: shop.world.refusals.append(RecordedRefusal("patch", "deployments", "shop", "")))
    async with shop.client() as client:
        problem = refusal(await preview(client, "kubectl_scale", SCALE))
    assert "[denied]" in problem and "the verb patch on resource deployments" in problem


@pytest.mark.parametrize(("allow", "opens"), [(("*",), False), (("kube-*",), False), (("kube-system",), True)])
async def test_a_system_namespace_is_opened_by_its_full_name_only(
    shop: LiveShop, allow: tuple[str, ...], opens: bool
) -> None:
    manifest = workload("Deployment", "dns")
    manifest["metadata"]["namespace"] = "kube-system"
    shop.apply(manifest)
    call = {"namespace": "kube-system", "kind": "Deployment", "name": "dns", "replicas": 1}
    async with shop.client(shop.options(allow=allow)) as client:
        result = await preview(client, "kubectl_scale", call)
    if opens:
        assert data(result)["target"]["subject"] == "Deployment/kube-system/dns"
    else:
        assert "full name" in refusal(result)


@pytest.mark.parametrize("name", ["../../kube-system/deployments/dns", "web?dryRun=All", "web/scale", "%2e%2e", ""])
async def test_a_name_cannot_lead_out_of_its_namespace(shop: LiveShop, name: str) -> None:
    async with shop.client() as client:
        by_name = refusal(await preview(client, "kubectl_scale", SCALE | {"name": name}))
        by_namespace = refusal(await client.call_tool("kubectl_scale", SCALE | {"namespace": name}))
    assert "[bad_request]" in by_name and "[bad_request]" in by_namespace


async def test_a_server_without_a_key_writes_nothing(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
    async with shop.client(shop.options(key=False)) as client:
        assert "permit key" in refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert replicas(shop) == 2


async def test_a_used_permit_tells_its_outcome_and_executes_nothing_also_after_a_restart(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        first = data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
        shop.edit("Deployment", "web", {"spec": {"replicas": 1}})
        before = shop.version
        second = data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert shop.version == before
    shop.advance(3600)
    async with shop.client(clusters=Clusters(kubeconfig=str(shop.kubeconfig))) as new_client:
        third = data(await new_client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert first["outcome"] == second["outcome"] == third["outcome"] == "done"
    assert "recorded" not in first and second["recorded"] and third["recorded"]
    assert second["version"] == third["version"] == first["version"]
    assert replicas(shop) == 1


async def test_a_used_permit_is_no_way_around_its_arguments(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"replicas": 9, "permit": token}))
    assert "(wrong_call)" in message and replicas(shop) == 4


async def begin(shop: LiveShop, client: Any) -> tuple[str, Permit]:
    """A permit that a server began and died over."""
    permit_id = str(uuid.uuid4())
    token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)), id=permit_id)
    permit = permits.verify(
        token,
        PermitKeys([public(KEY)]).current(),
        audience="kubernetes",
        scope="shop-prod",
        call=calls.digest("kubectl_scale", SCALE),
        now=shop.now,
    )
    used = shop.options().used_permits
    assert used is not None and open_used_permits(used).begin(permit) is None
    return token, permit


async def test_a_write_whose_server_died_before_recording_it_is_found_by_its_annotation(shop: LiveShop) -> None:
    async with shop.client() as client:
        token, permit = await begin(shop, client)
        stamp = {"metadata": {"annotations": {ANNOTATION: permit.id}}, "spec": {"replicas": 4}}
        shop.edit("Deployment", "web", stamp)
        version = shop.version
        outcome = data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
        again = data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert outcome["outcome"] == again["outcome"] == "done" and outcome["recorded"]
    assert outcome["version"] == str(shop.get("Deployment", "web")["metadata"]["generation"])
    assert shop.version == version


async def test_a_write_whose_server_died_before_sending_it_stays_in_doubt_and_is_not_repeated(shop: LiveShop) -> None:
    async with shop.client() as client:
        token, _ = await begin(shop, client)
        answers = [data(await client.call_tool("kubectl_scale", SCALE | {"permit": token})) for _ in range(2)]
    assert [answer["outcome"] for answer in answers] == ["in_doubt", "in_doubt"]
    assert replicas(shop) == 2


@pytest.mark.parametrize("status", [0, 500, 504])
async def test_a_write_whose_answer_was_lost_is_found_done(shop: LiveShop, status: int) -> None:
    shop.through(lambda app: Cuts(app, carried_out=True, status=status))
    async with shop.client() as client:
        _, answer = await shop.write(client, "kubectl_scale", SCALE)
    assert answer["outcome"] == "done" and replicas(shop) == 4


@pytest.mark.parametrize("status", [0, 500, 504])
async def test_a_write_lost_on_the_way_is_in_doubt_and_not_sent_again(shop: LiveShop, status: int) -> None:
    cuts = shop.through(lambda app: Cuts(app, carried_out=False, status=status))
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        message = refusal(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
        answer = data(await client.call_tool("kubectl_scale", SCALE | {"permit": token}))
    assert "unknown" in message and answer["outcome"] == "in_doubt"
    assert cuts.cut == 1 and replicas(shop) == 2


async def test_an_earlier_writer_of_an_incident_is_refused_once_a_later_one_was_here(shop: LiveShop) -> None:
    async with shop.client() as client:
        later = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)), epoch=2)
        data(await client.call_tool("kubectl_scale", SCALE | {"permit": later}))
        back = SCALE | {"replicas": 2}
        earlier = shop.permit("kubectl_scale", back, data(await preview(client, "kubectl_scale", back)), epoch=1)
        message = refusal(await client.call_tool("kubectl_scale", back | {"permit": earlier}))
    assert "(stale_epoch)" in message and replicas(shop) == 4


async def test_a_write_that_the_cluster_forbids_fails_for_good_and_names_the_permission(shop: LiveShop) -> None:
    async with shop.client() as client:
        token = shop.permit("kubectl_scale", SCALE, data(await preview(client, "kubectl_scale", SCALE)))
        shop.on_loop(lambda: shop.world.refusals.append(RecordedRefusal("patch", "deployments", "shop", "")))
        result = await client.call_tool("kubectl_scale", SCALE | {"permit": token})
        problem = refusal(await preview(client, "kubectl_scale", SCALE))
    for message in (refusal(result), problem):
        assert "[denied]" in message and "verb patch on resource deployments" in message and "namespace shop" in message


async def test_an_empty_argument_is_as_good_as_none_for_a_permit(shop: LiveShop) -> None:
    call = {"namespace": "shop", "kind": "Deployment", "name": "web", "memory_limit": "96Mi"}
    async with shop.client() as client:
        token = shop.permit("kubectl_set_resources", call, data(await preview(client, "kubectl_set_resources", call)))
        arguments = call | {"container": "", "cpu_limit": "", "permit": token}
        assert data(await client.call_tool("kubectl_set_resources", arguments))["outcome"] == "done"


async def test_nothing_is_connected_before_the_first_call(shop: LiveShop, tmp_path: Path) -> None:
    nowhere = Clusters(kubeconfig=str(tmp_path / "none"))
    async with shop.client(clusters=nowhere) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"kubectl_preview", "kubectl_scale"}
        assert "[unavailable]" in refusal(await preview(client, "kubectl_scale", SCALE))
