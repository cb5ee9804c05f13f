"""A table that is throttled, and answers that are lost on their way: everything takes longer, and nothing is lost or
done twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from sre_agent.aws_services.clients import AwsServices
from sre_agent.domain.action import ApprovalDecision
from sre_agent.errors import TemporaryError
from sre_agent.progress import Event
from sre_agent.settings import StateAccess
from sre_agent.signing import SigningKey, fresh_key
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS
from sre_agent.store.dynamodb import DynamoStore
from sre_agent.store.dynamodb.items import Items
from tests.slots.conftest import place_of
from tests.slots.test_record import look
from tests.slots.test_store import NOON, A, incident, model_call, signal

pytestmark = pytest.mark.anyio


class BusyTable(AwsServices):
    """Three of ten requests are not taken, and of two more the answer is lost."""

    def __init__(self, settings: StateAccess) -> None:
        super().__init__(settings)
        self.store_table = settings.store_table
        self.chance, self.is_away, self.is_busy = random.Random(7), False, True

    def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        luck = self.chance.random() if self.is_busy else 1.0
        if self.is_away or luck < 0.3:
            raise TemporaryError(f"{operation} is busy (ThrottlingException).")
        answer = super().ask(service, operation, **params)
        if luck < 0.5:
            raise TemporaryError(f"{operation} got no response: ReadTimeoutError.")
        return answer


@pytest.fixture
def table(tmp_path: Path) -> BusyTable:
    return BusyTable(place_of("dynamodb", tmp_path))


def store_of(table: BusyTable, pauses: list[float]) -> DynamoStore:
    key = SigningKey.of(fresh_key())
    items = Items(table, table.store_table, pause=pauses.append)
    return DynamoStore(items, lambda: key)


async def test_what_is_throttled_or_answered_into_the_void_is_done_once(table: BusyTable) -> None:
    pauses: list[float] = []
    store = store_of(table, pauses)
    assert await store.attach_or_create(signal(), incident()) == (incident(), True)
    epoch = await store.lease(A, "w", NOON, 60)
    assert epoch is not None
    await store.update(A, epoch, status="diagnosed")
    decision = ApprovalDecision(incident=A, question="q", action_digest="d", choice="approve", by="ada", at=NOON)
    assert (await store.decide(decision), await store.decide(decision)) == (True, False)
    for n in range(3):
        await store.keep_evidence(look(f"e{n}"))
        await store.keep_model_call(model_call(f"c{n}", dollars=0.5))
        store.record(Event(kind="node.started", incident=A, at=NOON, name=str(n)))
    await store.recorded()
    table.is_busy = False
    assert [one.id for one in await store.ledger(A)] == ["e0", "e1", "e2"]
    assert (await store.model_dollars(), await store.model_dollars(incident=A)) == (1.5, 1.5)
    assert [one.event.name for one in await store.events()] == ["0", "1", "2"]
    assert pauses and max(pauses) < 3
    await store.close()


async def test_a_table_that_stays_away_is_said_to_be_so_and_the_record_waits_for_it(table: BusyTable) -> None:
    table.is_busy = False
    store = store_of(table, [])
    table.is_away = True
    store.record(Event(kind="node.started", incident=A, at=NOON, name="while it was away"))
    for attempt in (store.recorded(), store.attach_or_create(signal(), incident())):
        with pytest.raises(STORAGE_ERRORS, match="store is busy"):
            await attempt
    table.is_away = False
    store.record(Event(kind="node.started", incident=A, at=NOON, name="when it was back"))
    await asyncio.gather(store.recorded(), store.recorded())
    assert [one.event.name for one in await store.events()] == ["while it was away", "when it was back"]
    await store.close()
