"""A month of a responder on the lab's clock, with faults planted in its own installation.

Each is found by the check that is made for it, on the first day that this check runs, and nothing else is reported. The
month is run by the commands that docs/operations.md gives to cron: `backup` an hour before the checks, then at 06:00
`ops daily` each day, `ops weekly` on Mondays, `ops monthly` on the first, `ops quarterly` as a quarter begins.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from anyio import to_thread
from typer.testing import CliRunner, Result

from sre_agent.backup import sealing
from sre_agent.backup.manifest import FILE as MANIFEST
from sre_agent.cli import exits, ops_run, transfers
from sre_agent.cli.main import app
from sre_agent.ops.check import Occasion
from sre_agent.ops.checks.unused_servers import SERVICES
from tests.ops.account import deploy, put_policy, render
from tests.ops.own import USUAL, OwnInstallation, own_installation
from tests.slots import moto

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(1)
MONDAY: Final = datetime(2026, 9, 7, 6, tzinfo=UTC)
EVENING, BACKUP = timedelta(hours=10), timedelta(hours=1)  # before the checks
BAD: Final = ("warning", "problem", "unseen")
RUNNER: Final = CliRunner()


def occasions(day: datetime) -> list[Occasion]:
    monday: list[Occasion] = ["weekly"] if day.weekday() == 0 else []
    first: list[Occasion] = ["monthly"] if day.day == 1 else []
    quarter: list[Occasion] = ["quarterly"] if day.day == 1 and day.month in (1, 4, 7, 10) else []
    return ["daily", *monday, *first, *quarter]


@dataclass
class Month:
    """An installation, and the profile that its commands are started with."""

    own: OwnInstallation
    profile: Path
    has_backups: bool = True

    async def sre_agent(self, *words: str) -> Result:
        """One command as cron starts it."""
        line = [*words, "--profile", str(self.profile), "--json"]
        return await to_thread.run_sync(lambda: RUNNER.invoke(app, line, catch_exceptions=False))

    async def findings(self, occasion: Occasion) -> set[str]:
        """The checks that found something. The exit status and the notice say whether there are any."""
        done = await self.sre_agent("ops", occasion, "--notify")
        bad = {one["check"] for one in json.loads(done.stdout)["results"] if one["state"] in BAD}
        assert done.exit_code == (exits.ESCALATED if bad else exits.OK)
        assert ("Checks of sre-agent itself" in done.stderr) == bool(bad)
        return bad


@pytest.fixture
async def month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Month]:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("made up for this test", encoding="utf-8")
    passphrase.chmod(0o600)
    settings: dict[str, Any] = {
        "model_day_dollars": 20,
        "model_month_dollars": 100,
        "installation": f"month-{next(NUMBERS)}",
        "backup_to": str(tmp_path / "backups"),
        "backup_passphrase_file": str(passphrase),
    }
    fields = {"state_dir": str(tmp_path / "state"), "state_endpoint_url": moto.address(), **USUAL, **settings}
    profile = tmp_path / "profile.toml"
    profile.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items()), "utf-8")
    monkeypatch.setattr(sealing, "COST", 2**10)
    async with own_installation(tmp_path, MONDAY - EVENING, **settings) as own:
        for command in (ops_run, transfers):
            monkeypatch.setattr(command, "SystemClock", lambda: own.clock)
        await deploy(own)
        yield Month(own, profile)


async def usual_evening(month: Month) -> None:
    name = await month.own.incident()
    for server in SERVICES:
        await month.own.event("call.ended", name, name="any", server=server)


async def drifted_role(month: Month) -> None:
    document = render("aws/reader.json", month.own.installation.name)
    document["Statement"][0]["Action"] = ["*"]
    await put_policy(month.own, f"{month.own.installation.name}-reader", "read", document)


async def mended_role(month: Month) -> None:
    await put_policy(
        month.own,
        f"{month.own.installation.name}-reader",
        "read",
        render("aws/reader.json", month.own.installation.name),
    )


async def dead_letters(month: Month) -> None:
    for _ in range(3):
        await month.own.dead_letter(await month.own.incident())


async def no_dead_letters(month: Month) -> None:
    for letter in await month.own.store.messages("dead"):
        await month.own.store.drop_message(letter.message.dedup)


async def secret_that_expires_in_nine_days(month: Month) -> None:
    end = month.own.clock.now() + timedelta(days=9)
    tags = [{"Key": "expires", "Value": f"{end:%Y-%m-%d}"}]
    await month.own.ask("secretsmanager", "tag_resource", SecretId=f"{month.own.installation.name}/slack", Tags=tags)


async def new_secret(month: Month) -> None:
    secret = f"{month.own.installation.name}/slack"
    await month.own.ask("secretsmanager", "untag_resource", SecretId=secret, TagKeys=["expires"])
    await month.own.ask("secretsmanager", "put_secret_value", SecretId=secret, SecretString=json.dumps("made-up-2"))


async def no_more_backups(month: Month) -> None:
    month.has_backups = False


async def backups_again(month: Month) -> None:
    month.has_backups = True


def change_a_byte(place: str) -> None:
    """Of the newest backup, on its disk."""
    newest = sorted(Path(place).glob("backup-*"))[-1]
    part = max((path for path in newest.iterdir() if path.name != MANIFEST), key=lambda path: path.stat().st_size)
    body = bytearray(part.read_bytes())
    body[len(body) // 2] ^= 1
    part.write_bytes(bytes(body))


async def dear_evening(month: Month) -> None:
    """85 % of the day's budget, and less than 80 % of the month's."""
    await month.own.spend(17.0)


BROKEN: Final = 28  # the day whose backup loses a byte
PLAN: Final[dict[int, Callable[[Month], Awaitable[None]]]] = {  # by the day on whose eve it happens; day 0 is a Monday
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


async def test_each_fault_of_a_month_is_found_on_the_right_day_and_nothing_else_is(month: Month) -> None:
    reports, own = {}, month.own
    for number in range(29):
        day = MONDAY + timedelta(days=number)
        own.clock.move_to(day - EVENING)
        await usual_evening(month)
        if number in PLAN:
            await PLAN[number](month)
        own.clock.move_to(day - BACKUP)
        if month.has_backups:
            done = await month.sre_agent("backup")
            assert done.exit_code == exits.OK, done.output
        if number == BROKEN:
            change_a_byte(own.installation.settings.backup.backup_to)
        own.clock.move_to(day)
        if bad := {check for occasion in occasions(day) for check in await month.findings(occasion)}:
            reports[number] = bad
    assert reports == FOUND
