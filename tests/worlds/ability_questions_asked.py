"""Questions as operators type them, one row of `asked*.yaml` each, over a cluster in which much is declared."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.worlds import triggers
from tests.worlds.parts import Draw
from tests.worlds.situation import Expect, Told, situation
from tests.worlds.two_teams import TwoTeams

# each was written before anything was mended for it
ROUNDS: Final = ("asked", "asked_on_call", "asked_next", "asked_at_night", "asked_last", "asked_on_duty",
                 "asked_by_new_people", "asked_at_the_end", "asked_by_strangers", "asked_on_rota",
                 "asked_when_paged", "asked_on_shift", "asked_at_the_desk", "asked_in_the_morning",
                 "asked_on_a_train")  # fmt: skip


@cache
def rows_of(round_: str) -> dict[str, dict[str, Any]]:
    """By name: `ask` (one question or a conversation), `says` and `never`; names of the world stand in braces."""
    by_name: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name(f"{round_}.yaml").read_text(encoding="utf-8")
    )
    return by_name


def texts(value: object, names: dict[str, str]) -> list[str]:
    parts = value if isinstance(value, list) else [value] if value else []
    variants = []
    for part in parts:
        text = str(part)
        for name, word in names.items():
            text = text.replace("{" + name + "}", word)
        variants.append(text)
    return variants


def _situation(name: str, row: dict[str, Any], round_: str) -> None:
    def make(draw: Draw) -> Told:
        teams = TwoTeams(draw)
        ask, says, never = (texts(row.get(part), teams.names) for part in ("ask", "says", "never"))
        expect = Expect(("answered", "well", "open"), says=tuple(says), never=tuple(never))
        return Told(draw.world(), triggers.conversation(*ask), expect)

    make.__name__ = name
    situation("questions asked", round_)(make)


for _round in ROUNDS:
    for _name, _row in rows_of(_round).items():
        _situation(_name, _row, _round)
