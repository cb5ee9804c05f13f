"""A question in the plain words that the rules read, where it asks one of the plain questions in words of its own.

The file of plain questions says for each how the rules are asked (`ask`), with `{x}`, `{y}` for things and `{ns}` for a
place, and, where no words tell it, what is wanted (`intent`). The times that the sentence names stay as they were read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from sre_agent.chat import grammar
from sre_agent.chat.paraphrases import TEXT, paraphrase_model, pattern_of
from sre_agent.chat.query import UNKNOWN, ChatQuery
from sre_agent.chat.tokens import quotes
from sre_agent.language.mentions import Mention

FILE: Final = "plain_questions.yaml"
ANY_TIME: Final = datetime(2000, 1, 2, tzinfo=UTC)
Want = tuple[str, frozenset[str], tuple[str, ...], str]  # intent, columns, kinds, level
_SLOT: Final = re.compile(r"\{(\w+)\}")
_PLACE: Final = re.compile(r" in \{ns\}")
_QUOTED: Final = re.compile(r"\x01\d+\x01")


@dataclass(frozen=True)
class PlainQuestion:
    ask: str
    intent: str = ""

    @property
    def slots(self) -> list[str]:
        return _SLOT.findall(self.ask)


@dataclass(frozen=True)
class PlainReading:
    """`query` is the plain `question` with the names, times and texts of the sentence; `share` is how likely all the
    questions are that want the same: 0 to 1."""

    question: str
    share: float
    query: ChatQuery


@dataclass(frozen=True)
class SentenceParts:
    """What a sentence brings to fill a question's places. `back`: it may point to what was spoken of."""

    names: int
    has_text: bool
    back: bool

    def fits(self, one: PlainQuestion) -> bool:
        """Whether every name has a place, and each place is filled: `it` fills one that points back."""
        slots = {*one.slots} - {"text"}
        if "text" in one.slots and not self.has_text:
            return False
        needed = len(slots - {"ns"})
        return self.names <= len(slots) and (self.names >= needed or (self.back and not self.names))


@cache
def plain_questions() -> Mapping[str, PlainQuestion]:
    """All of them, by the question. Raises TypeError for an entry that is not of that form."""
    text = (resources.files(__package__) / FILE).read_text(encoding="utf-8")
    entries: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return {
        question: PlainQuestion(question)
        if entry is None
        else PlainQuestion(entry)
        if isinstance(entry, str)
        else PlainQuestion(**entry)
        for question, entry in entries.items()
    }


def plain_readings(
    query: ChatQuery, now: datetime, *, back: bool, places: Collection[str] = (), most: int = 1
) -> list[PlainReading]:
    """What a question may ask in plain words, the likeliest first, `most` that each want something else; none where its
    names have no place in any. `back`: without a name it may be about what was spoken of before. `places` are the
    namespaces that there are."""
    masked, texts = quotes(query.text)
    words = paraphrase_model().words
    mentions = {
        one.name.lower(): one for one in query.mentions if one.exists or one.name in places or _is_name(one, words)
    }
    pattern, name_list = pattern_of(_QUOTED.sub(TEXT, masked), mentions)
    parts = SentenceParts(len(name_list), bool(texts), back)
    shares = paraphrase_model().shares(pattern, lambda question: parts.fits(plain_questions()[question]))
    by_want: dict[Want, float] = defaultdict(float)
    likeliest: dict[Want, str] = {}
    for question, share in shares.items():
        want = _want(question)
        by_want[want] += share
        likeliest[want] = max(likeliest.get(want, question), question, key=shares.__getitem__)
    names = [mentions[name.lower()].name for name in name_list]

    def reading_of(want: Want) -> PlainReading:
        one = plain_questions()[likeliest[want]]
        plain = grammar.read(_with_names(one, names, texts), now, {name.lower(): name for name in names})[0]
        plain = replace(
            plain,
            text=query.text,
            mentions=tuple(_as_said(mention, mentions, plain.kinds) for mention in plain.mentions),
            window=query.window or plain.window,
            pointed=query.pointed or plain.pointed,
            strength=query.strength,
            rival=None,
            intent=one.intent or plain.intent,
        )
        return PlainReading(likeliest[want], by_want[want], plain)

    wants = sorted(by_want, key=lambda want: (by_want[want], shares[likeliest[want]]), reverse=True)
    return [reading_of(want) for want in wants[:most]]


@cache
def _want(question: str) -> Want:
    """What the rules read in a plain question: two that want the same are one."""
    one = plain_questions()[question]
    plain = grammar.read(one.ask.format(x="x-1", y="y-1", ns="n-1", text="text"), ANY_TIME, {})[0]
    return one.intent or plain.intent, frozenset(plain.columns), plain.kinds, plain.level


@cache
def plain_intents() -> frozenset[str]:
    """Those that a plain question has, and that of a question which is none."""
    return frozenset({UNKNOWN, *(_want(question)[0] for question in plain_questions())})


def _is_name(mention: Mention, words: frozenset[str]) -> bool:
    beside = bool(mention.kind) or mention.place == "namespace"
    return not mention.is_a_field and (beside or not mention.name.isalpha() or mention.name.lower() not in words)


def _with_names(one: PlainQuestion, names: list[str], texts: list[str]) -> str:
    """The question with the names and texts in their places. `It` stands where a thing is missing; a place may be."""
    slots = [slot for slot in dict.fromkeys(one.slots) if slot != "text"]
    values = dict(zip(slots, names, strict=False)) | ({"text": texts[0]} if texts else {})
    ask = one.ask if "ns" in values else _PLACE.sub("", one.ask)
    return ask.format(**{"x": "it", "y": "it", "ns": "", **values})


def _as_said(mention: Mention, mentions: Mapping[str, Mention], kinds: Collection[str]) -> Mention:
    """With what the sentence says of the thing: its kind, its namespace. A kind that is asked for is no kind of the
    thing: `hpa checkout` is the autoscaler of checkout."""
    own = mentions.get(mention.name.lower(), mention)
    return replace(own, kind="") if own.kind in kinds else own
