"""Attacks with keys that no longer count, and calls of write tools without any permit."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mcp_servers.contract.permit_keys import PermitKey, PermitKeys, PermitKeySet
from mcp_servers.contract.refusals import of_content
from mcp_servers.kubernetes.connection.clusters import Clusters
from tests.attacks.test_permits import SCALE, SEED, UNDO, Situation, honest, state
from tests.attacks.tokens import OTHER_KEY
from tests.server_kubernetes.live_shop import KEY, START, LiveShop, public

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
WRITES: Final[dict[str, Obj]] = {
    "kubectl_scale": SCALE[1],
    "kubectl_rollout_undo": UNDO[1] | {"replica_set_uid": "x", "template_hash": "y"},
    "kubectl_rollout_restart": {"namespace": "shop", "kind": "Deployment", "name": "web"},
    "kubectl_set_resources": {"namespace": "shop", "kind": "Deployment", "name": "web", "memory_limit": "1Mi"},
    "kubectl_set_service": {"namespace": "shop", "name": "web", "target_port": 1},
    "kubectl_set_ingress_backend": {"namespace": "shop", "name": "web", "service": "web", "port": "80"},
}


def _set(least: int = 0, **keys: tuple[int, int | None]) -> str:
    """A file of keys: by name the epoch, and the seconds from START after which it retired."""
    made = {"own": KEY, "other": OTHER_KEY}
    listed = [
        PermitKey(public=public(made[name]), epoch=epoch, accepted_until=_time(after) if after is not None else None)
        for name, (epoch, after) in keys.items()
    ]
    return PermitKeySet(least_epoch=least, keys=tuple(listed)).model_dump_json()


def _time(after: int) -> Any:

    return datetime.fromtimestamp(START + after, UTC)


def _with_keys(*files: str, signed_by: Ed25519PrivateKey = KEY) -> Situation:
    """A permit of `signed_by` at a server whose file of keys was each of these in turn; the last one counts."""

    async def held(shop: LiveShop, chance: random.Random) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "keys.json"
            for content in files:
                path.write_text(content)
                options = shop.options(keys=PermitKeys(file=path))
                async with shop.client(options, Clusters(kubeconfig=str(shop.kubeconfig))) as client:
                    known = await honest(shop, client, SCALE, chance)
                    before = state(shop)
                    token = known.permit(signed_by)
                    last = await client.call_tool(known.tool, known.arguments | {"permit": token})
            return last.is_error and state(shop) == before

    return held


async def unreadable_keys(shop: LiveShop, chance: random.Random) -> bool:
    """The file of keys is damaged while the server runs: then no permit counts, rather than every."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        path.write_text(_set(own=(1, None)))
        async with shop.client(shop.options(keys=PermitKeys(file=path))) as client:
            known = await honest(shop, client, SCALE, chance)
            before = state(shop)
            path.write_text('{"keys": "any"}')
            answer = await client.call_tool(known.tool, known.arguments | {"permit": known.token})
            return bool(answer.is_error) and state(shop) == before


KEYS: Final[dict[str, Situation]] = {
    "a key that is not in the set": _with_keys(_set(other=(1, None))),
    "a set without keys": _with_keys(_set()),
    "a key of a revoked epoch": _with_keys(_set(least=2, own=(1, None), other=(2, None))),
    "a revoked epoch whose old file came back": _with_keys(_set(least=2, own=(1, None)), _set(own=(1, None))),
    "a key that retired long ago": _with_keys(_set(own=(1, 0), other=(2, None))),
    "another key under an honest one's file": _with_keys(_set(own=(1, None)), signed_by=OTHER_KEY),
    "keys that cannot be read": unreadable_keys,
}


def _without_permit(tool: str, **more: Any) -> Situation:
    async def held(shop: LiveShop, chance: random.Random) -> bool:
        async with shop.client() as client:
            before = state(shop)
            answer = await client.call_tool(tool, WRITES[tool] | more)
            refusal = of_content(answer.structured_content)
            return bool(answer.is_error) and refusal is not None and state(shop) == before

    return held


CALLS: Final[dict[str, Situation]] = {
    **{f"{tool} without a permit": _without_permit(tool) for tool in WRITES},
    **{f"{tool} with an empty permit": _without_permit(tool, permit="") for tool in WRITES},
    **{f"{tool} with a word for a permit": _without_permit(tool, permit="approved") for tool in WRITES},
    **{f"{tool} with a JSON for a permit": _without_permit(tool, permit=json.dumps({"id": "1"})) for tool in WRITES},
}


async def test_a_key_that_was_revoked_signs_nothing_even_where_its_old_file_comes_back(shop: LiveShop) -> None:
    assert await KEYS["a revoked epoch whose old file came back"](shop, random.Random(SEED)), SEED


async def test_a_write_tool_that_is_called_directly_writes_nothing(shop: LiveShop) -> None:
    for name in random.Random(SEED).sample(sorted(CALLS), 4):
        assert await CALLS[name](shop, random.Random(SEED)), name


@pytest.mark.long
@pytest.mark.parametrize("name", [*KEYS, *CALLS])
async def test_no_key_that_counts_no_more_and_no_call_without_a_permit_writes(shop: LiveShop, name: str) -> None:
    assert await {**KEYS, **CALLS}[name](shop, random.Random(SEED)), name
