"""What a question says of the lines of a log: what they hold, which times they give, by what they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.meanings import Word
from sre_agent.chat.query import CountedField
from sre_agent.language.lexicon import speech

_ENDINGS: Final = ("ations", "ation", "ions", "ion", "ings", "ing", "ed", "es", "s")
_STEM: Final = 4  # letters that are left of a word at least


def time_words(word_list: Sequence[Word]) -> list[str]:
    """The words before `time` or `duration`, and those between `how long did` and `take`."""
    for place, token in enumerate(word_list):
        if token.word in ("time", "times", "duration", "durations", "latency", "latencies") and place:
            before = word_list[place - 1]
            if "count" in before.cues or before.word.isdigit():  # `how many times`
                return []
            if not before.name and (not before.is_vocabulary or before.word not in speech() | w.FILLERS):
                return [before.word] if not before.in_quotes and before.word not in ("what", "which") else []
        if token.word == "how long":
            inside = []
            for other in word_list[place + 1 :]:
                if other.word in ("take", "took", "takes", "last", "run"):
                    break
                inside.append(other)
            return [t.word for t in inside if t.word and t.word not in w.FUNCTION]
    return []


def counted_field(word_list: Sequence[Word]) -> CountedField | None:
    """`How many different addresses`, `which user failed most often`."""
    pairs = list(pairwise(word_list))
    for place, (token, after) in enumerate(pairs):
        if token.word in w.DISTINCT and place and "count" in word_list[place - 1].cues:
            return CountedField(after.word or after.text, distinct=True)
    for place, (token, after) in enumerate(pairs):
        ranked = any(other.word in w.RANKS for other in word_list[place + 2 :])
        if token.word in ("which", "what") and ranked and not after.in_quotes:
            return CountedField(after.word or after.text, distinct=False)
    return None


def content_words(word_list: Sequence[Word], used_places: set[int], mention_list: Sequence[object]) -> list[str]:
    """Words that say what a line holds."""
    begin = next((i for i, t in enumerate(word_list) if t.word in w.BEGINS_TEXT), -1)
    content = []
    for place, token in enumerate(word_list):
        low = token.word
        is_light = low in w.FUNCTION or low in w.LIGHT
        if (
            token.in_quotes
            or token.name
            or is_light
            or place < begin
            or (place in used_places and begin < 0 and token.text not in _loose(mention_list))
        ):
            continue
        if token.cues & {"count", "logs", "list", "search", "summary", "show"} or not low[0].isalnum():
            continue
        content.append(token.original or token.text)
    return content


def stem(word: str) -> str:
    """A word without its ending, in lower case: `timeouts`, `calibrated`."""
    low = word.lower()
    ending = next((one for one in _ENDINGS if low.endswith(one) and len(low) - len(one) >= _STEM), "")
    return low.removesuffix(ending)


def _loose(mention_list: Sequence[object]) -> set[str]:
    return {
        str(getattr(m, "name", "")) for m in mention_list if not getattr(m, "kind", "") and not getattr(m, "place", "")
    }
