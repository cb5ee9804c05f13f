"""What was written to the record is found changed, missing, moved or cut off, whatever was done to the database."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.progress import Event
from sre_agent.record.checking import RecordCheck, check
from sre_agent.settings import StateSettings
from sre_agent.signing import SigningKey, fresh_key
from sre_agent.store import Store
from sre_agent.store.dynamodb.attributes import delete, put
from tests.slots.conftest import open_slot, place_of
from tests.slots.test_store import NOON, incident, signal

pytestmark = pytest.mark.anyio
SECRET: Final = "hunter2-made-up-4711"
Database = sqlite3.Connection


@pytest.fixture
async def file_store(tmp_path: Path) -> AsyncIterator[Store]:
    one: Store = open_slot("sqlite", place_of("sqlite", tmp_path))
    yield one
    await one.close()


def look(id_: str, incident: str = "inc-a") -> Evidence:
    defaults: dict[str, Any] = {"round": 1, "agent": "logs", "server": "kubernetes", "tool": "kubectl_logs"}
    return Evidence(id=EvidenceId(id_), incident=IncidentId(incident), arguments={"n": 1}, asked_at=NOON, **defaults)


async def write_record(store: Store) -> None:
    """Two incidents: the first has ended, the second is under way."""
    digest = await store.keep_evidence(look("e1"))
    for n, (kind, about) in enumerate(
        [("incident.opened", "inc-a"), ("incident.opened", "inc-b"), ("call.ended", "inc-a"), ("node.ended", "inc-b")]
    ):
        data = {"evidence": "e1", "digest": digest} if kind == "call.ended" else {"by": "ada@example.com"}
        store.record(Event(kind=kind, incident=about, at=NOON + timedelta(seconds=n), name=f"{n}", data=data))
    store.record(Event(kind="incident.ended", incident="inc-a", at=NOON, name="escalated"))
    await store.recorded()


async def check_record(store: Store) -> RecordCheck:
    return await check(store, await store.record_keys(), await store.heads_apart())


async def test_a_record_that_nobody_touched_holds_and_grows_on(store: Store) -> None:
    await write_record(store)
    outcome = await check_record(store)
    assert (outcome.faults, outcome.entries, outcome.evidence) == ([], 5, 1)
    entries = await store.entries()
    assert [one.previous for one in entries[1:]] == [one.digest for one in entries[:-1]]
    assert entries[1].event.data == {"by": "ada@example.com"}, "who decided is no secret of an audit"
    assert [one.event.name for one in await store.events("inc-b")] == ["1", "3"]


def delete_rows(of: str) -> Callable[[Database], Any]:
    return lambda db: db.execute(f"DELETE FROM record WHERE {of}")


def change(what: str) -> Callable[[Database], Any]:
    return lambda db: db.execute(f"UPDATE record SET {what}")


def exchange(db: Database) -> None:
    for one, other in ((2, 99), (3, 2), (99, 3)):
        db.execute("UPDATE record SET seq = ? WHERE seq = ?", (other, one))


def hidden_by_a_checkpoint(db: Database) -> None:
    """An entry that is taken out as retention would, by who lacks the key."""
    body = (
        '{"first":3,"last":3,"previous":"%s","digest":"%s","at":"2026-11-21T12:00:00Z","key":"%s","signature":"AA=="}'
    )
    previous, digest = db.execute("SELECT previous, digest FROM record WHERE seq = 3").fetchone()
    key = SigningKey.of(fresh_key()).public
    db.execute("INSERT INTO record_removed VALUES (3, 3, ?)", (body % (previous, digest, key),))
    db.execute("DELETE FROM record WHERE seq = 3")


def cut_off_with_its_heads(db: Database) -> None:
    db.execute("DELETE FROM record WHERE seq > 3")
    db.execute("DELETE FROM record_head")


TAMPERED: Final[dict[str, tuple[Callable[[Database], Any], str]]] = {
    "a word of an entry": (change("body = replace(body, 'node.ended', 'node.start')"), "entry 4 was changed"),
    "an entry is another incident's": (change("incident = 'inc-c' WHERE seq = 2"), "entry 2 was changed"),
    "its time": (change("at = '2026-11-21T11:00:00+00:00' WHERE seq = 2"), "entry 2 was changed"),
    "an entry less": (delete_rows("seq = 2"), "entries 2 to 2 are missing"),
    "the first less": (delete_rows("seq = 1"), "entries 1 to 1 are missing"),
    "two in another order": (exchange, "entry 2 does not follow the entry before it"),
    "the end cut off": (delete_rows("seq > 3"), "the record ends at entry 4, and 5 were signed"),
    "the end cut off with its heads": (cut_off_with_its_heads, "the record ends at entry 4, and 5 were signed"),
    "an entry taken out behind a checkpoint": (hidden_by_a_checkpoint, "no valid signature"),
    "the evidence": (
        lambda db: db.execute("UPDATE evidence SET body = replace(body, 'logs', 'pods')"),
        "evidence e1 of incident inc-a was changed",
    ),
    "the evidence less": (lambda db: db.execute("DELETE FROM evidence"), "evidence e1 of incident inc-a is missing"),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_whatever_was_done_to_the_database_is_found(file_store: Store, tmp_path: Path, name: str) -> None:
    store = file_store
    await write_record(store)
    tamper, message = TAMPERED[name]
    with sqlite3.connect(tmp_path / "incidents.sqlite") as db:
        tamper(db)
    db.close()
    store.record(Event(kind="incident.ended", incident="inc-b", at=NOON))  # what comes after covers nothing up
    await store.recorded()
    outcome = await check_record(store)
    assert any(message in fault for fault in outcome.faults), outcome.faults


async def test_what_was_done_to_the_table_is_found(tmp_path: Path) -> None:
    """An entry with another word, one less in the middle, and the end cut off, with the item that says where it is."""
    place = place_of("dynamodb", tmp_path)
    store = open_slot("dynamodb", place)
    await write_record(store)
    rows = {int(row["seq"]): row for row in store.items.partition("record#0")}
    edits: list[tuple[list[Any], str]] = [
        ([put({**rows[2], "body": str(rows[2]["body"]).replace("opened", "closed")})], "entry 2 was changed"),
        ([delete("record#0", str(rows[3]["sk"]))], "entries 3 to 3 are missing"),
        (
            [delete("record#0", str(rows[5]["sk"])), put({**rows[4], "pk": "record", "sk": "newest"})],
            "the record ends at entry 4, and 5 were signed",
        ),
    ]
    for edit, fault in edits:
        store.items.write(*edit)
        assert any(fault in one for one in (await check_record(store)).faults), fault
        store.items.write(*(put(row) for row in rows.values()))
    await store.close()


async def test_what_retention_removes_leaves_a_checkpoint_and_the_rest_still_holds(store: Store) -> None:
    for about in ("inc-a", "inc-b"):
        first = signal(f"s-{about}", about)
        await store.attach_or_create(first, incident(about, first))
    epoch = await store.lease(IncidentId("inc-a"), "w", NOON, 60)
    assert epoch is not None
    await store.update(IncidentId("inc-a"), epoch, status="escalated", reason="inconclusive", ended_at=NOON)
    await write_record(store)
    incidents = await store.forget(ended_before=datetime.now(UTC), events_before=NOON - timedelta(days=1))
    assert incidents == ["inc-a"]
    assert [one.event.incident for one in await store.entries()] == ["inc-b", "inc-b"]
    outcome = await check_record(store)
    assert (outcome.faults, outcome.entries, outcome.removed) == ([], 2, 3)
    store.record(Event(kind="incident.ended", incident="inc-b", at=NOON))
    await store.recorded()
    assert (await check_record(store)).holds and await store.last_event() == 6


async def test_no_secret_gets_into_the_record(store: Store) -> None:
    sentence = f"it fails since the password={SECRET} was changed"
    store.record(
        Event(kind="incident.opened", incident="inc-a", at=NOON, name=sentence, data={"signal": {"title": sentence}})
    )
    await store.recorded()
    assert SECRET not in (await store.entries())[0].body


async def test_what_an_older_version_kept_of_events_begins_the_record(tmp_path: Path) -> None:
    settings = StateSettings(state_dir=tmp_path)
    with sqlite3.connect(tmp_path / "incidents.sqlite") as db:
        db.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, incident TEXT, at TEXT, body TEXT)")
        for n in range(3):
            event = Event(kind="node.started", incident="inc-a", at=NOON, name=f"step {n}")
            db.execute("INSERT INTO event (incident, at, body) VALUES ('inc-a', '', ?)", (event.model_dump_json(),))
    db.close()
    store = import_module("sre_agent.store.sqlite").from_settings(settings)
    store.record(Event(kind="node.started", incident="inc-a", at=NOON, name="step 3"))
    assert [one.event.name for one in await store.events("inc-a")] == [f"step {n}" for n in range(4)]
    await store.sign_head()
    assert (await check_record(store)).faults == []
    await store.close()
