"""Attacks with keys that no longer count, at servers that would do something else, and calls without any permit."""

from __future__ import annotations

import json
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_servers.contract.permit_keys import KeyFile, PermitKey, PermitKeys, PermitKeySet
from mcp_servers.contract.refusals import of_content
from mcp_servers.kubernetes.connection.clusters import Clusters
from tests.attacks.test_permits import SCALE, SEED, UNDO, Situation, honest, state
from tests.attacks.tokens import OTHER_KEY
from tests.server_kubernetes.live_shop import KEY, START, LiveShop, public

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
WEB: Final[Obj] = {"namespace": "shop", "kind": "Deployment", "name": "web"}
WRITES: Final[dict[str, Obj]] = {
    "kubectl_scale": SCALE[1],
    "kubectl_rollout_undo": UNDO[1] | {"replica_set_uid": "x", "template_hash": "y"},
    "kubectl_rollout_restart": WEB,
    "kubectl_set_resources": WEB | {"memory_limit": "1Mi"},
    "kubectl_set_service": {"namespace": "shop", "name": "web", "target_port": 1},
    "kubectl_set_ingress_backend": {"namespace": "shop", "name": "web", "service": "web", "port": "80"},
    "kubectl_set_image": WEB | {"image": "web:evil"},
    "kubectl_set_command": WEB | {"command": ["/bin/sh"]},
    "kubectl_set_env": WEB | {"variable": "LEVEL", "value": "debug"},
    "kubectl_set_probe": WEB | {"probe": "livenessProbe", "path": "/"},
    "kubectl_set_node_selector": WEB | {"label": "disk", "value": "slow"},
    "kubectl_set_toleration": WEB | {"taint": "spot:NoExecute"},
    "kubectl_set_reference": WEB | {"path": "/spec/template/spec/volumes/0/configMap/name", "value": "other"},
    "kubectl_set_autoscaler_bounds": {"namespace": "shop", "name": "web", "max_replicas": 900},
    "kubectl_set_disruption_budget": {"namespace": "shop", "name": "web", "max_unavailable": "100%"},
    "kubectl_allow_traffic": {
        "namespace": "shop",
        "name": "web",
        "direction": "ingress",
        "peer_labels": "app=evil",
        "port": 80,
    },
    "kubectl_create_storage_class": {"namespace": "shop", "name": "fast"},
    "kubectl_rollout_pause": {"namespace": "shop", "name": "web"},
    "kubectl_rollout_resume": {"namespace": "shop", "name": "web"},
    "kubectl_suspend": {"namespace": "shop", "kind": "CronJob", "name": "web"},
    "kubectl_resume": {"namespace": "shop", "kind": "CronJob", "name": "web"},
}


def _set(least: int = 0, **keys: tuple[int, int | None]) -> str:
    """A file of keys: by name the epoch, and the seconds from START after which it retired."""
    by_name = {"own": KEY, "other": OTHER_KEY}
    permit_keys = [
        PermitKey(public=public(by_name[name]), epoch=epoch, accepted_until=_time(after) if after is not None else None)
        for name, (epoch, after) in keys.items()
    ]
    return PermitKeySet(least_epoch=least, keys=tuple(permit_keys)).model_dump_json()


def _time(after: int) -> Any:

    return datetime.fromtimestamp(START + after, UTC)


def _with_keys(*files: str, signed_by: Ed25519PrivateKey = KEY) -> Situation:
    """A permit of `signed_by` at a server whose file of keys was each of these in turn; the last one counts."""

    async def held(shop: LiveShop, chance: random.Random) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "keys.json"
            for content in files:
                path.write_text(content)
                options = shop.options(keys=PermitKeys(source=KeyFile(path)))
                async with shop.client(options, Clusters(kubeconfig=str(shop.kubeconfig))) as client:
                    baseline = await honest(shop, client, SCALE, chance)
                    before = state(shop)
                    token = baseline.permit(signed_by)
                    last = await client.call_tool(baseline.tool, baseline.arguments | {"permit": token})
            return last.is_error and state(shop) == before

    return held


async def unreadable_keys(shop: LiveShop, chance: random.Random) -> bool:
    """The file of keys is damaged while the server runs: then no permit counts, rather than every."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        path.write_text(_set(own=(1, None)))
        async with shop.client(shop.options(keys=PermitKeys(source=KeyFile(path)))) as client:
            baseline = await honest(shop, client, SCALE, chance)
            before = state(shop)
            path.write_text('{"keys": "any"}')
            answer = await client.call_tool(baseline.tool, baseline.arguments | {"permit": baseline.token})
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


class Webhook:
    """In front of the API: what it answers to a dry run has a second container, as a mutating webhook would add one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "PATCH" or b"dryRun" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        body = json.loads(b"".join(message.get("body", b"") for message in messages))
        body["spec"]["template"]["spec"]["containers"].append({"name": "miner", "image": "miner:1"})
        content = json.dumps(body).encode()
        length = (b"content-length", str(len(content)).encode())
        headers = [pair for pair in messages[0]["headers"] if pair[0] != b"content-length"]
        await send({**messages[0], "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": content, "more_body": False})


async def changed_by_a_webhook(shop: LiveShop, chance: random.Random) -> bool:
    """The object, its version and the call are those of the permit; what the API server would make of it is not."""
    async with shop.client() as client:
        baseline = await honest(shop, client, SCALE, chance)
        before = state(shop)
        shop.through(Webhook)
        answer = await client.call_tool(baseline.tool, baseline.arguments | {"permit": baseline.token})
        shop.through(lambda app: app)
    refusal = of_content(answer.structured_content)
    return refusal is not None and refusal.code == "other_diff" and state(shop) == before


def _with_diff(diff: str) -> Situation:
    """A permit that the right key signed for another diff."""

    async def held(shop: LiveShop, chance: random.Random) -> bool:
        async with shop.client() as client:
            baseline = await honest(shop, client, SCALE, chance)
            before = state(shop)
            answer = await client.call_tool(baseline.tool, baseline.arguments | {"permit": baseline.permit(diff=diff)})
        refusal = of_content(answer.structured_content)
        return refusal is not None and refusal.code == "other_diff" and state(shop) == before

    return held


async def at_another_cluster(shop: LiveShop, chance: random.Random) -> bool:
    """A server of another cluster in which the same objects stand."""
    async with shop.client() as client:
        baseline = await honest(shop, client, SCALE, chance)
    before = state(shop)
    async with shop.client(clusters=Clusters(kubeconfig=str(shop.kubeconfig), name="another")) as client:
        answer = await client.call_tool(baseline.tool, baseline.arguments | {"permit": baseline.token})
    return bool(answer.is_error) and state(shop) == before


DIFFS: Final[dict[str, Situation]] = {
    "a webhook that makes something else of it": changed_by_a_webhook,
    "a permit without a diff": _with_diff(""),
    "a permit for another diff": _with_diff("0" * 64),
    "a server of another cluster with the same objects": at_another_cluster,
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


async def test_what_would_change_otherwise_than_it_was_shown_is_not_written(shop: LiveShop) -> None:
    assert await changed_by_a_webhook(shop, random.Random(SEED))


async def test_a_write_tool_that_is_called_directly_writes_nothing(shop: LiveShop) -> None:
    for name in random.Random(SEED).sample(sorted(CALLS), 4):
        assert await CALLS[name](shop, random.Random(SEED)), name


@pytest.mark.long
@pytest.mark.parametrize("name", [*KEYS, *DIFFS, *CALLS])
async def test_no_key_that_counts_no_more_and_no_call_without_a_permit_writes(shop: LiveShop, name: str) -> None:
    assert await {**KEYS, **DIFFS, **CALLS}[name](shop, random.Random(SEED)), name
