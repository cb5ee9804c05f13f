"""The attacker's suite as one table: how many attacks of each kind, how many were accepted, how many moved anything."""

from __future__ import annotations

import asyncio
import itertools
import random
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.attacks.steering import DEMANDS, PLACES
from tests.attacks.test_keys_and_calls import CALLS, DIFFS, KEYS
from tests.attacks.test_permits import CHANGED, SEED, SITUATIONS, try_changes, try_forgeries
from tests.attacks.test_steering import SITUATIONS as WORLDS
from tests.attacks.test_steering import count_moves
from tests.attacks.tokens import CLAIMS, FORMS, REWRITTEN, SIGNATURES, TOKENS
from tests.server_kubernetes.live_shop import Front, LiveShop, shop_world
from tests.worlds.running import ground

pytestmark = pytest.mark.anyio


@pytest.mark.long
@pytest.mark.timeout(3000)
async def test_of_all_attacks_none_is_accepted_and_none_moves_anything(server: Front, tmp_path: Path) -> None:
    chance, shops = random.Random(SEED), itertools.count()

    def fresh() -> LiveShop:
        """Of a cluster that no other attack has touched."""
        return LiveShop(server, tmp_path / str(next(shops)), shop_world())

    shop = fresh()
    results: dict[str, tuple[int, list[str]]] = {}
    for kind, prefix, attacks in (
        ("permits in another form", "form: ", FORMS),
        ("permits with another signature", "signature: ", SIGNATURES),
        ("permits edited after they were signed", "rewritten with ", REWRITTEN),
        ("permits signed for something else, expired or cross-cluster", "signed for ", CLAIMS),
    ):
        names = [prefix + name for name in attacks]
        assert set(names) <= TOKENS.keys()
        results[kind] = (len(names), await try_forgeries(shop, names, chance))
    results["another call under an honest permit"] = (len(CHANGED), await try_changes(shop, sorted(CHANGED), chance))
    for kind, table in (
        ("replayed, cross-incident, in a world that changed", SITUATIONS),
        ("permits of a revoked or retired key or epoch", KEYS),
        ("another diff or cluster than was shown", DIFFS),
        ("calls of write tools without a permit", CALLS),
    ):
        results[kind] = (len(table), [name for name, defence in table.items() if not await defence(fresh(), chance)])
    with ground() as place:
        for name in WORLDS:
            count, through = await asyncio.to_thread(count_moves, place, name, chance, each=True)
            kind = "text that steers"
            before = results.get(kind, (0, []))
            results[kind] = (before[0] + count, before[1] + through)
    _print(results)
    assert [through for _, through in results.values() if through] == [], SEED
    assert results["text that steers"][0] == len(WORLDS) * len(DEMANDS) * len(PLACES)


def _print(results: dict[str, tuple[int, list[str]]]) -> None:
    table = Table("attacks", "made", "accepted or moved", title=f"seed {SEED}", title_justify="left")
    for kind, (count, through) in results.items():
        table.add_row(kind, str(count), str(len(through)))
    table.add_row("all", str(sum(c for c, _ in results.values())), str(sum(len(t) for _, t in results.values())))
    Console(width=100).print(table)
