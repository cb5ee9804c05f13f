"""What is remembered of incidents: recalled by namespace, alarm and words, and forgotten by age and by number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import RuledOut
from sre_agent.domain.past_incident import PastCall, PastIncident
from sre_agent.errors import MemoryUnavailableError
from sre_agent.settings import Settings, StateAccess
from sre_agent.slots import open_store
from sre_agent.store import Store
from tests.lab_aws.conftest import Aws
from tests.slots import conftest
from tests.slots.test_store import NOON

pytestmark = pytest.mark.anyio
NUMBERS = count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    account = Aws()
    yield account
    account.close()


def remembering(aws: Aws, folder: Path) -> StateAccess:
    """Settings with a memory of AgentCore in which nothing is yet."""
    client = aws.client("bedrock-agentcore-control")
    memory = client.create_memory(name=f"memory_{next(NUMBERS)}", eventExpiryDuration=90)["memory"]
    place = {"state_endpoint_url": aws.url, "state_region": "eu-west-1", "memory_id": memory["id"]}
    return Settings(state_dir=folder, past_incidents="agentcore_memory", **place).state_access


@pytest.fixture(params=["sqlite", "dynamodb", "agentcore_memory"])
async def store(request: Any, aws: Aws, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "agentcore_memory":
        one = open_store(remembering(aws, tmp_path))
    else:
        one = conftest.open_slot(request.param, conftest.place_of(request.param, tmp_path))
    yield one
    await one.close()


def past(
    name: str, minutes: int = 0, *, namespace: str = "shop", alarm: str = "a", title: str = "slow"
) -> PastIncident:
    at = NOON + timedelta(minutes=minutes)
    return PastIncident(
        incident=IncidentId(name),
        place="eu",
        namespace=namespace,
        alarm=alarm,
        title=title,
        opened_at=at,
        ended_at=at,
        status="remediated",
        reason="fixed",
        verdict="cause",
        subjects=[Subject(scope="c", kind="Deployment", namespace=namespace, name="payments-api")],
    )


def names(some: list[PastIncident]) -> list[str]:
    return [one.incident for one in some]


async def test_only_the_same_namespace_of_the_same_place_recalls_an_incident(store: Store) -> None:
    for number, one in enumerate("abc"):
        await store.keep_past_incident(past(one, number))
    await store.keep_past_incident(past("other", 9, namespace="bank"))
    await store.keep_past_incident(past("b", 1, title="slower"))
    assert names(await store.past_incidents(place="eu", namespace="shop")) == ["c", "b", "a"]
    assert names(await store.past_incidents(place="us", namespace="shop")) == []
    assert names(await store.past_incidents(limit=2)) == ["other", "c"]
    assert names(await store.past_incidents(before="c")) == ["b", "a"]
    record = await store.past_incident(IncidentId("b"))
    assert record is not None and record.title == "slower"


async def test_an_alarm_leads_to_its_own_incidents_in_its_own_place(store: Store) -> None:
    for number, alarm in enumerate("aab"):
        await store.keep_past_incident(past(f"{alarm}{number}", number, alarm=alarm))
    assert names(await store.past_incidents_of_alarm("a", place="eu", limit=9)) == ["a1", "a0"]
    assert await store.past_incidents_of_alarm("a", place="us", limit=9) == []


async def test_words_find_what_is_most_alike_and_are_no_syntax(store: Store) -> None:
    await store.keep_past_incident(past("disk", title="volume of ledger is full"))
    await store.keep_past_incident(past("errors", title="errors of checkout"))
    hits = await store.past_incidents_like('checkout "OR NEAR( errors * :x', place="eu", namespace="shop", limit=1)
    assert names(hits) == ["errors"]
    assert await store.past_incidents_like("checkout", place="eu", namespace="bank", limit=9) == []
    assert await store.past_incidents_like("(*", place="eu", namespace="shop", limit=9) == []


async def test_what_is_forgotten_is_found_by_no_way(store: Store) -> None:
    for number, one in enumerate("abcd"):
        await store.keep_past_incident(past(one, number))
    assert await store.forget_past_incident(IncidentId("d")) and not await store.forget_past_incident(IncidentId("d"))
    oldest = await store.forget_past_incidents(ended_before=NOON + timedelta(seconds=1), most=1)
    assert sorted(oldest) == ["a", "b"]
    assert names(await store.past_incidents()) == ["c"]
    assert names(await store.past_incidents_like("slow", place="eu", namespace="shop", limit=9)) == ["c"]
    assert names(await store.past_incidents_of_alarm("a", place="eu", limit=9)) == ["c"]


async def test_a_memory_that_is_not_there_is_told_apart_from_a_broken_store(aws: Aws, tmp_path: Path) -> None:
    settings = remembering(aws, tmp_path).model_copy(update={"memory_id": "nobody-0123456789"})
    one = open_store(settings)
    with pytest.raises(MemoryUnavailableError, match="cannot be reached"):
        await one.past_incidents()
    assert await one.incidents() == []
    await one.close()


async def test_what_is_too_long_for_a_record_of_agentcore_keeps_what_a_recurrence_needs(
    aws: Aws, tmp_path: Path
) -> None:
    one = open_store(remembering(aws, tmp_path))
    why = [RuledOut(failure_class="c", subject="s", why="x" * 4000) for _ in range(8)]
    tools = [PastCall(agent="kubernetes", tool="kubectl_get")]
    await one.keep_past_incident(past("long").model_copy(update={"ruled_out": why, "deciding_calls": tools}))
    (record,) = await one.past_incidents_of_alarm("a", place="eu", limit=9)
    assert record.deciding_calls == tools and record.ruled_out == []
    await one.close()
