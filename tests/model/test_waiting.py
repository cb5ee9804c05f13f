"""How long a question is held up by a service that throttles, and that whoever waits is told."""

from __future__ import annotations

import pytest

from sre_agent.errors import ModelUnavailableError
from tests.model.conftest import LARGE, SMALL, Bedrock, Opens, ask_messages

pytestmark = pytest.mark.anyio
THROTTLED = {"fault": "ThrottlingException", "repeats": True}


async def test_a_person_who_waits_is_told_soon_that_every_model_is_throttled(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play(THROTTLED)
    services = opens()

    for _ in range(3):
        with pytest.raises(ModelUnavailableError) as outage:
            await services.models.ask("small", ask_messages(), agent="chat", incident="chat-1", patience=8.0)
        assert outage.value.reason == "throttled"

    assert sum(services.clock.waits) <= 3 * 8.0


async def test_the_next_model_is_asked_instead_of_waiting_for_one_whose_service_refused(
    opens: Opens, lab_bedrock: Bedrock
) -> None:
    lab_bedrock.play({"when": {"model": LARGE}, **THROTTLED}, {"text": "Here.", "repeats": True})
    services = opens(model_requests_per_minute=4)

    replies = [await services.models.ask("large", ask_messages(), agent="logs") for _ in range(3)]

    assert all(reply.model.startswith(SMALL) for reply in replies)
    assert sum(services.clock.waits) < 20


async def test_a_long_wait_for_the_quota_is_told(opens: Opens, lab_bedrock: Bedrock) -> None:
    services = opens(model_small=(SMALL,), model_requests_per_minute=1)
    for _ in range(2):
        await services.models.ask("small", ask_messages(), agent="logs", incident="inc-1")

    assert services.warnings == [
        f"{SMALL}@eu-west-1 has used up its requests or tokens of this minute; it is asked again in 60 s."
    ]
