"""Which models the settings mean, and how errors of clients that nobody here knows are understood."""

from __future__ import annotations

from typing import Any

import pytest

from sre_agent.errors import ModelUnavailableError, SettingsError
from sre_agent.model.address import addresses
from sre_agent.model.faults import outcome_of
from sre_agent.settings import Settings, load
from tests.model.conftest import LARGE, SMALL, Bedrock, Opens, ask_messages


def addresses_of(**fields: Any) -> list[str]:
    return [str(address) for address in addresses(Settings.model_validate(fields).model_access, "small")]


def test_without_a_model_there_is_none() -> None:
    assert addresses_of() == []


def test_bedrock_takes_its_usual_models_in_the_region_of_the_settings() -> None:
    assert addresses_of(model="bedrock", aws_region="eu-west-1")[0] == f"{SMALL}@eu-west-1"


def test_each_model_is_tried_in_each_region_unless_it_names_its_own() -> None:
    small_models = (SMALL, "eu.anthropic.claude-haiku-4-5-20251001-v1:0@eu-north-1")
    assert addresses_of(model="bedrock", model_small=small_models, model_regions=("us-east-1", "us-west-2")) == [
        f"{SMALL}@us-east-1",
        f"{SMALL}@us-west-2",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0@eu-north-1",
    ]


def test_another_provider_serves_both_tiers_and_can_be_mixed_with_bedrock() -> None:
    assert addresses_of(model="openai:gpt-5") == ["openai:gpt-5"]
    assert addresses_of(model="bedrock", model_small=("ollama:qwen3:8b", "amazon.nova-lite-v1:0")) == [
        "ollama:qwen3:8b",
        "amazon.nova-lite-v1:0",
    ]


def test_models_can_be_given_in_the_environment() -> None:
    environment = {"SRE_AGENT_MODEL": "bedrock", "SRE_AGENT_MODEL_SMALL": f"{SMALL},{LARGE}"}
    assert load("local", environment=environment).models.model_small == (SMALL, LARGE)


@pytest.mark.anyio
async def test_a_model_can_be_named_by_its_arn(opens: Opens, lab_bedrock: Bedrock) -> None:
    arn = f"arn:aws:bedrock:eu-west-1:111122223333:inference-profile/{LARGE}"

    reply = await opens(model_large=(arn,)).models.ask("large", ask_messages(), agent="logs")

    assert lab_bedrock.calls[0]["model"] == arn
    assert reply.dollars < 0.01


@pytest.mark.anyio
async def test_a_guardrail_that_is_not_written_as_one_is_named(opens: Opens) -> None:
    with pytest.raises(ModelUnavailableError, match="'strict' is not of the form ID:VERSION"):
        await opens(model_guardrail="strict").models.ask("small", ask_messages(), agent="logs")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "model",
    [
        "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc",  # the lab has none
        "bedrock_converse:arn:aws:nothing",
        "nobody:model",
    ],
)
async def test_a_model_that_cannot_be_opened_is_passed_over(opens: Opens, model: str) -> None:
    models = opens(model_large=(model, SMALL)).models

    assert (await models.ask("large", ask_messages(), agent="logs")).model.startswith(SMALL)


@pytest.mark.anyio
async def test_a_price_list_that_is_not_there_is_named(opens: Opens) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml"):
        opens(model_prices="nowhere.yaml")


class RateLimitError(Exception):
    status_code = 429


class BadRequestError(Exception):
    status_code = 400


class APIConnectionError(Exception):
    pass


class InternalServerError(Exception):
    status_code = 500


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (RateLimitError("slow down"), "throttled"),
        (BadRequestError("unknown parameter"), "refused"),
        (BadRequestError("This model's maximum context length is 128000 tokens"), "too_long"),
        (InternalServerError("oops"), "unavailable"),
        (APIConnectionError("nobody there"), "unavailable"),
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "unavailable"),
        (KeyError("choices"), "malformed"),
    ],
)
def test_an_error_of_any_client_is_understood_by_its_status_or_name(problem: Exception, outcome: str) -> None:
    assert outcome_of(problem, lambda _: None) == outcome
