"""The same request is paid once; whatever differs is another request."""

from __future__ import annotations

import pytest
from langchain_core.messages import HumanMessage

from tests.model.conftest import Bedrock, Opens, ask_messages

pytestmark = pytest.mark.anyio
SAID = {"text": "So it is.", "usage": {"input_tokens": 1000, "output_tokens": 200}, "repeats": True}


async def test_the_same_request_is_answered_again_for_nothing_until_its_time_is_over(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play(SAID)
    services = opens(model_reuse_seconds=300.0)
    parts: list[str | None] = []
    first = await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")
    again = await services.models.ask("small", ask_messages(), agent="report", incident="inc-2", on_text=parts.append)
    assert (again.text, again.dollars, again.calls_made, parts) == (first.text, 0.0, 0, ["So it is."])
    assert len(lab_bedrock.calls) == 1
    first_call, free = await services.store.model_calls()
    assert (free.reused, free.dollars, free.incident, free.agent) == (True, 0.0, "inc-2", "report")
    assert not first_call.reused and first_call.dollars > 0
    assert services.models.reused == (1, 1)
    services.clock.passes(seconds=301)
    await services.models.ask("small", ask_messages(), agent="logs")
    assert len(lab_bedrock.calls) == 2


async def test_nothing_is_reused_across_what_changed(opens: Opens, lab_bedrock: Bedrock) -> None:
    lab_bedrock.play(SAID)
    services = opens(model_reuse_seconds=300.0)
    look = ask_messages("why? 2 pods are ready")
    for number, messages in enumerate((look, ask_messages("why? 3 pods are ready"), [*look, HumanMessage("well?")]), 1):
        await services.models.ask("small", messages, agent="logs", prompt="p@1")
        assert len(lab_bedrock.calls) == number
    await services.models.ask("small", look, agent="logs", prompt="p@2")
    await services.models.ask("large", look, agent="logs", prompt="p@1")
    assert len(lab_bedrock.calls) == 5
    await services.models.ask("small", look, agent="logs", prompt="p@1")
    assert len(lab_bedrock.calls) == 5
