"""The table of remedies: one for each failure class or who acts instead, and docs that say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from sre_agent.cli.main import app
from sre_agent.failures import load

DOCS: Final = Path(__file__).parents[2] / "docs" / "acting.md"
UNATTENDED: Final = {"allow": "under `demo`", "approve": "no"}


def table(*words: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["remedies", "--json", *words])
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_every_failure_class_has_a_remedy_or_says_why_none_and_who_acts() -> None:
    rows = table()
    assert {row["failure_class"] for row in rows} == {entry.name for entry in load()}
    for row in rows:
        assert row["tool"] or (row["owner"] and row["unfixable_note"].endswith(".")), row
        assert bool(row["tool"]) == bool(row["verdict"]) == bool(row["remedy"])


def test_as_shipped_nothing_runs_unattended_and_in_the_lab_only_what_ran_before_does() -> None:
    assert {row["verdict"] for row in table()} == {"", "approve"}
    assert {row["tool"] for row in table("--policies", "demo") if row["verdict"] == "allow"} == {"kubectl_rollout_undo"}


def test_the_table_of_the_docs_is_that_of_the_catalogue() -> None:
    rows = [row for row in table("--policies", "demo") if row["tool"]]
    of_catalogue = {
        tool: {
            (row["failure_class"], "yes" if row["reversible"] else "no", UNATTENDED[row["verdict"]])
            for row in rows
            if row["tool"] == tool
        }
        for tool in {row["tool"] for row in rows}
    }
    of_docs: dict[str, set[tuple[str, str, str]]] = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\| `(\w+)` \| ([a-z_, ]+) \| (yes|no) \| (.+) \|", line):
            of_docs.setdefault(match[1], set()).update((one, match[3], match[4]) for one in match[2].split(", "))
    assert of_docs == of_catalogue


@pytest.mark.parametrize("words", [["remedies", "oom_kiled"], ["remedies", "--policies", "nowhere"]])
def test_what_is_not_there_is_said(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code != 0 and done.exception is not None and words[-1] in str(done.exception)


def test_of_one_class_the_whole_sentence_is_shown() -> None:
    done = CliRunner().invoke(app, ["remedies", "rbac_denied"])
    assert "Where no remedy fits (security team): " in done.stdout
