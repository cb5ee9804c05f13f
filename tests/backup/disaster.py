"""A disaster, as measured: what an installation that is backed up on schedule loses, and how long its way back is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import yaml

from sre_agent.backup.installation import Installation
from sre_agent.backup.opening import find_backup, open_place
from sre_agent.backup.restoring import Restore
from sre_agent.backup.writing import make_backup
from sre_agent.clock import SystemClock
from sre_agent.settings import ConfigurationCopy, Settings
from tests.backup.installations import BEGIN, SEALING, check_record, empty, fill, go_on, services, store_of
from tests.infra.iam import INFRA

RPO: Final = timedelta(hours=1)
RTO: Final = timedelta(minutes=30)
ROUNDS: Final = 3  # backups until the disaster
SHIPPED: Final = INFRA / "kubernetes" / "components" / "backup" / "cronjob.yaml"


class SetClock(SystemClock):
    """Stands at the time of the last thing that happened, and goes on from there while something is done."""

    def __init__(self) -> None:
        self.set(BEGIN)

    def set(self, at: datetime) -> None:
        self._at, self._wall = at, time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._wall)


@dataclass(frozen=True)
class Loss:
    """`lost` is the time between the disaster and the newest moment that came back whole; `way_back` is from an empty
    installation to a verified record and the first open incident in a worker's hands."""

    incidents: int
    entries: int
    lost: timedelta
    way_back: timedelta
    backup: timedelta


def interval() -> timedelta:
    """Between two backups, as shipped."""
    (job,) = (one for one in yaml.safe_load_all(SHIPPED.read_text("utf-8")) if one["kind"] == "CronJob")
    minutes = job["spec"]["schedule"].split()[0]
    assert job["spec"]["schedule"] == f"{minutes} * * * *" and minutes.startswith("*/"), "a schedule that this can read"
    return timedelta(minutes=int(minutes.removeprefix("*/")))


async def disaster(technology: str, folder: Path, incidents: int) -> Loss:
    """So many incidents, backed up on schedule; the installation is lost when the next backup is all but published."""
    here, there = empty(technology, folder / "one"), empty(technology, folder / "two")
    address = f"s3://{there.state_bucket}/copies" if technology == "dynamodb" else str(folder / "place")
    clock, each = SetClock(), incidents // ROUNDS
    here_now = Installation(here, ConfigurationCopy.of(Settings()), services(), clock)
    place = open_place(address, services(), here)
    async with store_of(here) as store:
        for number in range(ROUNDS):
            await fill(store, each, first=number * each)
            clock.set(BEGIN + (number + 1) * interval())
            manifest = make_backup(here_now, place, SEALING, with_keys=True, tell=lambda part: None)
        at_backup = (await store.last_event(), each * ROUNDS)
        await fill(store, 3, first=each * ROUNDS)  # which comes too late for the last backup
    backup = timedelta(seconds=manifest.seconds)
    at = BEGIN + (ROUNDS + 1) * interval() + backup

    begin = time.monotonic()
    location, name = find_backup(address, services(), there)
    Restore(Installation(there, ConfigurationCopy.of(Settings()), services(), clock), location, name, SEALING).run(
        lambda part: None
    )
    async with store_of(there) as store:
        outcome = await check_record(store)
        resumption = await go_on(there, store)
        (first,) = await store.incidents(only_open=True, limit=1)
        assert await store.lease(first.id, "another", datetime.now().astimezone(), 60) is not None
        way_back = timedelta(seconds=time.monotonic() - begin)
        assert outcome.faults == [] and await store.last_event() == at_backup[0] == manifest.record
        count, before = 0, ""
        while page := await store.incidents(limit=500, before=before):
            count, before = count + len(page), page[-1].id
        assert (count, resumption.incidents) == (at_backup[1], -(-at_backup[1] // 10))
    return Loss(count, outcome.entries, at - manifest.as_of, way_back, backup)
