"""A model that cannot be opened: where its region comes from, and that the reason reaches whoever reads on."""

from __future__ import annotations

from typing import get_args

import pytest

from sre_agent.domain.model_call import Outcome
from sre_agent.errors import ModelUnavailableError
from sre_agent.model.reasons import WHY, because
from tests.model.conftest import SMALL, Bedrock, Opens, ask_messages


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No variable names a region."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.anyio
async def test_the_region_of_the_environment_counts_where_no_setting_names_one(
    opens: Opens, lab_bedrock: Bedrock, nowhere: pytest.MonkeyPatch
) -> None:
    nowhere.setenv("AWS_REGION", "eu-central-1")
    lab_bedrock.play({"text": "Here."})

    reply = await opens(aws_region="").models.ask("small", ask_messages(), agent="logs")

    assert reply.model == SMALL


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("settings", "detail"),
    [
        ({"aws_region": ""}, "No AWS region is set for the model"),
        ({"model": "mistralai:large"}, "Install it with: pip install langchain-mistralai"),
    ],
)
async def test_what_keeps_a_model_from_being_opened_is_said_with_what_to_do(
    opens: Opens, nowhere: pytest.MonkeyPatch, settings: dict[str, str], detail: str
) -> None:
    with pytest.raises(ModelUnavailableError) as outage:
        await opens(**settings).models.ask("small", ask_messages(), agent="logs")

    assert outage.value.reason == "not_opened"
    note = because("No chat model told whom to ask", outage.value, then="the run went on without one")
    assert note.startswith(
        "No chat model told whom to ask, because the model cannot be used as it is set up; the run went on without one."
    )
    assert detail in note and note.count(detail) == 1


def test_every_way_in_which_a_call_ends_has_its_words() -> None:
    assert set(get_args(Outcome)) - {"answered", "interrupted", "held"} <= set(WHY)
