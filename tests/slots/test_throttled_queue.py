"""An SQS that throttles slows its callers down, and nothing that was sent is lost."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from sre_agent.domain.base import IncidentId
from sre_agent.errors import TemporaryError
from sre_agent.outbox import Outbox
from tests.slots import moto
from tests.slots.looks_in_moto import SqsOfATest, with_queues
from tests.slots.test_messages import NOON, at, message, open_store
from tests.slots.test_outbox import StandingClock
from tests.slots.throttling import throttling

pytestmark = pytest.mark.anyio
MANY = [IncidentId(f"inc-{number}") for number in range(6)]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the SDK, which would wait for seconds."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))


async def test_looks_are_sent_taken_and_acknowledged_through_a_queue_that_throttles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_queues(moto.state_of_its_own(tmp_path))
    with throttling(settings.state_endpoint_url, *range(2, 60, 3)) as way:
        queue = SqsOfATest(settings.model_copy(update={"state_endpoint_url": way.url}), monkeypatch, NOON)
        for incident in MANY:
            await queue.ask_for(incident, NOON, cause="a signal")
        incidents = []
        while (look := await queue.take(NOON, 60)) is not None:
            incidents.append(look.incident)
            await queue.ack(look)
        assert await queue.take(at(61), 60) is None, "all were acknowledged"
        await queue.close()
    assert incidents == MANY and way.refusals >= 6


async def test_what_is_sent_while_the_queue_takes_nothing_is_found_by_the_relay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = with_queues(moto.state_of_its_own(tmp_path))
    store, clock = open_store("sqlite", tmp_path), StandingClock()
    with throttling(settings.state_endpoint_url) as way:
        queue = SqsOfATest(settings.model_copy(update={"state_endpoint_url": way.url}), monkeypatch, NOON)
        outbox, way.throttles_all = Outbox(store, queue, clock), True
        assert await outbox.send(message()), "it is stored, and who sent it need not do it again"
        with pytest.raises(TemporaryError):
            await queue.take(NOON, 60)
        way.throttles_all = False
        assert await queue.take(NOON, 60) is None
        assert await outbox.relay(at(60)) == 1
        assert await queue.take(NOON, 60) is not None
        await queue.close()
    await store.close()
