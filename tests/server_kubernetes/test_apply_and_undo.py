"""Apply and undo give the state back, for every write tool and whatever is written; the previews' digests say so."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import pytest

from mcp_servers.kubernetes import writes
from mcp_servers.writing.tools import write_classes
from tests.server_kubernetes.live_shop import Front, LiveShop, preview, refusal, service, shop_world, workload

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
DRAWS: Final = 6  # of each tool
NO_UNDO: Final = {"kubectl_rollout_restart"}  # pods that were replaced do not come back
SIZES: Final = ("none", "64Mi", "96Mi", "1Gi")
CPUS: Final = ("none", "50m", "250m", "1")
FRONT: Final = {"namespace": "shop", "name": "front"}


def rollout_undo(dice: random.Random, shop: LiveShop) -> Obj:
    sets = shop.on_loop(lambda: shop.world.objects.all("ReplicaSet", "shop"))
    revisions = sorted(int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]) for one in sets)
    return {"namespace": "shop", "name": "web", "to_revision": dice.choice(revisions[:-1])}


def resources(dice: random.Random, shop: LiveShop) -> Obj:
    kind, name = dice.choice([("Deployment", "web"), ("StatefulSet", "store"), ("DaemonSet", "agent")])
    sizes = {"memory_limit": SIZES, "memory_request": SIZES[:2], "cpu_limit": CPUS, "cpu_request": CPUS[:2]}
    chosen = dice.sample(sorted(sizes), dice.randint(1, len(sizes)))
    return {"namespace": "shop", "kind": kind, "name": name, **{which: dice.choice(sizes[which]) for which in chosen}}


def scale(dice: random.Random, shop: LiveShop) -> Obj:
    kind, name = dice.choice([("Deployment", "web"), ("StatefulSet", "store")])
    return {"namespace": "shop", "kind": kind, "name": name, "replicas": dice.randint(0, 5)}


def set_service(dice: random.Random, shop: LiveShop) -> Obj:
    change: Obj = dice.choice(
        [
            {"selector": dice.choice(["app=store", "app=web"])},
            {"port": 80, "target_port": str(dice.choice([8080, 9090]))},
            {"internal_traffic_policy": dice.choice(["Cluster", "Local"])},
        ]
    )
    return {"namespace": "shop", "name": "web", **change}


def set_ingress_backend(dice: random.Random, shop: LiveShop) -> Obj:
    return {**FRONT, "host": "web.test", "path": "/", "service": dice.choice(["web", "store"]), "port": "80"}


CALLS: Final = {
    "kubectl_rollout_undo": rollout_undo,
    "kubectl_set_resources": resources,
    "kubectl_scale": scale,
    "kubectl_set_service": set_service,
    "kubectl_set_ingress_backend": set_ingress_backend,
}


@pytest.fixture
def shop(served: Front, tmp_path: Path) -> LiveShop:
    live = LiveShop(served, tmp_path, shop_world())
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": "web.test", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    ingress = {"kind": "Ingress", "metadata": FRONT, "spec": {"ingressClassName": "nginx", "rules": [rule]}}
    live.apply(workload("StatefulSet", "store"), workload("DaemonSet", "agent"), service("store"), ingress)
    return live


def test_every_tool_that_can_be_undone_is_drawn_here() -> None:
    assert {write.tool for write in write_classes(writes)} == CALLS.keys() | NO_UNDO


@pytest.mark.parametrize("tool", CALLS)
async def test_apply_and_undo_give_the_state_back(tool: str, shop: LiveShop) -> None:
    dice, undone = random.Random(tool), 0
    async with shop.client() as client:
        for _ in range(DRAWS):
            call = CALLS[tool](dice, shop)
            dry = await preview(client, tool, call)
            if dry.is_error or not dry.structured_content["data"]["diff"]:
                assert not dry.is_error or refusal(dry), "what cannot be meant, or changes nothing, is not applied"
                continue
            before = state(shop)
            told, answer = await shop.write(client, tool, call)
            shop.advance(40)
            changed = state(shop)
            undo = answer["undo"]
            assert undo == told["undo"]
            again, done = await shop.write(client, undo["tool"], undo["arguments"])
            shop.advance(40)
            assert changed != before and state(shop) == before, (call, undo)
            redo = (await preview(client, done["undo"]["tool"], done["undo"]["arguments"])).structured_content["data"]
            assert again["state"] != told["state"] == redo["state"], "and the digest of a preview tells it"
            undone += 1
    assert undone, "something was drawn that can be done"


def state(shop: LiveShop) -> list[Any]:
    """The specs of everything that the tools write to, without fields that hold nothing."""
    objects = [("Deployment", "web"), ("StatefulSet", "store"), ("DaemonSet", "agent"), ("Service", "web")]
    return [_filled(shop.get(kind, name)["spec"]) for kind, name in (*objects, ("Ingress", "front"))]


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        filled = {key: _filled(part) for key, part in value.items()}
        return {key: part for key, part in filled.items() if part not in ({}, [], None)}
    return [_filled(part) for part in value] if isinstance(value, list) else value
