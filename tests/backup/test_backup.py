"""What was in an installation is in the one that is restored from its backup, on either set of engines."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from anyio import from_thread, to_thread

from sre_agent import state_folder
from sre_agent.aws_services.table_copies import WireItem, scan
from sre_agent.backup.manifest import FILE, digest_of
from sre_agent.backup.opening import find_backup, open_place
from sre_agent.backup.places.folder import FolderPlace
from sre_agent.backup.places.s3 import S3Place
from sre_agent.backup.sealing import Sealing
from sre_agent.backup.sources import databases, store_table
from sre_agent.backup.writing import remove_old
from sre_agent.domain.base import IncidentId
from sre_agent.errors import BadInputError, NotNowError, StateFolderError
from sre_agent.progress import Event
from tests.backup.installations import (
    BEGIN,
    SEALING,
    back_up,
    bring_back,
    check_record,
    content,
    empty,
    fill,
    go_on,
    past_incident,
    services,
    store_of,
)

pytestmark = pytest.mark.anyio
ENGINES = pytest.mark.parametrize("technology", ["sqlite", "dynamodb"])
NEW = IncidentId("inc-00000")


@ENGINES
async def test_everything_comes_back_and_the_record_holds_and_no_dead_worker_is_waited_for(
    technology: str, tmp_path: Path
) -> None:
    here, there, place = empty(technology, tmp_path / "one"), empty(technology, tmp_path / "two"), tmp_path / "place"
    async with store_of(here) as store:
        await fill(store, 3, open_each=2)
        before = await content(store)
        manifest = back_up(here, place)
    bring_back(there, place, manifest.name)
    async with store_of(there) as store:
        assert await content(store) == before and before.past
        outcome = await check_record(store)
        assert (outcome.faults, outcome.entries, outcome.evidence) == ([], len(before.record), 3)
        assert manifest.record == len(before.record) and outcome.heads > 0
        assert await store.lease(NEW, "another", datetime.now(UTC), 60) is None, "as the dead worker left it"
        resumption = await go_on(there, store)
        assert (resumption.incidents, resumption.leases, resumption.without_message) == (2, 2, 0)
        epoch = await store.lease(NEW, "another", datetime.now(UTC), 60)
        assert epoch is not None
        delivery = await store.take_message(NEW, epoch, datetime.now(UTC), 60)
        assert delivery is not None
        store.record(Event(kind="node.ended", incident=NEW, at=BEGIN, name="goes on"))
        await store.recorded()
        await store.sign_head()
        assert (await check_record(store)).faults == [], "the chain goes on, under the same key"


async def test_a_backup_of_files_is_of_one_moment_whatever_is_written_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy of the last database begins after entries were added to the first one."""
    here, there, place = empty("sqlite", tmp_path / "one"), empty("sqlite", tmp_path / "two"), tmp_path / "place"
    copy = databases.DatabaseSource._copy

    def copy_late(source: databases.DatabaseSource, reader: sqlite3.Connection, path: Path) -> dict[str, int]:
        with closing(sqlite3.connect(here.state_dir / "incidents.sqlite")) as other:
            other.execute("DELETE FROM record")
            other.commit()
        return copy(source, reader, path)

    async with store_of(here) as store:
        await fill(store, 3)
        before = await content(store)
        monkeypatch.setattr(databases.DatabaseSource, "_copy", copy_late)
        manifest = back_up(here, place)
        assert await store.entries() == []
    assert manifest.point_in_time and manifest.began_at <= manifest.as_of <= manifest.ended_at
    bring_back(there, place, manifest.name)
    async with store_of(there) as store:
        assert await content(store) == before and (await check_record(store)).faults == []


async def test_what_changes_while_tables_are_read_is_read_again_and_the_manifest_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = empty("dynamodb", tmp_path / "one"), empty("dynamodb", tmp_path / "two")
    place = f"s3://{here.state_bucket}/copies"
    async with store_of(here) as store:
        await fill(store, 3, open_each=2)

        def scan_while_one_ends(*where: Any) -> Iterator[WireItem]:
            """All pages are read before it ends: not one of them shows its end."""
            yield from list(scan(*where))
            from_thread.run(end_of, store)

        monkeypatch.setattr(store_table, "scan", scan_while_one_ends)
        manifest = await to_thread.run_sync(back_up, here, place)
        before = await content(store)
    assert not manifest.point_in_time
    assert manifest.changed_meanwhile.incidents == (NEW,) and manifest.changed_meanwhile.entries == 2
    assert NEW in {one.incident for one in before.past}, "it is remembered already"
    bring_back(there, place, manifest.name)
    async with store_of(there) as store:
        assert await content(store) == before
        assert [one.id for one in await store.incidents(only_open=True)] == ["inc-00002"], (
            "no marker is left of the other"
        )
        assert (await check_record(store)).faults == []


async def end_of(store: Any) -> None:
    epoch = await store.lease(NEW, "pid:1:dead00@another-machine", datetime.now(UTC), 60)
    store.record(Event(kind="node.ended", incident=NEW, at=BEGIN, name="last step"))
    await store.update(NEW, epoch, status="escalated", reason="inconclusive", ended_at=BEGIN)
    store.record(Event(kind="incident.ended", incident=NEW, at=BEGIN, name="escalated"))
    await store.keep_past_incident(past_incident(NEW, BEGIN))
    await store.recorded()


def one_byte_changed(place: Path, name: str) -> None:
    part = place / name / "incidents.sqlite.gz"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)


def exchanged_with_its_digest(place: Path, name: str) -> None:
    """By somebody who can write there and has no passphrase."""
    part, manifest = place / name / "incidents.sqlite.gz", place / name / FILE
    part.write_bytes(gzip.compress(b"another database"))
    text = json.loads(manifest.read_text())
    for entry in text["parts"]:
        if entry["name"] == part.name:
            entry |= {"sha256": digest_of(part), "size": part.stat().st_size}
    manifest.write_text(json.dumps(text))


def keys_left_out(place: Path, name: str) -> None:
    """By the same: then nothing vouches for the other parts."""
    exchanged_with_its_digest(place, name)
    manifest = place / name / FILE
    text = json.loads(manifest.read_text())
    text |= {"seal": "none", "parts": [entry for entry in text["parts"] if entry["kind"] != "keys"]}
    manifest.write_text(json.dumps(text))


def missing(place: Path, name: str) -> None:
    (place / name / "queue.sqlite.gz").unlink()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (one_byte_changed, "not what was written"),
        (exchanged_with_its_digest, "cannot be opened"),
        (keys_left_out, "nothing vouches"),
        (missing, "is missing"),
    ],
)
async def test_a_damaged_or_exchanged_backup_is_refused_before_anything_is_written(
    damage: Callable[[Path, str], None], why: str, tmp_path: Path
) -> None:
    here, there, place = empty("sqlite", tmp_path / "one"), empty("sqlite", tmp_path / "two"), tmp_path / "place"
    async with store_of(here) as store:
        await fill(store, 1)
        (here.state_dir / "queue.sqlite").touch()
        name = back_up(here, place).name
    damage(place, name)
    with pytest.raises(BadInputError, match=why):
        bring_back(there, place, name)
    assert not there.state_dir.exists()


async def test_it_is_restored_with_its_passphrase_only_and_into_an_empty_installation_only(tmp_path: Path) -> None:
    here, there, place = empty("sqlite", tmp_path / "one"), empty("sqlite", tmp_path / "two"), tmp_path / "place"
    async with store_of(here) as store:
        await fill(store, 2)
        name = back_up(here, place).name
    with pytest.raises(BadInputError, match="another passphrase"):
        bring_back(there, place, name, Sealing(passphrase="another passphrase altogether"))
    with pytest.raises(BadInputError, match="--passphrase-file"):
        bring_back(there, place, name, Sealing())
    with pytest.raises(NotNowError, match=r"incidents\.sqlite"):
        bring_back(here, place, name)
    with pytest.raises(BadInputError, match="store = sqlite"):
        bring_back(empty("dynamodb", tmp_path / "three"), place, name)
    secret = (here.state_dir / "record.key").read_bytes()
    assert not any(secret in path.read_bytes() for path in (place / name).iterdir()), "no key in the clear"
    assert {path.stat().st_mode & 0o077 for path in [place, *place.rglob("*")]} == {0}, "nobody else reads it"


async def test_a_backup_that_is_interrupted_leaves_nothing_that_looks_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, place = empty("sqlite", tmp_path / "one"), FolderPlace(tmp_path / "place")
    monkeypatch.setattr(FolderPlace, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    async with store_of(here) as store:
        await fill(store, 1)
        with pytest.raises(KeyboardInterrupt):
            back_up(here, tmp_path / "place")
        assert (place.backups(), list((tmp_path / "place").iterdir())) == ([], [])
        monkeypatch.setattr(FolderPlace, "abandon", lambda *_: None)  # as SIGKILL leaves it
        with pytest.raises(KeyboardInterrupt):
            back_up(here, tmp_path / "place")
    assert place.backups() == [] and len(place.interrupted()) == 1
    with pytest.raises(BadInputError, match="no whole backup"):
        find_backup(str(tmp_path / "place"), services(), here)


async def test_a_restore_that_is_interrupted_goes_on_and_nobody_uses_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there, place = empty("sqlite", tmp_path / "one"), empty("sqlite", tmp_path / "two"), tmp_path / "place"
    async with store_of(here) as store:
        await fill(store, 2)
        before = await content(store)
        name = back_up(here, place).name
    with monkeypatch.context() as patch:
        patch.setattr(databases.DatabaseSource, "restore", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            bring_back(there, place, name)
    with pytest.raises(StateFolderError, match="was not finished"):
        state_folder.secure(there.state_dir)
    bring_back(there, place, name)
    async with store_of(there) as store:
        assert await content(store) == before


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_the_newest_backups_are_kept_and_older_ones_and_remains_go(kind: str, tmp_path: Path) -> None:
    here = empty("dynamodb", tmp_path / "one") if kind == "s3" else empty("sqlite", tmp_path / "one")
    address = f"s3://{here.state_bucket}/copies" if kind == "s3" else str(tmp_path / "place")
    place = open_place(address, services(), here)
    names = [
        "backup-20261121T110000.000Z-000001",
        "backup-20261121T120000.000Z-000002",
        "backup-20261121T130000.000Z-000003",
    ]
    for name in names:
        part = place.scratch(name) / "part"
        part.write_text(name)
        place.keep(name, part)
        if name != names[0]:
            place.publish(name, "{}")
    assert (place.backups(), place.interrupted()) == (names[1:], names[:1])
    later = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert remove_old(place, 0, later.replace(day=21)) == [], "one that was begun an hour ago may be under way"
    assert remove_old(place, 1, later) == [names[1], names[0]]
    assert (place.backups(), place.interrupted()) == ([names[2]], [])
    if isinstance(place, S3Place):
        place.abandon(names[0])


def test_a_passphrase_and_a_kms_key_open_what_they_closed_and_only_beside_the_same_parts(tmp_path: Path) -> None:
    key = services().ask("kms", "create_key")["KeyMetadata"]["Arn"]
    for sealing in (SEALING, Sealing(kms_key=key, services=services())):
        text = sealing.seal(b"a key", b"digest of parts")
        assert b"a key" not in text and sealing.unseal(text, b"digest of parts") == b"a key"
        with pytest.raises(BadInputError, match="cannot be opened"):
            sealing.unseal(text, b"digest of other parts")
