"""What of a sentence can be held to its sources in any language: its names, its numbers with their units, its times.

Plain words are free. A sentence of ours carries the engine's sense; one of a model's is told as the model's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, Literal

from mcp_servers.contract.observations import OBSERVATIONS, RELATIONS
from sre_agent.language.lexicon import ENGLISH, speech, terms
from sre_agent.language.source import EvidenceText
from sre_agent.language.tokens import TextToken, fold, tokens

Fault = Literal["empty", "citation", "name", "number", "time", "address", "bare"]
REASONS: Final[dict[Fault, str]] = {  # for what a sentence is dropped
    "empty": "saying nothing",
    "citation": "citing nothing, or what is not there",
    "name": "a name that is not in what it cites",
    "number": "a number or unit that is not in what it cites",
    "time": "a time that is not in what it cites",
    "address": "a link",
    "bare": "having no name, number or time",
}

_DESCRIBED: Final = (*(entry.description for entry in OBSERVATIONS.values()), *RELATIONS.values())
_MORE: Final = re.compile(r"\band \d+ more\b")  # a count of what was left out
_FOREIGN: Final = re.compile(r"[^\W\d_\u0000-\u036f]")  # a letter of another script than Latin
_NOUN: Final = re.compile(r"[A-Z][a-z]+")
_WIDE: Final = "。！？"
_ENDS: Final = ".!?"


@cache
def _own() -> frozenset[str]:
    """Words of ours that look like names."""
    words = {word for text in _DESCRIBED for word in re.findall(r"[\w/.-]+", text) if not word[0].isdigit()}
    return frozenset({*OBSERVATIONS, *RELATIONS, *terms()} | words)


@cache
def _plain() -> frozenset[str]:
    """Latin words that are no names in a text of another script."""
    own = {word.casefold() for word in _own()}
    return speech() | own | {f"{word}s" for word in own} | {"utc"}


def has_claims(text: str, own: Iterable[str] = (), *, language: str = ENGLISH) -> list[TextToken]:
    """What has to stand in the sources of a sentence. `own` are words of ours that look like names. Where the letters
    are of another script than Latin, a Latin word is a name."""
    free = _own() | set(own)
    parts = sentences(_MORE.sub(" ", text))
    return [token for part in parts for token in _flat(part, language) if token.text not in free]


def fault(text: str, sources: Sequence[EvidenceText], said_back: EvidenceText | None = None, *, language: str = ENGLISH,
          bare: bool = False) -> Fault | None:  # fmt: skip
    """Why a sentence of a model's is dropped; None where it may be told as its own.

    `said_back` are words of the person who asked, whose names may be said back. With `bare` a sentence without any
    name, number or time stands too: nothing of it can be held to anything. A link never stands.
    """
    if not text.strip():
        return "empty"
    claim_tokens = has_claims(text, language=language)
    for token in claim_tokens:
        if "://" in token.text:
            return "address"
        is_question = said_back is not None and token.kind == "name" and said_back.holds(token)
        if not is_question and not any(_source_holds(token, source) for source in sources):
            return "name" if token.kind in ("name", "word") else "time" if token.kind == "time" else "number"
    return None if claim_tokens or bare else "bare"


def sentences(text: str) -> list[str]:
    """The sentences of a text; a full stop within quotes ends none."""
    sentences, start, quoted = [], 0, False
    for index, char in enumerate(text):
        quoted ^= char == '"'
        ends = char in _ENDS and not quoted and text[index + 1 : index + 2].isspace()
        if (ends and not text[index + 1 :].lstrip()[:1].islower()) or (char in _WIDE and not quoted):
            sentences.append(text[start : index + 1].strip())
            start = index + 1
    return [one for one in (*sentences, text[start:].strip()) if one]


def _flat(text: str, language: str) -> Iterator[TextToken]:
    """Names, numbers and times, also those in quotation marks."""
    foreign = _FOREIGN.search(text) is not None
    for token in tokens(text, language):
        if token.kind == "quote":
            yield from _flat(token.text, language)
        elif token.kind != "word" or (foreign and _is_latin(token.text)):
            cut = token.kind == "name" and text[token.start + len(token.text) :].startswith("…")
            yield TextToken(f"{token.text}…", token.start, "name") if cut else token


def _is_latin(word: str) -> bool:
    return word.isascii() and len(word) > 1 and word.casefold() not in _plain()


def _source_holds(token: TextToken, source: EvidenceText) -> bool:
    """A name that is written together with a noun, as in `web-Pod`, may stand there alone."""
    if source.holds(token):
        return True
    parts = fold(token.text).split("-")
    if token.kind != "name" or len(parts) < 2 or not (parts[0].isdecimal() or any(map(_NOUN.fullmatch, parts))):
        return False
    names = [part for part in parts if not _NOUN.fullmatch(part) and not (parts[0].isdecimal() and part.isalpha())]
    return all(all(source.holds(one) for one in tokens(part)) for part in names)
