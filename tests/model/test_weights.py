"""Providers share the load by their weights; what an incident began with, it stays with."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from pydantic import ValidationError

from sre_agent.model.address import ModelAddress
from sre_agent.model.weights import ordered
from sre_agent.settings import Settings

SONNET, HAIKU = ModelAddress("bedrock", "claude-sonnet", "eu-west-1"), ModelAddress("bedrock", "claude-haiku")
GPT = ModelAddress("openai", "gpt-5")
ALL = [SONNET, HAIKU, GPT]


def test_each_provider_comes_first_as_often_as_it_weighs_and_keeps_its_own_order() -> None:
    orders = [ordered(ALL, {"bedrock": 3, "openai": 1}, Random(f"inc-{n}")) for n in range(2_000)]
    first = Counter(order[0] for order in orders)
    assert first[SONNET] + first[GPT] == 2_000
    assert first[SONNET] == pytest.approx(1_500, abs=80)
    assert all(set(order) == set(ALL) and order.index(SONNET) < order.index(HAIKU) for order in orders)


def test_an_incident_always_has_the_same_order() -> None:
    orders = [ordered(ALL, {"bedrock": 1, "openai": 1}, Random("inc-7")) for _ in range(5)]
    assert all(order == orders[0] for order in orders)


def test_without_weights_the_order_is_that_of_preference_and_no_weight_is_the_last_resort() -> None:
    assert ordered(ALL, {}, Random(1)) == ALL
    for seed in range(20):
        assert ordered(ALL, {"claude-sonnet@eu-west-1": 0, "gpt-5": 5}, Random(seed))[-1] == SONNET


def test_a_weight_below_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="a weight is 0"):
        Settings(model_weights={"bedrock": -1})
