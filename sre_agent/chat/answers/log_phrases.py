"""What the words of a question look like in lines of a log: singular and plural, forms of a verb, levels, addresses."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.chat import words as w

LEVEL: Final = {  # how lines claim a level: in brackets, as a field, or in capitals
    "error": r"(?:\[(?i:error|err)\]|(?i:level)\"?[=:]\s*\"?(?i:error|err)\b|\b(?:ERROR|ERR)\b)",
    "warning": r"(?:\[(?i:warn|warning)\]|(?i:level)\"?[=:]\s*\"?(?i:warn|warning)\b|\b(?:WARN|WARNING)\b)",
}
_LINES: Final = frozenset(
    {"level", "severity", "line", "lines", "message", "messages", "entry", "entries", "log", "logs"}
)
_PLURAL: Final = re.compile(r"(?<=[^su])s$", re.I)
_VERB: Final = re.compile(r"(?:ed|ing)$", re.I)
_STEM: Final = 4  # letters of a verb that tell it from others
_WORD: Final = re.compile(r"[\w'-]+")


def is_level(text: str, words: list[str]) -> bool:
    """Whether a word as `errors` means a level in this question: beside `lines` or `level`, or when nothing else is
    looked for. `Authentication failures` are what lines say."""
    word_list = [word.lower() for word in _WORD.findall(text)]
    places = [place for place, word in enumerate(word_list) if word in w.LEVELS]
    beside = {word_list[other] for place in places for other in (place - 1, place + 1) if 0 <= other < len(word_list)}
    return bool(beside & _LINES) or all(word.lower() in w.LEVELS for word in words)


def without_levels(words: list[str]) -> list[str]:
    return [word for word in words if word.lower() not in w.LEVELS]


def forms(word: str) -> str:
    """An expression for a word in its singular and plural: what is in both of them."""
    if not word.isalpha() or len(word) < _STEM:
        return re.escape(word)
    if word.lower().endswith("ies"):
        return f"{word[:-3]}(?:y|ies)"
    if re.search(r"(?:ss|x|ch|sh)es$", word, re.I):
        return word[:-2]
    return _PLURAL.sub("", word)


def stem(word: str) -> str:
    """An expression for the forms of a verb that say that something happens; of another word the same as `forms`.

    Not the bare one: who is asked to delete has deleted nothing.
    """
    bare = _VERB.sub("", word)
    happens = word.isalpha() and bare != word and len(bare) >= _STEM
    return f"{bare}(?:ed|es|s|ing|ion|ure)" if happens else forms(word)
