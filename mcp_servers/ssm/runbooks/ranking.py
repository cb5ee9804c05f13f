"""Which runbooks fit a text: BM25 over weighed fields, failure classes before words. Pure functions.

A word counts by how rare it is among the runbooks and by where it stands; a long text gains nothing by its length.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

WEIGHTS: Final = {
    "failure_classes": 4.0,
    "name": 3.0,
    "tags": 2.5,
    "description": 1.5,
    "parameters": 1.0,
    "steps": 0.8,
}
TAG_SCORE = 100.0  # more than words add up to: who says for which failure class it is leads
SATURATION, LENGTH = 1.2, 0.6  # BM25's k1 and b
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_EMPTY_LINE = """an and are as at be by can do does for from had has have how if in into is it its not of on or our
that the their then there these this to was we were what when which who why will with you your"""
_EMPTY = frozenset(_EMPTY_LINE.split())
_ENDINGS = ("ations", "ation", "ings", "ing", "ions", "ion", "ers", "er", "ed", "es", "s", "e")
_LONG_FOR = {"oom": "memory", "pvc": "volume", "db": "database"}


def words(text: str) -> list[str]:
    """Stems in lower case; CamelCase and dashes are taken apart, words that say nothing are left out."""
    parts = [part.lower() for part in _PART.findall(text)]
    parts_list = [part for part in parts if len(part) > 1 and part not in _EMPTY]
    return [stem(word) for part in parts_list for word in (part, *filter(None, [_LONG_FOR.get(part)]))]


def stem(word: str) -> str:
    """Without its ending, as long as three letters remain: throttled, throttles and throttling become one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def scores(text: str, runbooks: Sequence[Mapping[str, str]], failure_class: str = "") -> list[float]:
    """How well each fits, in their order; 0 when no word does.

    A runbook maps the fields of WEIGHTS to text, failure classes separated by spaces.
    """
    wanted_words = set(words(f"{text} {failure_class}"))
    fields = [{field: words(runbook.get(field, "")) for field in WEIGHTS} for runbook in runbooks]
    usual = {
        field: sum(len(one[field]) for one in fields) / max(1, sum(bool(one[field]) for one in fields))
        for field in WEIGHTS
    }
    weights = [_weights_of(one, usual) for one in fields]
    rarity = {word: _rarity(sum(word in one for one in weights), len(weights)) for word in wanted_words}
    return [
        round(
            sum(
                rarity[word] * one[word] * (SATURATION + 1) / (one[word] + SATURATION)
                for word in wanted_words & one.keys()
            )
            + (TAG_SCORE if failure_class and failure_class in runbook.get("failure_classes", "").split() else 0.0),
            3,
        )
        for one, runbook in zip(weights, runbooks, strict=True)
    ]


def tagged(tags: Mapping[str, str], wanted_tags: Iterable[str]) -> bool:
    """Whether it carries every wanted tag, each `key` or `key=value`."""
    pairs = [want.partition("=") for want in wanted_tags]
    return all(key in tags and (not mark or tags[key] == value) for key, mark, value in pairs)


def _weights_of(fields: Mapping[str, list[str]], usual: Mapping[str, float]) -> dict[str, float]:
    """Each word's weighed count over all fields, less in a field that is longer than usual."""
    weights: dict[str, float] = {}
    for field, stems in fields.items():
        for word, count in Counter(stems).items():
            length = 1 - LENGTH + LENGTH * len(stems) / usual[field]
            weights[word] = weights.get(word, 0.0) + WEIGHTS[field] * count / length
    return weights


def _rarity(have: int, there: int) -> float:
    return math.log(1 + (there - have + 0.5) / (have + 0.5))
