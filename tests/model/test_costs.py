"""What calls cost, what is written down of them, and what a budget does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sre_agent.errors import ModelUnavailableError, SettingsError
from sre_agent.model.address import ModelAddress
from sre_agent.model.budget import money
from sre_agent.model.usage import Usage, load_prices
from tests.model.conftest import Bedrock, Opens, ask_messages

GLOBAL = "global.anthropic.claude-sonnet-5-5"


def turn(**usage: int) -> dict[str, Any]:
    tokens = {"input_tokens": 0, "output_tokens": 0, "cache_read": 0, "cache_write": 0} | usage
    return {"text": "So it is.", "usage": tokens, "repeats": True}


@pytest.mark.anyio
async def test_a_call_is_a_row_with_who_asked_whom_for_what_at_what_price(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(turn(input_tokens=1000, output_tokens=200, cache_read=5000, cache_write=300))
    services = opens()

    reply = await services.models.ask("large", ask_messages(), agent="logs", incident="inc-1", user="ada")

    (row,) = await services.store.model_calls(incident="inc-1")
    assert (row.agent, row.user, row.tier, row.model) == ("logs", "ada", "large", f"{GLOBAL}@eu-west-1")
    tokens = (row.input_tokens, row.output_tokens, row.cache_read_tokens, row.cache_write_tokens)
    assert tokens == (1000, 200, 5000, 300)
    expected = (1000 * 2.0 + 200 * 10.0 + 5000 * 0.10 + 300 * 2.5) / 1e6
    assert row.dollars == pytest.approx(expected)
    assert reply.dollars == pytest.approx(expected)
    assert (row.outcome, row.priced, row.at) == ("answered", True, services.clock.now())


def test_cache_reads_and_writes_have_prices_of_their_own() -> None:
    prices, model = load_prices(), ModelAddress("bedrock", GLOBAL)
    million = 1_000_000

    assert prices.dollars(model, Usage(input=million))[0] == pytest.approx(2.0)
    assert prices.dollars(model, Usage(cache_read=million))[0] == pytest.approx(0.10)
    assert prices.dollars(model, Usage(cache_write=million))[0] == pytest.approx(2.50)
    assert prices.dollars(model, Usage(cache_write=million), "1h")[0] == pytest.approx(4.0)


def test_a_regional_profile_costs_more_than_the_global_one() -> None:
    prices, usage = load_prices(), Usage(input=1_000_000)
    names = (GLOBAL, "eu.anthropic.claude-sonnet-5-5", "arn:aws:bedrock:eu-west-1:1:inference-profile/" + GLOBAL)

    prices_in_dollars = [prices.dollars(ModelAddress("bedrock", name), usage)[0] for name in names]

    assert prices_in_dollars == pytest.approx([2.0, 2.2, 2.0])


def test_a_long_prompt_can_have_another_price() -> None:
    prices, model = load_prices(), ModelAddress("bedrock", "global.anthropic.claude-haiku-5-5")

    assert prices.dollars(model, Usage(input=100_000))[0] == pytest.approx(0.01)
    assert prices.dollars(model, Usage(input=60_000, cache_read=60_000))[0] == pytest.approx(0.03 + 0.003)


def test_a_model_without_a_price_costs_what_the_dearest_costs_and_is_marked() -> None:
    prices, unknown = load_prices(), ModelAddress("openai", "gpt-unknown")

    dollars, has_price = prices.dollars(unknown, Usage(input=1_000_000))

    assert (dollars, has_price) == (15.0, False)


def test_a_file_of_ones_own_replaces_the_list(tmp_path: Path) -> None:
    mine = tmp_path / "prices.yaml"
    mine.write_text("{date: 2026-01-01, source: the contract, models: [{id: gpt-unknown, input: 1, output: 2}]}")

    assert load_prices(mine).dollars(ModelAddress("openai", "gpt-unknown"), Usage(output=500_000)) == (1.0, True)
    mine.write_text("{models: []}")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_prices(mine)


@pytest.mark.anyio
async def test_at_80_percent_of_an_incidents_budget_somebody_is_told_and_at_100_the_model_is_left(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play(turn(input_tokens=30_000))  # $0.06 each
    services = opens(model_incident_dollars=0.14)

    await services.models.ask("large", ask_messages(), agent="logs", incident="inc-1")
    assert services.warnings == []
    await services.models.ask("large", ask_messages(), agent="logs", incident="inc-1")
    assert services.warnings == [
        "86% of the incident's model budget of $0.14 is used. At 100 % the run continues without the model."
    ]
    await services.models.ask("large", ask_messages(), agent="logs", incident="inc-1")
    assert len(services.warnings) == 2
    assert "From here on the run continues without the model." in services.warnings[1]
    with pytest.raises(ModelUnavailableError, match="The incident's model budget is used up") as over:
        await services.models.ask("small", ask_messages(), agent="report", incident="inc-1")

    assert over.value.reason == "budget"
    assert len(lab_bedrock.calls) == 3
    await services.models.ask("small", ask_messages(), agent="logs", incident="inc-2")


@pytest.mark.anyio
async def test_a_days_budget_holds_for_all_incidents_and_is_new_the_next_day(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play(turn(input_tokens=30_000))
    services = opens(model_day_dollars=0.10)
    await services.models.ask("large", ask_messages(), agent="logs", incident="inc-1")
    await services.models.ask("large", ask_messages(), agent="logs", incident="inc-2")

    with pytest.raises(ModelUnavailableError, match="The day's model budget"):
        await services.models.ask("large", ask_messages(), agent="logs", incident="inc-3")
    services.clock.passes(hours=12)
    await services.models.ask("large", ask_messages(), agent="logs", incident="inc-3")


@pytest.mark.anyio
async def test_a_call_that_will_not_fit_into_the_budget_is_not_sent_and_that_is_told_once(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    services = opens(model_incident_dollars=0.001)
    sent: list[str] = []

    for _ in range(2):
        with pytest.raises(ModelUnavailableError) as small:
            await services.models.ask(
                "large",
                ask_messages("word " * 2000),
                agent="logs",
                incident="inc-1",
                on_sent=lambda: sent.append("sent"),
            )
        assert small.value.reason == "budget"

    assert not lab_bedrock.calls and not sent
    (warning,) = services.warnings
    assert "$0.00 of $0.001 are used, and it will take about $0.015" in warning
    assert warning.endswith("The run continues without the model.")
    await services.models.ask("large", ask_messages(), agent="logs", incident="", on_sent=lambda: sent.append("sent"))
    assert sent == ["sent"]


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0.0, "$0.00"),
        (20.0, "$20.00"),
        (0.14, "$0.14"),
        (0.001, "$0.001"),
        (0.006612, "$0.0066"),
        (0.000045, "$0.000045"),
        (1.5, "$1.50"),
    ],
)
def test_small_amounts_are_told_to_the_digit_that_counts(dollars: float, text: str) -> None:
    assert money(dollars) == text


@pytest.mark.anyio
async def test_parallel_calls_go_over_a_budget_by_one_call_at_most(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(turn(output_tokens=4096))  # $0.041 each, as much as an answer can cost
    services = opens(model_incident_dollars=0.06)

    asks = [services.models.ask("large", ask_messages(), agent="logs", incident="inc-1") for _ in range(8)]
    outcomes = await asyncio.gather(*asks, return_exceptions=True)

    assert sum(isinstance(one, ModelUnavailableError) for one in outcomes) == 6
    assert await services.store.model_dollars(incident="inc-1") < 0.06 + 0.042


@pytest.mark.anyio
async def test_another_process_spends_from_the_same_budget(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(turn(input_tokens=30_000))
    here, there = opens(model_incident_dollars=0.05), opens(model_incident_dollars=0.05)

    await there.models.ask("large", ask_messages(), agent="logs", incident="inc-1")

    with pytest.raises(ModelUnavailableError, match="budget"):
        await here.models.ask("large", ask_messages(), agent="logs", incident="inc-1")


@pytest.mark.anyio
async def test_a_budget_of_nothing_makes_no_call(opens: Opens, lab_bedrock: Bedrock) -> None:
    with pytest.raises(ModelUnavailableError, match="budget"):
        await opens(model_day_dollars=0).models.ask("small", ask_messages(), agent="logs")

    assert lab_bedrock.calls == []
