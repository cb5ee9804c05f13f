"""Which quantity a name or a text speaks of: of a metric, of an alarm, of a person. The words are in `quantities.yaml`.

Names are split into their words first, so `KubePodNotReady`, `pod_not_ready` and "the pod is not ready" say the same.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple, cast

import yaml

from mcp_servers.contract.observations import Quantity

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-WYZ])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD: Final = re.compile(r"\d+xx|[^\W_]+", re.I)
_CODES: Final = re.compile(r"\b([45])(?:\.\.|\.[*+]|xx|\[0-9\]\{2\}|\\\\?d\\\\?d|\d\.)", re.I)  # as matchers write them
_WRITTEN_OUT: Final = {"isn": "is not", "aren": "are not", "doesn": "does not", "don": "do not", "can": "can not"}


class QuantityMention(NamedTuple):
    """A quantity, and the words that say so, as they were split."""

    quantity: Quantity
    words: str


class _Phrase(NamedTuple):
    quantity: Quantity
    words: tuple[tuple[str, ...], ...]  # per place the words that fit


def words_of(text: str) -> list[str]:
    """The words of a text or a name in lower case; what is written together in capitals is taken apart."""
    plain = re.sub(r"\b(isn|aren|doesn|don|can)['’]t\b", lambda m: _WRITTEN_OUT[m[1].lower()], text, flags=re.I)
    return [part.lower() for part in _WORD.findall(_HUMP.sub(" ", _CODES.sub(r"\1xx", plain)))]


def quantities(text: str) -> list[QuantityMention]:
    """What a text speaks of, the plainest first: by the length of the phrase, then by its place in the lexicon."""
    words = words_of(text)
    candidates: list[tuple[int, int, int, QuantityMention]] = []  # start, end, rank
    for start, word in enumerate(words):
        for rank, phrase in _beginning_with(word):
            end = start + len(phrase.words)
            if end <= len(words) and all(map(_fits, words[start:end], phrase.words)):
                candidates.append((start, end, rank, QuantityMention(phrase.quantity, " ".join(words[start:end]))))
    candidates.sort(key=lambda one: (one[0] - one[1], one[2], one[0]))
    selection: list[tuple[int, int, int, QuantityMention]] = []
    for one in candidates:
        if not any(start < one[1] and one[0] < end for start, end, _, _ in selection):
            selection.append(one)
    return list({best_mention.quantity: best_mention for _, _, _, best_mention in reversed(selection)}.values())[::-1]


@lru_cache(maxsize=4096)
def quantity_of(name: str) -> Quantity | None:
    """The plainest quantity of a name; None for one that says nothing."""
    mentions = quantities(name)
    return mentions[0].quantity if mentions else None


@cache
def means(quantity: Quantity) -> str:
    """What it is to claim it, as the end of a sentence that begins with "the alarm says that"."""
    return str(_data()[quantity]["means"]) if quantity in _data() else "something is wrong"


def _fits(word: str, of: tuple[str, ...]) -> bool:
    return any(word.startswith(one[:-1]) if one.endswith("*") else word == one for one in of)


@lru_cache(maxsize=4096)
def _beginning_with(word: str) -> tuple[tuple[int, _Phrase], ...]:
    """The phrases that may begin at this word, with their places in the lexicon."""
    return tuple((rank, phrase) for rank, phrase in enumerate(_phrases()) if _fits(word, phrase.words[0]))


@cache
def _phrases() -> tuple[_Phrase, ...]:
    return tuple(
        _Phrase(cast(Quantity, quantity), tuple(tuple(place.split("|")) for place in str(phrase).split()))
        for quantity, entry in _data().items()
        for phrase in entry["words"]
    )


@cache
def _data() -> dict[str, Any]:
    data = yaml.load(
        (resources.files("sre_agent.language") / "quantities.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    assert isinstance(data, dict)
    return data
