"""The states of things as people and kubectl say them, and the columns that tell each. The words are data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import yaml


@dataclass(frozen=True)
class StateWord:
    """A state as people say it: `word` for the answer, the column that tells it, and the values that mean it.

    `good` states are those one asks about when one doubts them; their opposite leaves out what is rightly over.
    `printed` ones are words of kubectl: who writes one speaks of a pod and not of what its log says.
    """

    word: str
    column: str
    values: tuple[str, ...] = ()
    over: int | None = None
    good: bool = False
    over_is_fine: tuple[str, ...] = ()
    printed: bool = False

    def condition(self, negated: bool) -> dict[str, Any]:
        if self.over is not None:
            return {"column": self.column, "under": self.over + 1} if negated else {
                "column": self.column, "over": self.over}  # fmt: skip
        values = list(self.values)
        return {"column": self.column, "is_not": [*values, *self.over_is_fine]} if negated else {
            "column": self.column, "is": values}  # fmt: skip


def _by_word() -> dict[str, StateWord]:
    """Each state by each of its words."""
    text = (resources.files(__package__) / "states.yaml").read_text(encoding="utf-8")
    by_word: dict[str, StateWord] = {}
    for fields in yaml.load(text, yaml.CSafeLoader):
        words = fields.pop("words")
        lists = {name: tuple(fields.pop(name, ())) for name in ("values", "over_is_fine")}
        by_word |= dict.fromkeys(words, StateWord(**(fields | lists)))
    return by_word


STATES: Final = _by_word()
_INIT: Final = re.compile(r"init:(?:(\d+/\d+)|([a-z]+(?::\d+)?))$")


_NONE_READY: Final = re.compile(r"0/[1-9]\d?$")


def state(word: str) -> StateWord | None:
    """The state that a word in lower case stands for, also as kubectl prints it: `init:0/2` of an init container, `0/1`
    of what is ready."""
    if (state_word := STATES.get(word)) is not None:
        return state_word
    if _NONE_READY.match(word):
        return StateWord("not ready", "states", ("NotReady",), printed=True)
    if (init := _INIT.match(word)) is None:
        return None
    if init[1]:
        return STATES["initializing"]
    of = STATES.get(init[2])
    values = of.values if of is not None else (init[2].capitalize(),)
    return StateWord("failing in an init container", "states", tuple(f"Init:{value}" for value in values), printed=True)
