"""What is listed, found again by a cursor, and forgotten; one body over every store."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sre_agent.domain.base import Correctness, IncidentId
from sre_agent.domain.chat_session import ChatSession, ChatTurn
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.namespace_grade import GradeLetter, NamespaceGrade
from sre_agent.domain.notice import ChannelPost
from sre_agent.domain.prompt_release import PromptRelease
from sre_agent.domain.runtime_session import RuntimeSession
from sre_agent.domain.sweep_run import SweepRun
from sre_agent.domain.write_pause import WritePause
from sre_agent.progress import Event
from sre_agent.store import IncidentFilter, Store
from tests.slots.test_record import look
from tests.slots.test_store import NOON, A, incident, report, signal

pytestmark = pytest.mark.anyio


async def open_incident(store: Store, name: str, minutes: int = 0, title: str = "it is slow") -> IncidentId:
    first = signal(f"s-{name}", name)
    update = {"opened_at": NOON + timedelta(minutes=minutes), "title": title}
    await store.attach_or_create(first, incident(name, first).model_copy(update=update), settings=f"of {name}")
    return IncidentId(name)


async def end(store: Store, name: str, at: datetime) -> None:
    epoch = await store.lease(IncidentId(name), "w", NOON, 60)
    assert epoch is not None
    await store.update(IncidentId(name), epoch, status="escalated", reason="inconclusive", ended_at=at)


async def test_incidents_are_found_page_by_page_and_by_what_is_asked_for(store: Store) -> None:
    for place, name in enumerate("abcd"):
        await open_incident(store, name, place, title=f"Checkout {name.upper()} is slow")
    await end(store, "b", NOON)
    assert [one.id for one in await store.incidents(limit=2)] == ["d", "c"]
    assert [one.id for one in await store.incidents(limit=2, before="c")] == ["b", "a"]
    assert [one.id for one in await store.incidents(limit=2, before="d", only_open=True)] == ["c", "a"]
    assert [one.id for one in await store.incidents(which=IncidentFilter(text="checkout b"))] == ["b"]
    assert [one.id for one in await store.incidents(which=IncidentFilter(statuses=("escalated",)))] == ["b"]
    later = IncidentFilter(opened_from=NOON + timedelta(minutes=1), opened_until=NOON + timedelta(minutes=3))
    assert [one.id for one in await store.incidents(which=later)] == ["c", "b"]
    assert await store.settings(IncidentId("a")) == "of a"


async def test_who_is_known_to_have_ended_gives_its_lease_up(store: Store) -> None:
    await open_incident(store, A)
    assert (await store.lease(A, "first", NOON, 60), await store.lease_holder(A)) == (1, "first")
    assert not await store.release_from(A, "second")
    assert await store.release_from(A, "first") and await store.lease_holder(A) == ""
    assert await store.lease(A, "second", NOON, 60) == 2


async def test_a_conversation_counts_its_turns_and_stands_where_it_was_used_last(store: Store) -> None:
    for name, minutes in (("old", 0), ("young", 5)):
        at = NOON + timedelta(minutes=minutes)
        await store.keep_chat_session(ChatSession(id=name, opened_by="a", opened_at=at, last_at=at))
    turn = ChatTurn(session="old", number=0, at=NOON + timedelta(minutes=9), by="a", question="q", reply="{}")
    assert [await store.keep_chat_turn(turn) for _ in range(3)] == [1, 2, 3]
    assert [one.id for one in await store.chat_sessions()] == ["old", "young"]
    assert [one.id for one in await store.chat_sessions(before="old")] == ["young"]
    assert [one.number for one in await store.chat_turns("old", after=1, limit=1)] == [2]
    last = await store.last_chat_turn("old")
    assert last is not None and last.number == 3
    assert await store.drop_chat_session("old") and not await store.drop_chat_session("old")
    assert (await store.chat_turns("old"), await store.keep_chat_turn(turn)) == ([], 0)


async def test_sweeps_are_listed_by_namespace_and_state(store: Store) -> None:
    runs = [("one", "shop", "done"), ("two", "", "done"), ("three", "shop", "running")]
    for place, (name, namespace, state) in enumerate(runs):
        run = SweepRun(id=name, namespace=namespace, state="running", started_at=NOON + timedelta(minutes=place))
        await store.keep_sweep_run(run)
        await store.keep_sweep_run(run.model_copy(update={"state": state}))
    assert [one.id for one in await store.sweep_runs()] == ["three", "two", "one"]
    assert [one.id for one in await store.sweep_runs(namespace="shop", done=True)] == ["one"]
    assert [one.id for one in await store.sweep_runs(namespace="", limit=1)] == ["two"]
    assert [one.id for one in await store.sweep_runs(before="two", limit=1)] == ["one"]


async def test_grades_of_namespaces_are_listed_by_cluster_and_namespace_newest_first(store: Store) -> None:
    letters: list[tuple[str, str, GradeLetter]] = [("", "shop", "A"), ("", "quay", "A"), ("north", "shop", "F")]
    for minutes, (cluster, namespace, letter) in enumerate([*letters, ("", "shop", "D")]):
        at = NOON + timedelta(minutes=minutes)
        grade = NamespaceGrade(cluster=cluster, namespace=namespace, grade=letter, at=at, sweep=f"s-{minutes}")
        await store.keep_namespace_grades([grade])
    assert [one.grade for one in await store.namespace_grades(namespace="shop")] == ["D", "A"]
    assert [one.sweep for one in await store.namespace_grades(limit=2)] == ["s-3", "s-1"]
    assert [one.grade for one in await store.namespace_grades(cluster="north")] == ["F"]
    await store.forget(ended_before=NOON + timedelta(minutes=2), events_before=NOON)
    assert [one.sweep for one in await store.namespace_grades()] == ["s-3"]


async def test_a_runtime_session_that_is_to_stop_stays_so(store: Store) -> None:
    session = RuntimeSession(id="s", started_at=NOON, last_at=NOON)
    await store.use_runtime_session(session)
    assert await store.stop_runtime_session("s", "costs too much") and not await store.stop_runtime_session("t", "x")
    later = NOON + timedelta(minutes=1)
    used = await store.use_runtime_session(session.model_copy(update={"started_at": later, "last_at": later}))
    assert (used.state, used.why, used.started_at, used.last_at) == ("stopping", "costs too much", NOON, later)
    assert await store.runtime_sessions() == [used]


async def test_replies_and_posts_are_found_by_their_key(store: Store) -> None:
    for body in ("first", "second"):
        await store.keep_reply("key", body, NOON)
    assert (await store.reply("key"), await store.reply("none")) == ("first", None)
    for channel in ("slack", "sns", "slack"):
        await store.keep_channel_post(ChannelPost(incident=A, channel=channel, at=NOON, handle=f"of {channel}"))
    assert [post.channel for post in await store.channel_posts(A)] == ["slack", "sns"]


async def test_an_incident_that_ended_long_ago_goes_with_all_that_belongs_to_it(store: Store) -> None:
    for minutes, name in enumerate(("old", "young", "open")):
        await open_incident(store, name, minutes)
        await store.keep_evidence(look(f"e-{name}", name))
        store.record(Event(kind="incident.opened", incident=name, at=NOON))
    await store.keep_report(report("of the old one").model_copy(update={"incident": IncidentId("old")}), 0)
    await end(store, "old", NOON - timedelta(days=100))
    await end(store, "young", NOON)
    await store.recorded()
    before = NOON - timedelta(days=90)
    assert await store.forget(ended_before=before, events_before=before) == ["old"]
    assert await store.forget(ended_before=before, events_before=before) == []
    old = IncidentId("old")
    assert (await store.incident(old), await store.report(old), await store.ledger(old)) == (None, None, [])
    assert await store.evidence(look("e-old", "old").id) is None
    assert [one.id for one in await store.incidents()] == ["open", "young"]
    assert {one.event.incident for one in await store.events()} == {"young", "open"}
    (gap,) = await store.removed_entries()
    assert (gap.first, gap.last) == (1, 1)


async def test_evidence_of_any_size_is_kept_as_it_was(store: Store) -> None:
    """More than an item of DynamoDB holds, and nothing that could be compressed."""
    text = "".join(f"{n * 2654435761 % 2**32:08x}" for n in range(120_000))
    large = look("large").model_copy(update={"arguments": {"text": text}})
    await open_incident(store, A)
    digest = await store.keep_evidence(large)
    assert await store.keep_evidence(large.model_copy(update={"arguments": {}})) == digest
    assert [await store.evidence(large.id), *await store.ledger(A)] == [large, large]
    assert [one.digest for one in await store.stored_evidence(A)] == [digest]
    await end(store, A, NOON - timedelta(days=100))
    before = NOON - timedelta(days=90)
    assert await store.forget(ended_before=before, events_before=before) == [A]
    assert await store.evidence(large.id) is None


async def test_releases_of_prompts_are_listed_the_newest_first(store: Store) -> None:
    for name, minutes in (("one", 0), ("two", 5), ("three", 10)):
        await store.keep_prompt_release(PromptRelease(id=name, at=NOON + timedelta(minutes=minutes), version=name))
    assert [one.version for one in await store.prompt_releases()] == ["three", "two", "one"]
    assert [one.version for one in await store.prompt_releases(limit=1)] == ["three"]


async def test_the_first_pause_of_all_writes_stands_until_it_is_ended(store: Store) -> None:
    assert await store.write_pause() is None and not await store.unpause_writes()
    first = WritePause(by="ada", at=NOON, reason="migration")
    assert await store.pause_writes(first) == first
    assert await store.pause_writes(WritePause(by="ben")) == first == await store.write_pause()
    assert await store.unpause_writes() and await store.write_pause() is None


async def test_the_last_grade_of_an_incident_counts_and_outlives_it(store: Store) -> None:
    def given(incident: IncidentId, correctness: Correctness, minutes: int) -> IncidentGrade:
        at = NOON + timedelta(minutes=minutes)
        return IncidentGrade(incident=incident, correctness=correctness, by="ada", at=at, verdict="no_fault")

    for minutes, name in enumerate("abc"):
        await open_incident(store, name)
        await end(store, name, NOON)
        await store.keep_grade(given(IncidentId(name), "right", minutes))
    changed = given(IncidentId("a"), "wrong", 9)
    await store.keep_grade(changed)
    assert await store.grade(IncidentId("a")) == changed and await store.grade(IncidentId("d")) is None
    assert [one.incident for one in await store.grades(limit=2)] == ["a", "c"]
    assert [one.incident for one in await store.grades(before="c")] == ["b"]
    later = NOON + timedelta(hours=1)
    assert sorted(await store.forget(ended_before=later, events_before=later)) == ["a", "b", "c"]
    assert len(await store.grades()) == 3
