"""Calls that end before their answer is whole: they may be billed, so the ledger and the budget know them."""

from __future__ import annotations

import asyncio

import pytest

from tests.model.conftest import LARGE, SMALL, Bedrock, Opens, ask_messages

pytestmark = pytest.mark.anyio
LONG = "What do these words say? " + "word " * 2000


async def test_a_call_that_is_called_off_is_in_the_ledger_with_what_was_sent(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"fault": "hangs", "repeats": True})
    services = opens()
    sent = asyncio.Event()
    question = services.models.ask(
        "large", ask_messages(LONG), agent="chat", incident="chat-1", user="ada", on_sent=sent.set
    )
    asking = asyncio.create_task(question)
    await sent.wait()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    (row,) = await services.store.model_calls(incident="chat-1")
    assert (row.outcome, row.estimated, row.agent, row.user) == ("interrupted", True, "chat", "ada")
    assert row.input_tokens > 2000 and row.output_tokens == 0
    assert row.dollars == pytest.approx(row.input_tokens * 2.0 / 1e6)
    assert await services.models.used_share("chat-1") == pytest.approx(
        row.dollars / services.settings.models.model_incident_dollars
    )


async def test_what_came_of_an_answer_before_it_was_called_off_is_counted(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"text": "The database refuses connections since noon.", "fault": "unfinished"}, {"text": "Now."})
    services = opens()

    await services.models.ask("small", ask_messages(LONG), agent="chat", incident="chat-1", on_text=lambda _: None)

    first_call, second_call = await services.store.model_calls()
    assert (first_call.outcome, first_call.estimated, second_call.estimated) == ("broken", True, False)
    assert first_call.input_tokens > 2000 and 0 < first_call.output_tokens < 20


async def test_a_call_that_takes_too_long_costs_what_was_sent(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, "fault": "hangs", "repeats": True}, {"text": "Here."})
    services = opens(model_call_seconds=1.5, model_large=(LARGE, SMALL))

    await services.models.ask("large", ask_messages(LONG), agent="logs", incident="inc-1")

    first, *_ = await services.store.model_calls()
    assert (first.outcome, first.estimated) == ("timeout", True)
    assert first.dollars > 0.004


@pytest.mark.parametrize("fault", ["ThrottlingException", "AccessDeniedException", "ServiceUnavailableException"])
async def test_a_call_that_was_refused_costs_nothing(opens: Opens, lab_bedrock: Bedrock, fault: str) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, "fault": fault, "repeats": True}, {"text": "Here."})
    services = opens()

    await services.models.ask("large", ask_messages(LONG), agent="logs", incident="inc-1")

    first, *_ = await services.store.model_calls()
    assert (first.dollars, first.estimated, first.input_tokens) == (0.0, False, 0)
