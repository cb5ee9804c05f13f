"""A text as clauses, each of which asks one thing, in words that are written out."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.chat import words as w
from sre_agent.chat.forms import class_words
from sre_agent.chat.tokens import quotes

_CLAUSE: Final = re.compile(
    r"(?<=[?!;])\s++(?=\S)|(?<=[a-z0-9'\"\x01]\.)\s++(?=\S)|(?:,|(?<![\s,]))\s++and\s++"
    r"(?=(?:what|how many|how much|how long|how often|which|who|when|why|is|are|does|did|where)\b)"
    r"|,\s++(?=(?:is|are)\s+there\b)"
    r"|(?<!\s)\s++[-–—]++\s++(?=(?:is|are|was|does|did|has|what|which|how|when|why|who|where|any)\b)",
    re.I,
)
_EVERYWHERE: Final = re.compile(
    r"(?<=\S)\s+(?:in|over|across|through)\s+all\s+(?:the\s+|of\s+the\s+)?(?:namespaces|ns)\b", re.I
)
_APART: Final = re.compile(r"\b(roll(?:ed|s|ing)?)\s+((?!back\b)[\w./-]+(?:\s+(?!back\b)[\w./-]+)?)\s+back\b", re.I)
_WRITTEN_SHORT: Final = re.compile(r"(?<!\S)w/(o(?=\s))?", re.I)  # `pods w/o limits`
_ABBREVIATED: Final = re.compile(  # `mem limit of web`; behind a kind it is a name
    rf"(?<![\w./-])(?<!deployment )(?<!service )(?<!namespace )(?<!named )({'|'.join(w.ABBREVIATIONS)})(?![\w./-])",
    re.I,
)
_GREETING: Final = re.compile(  # the time of the day in it is no time that is asked about
    r"\bgood[ -](?:morning|afternoon|evening|day|night)\b|^(?:morning|afternoon|evening)(?=[,.!]|$)", re.I
)
_AGO_ASKED: Final = re.compile(r"\bhow (?:long|many|much)(?: (?:min|hour|hr|day|sec|week)\w*)? ago\b", re.I)
_URL: Final = re.compile(r"\bhttps?://([\w.-]*\w)(?::\d+)?(?:/[\w./%?=&-]*)?", re.I)  # its host is what it is about
_NAMESPACE_SLOT: Final = re.compile(r"(?<![\w./-])(?:ns|namespace)\s*[=:]\s*(?=[a-z0-9])", re.I)  # `ns=shop`
_COUNTED: Final = re.compile(  # which any list tells
    r"(?<!\W)\W*+(?:how (?:many|much|often)(?: times)?|where|when|which ones?)\W*+$", re.I
)
A_QUESTION: Final = 3  # words behind a greeting that ask or tell something


def without_interjections(text: str) -> str:
    """`ok and web-1?` is `and web-1?`, `hey all, web-1 is down` is `web-1 is down`; what only greets stays."""
    words_left = text.split()
    while len(words_left) > 1 and words_left[0].lower().strip(",.!") in class_words("interjection"):
        del words_left[0]
    behind = list(words_left)
    while behind and behind[0].lower().strip(",.!") in class_words("greeters"):
        del behind[0]
    return " ".join(behind if len(behind) >= A_QUESTION else words_left)


def clauses(text: str) -> tuple[list[str], list[str]]:
    """The clauses of a text, each a question or a part of one, and its quotes, for which marks stand there."""
    masked, parts = written_out(text)
    clause_list = [clause for clause in _CLAUSE.split(masked) if any(letter.isalnum() for letter in clause)]
    return [clause for clause in clause_list if clause == clause_list[0] or not _COUNTED.match(clause)], parts


def written_out(text: str) -> tuple[str, list[str]]:
    """The text with marks for its quotes, and these. Abbreviations are written out; greetings, and words that only
    say `everywhere`, are gone."""
    text = without_interjections(text)
    masked, parts = quotes(_WRITTEN_SHORT.sub(lambda short: "without " if short[1] else "with ", text))
    masked = _EVERYWHERE.sub(" ", _GREETING.sub("hello", masked))
    masked = _NAMESPACE_SLOT.sub("in namespace ", _URL.sub(r"\1", masked))
    masked = _AGO_ASKED.sub("when", masked)
    masked = _APART.sub(r"\1 back \2", masked)  # `roll web back`
    return _ABBREVIATED.sub(lambda short: w.ABBREVIATIONS[short[1].lower()], masked), parts
