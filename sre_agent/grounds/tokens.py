"""What a sentence names, counts and dates, and whether a source holds it.

A sentence of a report may contain no name, number or time that its sources do not contain. Plain words are free:
they carry the sense, and the sense is the engine's. Names are what no prose looks like: with a slash, an underscore, a
digit or a capital inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final, Literal, NamedTuple

from mcp_servers.contract.observations import OBSERVATIONS, RELATIONS
from sre_agent.grounds.prose import PROSE, TERMS

_INSTANT: Final = re.compile(
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z\b|[+-]\d\d:?\d\d\b)?|(?<![\w:])\d\d:\d\d:\d\d\b"
)
_PIECE: Final = re.compile(r"[^\s\"'`(){}<>\[\]«»“”,;|=]+")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?%?")
NUMBERS: Final = re.compile(r"(?<![\w.:/-])[-+]?\d+(?:\.\d+)?(?![\w:/-]|\.\d)")
_NAMELIKE: Final = re.compile(r"[\d_/@:]|[a-z][A-Z]|\w\.\w|\w-\w")
_MORE: Final = re.compile(r"\band \d+ more\b")
_EDGE: Final = ".,;:!?…*-–—"
OWN: Final = frozenset(
    {*OBSERVATIONS, *RELATIONS, *TERMS}
    | {
        word
        for text in (*(entry.described for entry in OBSERVATIONS.values()), *RELATIONS.values())
        for word in re.findall(r"[\w/.-]+", text)
    }
)
ROUNDING: Final = timedelta(seconds=1)  # a time with a fraction of a second may be written either way


class Token(NamedTuple):
    kind: Literal["name", "number", "instant", "clock"]
    text: str
    cut: bool = False  # the end of it was cut off


def tokens(sentence: str, own: Iterable[str] = (), *, free: frozenset[str] = OWN) -> list[Token]:
    """What has to be in the sources, each once. `own` and `free` are words of ours that look like names."""
    known = free | set(own)
    found = [_time(match[0]) for match in _INSTANT.finditer(sentence)]
    rest = _MORE.sub(" ", _INSTANT.sub(" ", sentence))
    for match in _PIECE.finditer(rest):
        piece = match[0].strip(_EDGE)
        if not piece or piece in known or piece.lower() in PROSE:
            continue
        if _NUMBER.fullmatch(piece):
            found.append(Token("number", piece))
        elif _NAMELIKE.search(piece):
            found.append(Token("name", piece, cut="…" in rest[match.start() : match.end() + 2]))
    return list(dict.fromkeys(found))


class Source:
    """A piece of evidence as text. `shorts` are the subjects it speaks of, as people write them."""

    def __init__(self, text: str, shorts: Iterable[str] = ()) -> None:
        self.text = "\n".join([text, *shorts])

    def holds(self, token: Token) -> bool:
        if token.kind == "number":
            return self._number(token.text)
        if token.kind in ("instant", "clock"):
            return self._moment(token)
        return self._name(token) or self._parts(token)

    def _name(self, token: Token) -> bool:
        end = "" if token.cut else r"(?![A-Za-z0-9])"
        return re.search(rf"(?<![A-Za-z0-9]){re.escape(token.text.rstrip('…'))}{end}", self.text, re.I) is not None

    def _parts(self, token: Token) -> bool:
        """`Kind/namespace/name`, or names joined by a plus, where the source has them apart."""
        kind, *rest = token.text.split("/")
        subject = kind.isalpha() and kind[:1].isupper() and len(rest) in (1, 2)
        apart = [kind, *rest] if subject else token.text.split("+")
        return len(apart) > 1 and all(self._name(Token("name", part)) for part in apart if part)

    def _number(self, text: str) -> bool:
        decimals = len(text.rstrip("%").partition(".")[2])
        value = abs(float(text.rstrip("%")))
        wanted = [(value, decimals)] + ([(value / 100, decimals + 2)] if text.endswith("%") else [])
        return any(abs(known - v) < 0.5 * 10**-d + 1e-9 for known in self._numbers for v, d in wanted)

    def _moment(self, token: Token) -> bool:
        if token.kind == "clock":
            return token.text in self._clocks
        wanted = _instant(token.text)
        return wanted is not None and any(abs(known - wanted) <= ROUNDING for known in self._instants)

    @cached_property
    def _numbers(self) -> set[float]:
        return {abs(float(text)) for text in NUMBERS.findall(_INSTANT.sub(" ", self.text))}

    @cached_property
    def _instants(self) -> list[datetime]:
        return list({when for text in _INSTANT.findall(self.text) if (when := _instant(text)) is not None})

    @cached_property
    def _clocks(self) -> set[str]:
        said = {text for text in _INSTANT.findall(self.text) if len(text) == 8}
        return said | {f"{when + step:%H:%M:%S}" for when in self._instants for step in (timedelta(0), ROUNDING)}


def sentences(text: str) -> list[str]:
    """The sentences of a text; a full stop within quotes ends none."""
    found, start, quoted = [], 0, False
    for index, char in enumerate(text):
        quoted ^= char == '"'
        ends = char in ".!?" and not quoted and text[index + 1 : index + 2].isspace()
        if ends and not text[index + 1 :].lstrip()[:1].islower():
            found.append(text[start : index + 1].strip())
            start = index + 1
    return [one for one in (*found, text[start:].strip()) if one]


def without_times(text: str) -> str:
    """With spaces in the place of dates and times: nothing else moves."""
    return _INSTANT.sub(lambda found: " " * len(found[0]), text)


def _time(text: str) -> Token:
    return Token("clock" if len(text) == 8 else "instant", text)


def _instant(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text.replace(",", "."))
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
