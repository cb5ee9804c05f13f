"""Variables of other tools that say what a setting says."""

from __future__ import annotations

import pytest

from sre_agent.settings import load
from sre_agent.settings.loading import misspelt

MODEL = "anthropic.claude-sonnet-4-5-v1:0"
ARN = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/sre-agent"


def test_a_bedrock_model_id_is_the_model_for_everything() -> None:
    models = load("local", environment={"BEDROCK_MODEL_ID": MODEL}).models
    assert (models.model, models.model_small, models.model_large) == ("bedrock", (MODEL,), (MODEL,))


@pytest.mark.parametrize("environment", [{}, {"SRE_AGENT_MODEL": "none"}, {"SRE_AGENT_MODEL": "openai:gpt-5"}])
def test_who_names_another_model_is_not_given_this_one(environment: dict[str, str]) -> None:
    argument = None if environment else "none"
    models = load("local", environment={"BEDROCK_MODEL_ID": MODEL, **environment}, model=argument).models
    assert (models.model, models.model_large) == (environment.get("SRE_AGENT_MODEL", "none"), ())


def test_our_own_variables_win_over_those_of_others() -> None:
    environment = {"BEDROCK_MODEL_ID": MODEL, "SRE_AGENT_MODEL_LARGE": "amazon.nova-pro-v1:0", "AGENT_RUNTIME_ARN": ARN}
    settings = load(environment=environment, agent_runtime_arn="")
    assert settings.models.model_large == ("amazon.nova-pro-v1:0",)
    assert settings.connection.agent_runtime_arn == ""
    assert load(environment=environment).connection.agent_runtime_arn == ARN


def test_the_token_is_no_setting_and_no_misspelling_of_one() -> None:
    assert misspelt({"SRE_AGENT_TOKEN": "secret", "SRE_AGENT_ENDPOINT": "https://sre.example.com"}) == []
