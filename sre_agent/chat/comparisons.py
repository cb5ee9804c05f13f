"""By what two things are held against each other: `which is newer`, `who has more replicas`, `is web older than cart`.

A comparative says the side, and with some words the attribute; else the attribute that the question names is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.attributes import attribute
from sre_agent.chat.meanings import Word

TIMES: Final = ("last_run", "last_success", "next_run", "started_at")


@dataclass(frozen=True)
class AttributeComparison:
    """`name` is an attribute, empty where a kind's own size is meant. `most`: the greater one is asked for."""

    word: str
    name: str
    most: bool


def _has_degrees(name: str) -> bool:
    """Whether one thing may have more of it than another."""
    return attribute(name).unit != "" or name in ("ready", "requests", "limits", *TIMES)


def comparison(word_list: Sequence[Word], columns: Sequence[str]) -> AttributeComparison | None:
    """What the first comparative or superlative of a sentence compares by; None where it has none."""
    for token in word_list:
        word = token.word.removesuffix(" than")
        if (meaning := w.COMPARATIVES.get(word) or w.ORDERS.get(word)) is None:
            continue
        name, most = meaning
        if columns and not any(one == "age" or _has_degrees(one) for one in columns):
            return None  # `the higher priority class`: which is higher its values do not tell
        attribute_names = [one for one in columns if one != "age" and _has_degrees(one)]
        return AttributeComparison(word, name if name == "age" else next(iter(attribute_names), name), most)
    return None
