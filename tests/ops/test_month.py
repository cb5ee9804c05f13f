"""A month of a responder on the lab's clock, with faults planted in its own installation.

Each is found by the check that is made for it, on the first day that this check runs, and nothing else is reported.

Days are run at 06:00: daily each day, weekly on Mondays, monthly on the first, quarterly at the quarter's begin.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from sre_agent.backup.manifest import FILE as MANIFEST
from sre_agent.ops.check import Occasion
from sre_agent.ops.checks.unused_servers import SERVICES
from tests.ops.account import deploy, put_policy, rendered
from tests.ops.own import OwnInstallation, own_installation

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(1)
MONDAY: Final = datetime(2026, 9, 7, 6, tzinfo=UTC)
Fault = Callable[[OwnInstallation], Awaitable[None]]
EVENING, BACKUP = timedelta(hours=10), timedelta(hours=1)  # before the checks
BAD: Final = ("warning", "problem", "unseen")


def occasions(day: datetime) -> list[Occasion]:
    monday: list[Occasion] = ["weekly"] if day.weekday() == 0 else []
    first: list[Occasion] = ["monthly"] if day.day == 1 else []
    quarter: list[Occasion] = ["quarterly"] if day.day == 1 and day.month in (1, 4, 7, 10) else []
    return ["daily", *monday, *first, *quarter]


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[OwnInstallation]:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("made up for this test", encoding="utf-8")
    passphrase.chmod(0o600)
    budgets = {"model_day_dollars": 20, "model_month_dollars": 100, "installation": f"month-{next(NUMBERS)}"}
    backup = {"backup_to": str(tmp_path / "backups"), "backup_passphrase_file": passphrase}
    async with own_installation(tmp_path, MONDAY - EVENING, **budgets, **backup) as own:
        await deploy(own)
        yield own


async def usual_evening(own: OwnInstallation) -> None:
    name = await own.incident()
    for server in SERVICES:
        await own.event("call.ended", name, name="any", server=server)


async def drifted_role(own: OwnInstallation) -> None:
    document = rendered("aws/reader.json", own.installation.name)
    document["Statement"][0]["Action"] = ["*"]
    await put_policy(own, f"{own.installation.name}-reader", "read", document)


async def mended_role(own: OwnInstallation) -> None:
    await put_policy(own, f"{own.installation.name}-reader", "read", rendered("aws/reader.json", own.installation.name))


async def dead_letters(own: OwnInstallation) -> None:
    for _ in range(3):
        await own.dead_letter(await own.incident())


async def no_dead_letters(own: OwnInstallation) -> None:
    for letter in await own.store.messages("dead"):
        await own.store.drop_message(letter.message.dedup)


async def secret_that_expires_in_nine_days(own: OwnInstallation) -> None:
    end = own.clock.now() + timedelta(days=9)
    tags = [{"Key": "expires", "Value": f"{end:%Y-%m-%d}"}]
    await own.ask("secretsmanager", "tag_resource", SecretId=f"{own.installation.name}/slack", Tags=tags)


async def new_secret(own: OwnInstallation) -> None:
    secret = f"{own.installation.name}/slack"
    await own.ask("secretsmanager", "untag_resource", SecretId=secret, TagKeys=["expires"])
    await own.ask("secretsmanager", "put_secret_value", SecretId=secret, SecretString=json.dumps("made-up-2"))


async def no_more_backups(own: OwnInstallation) -> None:
    own.is_backed_up = False


async def backups_again(own: OwnInstallation) -> None:
    own.is_backed_up = True


def change_a_byte(place: str) -> None:
    """Of the newest backup, on its disk."""
    newest = sorted(Path(place).glob("backup-*"))[-1]
    part = max((path for path in newest.iterdir() if path.name != MANIFEST), key=lambda path: path.stat().st_size)
    body = bytearray(part.read_bytes())
    body[len(body) // 2] ^= 1
    part.write_bytes(bytes(body))


async def dear_evening(own: OwnInstallation) -> None:
    """85 % of the day's budget, and less than 80 % of the month's."""
    await own.spend(17.0)


BROKEN: Final = 28  # the day whose backup loses a byte
PLAN: Final[dict[int, Fault]] = {  # by the day on whose eve it happens; day 0 is a Monday
    2: dead_letters,
    3: no_dead_letters,
    5: drifted_role,
    8: mended_role,
    9: secret_that_expires_in_nine_days,
    19: dear_evening,
    22: new_secret,
    26: no_more_backups,
    27: backups_again,
}
FOUND: Final = {
    2: {"queue"},
    7: {"role drift"},
    14: {"secrets"},  # five days before
    19: {"model budget"},
    21: {"secrets"},  # expired
    26: {"last backup"},
    28: {"backup integrity"},
}


async def test_each_fault_of_a_month_is_found_on_the_right_day_and_nothing_else_is(own: OwnInstallation) -> None:
    reports = {}
    for number in range(29):
        day = MONDAY + timedelta(days=number)
        own.clock.move_to(day - EVENING)
        await usual_evening(own)
        if number in PLAN:
            await PLAN[number](own)
        own.clock.move_to(day - BACKUP)
        own.back_up()
        if number == BROKEN:
            change_a_byte(own.installation.settings.backup.backup_to)
        own.clock.move_to(day)
        results = [one for occasion in occasions(day) for one in (await own.report(occasion)).results]
        if bad := {one.check for one in results if one.state in BAD}:
            reports[number] = bad
    assert reports == FOUND
