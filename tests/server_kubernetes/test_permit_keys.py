"""Keys are exchanged while servers run: no permit is refused in between, and a revoked key signs nothing ever again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from mcp import Client

from mcp_servers.contract.permit_keys import KeyFile, PermitKeys
from mcp_servers.contract.permits import Target
from mcp_servers.contract.refusals import of_content
from mcp_servers.kubernetes.connection.clusters import Clusters
from sre_agent.domain.action import Action, Call
from sre_agent.permits import PermitIssuer
from sre_agent.permits.key_ring import KeyRing
from sre_agent.permits.keys.folder import KeyFolder
from tests.server_kubernetes.live_shop import LiveShop, data, preview

pytestmark = pytest.mark.anyio
VALID: Final = 300.0


class Responder:
    """A responder beside the shop: its keys, and what it has executed with its permits."""

    def __init__(self, shop: LiveShop, folder: Path) -> None:
        self.shop, self.ring = shop, KeyRing(KeyFolder(folder), valid_seconds=VALID)
        self.issuer = PermitIssuer(self.ring, valid_seconds=VALID)
        self.ring.active(shop.now)
        self.public_keys = Path(self.ring.address)
        self.options = shop.options(keys=PermitKeys(source=KeyFile(self.public_keys)))

    async def permitted(self, client: Client, replicas: int) -> dict[str, Any]:
        """A call with its permit."""
        arguments = {"namespace": "shop", "kind": "Deployment", "name": "web", "replicas": replicas}
        dry_run = data(await preview(client, "kubectl_scale", arguments))
        action = Action(
            remedy="scale", failure_class="x", purpose="scale", subject="web", confidence=1.0, reversible=True,
            call=Call(server="kubernetes", tool="kubectl_scale", arguments=arguments),
            scope=dry_run["scope"], target=Target.model_validate(dry_run["target"]), diff_digest=dry_run["diff_digest"],
        )  # fmt: skip
        by: dict[str, Any] = {"incident": "inc-1", "epoch": 1, "allowed_by": "human:ada", "now": self.shop.now}
        return arguments | {"permit": await self.issuer.issue(action, **by)}


def code(answer: Any) -> str:
    refusal = of_content(answer.structured_content)
    return refusal.code if refusal else str(answer.structured_content["data"]["outcome"])


async def test_keys_rotate_while_permits_are_under_way_and_none_of_them_is_refused(
    shop: LiveShop, tmp_path: Path
) -> None:
    responder = Responder(shop, tmp_path)
    async with shop.client(responder.options) as client:
        before = await responder.permitted(client, 3)
        KeyRing(KeyFolder(tmp_path), valid_seconds=VALID).rotate(shop.now)  # as another process does
        assert code(await client.call_tool("kubectl_scale", before)) == "done", "signed before, sent after"
        after = await responder.permitted(client, 4)
        assert code(await client.call_tool("kubectl_scale", after)) == "done", (
            "the running issuer signs with the new key"
        )
        key_set, active = responder.ring.keys(shop.now)
        assert [key.id for key in key_set.keys if key.accepted_until is None] == [active]


async def test_an_earlier_key_is_of_no_use_once_its_permits_have_expired(shop: LiveShop, tmp_path: Path) -> None:
    responder = Responder(shop, tmp_path)
    old_key = responder.ring.active(shop.now)
    responder.ring.rotate(shop.now)
    shop.advance(VALID + 61)
    async with shop.client(responder.options) as client:
        call = await responder.permitted(client, 3)
        arguments = {name: value for name, value in call.items() if name != "permit"}
        dry_run = data(await preview(client, "kubectl_scale", arguments))
        token = shop.permit("kubectl_scale", arguments, dry_run, old_key)  # type: ignore[arg-type]
        assert code(await client.call_tool("kubectl_scale", arguments | {"permit": token})) == "retired_key"


async def test_a_revoked_key_stays_revoked_also_where_its_file_comes_back(shop: LiveShop, tmp_path: Path) -> None:
    responder = Responder(shop, tmp_path)
    old_file = responder.public_keys.read_bytes()
    old_key = responder.ring.active(shop.now)
    async with shop.client(responder.options) as client:
        call = await responder.permitted(client, 3)
        revocations = responder.ring.revoke(old_key.id, shop.now)
        assert [key.id for key in revocations] == [old_key.id]
        assert code(await client.call_tool("kubectl_scale", call)) == "revoked_key"
        responder.public_keys.write_bytes(old_file)
        assert code(await client.call_tool("kubectl_scale", call)) == "revoked_key"
        await again(shop, client, responder)
    options = shop.options(keys=PermitKeys(source=KeyFile(responder.public_keys)))
    async with shop.client(options, Clusters(kubeconfig=str(shop.kubeconfig))) as client:
        assert code(await client.call_tool("kubectl_scale", call)) == "revoked_key", "another server knows it too"


async def again(shop: LiveShop, client: Client, responder: Responder) -> None:
    """The key that took its place still writes, whatever became of the file."""
    responder.ring.rotate(shop.now + timedelta(seconds=1))
    fresh = await responder.permitted(client, 4)
    assert code(await client.call_tool("kubectl_scale", fresh)) == "done"
