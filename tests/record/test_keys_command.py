"""`sre-agent keys`, as an operator uses it: list, rotate, revoke."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent.cli.main import app
from sre_agent.errors import BadInputError


def keys(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["keys", *words, "--state-dir", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def states(folder: Path) -> dict[str, str]:
    rows: list[dict[str, Any]] = json.loads(keys(folder, "list", "--json"))
    return {one["key"]: one["state"].split(" until")[0] for one in rows}


def test_a_key_is_rotated_and_revoked_and_there_is_always_one_that_signs(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    (first,) = states(folder)
    keys(folder, "rotate")
    second = next(key for key, state in states(folder).items() if state == "signs")
    assert states(folder) == {first: "accepted", second: "signs"}
    assert second in keys(folder, "list")
    keys(folder, "revoke", first)
    assert states(folder) == {first: "revoked", second: "signs"}
    keys(folder, "revoke", second[:6])
    assert sorted(states(folder).values()) == ["revoked", "revoked", "signs"]
    assert [path.stat().st_mode & 0o777 for path in folder.glob("permit*")] == [0o600, 0o600]


def test_a_key_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (only,) = states(tmp_path / "state")
    with pytest.raises(BadInputError, match=only):
        keys(tmp_path / "state", "revoke", "zzzz")
