"""A secret near its name, whatever stands between the two: what is taken for one is told by the token itself.

In the part of a text that one name reaches - its line up to the next name, and a value alone on one of the next lines -
a token is its secret unless another name owns it (`request_id=…`, `commit …`). The less stands between them, the less
the token has to look like a secret.
"""

# ruff: noqa: SIM905 - lists of words

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_servers.redaction.mentions import kind_of
from mcp_servers.redaction.names import HOLDS, Name, holds_a_value, marks_a_place
from mcp_servers.redaction.standing import looks_chosen, looks_named, looks_opaque, says_no_secret

Span = tuple[int, int]
REACH: Final = 200  # characters after a name
BACK: Final = 120  # and before it
LINES: Final = 4  # below it
OWNER: Final = 64  # characters before a token in which the name of its owner stands
MARK: Final = "[redacted"
_TOKEN: Final = re.compile(r"[\w+/~.!@#$%^&*?-]{4,}+(?:={1,2}(?![\w=]))?")
_QUOTES: Final = "\"'`“”„«»"
_OWNED: Final = re.compile(
    r"(?P<owner>[A-Za-z_@$-][\w.$@-]{0,60})[\"'`\\\])]{0,4}\s{0,8}(?:=>|:=|->|[:=])\s{0,8}[\[({<\\\"'`“„]{0,6}[bNqru]?[\"'`({\[]?\Z"
)
_CALLED: Final = re.compile(r"(?P<owner>[A-Za-z][\w-]{0,40})[ ][\"'`(\[<]{0,2}\Z")
_KEY: Final = re.compile(r"([A-Za-z_][\w.-]{0,60})[\"']?\s?[:=](?![:/=])")
_OF: Final = re.compile(r"\s(?:for|of|on|in|to|für|de|para|pour|von)\s[^:=\n;]{1,60}[:=→]\s{0,4}[\"'`]{0,3}\Z", re.I)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_BETWEEN: Final = frozenset(  # words that say nothing but that what follows is the value
    "is are was be now set to as es est ist lautet reads equals changed reset updated will been has the it put bound".split()
)
_SAID: Final = re.compile(r"\b(?:is|was|be|to|now|lautet|ist|es|est|é|equals)[:\s\"'`“„«]{1,6}\Z", re.I)
_NOUNS: Final = frozenset(  # what owns the token right after it in a sentence
    (
        "id ids uid uuid request req trace span commit revision rev sha md digest checksum hash fingerprint etag version "
        "tag image build job run pipeline user role account pod node host container volume bucket object file path url "
        "session kid nonce cursor serial correlation ticket branch ref release package module index order customer "
        "client principal thumbprint signature certificate cert subject address contract chain chart kit model bytes"
    ).split()
)
_ALONE: Final = re.compile(r"(?:[ \t]|=>|[-+>*|]|\d{1,2}\)|\(\w{1,20}\)|\$\w{1,8}(?:[ ]=)?|0x\w{1,16}[ ]){0,8}[\"'`(]{0,2}")
_OPEN: Final = re.compile(r"(?:[:=(\\][\"']?|<<-?\s?[\"']?\w{1,12}[\"']?|)[ \t\r]{0,8}")


@dataclass(frozen=True)
class _Found:
    begin: int
    end: int
    text: str


def secrets_of(name: Name, after: int, before: int) -> list[Span]:
    """Where the secrets of a name stand; `after` is where the next name begins, `before` where the last part ended."""
    if marks_a_place(name.before(40).rsplit(maxsplit=1)[-1] + name.called if name.before(1).strip() else name.called):
        return []
    line = name.text.find("\n", name.end)
    line = len(name.text) if line < 0 else line
    limit = min(line, after, name.end + REACH)
    mark = name.text.find(MARK, name.end, limit)
    found = list(_ahead(name, limit if mark < 0 else mark))
    if found or mark >= 0:
        return found
    if limit == line and after > line:
        below = _below(name, line, after)
        if below is not None:
            return below
    return _behind(name, before)


def _ahead(name: Name, limit: int) -> Iterator[Span]:
    text, last = name.text, name.end
    for token in _tokens(text, name.end, limit):
        if last > name.end and not _goes_on(text[last : token.begin]):
            return
        if _is_secret(name, token, text[name.end : token.begin]):
            yield token.begin, token.end
            last = token.end


def _goes_on(link: str) -> bool:
    """Whether after a secret another one of the same name follows: `"old" -> "new"`, `from … to …`."""
    words = _WORD.findall(link)
    return len(link) <= 30 and all(word.lower() in _BETWEEN or holds_a_value(word) for word in words) and "." not in link


def _below(name: Name, line: int, after: int) -> list[Span] | None:
    """A value alone on one of the next lines, or beside a word that says that it is one; None where nothing is there."""
    text = name.text
    opened = _OPEN.fullmatch(text[name.end : line].strip("\"'` )]")) is not None or text[line - 1 : line] == ":"
    for _ in range(LINES):
        begin, line = line + 1, text.find("\n", line + 1)
        line = len(text) if line < 0 else line
        if begin >= len(text) or line > after or line - begin > REACH:
            return None
        if MARK in text[begin:line]:
            return []
        for token in _tokens(text, begin, line):
            lead = text[begin : token.begin]
            owner = _OWNED.search(lead)
            rest = text[token.end : line].strip(" \t\r\"'`,;)")
            if owner is not None and holds_a_value(owner["owner"]) and _WORD.fullmatch(owner["owner"]):
                if _by_kind(name.kind, token.text, lead[-1:] in _QUOTES):
                    return [(token.begin, token.end)]
            elif not rest and _ALONE.fullmatch(lead) and looks_opaque(token.text) and (opened or not _hex(token.text)):
                return [(token.begin, token.end)]
        opened = opened and not text[begin:line].strip()
    return None


def _behind(name: Name, before: int) -> list[Span]:
    """The secret before its name: `use … as the password`, `SET value = '…' WHERE name = 'password'`."""
    text = name.text
    begin = max(before, text.rfind("\n", 0, name.begin) + 1, name.begin - BACK)
    if MARK in text[begin : name.begin]:
        return []
    for token in reversed(list(_tokens(text, begin, name.begin))):
        lead = text[max(begin, token.begin - OWNER) : token.begin]
        owner = _OWNED.search(lead)
        if owner is not None:
            holds = holds_a_value(owner["owner"]) and not _KEY.search(lead[: owner.start()] * 0)
            if holds and _by_kind(name.kind, token.text, quoted=True):
                return [(token.begin, token.end)]
        elif looks_opaque(token.text) and not _hex(token.text) and not _is_called(lead) and name.kind != "weak":
            return [(token.begin, token.end)]
    return []


def _tokens(text: str, begin: int, end: int) -> Iterator[_Found]:
    """What could be a secret by its signs: no word, no path."""
    for match in _TOKEN.finditer(text, begin, end):
        value = match[0].rstrip(".?!") if match[0][-1] in ".?" else match[0]
        if len(value) >= 4 and not value.isalpha() | value.islower() & value.isalpha():
            yield _Found(match.start(), match.start() + len(value), value)
        elif len(value) >= 10 and value.isalpha() and not (value.islower() or value.isupper() or value.istitle()):
            yield _Found(match.start(), match.start() + len(value), value)


def _is_secret(name: Name, token: _Found, link: str) -> bool:
    """Whether a token after a name is its secret, by what stands between them."""
    value, tail = token.text, link[-OWNER:]
    owner = _OWNED.search(tail)
    quoted = tail[-1:] in _QUOTES and tail != ""
    if owner is not None and not _OF.match(link):
        return holds_a_value(owner["owner"]) and _by_kind(name.kind, value, quoted)
    if _is_called(tail) or _other_key(link):
        return False
    words = [word.lower() for word in _WORD.findall(link)]
    if all(word in _BETWEEN or word in HOLDS for word in words):
        if name.kind == "digits":
            return re.fullmatch(r"\d{4,8}", value) is not None
        return _by_kind(name.kind, value, quoted)
    if name.kind == "digits":
        return re.fullmatch(r"\d{6}", value) is not None
    if name.kind == "password" and (_SAID.search(tail) or _OF.match(link)):
        return looks_chosen(value) and not says_no_secret(value)
    return name.kind != "weak" and looks_opaque(value)


def _is_called(tail: str) -> bool:
    noun = _CALLED.search(tail)
    return noun is not None and noun["owner"].lower().rstrip("0123456789") in _NOUNS


def _other_key(link: str) -> bool:
    """Whether something else is named between, which what follows without a name belongs to."""
    return any(not holds_a_value(key) for key in _KEY.findall(link)) and not _OF.match(link)


def _by_kind(kind: str, value: str, quoted: bool) -> bool:
    """Whether a value right beside a name of that kind is a secret."""
    if says_no_secret(value) or kind_of(value):
        return False
    if value.isdigit():
        return kind in ("password", "key", "digits") and len(value) >= (4 if kind == "digits" else 6) and quoted
    if kind == "password":
        return looks_chosen(value) and not looks_named(value) or looks_opaque(value, 8)
    return kind in ("key", "many", "weak") and looks_opaque(value, 16 if kind == "weak" else 8)


def _hex(value: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]+", value) is not None
