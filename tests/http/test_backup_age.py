"""The service tells how old the last whole backup is, wherever backups are, and an old figure never gets younger."""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.age import LOOK_EVERY, BackupAge
from sre_agent.backup.manifest import FILE
from sre_agent.backup.places.s3 import S3Place
from sre_agent.http.embedded_metrics import write_line
from tests.http.conftest import NOON, Site, StandingClock
from tests.slots import moto

pytestmark = pytest.mark.anyio
AGE = re.compile(r"^agent_backup_age_seconds (\S+)$", re.MULTILINE)
HERE = pytest.mark.parametrize("settings", [{"backup_to": "backups", "embedded_metrics": "sre-agent"}], indirect=True)


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def name_at(when: datetime) -> str:
    return f"backup-{when:%Y%m%dT%H%M%S}.000Z-0a1b2c"


def backup_at(when: datetime, *, is_whole: bool = True) -> Path:
    folder = Path("backups") / name_at(when)
    folder.mkdir(parents=True)
    if is_whole:
        (folder / FILE).write_text("{}")
    return folder


async def age(site: Site) -> float:
    (figure,) = AGE.findall((await site.ask("GET", "/metrics", "viewer")).text)
    return float(figure)


@HERE
async def test_the_age_is_that_of_the_newest_whole_backup_and_is_looked_up_every_few_minutes(site: Site) -> None:
    backup_at(NOON - timedelta(hours=3))
    backup_at(NOON - timedelta(hours=1))
    backup_at(NOON - timedelta(minutes=1), is_whole=False)
    assert await age(site) == 3600
    backup_at(NOON)
    site.clock.move(60)
    assert await age(site) == 3660, "as it was seen a minute ago"
    site.clock.move(LOOK_EVERY.total_seconds())
    assert await age(site) == 60 + LOOK_EVERY.total_seconds()


@HERE
async def test_where_no_backup_was_ever_made_the_age_grows_from_when_the_service_began(site: Site) -> None:
    assert await age(site) == 0
    site.clock.move(7300)
    assert await age(site) == 7300


@HERE
async def test_a_place_that_is_gone_lets_the_age_grow(site: Site) -> None:
    backup_at(NOON)
    assert await age(site) == 0
    shutil.rmtree("backups")
    site.clock.move(7300)
    assert await age(site) == 7300


async def test_without_a_place_of_backups_there_is_no_age_and_so_no_alarm(site: Site) -> None:
    assert await age(site) != await age(site), "not a number"


@HERE
async def test_cloudwatch_reads_the_age_out_of_the_log(site: Site) -> None:
    backup_at(NOON - timedelta(hours=1))
    with capture_logs() as lines:
        await write_line(site.service, site.metrics)
    line = json.loads(json.dumps(lines[0]))
    assert line["agent_backup_age_seconds"] == 3600
    assert {"Name": "agent_backup_age_seconds"} in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]


async def test_in_a_bucket_the_names_are_enough_and_one_that_is_gone_is_told_in_the_log(tmp_path: Path) -> None:
    access = moto.make_slots(moto.state_of_its_own(tmp_path, store="dynamodb"), bucket=True)
    services, clock = AwsServices(access), StandingClock()
    name = name_at(NOON - timedelta(hours=2))
    services.ask("s3", "put_object", Bucket=access.state_bucket, Key=f"copies/{name}/{FILE}", Body=b"not read")
    one = BackupAge(S3Place(services, f"s3://{access.state_bucket}/copies"), clock)
    assert await one.seconds() == 7200
    without_bucket = BackupAge(S3Place(services, "s3://nobodys-bucket-0/copies"), clock)
    with capture_logs() as lines:
        assert await without_bucket.seconds() == 0
    assert [line["status"] for line in lines] == ["unavailable"]
    services.close()
