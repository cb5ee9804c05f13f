"""What somebody may have done to a thing: the words for it, and which changes on record are that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

CONTROLLER: Final = "-controller"  # the end of the name of a manager that acts by itself


@dataclass(frozen=True)
class Deed:
    """`what` and `fields` tell a change that is one, `made_kinds` are kinds whose creation is one; `unseen` says why
    none can be told."""

    name: str
    words: frozenset[str]
    what: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    unseen: str = ""
    made_kinds: tuple[str, ...] = ()

    def is_told_by(self, change: Mapping[str, Any]) -> bool:
        """Whether a change of `kubectl_changes` is this deed, done by a person, a pipeline or an autoscaler.

        What a controller does by itself, as the scaling of a rollout, nobody did.
        """
        if str(change.get("by") or "").endswith(CONTROLLER):
            return False
        fields = [str(field) for field in change.get("fields") or []]
        if change["what"] == "created" and str(change.get("subject", "")).partition("/")[0] in self.made_kinds:
            return True
        return str(change["what"]) in self.what or any(part in field for part in self.fields for field in fields)


@cache
def deeds() -> Mapping[str, Deed]:
    """All of them by name. Raises KeyError or TypeError for a table that is not of that form."""
    text = (resources.files(__package__) / "deeds.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return {
        name: Deed(
            name,
            frozenset(word.strip() for word in row["words"].split(",")),
            tuple(row.get("what", ())),
            tuple(row.get("fields", ())),
            row.get("unseen", ""),
            tuple(row.get("made", ())),
        )
        for name, row in rows.items()
    }


@cache
def deed_words() -> Mapping[str, Deed]:
    """Each deed by each of its words, and as what is being done: `who keeps editing`."""
    by_word = {word: deed for deed in deeds().values() for word in deed.words}
    going_on = {f"{word.removesuffix('e')}ing": deed for word, deed in by_word.items() if word.isalpha()}
    return {**going_on, **by_word}
