"""Attacks on permits and on the way of a write, each against the real server before a living cluster.

Each must be refused with nothing written. Beside them stands the control: the honest permit writes, once.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from mcp import Client

from mcp_servers.contract import calls
from mcp_servers.contract.permits import ANNOTATION
from mcp_servers.kubernetes.connection.clusters import Clusters
from tests.attacks.tokens import OTHER_KEY, TOKENS, Honest
from tests.server_kubernetes.live_shop import KEY, LiveShop, data, preview, workload
from tests.server_kubernetes.planted import owner, plant, replica_set

pytestmark = pytest.mark.anyio
Obj = dict[str, Any]
SEED: Final = int(os.environ.get("SRE_AGENT_TEST_SEED", "20260301"))
SCALE: Final = ("kubectl_scale", {"namespace": "shop", "kind": "Deployment", "name": "web", "replicas": 4})
UNDO: Final = ("kubectl_rollout_undo", {"namespace": "shop", "name": "web", "to_revision": 1})
CHANGED: Final[dict[str, Obj]] = {  # of the call under an honest permit for it
    "more replicas": {"replicas": 5},
    "no replicas": {"replicas": 0},
    "fewer than none": {"replicas": -1},
    "replicas beyond all measure": {"replicas": 2**70},
    "replicas that are true": {"replicas": True},
    "replicas as a text": {"replicas": "5"},
    "replicas as an Arabic digit": {"replicas": "٥"},
    "replicas that are no number": {"replicas": "NaN"},
    "a fraction of a replica": {"replicas": 4.5},
    "another kind": {"kind": "StatefulSet"},
    "another spelling of the kind": {"kind": "deployment"},
    "another name": {"name": "web2"},
    "a name of the same look": {"name": "w\u0435b"},
    "a name with a space": {"name": "web "},
    "a name in full width": {"name": "ｗｅｂ"},
    "a name that leads elsewhere": {"name": "../../../kube-system/deployments/dns"},
    "a name with a query": {"name": "web?dryRun=All"},
    "another namespace": {"namespace": "kube-system"},
    "another cluster": {"cluster": "shop-test"},
    "an argument that nobody knows": {"force": True},
    "a list for a name": {"name": ["web"]},
}


def state(shop: LiveShop) -> tuple[Any, ...]:
    """All that a write could change."""
    objects = []
    for kind in ("Deployment", "Service"):
        for obj in shop.on_loop(lambda kind=kind: shop.world.objects.all(kind, "shop")):  # type: ignore[misc]
            marks = obj["metadata"].get("annotations") or {}
            objects.append(
                (kind, obj["metadata"]["name"], obj["metadata"]["uid"], str(obj["spec"]), marks.get(ANNOTATION))
            )
    return tuple(objects)


async def honest(shop: LiveShop, client: Client, call: tuple[str, Obj], chance: random.Random) -> Honest:
    tool, arguments = call
    dry_run = data(await preview(client, tool, arguments))
    return Honest(shop, tool, dry_run.get("arguments", arguments), dry_run, chance)


def outcome_of(result: Any) -> str:
    """`refused`, or the outcome that the server recorded."""
    return "refused" if result.is_error else str(result.structured_content["data"]["outcome"])


async def send(client: Client, tool: str, arguments: Obj) -> str:
    return outcome_of(await client.call_tool(tool, arguments))


async def try_forgeries(shop: LiveShop, names: list[str], chance: random.Random) -> list[str]:
    """The names of attacks by token on both calls, which were not refused or changed anything."""
    got_through = []
    async with shop.client() as client:
        for place, name in enumerate(names):
            baseline = await honest(shop, client, (SCALE, UNDO)[place % 2], chance)
            before = state(shop)
            outcome = await send(client, baseline.tool, baseline.arguments | {"permit": TOKENS[name](baseline)})
            if outcome != "refused" or state(shop) != before:
                got_through.append(name)
    return got_through


async def try_changes(shop: LiveShop, names: list[str], chance: random.Random) -> list[str]:
    got_through = []
    async with shop.client() as client:
        for name in names:
            baseline = await honest(shop, client, SCALE, chance)
            before = state(shop)
            outcome = await send(client, baseline.tool, baseline.arguments | CHANGED[name] | {"permit": baseline.token})
            if outcome != "refused" or state(shop) != before:
                got_through.append(name)
    return got_through


Situation = Callable[[LiveShop, random.Random], Awaitable[bool]]  # whether it was held


async def _after(shop: LiveShop, chance: random.Random, call: tuple[str, Obj], meanwhile: Callable[[], Any]) -> bool:
    """A permit whose world changed before it was used."""
    async with shop.client() as client:
        baseline = await honest(shop, client, call, chance)
        meanwhile()
        before = state(shop)
        outcome = await send(client, baseline.tool, baseline.arguments | {"permit": baseline.token})
        return outcome in ("refused", "failed") and state(shop) == before


async def used_twice(shop: LiveShop, chance: random.Random) -> bool:
    async with shop.client() as client:
        baseline = await honest(shop, client, SCALE, chance)
        call = baseline.arguments | {"permit": baseline.token}
        assert await send(client, baseline.tool, call) == "done"
        shop.edit("Deployment", "web", {"spec": {"replicas": 1}})
        before = state(shop)
        again = data(await client.call_tool(baseline.tool, call))
        return bool(again["recorded"]) and state(shop) == before


async def used_after_a_restart(shop: LiveShop, chance: random.Random) -> bool:
    async with shop.client() as client:
        baseline = await honest(shop, client, SCALE, chance)
        call = baseline.arguments | {"permit": baseline.token}
        assert await send(client, baseline.tool, call) == "done"
    shop.edit("Deployment", "web", {"spec": {"replicas": 1}})
    before = state(shop)
    async with shop.client(clusters=Clusters(kubeconfig=str(shop.kubeconfig))) as client:
        again = data(await client.call_tool(baseline.tool, call))
    return bool(again["recorded"]) and state(shop) == before


async def used_by_many_at_once(shop: LiveShop, chance: random.Random) -> bool:
    """Two servers over one memory of used permits, four calls each: one of them writes."""
    generation = shop.get("Deployment", "web")["metadata"]["generation"]
    async with shop.client() as one, shop.client(clusters=Clusters(kubeconfig=str(shop.kubeconfig))) as other:
        baseline = await honest(shop, one, SCALE, chance)
        call = baseline.arguments | {"permit": baseline.token}
        answers = await asyncio.gather(*(client.call_tool(baseline.tool, call) for client in (one, other) * 4))
    first = [a for a in answers if not a.is_error and "recorded" not in a.structured_content["data"]]
    done = [a for a in first if a.structured_content["data"]["outcome"] == "done"]
    return len(done) == 1 and shop.get("Deployment", "web")["metadata"]["generation"] == generation + 1


async def used_for_another_call(shop: LiveShop, chance: random.Random) -> bool:
    """A second permit under the id of one that was used."""
    async with shop.client() as client:
        baseline = await honest(shop, client, SCALE, chance)
        token = baseline.permit(id="the-same")
        assert await send(client, baseline.tool, baseline.arguments | {"permit": token}) == "done"
        more = await honest(shop, client, (SCALE[0], SCALE[1] | {"replicas": 9}), chance)
        before = state(shop)
        again = data(await client.call_tool(more.tool, more.arguments | {"permit": more.permit(id="the-same")}))
        return bool(again["recorded"]) and state(shop) == before


async def by_an_earlier_writer(shop: LiveShop, chance: random.Random) -> bool:
    async with shop.client() as client:
        baseline = await honest(shop, client, SCALE, chance)
        assert await send(client, baseline.tool, baseline.arguments | {"permit": baseline.permit(epoch=5)}) == "done"
        late = await honest(shop, client, (SCALE[0], SCALE[1] | {"replicas": 1}), chance)
        before = state(shop)
        outcome = await send(client, late.tool, late.arguments | {"permit": late.permit(epoch=4)})
        return outcome == "refused" and state(shop) == before


def _server(**options: Any) -> Situation:
    """A server that may not write there at all, under an honest permit."""

    async def held(shop: LiveShop, chance: random.Random) -> bool:
        async with shop.client() as client:
            baseline = await honest(shop, client, SCALE, chance)
        before = state(shop)
        async with shop.client(shop.options(**options)) as client:
            outcome = await send(client, baseline.tool, baseline.arguments | {"permit": baseline.token})
        return outcome == "refused" and state(shop) == before

    return held


def _meanwhile(call: tuple[str, Obj], happens: Callable[[LiveShop], Any]) -> Situation:
    return lambda shop, chance: _after(shop, chance, call, lambda: happens(shop))


def _replace(shop: LiveShop) -> None:
    shop.on_loop(lambda: shop.world.objects.delete("Deployment", "shop", "web"))
    shop.apply(workload("Deployment", "web"))


def _set(shop: LiveShop, patch: Obj) -> None:
    for rs in shop.on_loop(lambda: shop.world.objects.all("ReplicaSet", "shop")):
        if rs["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1":
            shop.edit("ReplicaSet", rs["metadata"]["name"], patch)


async def _without_name(shop: LiveShop, chance: random.Random, **without: str) -> bool:
    """A permit that the key signed over an undo that does not say which template."""
    async with shop.client() as client:
        baseline = await honest(shop, client, UNDO, chance)
        bare = {**baseline.arguments, **without}
        token = baseline.permit(call=calls.digest(baseline.tool, bare))
        before = state(shop)
        outcome = await send(client, baseline.tool, bare | {"permit": token})
        return outcome in ("refused", "failed") and state(shop) == before


EVIL: Final = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "evil:1"}]}}}}
SITUATIONS: Final[dict[str, Situation]] = {
    "used twice": used_twice,
    "used again after a restart": used_after_a_restart,
    "used by many at once": used_by_many_at_once,
    "its id used for another call": used_for_another_call,
    "by an earlier writer of the incident": by_an_earlier_writer,
    "a server that only reads": _server(writes=False),
    "a namespace off the allowlist": _server(allow=("other-*",)),
    "a server without a key": _server(key=False),
    "a target that was replaced": _meanwhile(SCALE, _replace),
    "a target that was changed": _meanwhile(
        SCALE, lambda s: s.edit("Deployment", "web", {"spec": {"minReadySeconds": 3}})
    ),
    "a target that is gone": _meanwhile(
        SCALE, lambda s: s.on_loop(lambda: s.world.objects.delete("Deployment", "shop", "web"))
    ),
    "a permit that grew old": _meanwhile(SCALE, lambda s: s.advance(400)),
    "a template that was changed": _meanwhile(UNDO, lambda s: _set(s, EVIL)),
    "a change cause that was changed": _meanwhile(
        UNDO, lambda s: _set(s, {"metadata": {"annotations": {"kubernetes.io/change-cause": "x"}}})
    ),
    "a revision that has another number": _meanwhile(
        UNDO, lambda s: _set(s, {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "6"}}})
    ),
    "a revision that was planted beside it": _meanwhile(
        UNDO, lambda s: plant(s, replica_set("web-aaa", [owner(s)], revision="1"), wait=0)
    ),
    "a rollout that was paused": _meanwhile(UNDO, lambda s: s.edit("Deployment", "web", {"spec": {"paused": True}})),
    "an undo without the ReplicaSet": lambda s, c: _without_name(s, c, replica_set_uid=""),
    "an undo without the template": lambda s, c: _without_name(s, c, template_hash=""),
    "an undo to another template": lambda s, c: _without_name(s, c, template_hash="0" * 64),
    "an undo to another ReplicaSet": lambda s, c: _without_name(s, c, replica_set_uid="another"),
}  # fmt: skip
COUNT: Final = len(TOKENS) + len(CHANGED) + len(SITUATIONS)


async def test_a_sample_of_attacks_on_permits_is_refused_with_nothing_written(shop: LiveShop) -> None:
    chance = random.Random(SEED)
    assert not await try_forgeries(shop, chance.sample(sorted(TOKENS), 8), chance), SEED
    assert not await try_changes(shop, chance.sample(sorted(CHANGED), 3), chance), SEED


@pytest.mark.parametrize("name", ["used twice", "used by many at once", "a template that was changed"])
async def test_a_permit_is_for_one_write_in_the_world_that_it_was_given_for(shop: LiveShop, name: str) -> None:
    assert await SITUATIONS[name](shop, random.Random(SEED)), SEED


@pytest.mark.parametrize("call", [SCALE, UNDO], ids=["scale", "undo"])
async def test_the_honest_permit_writes_exactly_once(shop: LiveShop, call: tuple[str, Obj]) -> None:
    async with shop.client() as client:
        baseline = await honest(shop, client, call, random.Random(SEED))
        generation = shop.get("Deployment", "web")["metadata"]["generation"]
        assert await send(client, baseline.tool, baseline.arguments | {"permit": baseline.token}) == "done"
    assert shop.get("Deployment", "web")["metadata"]["generation"] == generation + 1


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_every_attack_on_permits_by_token_or_argument_is_refused(shop: LiveShop) -> None:
    chance = random.Random(SEED)
    names = sorted(TOKENS)
    chance.shuffle(names)
    through = [*await try_forgeries(shop, names, chance), *await try_changes(shop, sorted(CHANGED), chance)]
    print(f"seed {SEED}: {len(names) + len(CHANGED)} of {COUNT} attacks, {len(through)} got through")
    assert not through and COUNT >= 84
    async with shop.client() as client:  # the same server still does what is honestly permitted
        baseline = await honest(shop, client, SCALE, chance)
        assert await send(client, baseline.tool, baseline.arguments | {"permit": baseline.token}) == "done"


@pytest.mark.long
@pytest.mark.parametrize("name", SITUATIONS)
async def test_every_situation_in_which_a_permit_is_void_is_refused(shop: LiveShop, name: str) -> None:
    print(f"seed {SEED}: {name}")
    assert await SITUATIONS[name](shop, random.Random(SEED)), SEED


def test_the_keys_of_the_attacks_differ() -> None:
    assert KEY.public_key() != OTHER_KEY.public_key()
