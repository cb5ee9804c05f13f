"""`sre-agent backup` and `sre-agent restore`, as an operator uses them."""

from __future__ import annotations

import asyncio
import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent.cli.main import app
from sre_agent.errors import BadInputError, SettingsError
from tests.backup.installations import empty, fill, store_of


def sre_agent(*words: str | Path, status: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.stdout


def test_an_operator_backs_up_lists_checks_and_restores_and_the_audit_passes(tmp_path: Path) -> None:
    state, place, other = tmp_path / "state", tmp_path / "place", tmp_path / "other"
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("a passphrase for this test\n")
    asyncio.run(fill_state(state))
    words = ("--to", place, "--passphrase-file", passphrase, "--state-dir", state)
    first = json.loads(sre_agent("backup", *words, "--json"))
    text = sre_agent("backup", *words, "--keep", "1")
    assert f"Removed: {first['name']}" in text and "the record is in it up to entry 13" in text
    backups: list[dict[str, Any]] = json.loads(sre_agent("backup", "--to", place, "--list", "--json"))
    (newest,) = backups
    assert newest["record"] == 13 and newest["seal"] == "passphrase"
    assert "Its keys can be opened" in sre_agent("restore", place, "--check", "--passphrase-file", passphrase)
    assert not other.exists()
    done = json.loads(sre_agent("restore", place, "--passphrase-file", passphrase, "--state-dir", other, "--json"))
    assert (done["backup"], done["open_incidents"], done["leases_ended"]) == (newest["name"], 2, 2)
    assert "is as it was written" in sre_agent("audit", "verify", "--state-dir", other)


async def fill_state(state: Path) -> None:
    async with store_of(empty("sqlite", state)) as store:
        await fill(store, 3, open_each=2)


def test_what_is_missing_is_said_before_anything_is_made(tmp_path: Path) -> None:
    sre_agent("keys", "list", "--state-dir", tmp_path / "state")
    (tmp_path / "state" / "last-run.json").write_text("{}")
    words = ("backup", "--state-dir", tmp_path / "state")
    for more, error, why in [
        ((), BadInputError, "--to FOLDER"),
        (("--to", tmp_path / "place"), SettingsError, "--passphrase-file"),
        (("--to", tmp_path / "place", "--passphrase-file", tmp_path / "none"), SettingsError, "cannot be read"),
    ]:
        with pytest.raises(error, match=why):
            sre_agent(*words, *more)
    assert not (tmp_path / "place").exists()


def test_what_a_restore_tells_somebody_to_run_works_from_wherever_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        folder.mkdir()
    (here / "passphrase").write_text("a passphrase for this test\n")
    asyncio.run(fill_state(here / "state"))
    monkeypatch.chdir(here)
    sre_agent("backup", "--to", "place", "--passphrase-file", "passphrase", "--state-dir", "state")
    text = sre_agent("restore", "place", "--passphrase-file", "passphrase", "--state-dir", here / "new folder")
    assert "2 incidents are open and go on. Then: sre-agent serve" in text
    (verify,) = (line for line in text.splitlines() if line.startswith("  sre-agent audit"))
    monkeypatch.chdir(elsewhere)
    assert "is as it was written" in sre_agent(*shlex.split(verify)[1:])
    profile = tomllib.loads((here / "new folder" / "configuration" / "profile.toml").read_text("utf-8"))
    assert profile["backup_passphrase_file"] == str(here / "passphrase")


def test_what_a_pause_says_takes_it_back(tmp_path: Path) -> None:
    asyncio.run(fill_state(tmp_path / "a state"))
    text = sre_agent("pause", "--state-dir", tmp_path / "a state")
    again = shlex.split(text.partition("Go on with: ")[2])
    assert "no longer paused" in sre_agent(*again[1:])
