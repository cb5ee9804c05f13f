"""What becomes of a question when the service throttles, fails, breaks off, or answers nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import BaseModel

from sre_agent.errors import ModelUnavailableError
from sre_agent.model.shortening import EVIDENCE
from tests.model.conftest import LARGE, SMALL, Bedrock, Opens, ask_messages

pytestmark = pytest.mark.anyio
THROTTLED = {"fault": "ThrottlingException"}
DOWN = {"fault": "ServiceUnavailableException", "repeats": True}


class Verdict(BaseModel):
    """Whether it is well."""

    well: bool


def list_pods(namespace: str) -> str:
    """The pods of a namespace."""
    return namespace


async def test_a_throttled_call_is_made_again_after_a_pause(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(THROTTLED, THROTTLED, {"text": "Now."})
    services = opens()

    reply = await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")

    assert (reply.text, reply.calls_made) == ("Now.", 3)
    assert len(services.clock.waits) == 2
    assert 0 < sum(services.clock.waits) <= 0.5 + 1.0
    assert [call.outcome for call in await services.store.model_calls()] == ["throttled", "throttled", "answered"]


async def test_after_its_attempts_the_next_region_is_asked_and_then_the_next_model(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, **DOWN}, {"text": "Here I am."})
    services = opens(model_large=(LARGE, SMALL), model_regions=("eu-west-1", "eu-central-1"))

    reply = await services.models.ask("large", ask_messages(), agent="logs", incident="inc-1")

    assert reply.model == f"{SMALL}@eu-west-1"
    models = [call.model for call in await services.store.model_calls()]
    assert models == [f"{LARGE}@eu-west-1"] * 3 + [f"{LARGE}@eu-central-1"] * 3 + [f"{SMALL}@eu-west-1"]


async def test_one_error_says_what_was_tried_when_nobody_answers(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(DOWN)

    with pytest.raises(ModelUnavailableError, match="ServiceUnavailableException") as outage:
        await opens().models.ask("large", ask_messages(), agent="logs")

    assert outage.value.reason == "unavailable"
    assert LARGE in str(outage.value)
    assert SMALL in str(outage.value)


async def test_access_that_is_denied_is_not_asked_for_again(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, "fault": "AccessDeniedException", "repeats": True})
    services = opens()

    for _ in range(3):
        reply = await services.models.ask("large", ask_messages(), agent="logs")
        assert reply.model.startswith(SMALL)

    assert [call["model"] for call in lab_bedrock.calls].count(LARGE) == 1


async def test_a_model_that_failed_five_times_is_left_alone_and_then_tried_with_one_call(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, **DOWN})
    services = opens()

    async def calls_of_large() -> int:
        await services.models.ask("large", ask_messages(), agent="logs")
        return [call["model"] for call in lab_bedrock.calls].count(LARGE)

    assert [await calls_of_large(), await calls_of_large(), await calls_of_large()] == [3, 5, 5]
    services.clock.passes(seconds=61)
    assert await calls_of_large() == 6
    lab_bedrock.play()
    services.clock.passes(seconds=61)
    assert [await calls_of_large(), await calls_of_large()] == [1, 2]


async def test_the_deadline_holds_for_all_attempts_together(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({**THROTTLED, "repeats": True})
    services = opens(model_deadline_seconds=0.5)

    with pytest.raises(ModelUnavailableError):
        await services.models.ask("large", ask_messages(), agent="logs")

    assert sum(services.clock.waits) <= 0.5
    assert len(lab_bedrock.calls) < 8  # four for each of two models, had there been time


async def test_a_model_that_is_silent_for_too_long_is_given_up(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, "fault": "hangs", "repeats": True}, {"text": "Here."})
    services = opens(model_call_seconds=1.5)

    reply = await services.models.ask("large", ask_messages(), agent="logs")

    assert reply.model.startswith(SMALL)
    assert [call.outcome for call in await services.store.model_calls()] == ["timeout", "timeout", "answered"]


@pytest.mark.parametrize("fault", ["cut", "unfinished", "garbled"])
async def test_a_stream_that_breaks_is_asked_for_again_and_what_came_is_declared_void(
    opens: Opens, lab_bedrock: Bedrock, fault: str
) -> None:
    lab_bedrock.play({"text": "The database refuses connections since noon.", "fault": fault}, {"text": "The disk."})
    services = opens()
    parts: list[str | None] = []

    reply = await services.models.ask("small", ask_messages(), agent="chat", incident="inc-1", on_text=parts.append)

    assert reply.text == "The disk."
    assert "".join(part or "" for part in parts[: parts.index(None)]).startswith("The database")
    assert "".join(part or "" for part in parts[parts.index(None) :]) == "The disk."
    assert [call.outcome for call in await services.store.model_calls()] == ["broken", "answered"]


async def test_what_a_model_said_before_it_failed_is_void_when_the_next_one_answers(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    cut_turn = {"when": {"model": LARGE}, "text": "The database refuses connections.", "fault": "cut", "repeats": True}
    lab_bedrock.play(cut_turn, {"text": "The disk."})
    parts: list[str | None] = []

    reply = await opens().models.ask("large", ask_messages(), agent="chat", on_text=parts.append)

    assert reply.model.startswith(SMALL)
    last = len(parts) - parts[::-1].index(None)
    assert "".join(part or "" for part in parts[last:]) == "The disk."


async def test_an_error_within_a_stream_is_the_same_as_one_before_it(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({**THROTTLED, "in_stream": True, "text": "The database, it"}, {"text": "Now."})
    services = opens()

    await services.models.ask("small", ask_messages(), agent="chat", on_text=lambda _: None)

    assert [call.outcome for call in await services.store.model_calls()] == ["throttled", "answered"]


@pytest.mark.parametrize(("fault", "outcome"), [("empty", "empty"), ("malformed", "malformed")])
async def test_an_answer_that_says_nothing_is_asked_for_again(
    opens: Opens, lab_bedrock: Bedrock, fault: str, outcome: str
) -> None:
    lab_bedrock.play({"fault": fault}, {"text": "Now."})
    services = opens()

    assert (await services.models.ask("small", ask_messages(), agent="logs")).text == "Now."
    assert [call.outcome for call in await services.store.model_calls()] == [outcome, "answered"]


async def test_a_structure_that_never_comes_ends_in_the_one_error(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "I would rather not.", "repeats": True})

    with pytest.raises(ModelUnavailableError, match="structure that was asked for is not there") as outage:
        await opens(model_small=(SMALL,)).models.ask("small", ask_messages(), schema=Verdict, agent="supervisor")

    assert outage.value.reason == "malformed"
    assert len(lab_bedrock.calls) == 2


async def test_a_conversation_that_is_too_long_loses_its_oldest_tool_results_to_their_ledger_ids(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"text": "Enough."}, context_tokens=1500)
    messages: list[Any] = ask_messages()
    for number in range(4):
        call = {"name": "list_pods", "args": {"namespace": "shop"}, "id": f"c{number}"}
        result = ToolMessage(f"pod {number} " * 400, tool_call_id=f"c{number}")
        result.additional_kwargs[EVIDENCE] = f"ev-{number}"
        messages += [AIMessage("", tool_calls=[call]), result]
    services = opens()

    reply = await services.models.ask("small", messages, tools=[list_pods], agent="logs")

    assert reply.text == "Enough."
    results = [message["content"][0]["toolResult"] for message in lab_bedrock.calls[-1]["body"]["messages"][2::2]]
    sent = [result["content"][0]["text"] for result in results]
    assert "in the evidence ledger as ev-0" in sent[0]
    assert "in the evidence ledger as ev-2" in sent[2]
    assert sent[3].startswith("pod 3")
    assert {call.outcome for call in await services.store.model_calls()} == {"too_long", "answered"}


async def test_what_is_too_long_without_tool_results_is_not_cut(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(context_tokens=100)

    with pytest.raises(ModelUnavailableError) as outage:
        await opens().models.ask("small", [HumanMessage("word " * 500)], agent="logs")

    assert outage.value.reason == "too_long"
    assert len(lab_bedrock.calls) == 2  # once for each model of the tier


async def test_our_own_quota_spreads_requests_over_the_minute(opens: Opens, lab_bedrock: Bedrock) -> None:
    services = opens(model_requests_per_minute=2)

    for _ in range(5):
        await services.models.ask("small", ask_messages(), agent="logs")

    assert services.clock.waits == [60.0, 60.0]


async def test_our_own_quota_counts_tokens_too(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "Long.", "usage": {"input_tokens": 9000, "output_tokens": 500}, "repeats": True})
    services = opens(model_tokens_per_minute=16_000)

    for _ in range(3):
        await services.models.ask("small", ask_messages(), agent="logs")

    assert services.clock.waits == [60.0]


async def test_throttling_halves_our_quota_and_answers_win_it_back(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(THROTTLED, {"text": "Now.", "repeats": True})
    services = opens(model_small=(SMALL,), model_requests_per_minute=8)
    for _ in range(6):
        await services.models.ask("small", ask_messages(), agent="logs")

    assert max(services.clock.waits) > 50  # the seventh request of this minute, of six: half of eight, and five answers
    services.clock.waits.clear()
    for _ in range(12):
        services.clock.passes(seconds=60)
        await services.models.ask("small", ask_messages(), agent="logs")
    services.clock.passes(seconds=60)
    for _ in range(8):
        await services.models.ask("small", ask_messages(), agent="logs")
    assert services.clock.waits == []


async def test_a_missing_package_is_named_with_what_installs_it(opens: Opens) -> None:
    with pytest.raises(ModelUnavailableError, match="pip install langchain-mistralai"):
        await opens(model="mistralai:large").models.ask("small", ask_messages(), agent="logs")


async def test_an_endpoint_where_nobody_listens_is_an_outage(opens: Opens) -> None:
    with pytest.raises(ModelUnavailableError) as outage:
        await opens(model_endpoint_url="http://127.0.0.1:9").models.ask("small", ask_messages(), agent="logs")

    assert outage.value.reason == "unavailable"
