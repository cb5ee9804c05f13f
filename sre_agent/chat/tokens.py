"""The words of a question, by the tokeniser of `language`; what is quoted has a mark in its place until then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sre_agent.chat.meanings import Word
from sre_agent.chat.spelling import corrected, in_full, phrases
from sre_agent.language import tokens as language

_MARK: Final = re.compile(r"^\x01(\d+)\x01$")
NONE: Final[Mapping[str, str]] = {}


def quotes(text: str) -> tuple[str, list[str]]:
    """The text with a mark for each quoted part, and the parts."""
    masked, parts, at = "", list[str](), 0
    for token in language.tokens(text):
        if token.kind == "quote":
            masked += f"{text[at : token.start]} \x01{len(parts)}\x01 "
            parts.append(token.text)
            at = token.end
    return masked + text[at:], parts


def words(text: str, parts: Sequence[str], names: Mapping[str, str] = NONE) -> list[Word]:
    """The words of a text whose quoted `parts` are marked. None of `names` (by the word for it) is corrected."""
    plain: list[Word] = []
    for raw, ends in language.words(text):
        if mark := _MARK.match(raw):
            plain.append(Word(parts[int(mark[1])], in_quotes=True, ends=ends))
        else:
            plain.append(Word(in_full(raw.replace("’", "'"), names), ends=ends))
    return list(phrases([corrected(plain, place, names) for place in range(len(plain))]))
