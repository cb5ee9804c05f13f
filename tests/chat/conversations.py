"""Whole conversations of people on call, a scenario each: what is judged is every answer in its place.

The scripts stand in `on_call_conversations`. Those in ASIDE were written with nothing but the scenario's manifests at
hand, and are not looked at while something is mended.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sre_agent.chat import ChatReply
from tests.chat.conftest import talking
from tests.labs import standing_lab

FOLDER: Final = Path(__file__).with_name("on_call_conversations")
ASIDE: Final = frozenset({"school-lunch", "print-house", "yard-cranes"})
SINCE: Final = 240  # seconds from the fault to the first question


@dataclass(frozen=True)
class Turn:
    """`says` and `never` are patterns of the answer's text."""

    ask: str
    says: tuple[str, ...]
    never: tuple[str, ...] = ()

    def is_right(self, reply: ChatReply) -> bool:
        text = reply.text
        return all(re.search(one, text) for one in self.says) and not any(re.search(one, text) for one in self.never)


def scripts(*, aside: bool) -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if (path.stem in ASIDE) is aside)


def turns(script: str) -> Iterator[Turn]:
    rows: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{script}.yaml").read_text(encoding="utf-8"))["turns"]
    for row in rows:
        yield Turn(str(row["ask"]), tuple(row["says"]), tuple(row.get("never", ())))


def wrong_turns(script: str) -> list[tuple[Turn, ChatReply]]:
    """The turns whose answers are not right, when all are asked one after another."""
    rows = list(turns(script))
    with tempfile.TemporaryDirectory() as folder, standing_lab(script, Path(folder) / "lab") as lab:
        lab.control.advance(SINCE)
        with talking(lab, Path(folder) / "state") as talk:
            replies = talk(*(turn.ask for turn in rows))
    return [(turn, reply) for turn, reply in zip(rows, replies, strict=True) if not turn.is_right(reply)]
