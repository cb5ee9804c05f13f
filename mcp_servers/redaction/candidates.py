"""Tokens of a text that a secret could be, told by their own signs before what is around them is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from string import ascii_letters, digits
from typing import Final, NamedTuple

from mcp_servers.redaction.mentions import kind_of
from mcp_servers.redaction.names import SecretName, marks_a_place
from mcp_servers.redaction.value_checks import (
    is_unlike_words,
    looks_chosen,
    looks_named,
    looks_opaque,
    looks_unnamed,
    says_no_secret,
)

QUOTES: Final = "\"'`“”„«»"
LONGEST_NAME: Final = 64
_TOKEN: Final = re.compile(r"(?:[\w+/~.!@#$^*?-]|%(?![2-7][0-9A-F])){4,}+(?:={1,2}(?![\w=]))?")
_TO_THE_QUOTE: Final = re.compile(r"[^\s\"'`]*+")
_RUN: Final = re.compile(r"[\w+/]*+")
_ID: Final = re.compile(r"[a-z]{2,9}[_-][A-Za-z0-9]{10,}")  # of something, by its kind: `req_…`, `msg_…`
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_DRAWN: Final = f"{ascii_letters}{digits}_+/"
_DIGITS: Final = {"password": 4, "key": 6, "digits": 4}  # of a number that is a secret


class Token(NamedTuple):
    begin: int
    end: int
    text: str

    @property
    def span(self) -> tuple[int, int]:
        return self.begin, self.end


def tokens(text: str, begin: int, end: int) -> Iterator[Token]:
    """What could be a secret: no word of one case, no escape; between quotes, all that stands there without a blank."""
    for match in _TOKEN.finditer(text, begin, end):
        value, start = match[0], match.start()
        letters = value.replace("_", "") if "_" in value else value
        if letters.isalpha() and (len(value) < 8 or value.islower() or value.isupper() or value.istitle()):
            continue
        before = text[start - 1 : start]
        value = value.rstrip(".?=" if len(value) % 4 else ".?")
        if len(value) < 4 or before == "%" or text[match.end() : match.end() + 1] in ("(", "{"):
            continue
        if value[0] == "." and start == begin:
            continue
        if before and before in QUOTES:
            whole = _TO_THE_QUOTE.match(text, start, end)
            if whole and text[whole.end() : whole.end() + 1] == before:
                value = whole[0]
        yield Token(start, start + len(value), value)


@lru_cache(maxsize=4096)
def could_be(kind: str, value: str) -> bool:
    """Whether a value may be a secret of that kind, wherever it stands."""
    if value.isdigit():
        return kind in _DIGITS
    return kind == "password" or (kind != "digits" and (looks_unnamed(value) or looks_opaque(value, 8)))


def is_beside(kind: str, value: str, exact: bool) -> bool:
    """Whether a value right beside a name of that kind is a secret; `exact` where the syntax says that it is one."""
    if says_no_secret(value) or is_a_name(value) or marks_a_place(value):
        return False
    if value.isdigit():
        return exact and kind in _DIGITS and len(value) >= _DIGITS[kind]
    if kind == "password":
        return (looks_chosen(value) and not looks_named(value)) or looks_opaque(value, 8)
    if kind == "weak":
        return (exact or not is_hex(value)) and looks_opaque(value, 16)
    return (exact and kind == "key" and looks_unnamed(value)) or (kind != "digits" and looks_opaque(value, 8))


def is_a_noun(name: SecretName) -> bool:
    """Whether a name is but the word for a method, or for an object that holds secrets."""
    return name.called.lower() == "auth" or (
        name.called.lower()[:4] == "auth" and name.kind != "password" and len(name.called) < 8
    )


def is_apart(name: SecretName, value: str, in_sentence: bool) -> bool:
    """Whether a value that words part from a name is its secret; `in_sentence`: the last of them lead to a value."""
    kind = name.kind
    if kind == "digits":
        return value.isdigit() and len(value) == 6
    if is_a_name(value) or _ID.fullmatch(value):
        return False
    if (not in_sentence or is_a_noun(name)) and (value.islower() or value.isupper() or is_hex(value)):
        return False
    if kind == "weak" and is_hex(value):
        return False
    return looks_opaque(value, 10 if kind in ("password", "key") and not is_a_noun(name) else 16)


def is_a_name(value: str) -> bool:
    """Whether a value is a secret's name itself, and not drawn."""
    return kind_of(value) != "" and not _is_drawn(value)


def is_hex(value: str) -> bool:
    return _HEX.fullmatch(value) is not None


def is_no_name(name: SecretName) -> bool:
    """Whether letters that were drawn happen to be those of a name, or the name is that of a folder."""
    after = name.text[name.end : name.end + 2]
    if after[:1] == "/" and after != "//":
        return True
    if name.kind != "weak" and after[:1] != "+":
        return False
    before = name.before(LONGEST_NAME)
    begin = name.begin - len(before) + len(before.rstrip(_DRAWN))
    run = _RUN.match(name.text, begin, name.end + LONGEST_NAME)
    return run is not None and _is_drawn(run[0])


@lru_cache(maxsize=4096)
def _is_drawn(run: str) -> bool:
    numbers = sum(map(str.isdigit, run))
    return numbers > 0 and looks_opaque(run, 12) and (numbers > 1 or is_unlike_words(run))
