"""Which component a disturbance began with."""

from __future__ import annotations

from random import Random

from mcp_servers.signals.series.suspects import SuspectSeries, off_level, shared, suspects

CALLS = {"web": ["cart", "search"], "cart": ["store"], "search": [], "batch": ["store"]}


def series(component: str, usual: float, now: float, seed: int = 1) -> SuspectSeries:
    random = Random(seed)
    return SuspectSeries(component, "latency", [usual * (1 + 0.05 * random.gauss(0, 1)) for _ in range(60)], [now] * 3)


def test_the_callee_that_drags_its_callers_along_comes_first() -> None:
    ranking = suspects(
        [series("web", 100, 180), series("cart", 40, 120), series("store", 10, 90), series("search", 20, 20)],
        CALLS,
        "web",
    )
    assert [one.component for one in ranking][:1] == ["store"]
    assert ranking[0].own == ranking[0].off
    assert next(one for one in ranking if one.component == "cart").own < ranking[0].own / 2


def test_trouble_that_no_callee_has_is_the_components_own() -> None:
    ranking = suspects([series("web", 100, 180), series("cart", 40, 41), series("store", 10, 10)], CALLS, "web")
    assert ranking[0].component == "web"


def test_what_the_alarmed_component_does_not_reach_counts_half() -> None:
    ranking = suspects([series("batch", 10, 40), series("search", 10, 40)], CALLS, "web")
    assert [one.component for one in ranking] == ["search", "batch"]


def test_without_a_past_nothing_can_be_said() -> None:
    assert off_level(SuspectSeries("web", "latency", [1.0] * 3, [9.0])) is None
    assert suspects([SuspectSeries("web", "latency", [], [9.0])], CALLS, "web") == []


def test_what_slows_every_call_of_one_is_that_one() -> None:
    calls = {("web", "cart"): 12.0, ("cart", "store"): 11.0, ("web", "search"): 0.4, ("batch", "store"): 0.0}
    assert shared(calls)[0][0] == "cart"
