"""What is remembered of incidents: recalled by namespace, alarm and words, and forgotten by age and by number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident
from sre_agent.store import Store
from tests.slots.test_store import NOON

pytestmark = pytest.mark.anyio


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
    kept = await store.past_incident(IncidentId("b"))
    assert kept is not None and kept.title == "slower"


async def test_an_alarm_leads_to_its_own_incidents_in_its_own_place(store: Store) -> None:
    for number, alarm in enumerate("aab"):
        await store.keep_past_incident(past(f"{alarm}{number}", number, alarm=alarm))
    assert names(await store.past_incidents_of_alarm("a", place="eu", limit=9)) == ["a1", "a0"]
    assert await store.past_incidents_of_alarm("a", place="us", limit=9) == []


async def test_words_find_what_is_most_alike_and_are_no_syntax(store: Store) -> None:
    await store.keep_past_incident(past("disk", title="volume of ledger is full"))
    await store.keep_past_incident(past("errors", title="errors of checkout"))
    found = await store.past_incidents_like('checkout "OR NEAR( errors * :x', place="eu", namespace="shop", limit=1)
    assert names(found) == ["errors"]
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
