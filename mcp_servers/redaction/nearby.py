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
from string import ascii_letters, digits
from typing import Final

from mcp_servers.redaction.mentions import kind_of
from mcp_servers.redaction.names import HOLDS, Name, holds_a_value, is_of_another, marks_a_place
from mcp_servers.redaction.standing import looks_chosen, looks_named, looks_opaque, looks_unnamed, says_no_secret

Span = tuple[int, int]
REACH: Final = 200  # characters after a name
BACK: Final = 120  # and before it
LINES: Final = 4  # below it
OWNER: Final = 64  # characters before a token in which the name of its owner stands
MARK: Final = "[redacted"
_TOKEN: Final = re.compile(r"(?:[\w+/~.!@#$^*?-]|%(?![2-7][0-9A-F])){4,}+(?:={1,2}(?![\w=]))?")
_REST: Final = re.compile(r"[^\s\"'`]*+")
_RUN: Final = re.compile(r"[\w+/]*+")
_DRAWN: Final = f"{ascii_letters}{digits}_+/"
_QUOTES: Final = "\"'`“”„«»"
_OWNED: Final = re.compile(
    r"(?P<owner>[A-Za-z_@$-][\w.$@-]{0,60})[\"'`\\\])]{0,4}\s{0,8}(?:=>|:=|->|[:=])\s{0,8}[\[({<\\\"'`“„]{0,6}[bNqru]?[\"'`({\[]?\Z"
)
_CALLED: Final = re.compile(r"(?P<owner>[A-Za-z][\w-]{0,40})[ ][\"'`(\[<]{0,2}\Z")
_KEY: Final = re.compile(r"([A-Za-z_][\w.-]{0,60})[\"']?\s?[:=](?![:/=])")
_TOLD: Final = re.compile(  # `password for bob: `, `api key provided: `, `secret (do not share): `
    r"[ ?(][^:=\n;\"'{[]{0,80}?(?P<last>[\w)@.-]{1,40})(?:[ .]{0,20}(?:[:→➜]|=>|->|[ ][–-])[ ]{1,4}|[ ][.]{3,20}[: ]{1,4})[\"'`“„«]{0,3}\Z"
)
_NAMED: Final = re.compile(r"[\s\"']{0,40}(?:name|key|id|field|variable)[\"']?\s{0,4}[:=]\s{0,4}[\"']?[\w/.-]{0,80}", re.I)
_LOGIN: Final = re.compile(r"(?<![\w.:])(?!(?:sha|md)\d)[a-z]{1,12}:\Z")  # of somebody, before a password
_INSIDE: Final = re.compile(r"[\"']?\s{0,8}[:=]\s{0,8}\{[^{}]*")
_SETS: Final = re.compile(r"\b(?:ENV|ARG|setx|setenv|SetEnv|fastcgi_param|set|put|config:set)\s+[\w/.:-]{0,60}\Z")
_TAG: Final = re.compile(r"</?[A-Za-z!][^<>]{0,80}>")
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
_ALONE: Final = re.compile(r"(?:[ \t]|=>|[-+>*|]|\d{1,2}\)|\(\w{1,20}\)|\$\w{1,8}(?:[ ]=)?|0x\w{1,16}[ ]|<\w{1,30}>|return[ ]){0,8}[\"'`(]{0,2}")
_AS: Final = re.compile(r"[\"'`]?\s(?:as|is)\s(?:(?:the|our|your|my|new|a|its)\s)?[\w/.-]{0,40}[ ]?")
_OPEN: Final = re.compile(r"(?:</\w{1,30}>|[:=(\\][\"']?|<<-?\s?[\"']?\w{1,12}[\"']?|)[ \t\r]{0,8}")


@dataclass(frozen=True)
class _Found:
    begin: int
    end: int
    text: str


def secrets_of(name: Name, after: int, before: int) -> list[Span]:
    """Where the secrets of a name stand, if the next name begins at `after` and another's secret ended at `before`."""
    text = name.text
    if is_of_another(name):
        return []
    line = _end_of_line(text, name.end)
    limit = min(line, after, name.end + REACH)
    mark = text.find(MARK, name.end, limit)
    for token in _tokens(text, name.end, limit if mark < 0 else mark):
        if _is_secret(name, token, text[name.end : token.begin]):
            found = token.begin, token.end
            return [found, *further(name, found, after)]
    if mark >= 0:
        return []
    below = _below(name, line, after) if limit == line and after > line else None
    return _behind(name, before) if below is None else below


def further(name: Name, known: Span, after: int) -> list[Span]:
    """Where more secrets of a name stand beside one: `"old" -> "new"`, `from … to …`."""
    found, last = [], known[1]
    limit = min(_end_of_line(name.text, last), after, last + REACH)
    for token in _tokens(name.text, last, limit):
        inside = name.kind == "many" and _INSIDE.fullmatch(name.text, name.end, token.begin)
        if not (inside or _goes_on(name.text[last : token.begin])) or not _by_kind(name.kind, token.text, exact=False):
            break
        found.append((token.begin, token.end))
        last = token.end
    return found


def is_within_a_token(name: Name) -> bool:
    """Whether letters that were drawn happen to be those of a name, or the name is that of a folder."""
    if name.text[name.end : name.end + 1] == "/" and name.text[name.end : name.end + 2] != "//":
        return True
    if name.kind != "weak" and name.text[name.end : name.end + 1] != "+":
        return False
    before = name.before(OWNER)
    begin = name.begin - len(before) + len(before.rstrip(_DRAWN))
    run = _RUN.match(name.text, begin, name.end + OWNER)
    return run is not None and len(run[0]) >= 16 and sum(map(str.isdigit, run[0])) >= 2 and looks_opaque(run[0], 16)


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _goes_on(link: str) -> bool:
    """Whether after a secret another one of the same name follows: `"old" -> "new"`, `from … to …`."""
    words = _WORD.findall(link)
    return len(link) <= 30 and all(word.lower() in _BETWEEN or holds_a_value(word) for word in words) and "." not in link


def _below(name: Name, line: int, after: int) -> list[Span] | None:
    """A value alone on one of the next lines, or beside a word that says that it is one; None where nothing is there."""
    text = name.text
    opened = _OPEN.fullmatch(text[name.end : line].strip("\"'` )]")) is not None or text[line - 1 : line] == ":"
    for _ in range(LINES):
        begin, line = line + 1, _end_of_line(text, line + 1)
        if begin >= len(text) or line > after or line - begin > REACH:
            return None
        if MARK in text[begin:line]:
            return []
        for token in _tokens(text, begin, line):
            lead = text[begin : token.begin]
            owner = _OWNED.search(lead)
            rest = _TAG.sub("", text[token.end : line]).strip(" \t\r\"'`,;)")
            if owner is not None and holds_a_value(owner["owner"]) and _WORD.fullmatch(owner["owner"]):
                if _by_kind(name.kind, token.text, exact=True):
                    return [(token.begin, token.end)]
            elif not rest and _ALONE.fullmatch(lead) and looks_opaque(token.text) and (opened or not _hex(token.text)):
                return [(token.begin, token.end)]
        opened = opened and not text[begin:line].strip()
    return None


def _behind(name: Name, before: int) -> list[Span]:
    """The secret before its name: `use … as the password`, `SET value = '…' WHERE name = 'password'`."""
    text = name.text
    line = text.rfind("\n", 0, name.begin) + 1
    if line > 1 and _NAMED.fullmatch(text, line, name.begin):
        line = text.rfind("\n", 0, line - 1) + 1
    begin = max(before, line, name.begin - BACK)
    if MARK in text[begin : name.begin]:
        return []
    for token in reversed(list(_tokens(text, begin, name.begin))):
        lead = text[max(begin, token.begin - OWNER) : token.begin]
        owner = _OWNED.search(lead)
        if owner and owner["owner"] != "key" and not _LOGIN.search(lead):
            if holds_a_value(owner["owner"]) and _by_kind(name.kind, token.text, exact=True):
                return [(token.begin, token.end)]
        elif not _is_called(lead) and _stands_before(name, token):
            return [(token.begin, token.end)]
    return []


def _stands_before(name: Name, token: _Found) -> bool:
    if name.kind == "weak" and not name.called.lower().startswith("cred"):
        return False
    if _AS.fullmatch(name.text, token.end, name.begin):
        return _by_kind(name.kind, token.text, exact=False)
    return looks_opaque(token.text) and not _hex(token.text) and not _is_a_name(token.text)


def _tokens(text: str, begin: int, end: int) -> Iterator[_Found]:
    """What could be a secret by its signs: no word of one case, and between quotes all that stands there."""
    for match in _TOKEN.finditer(text, begin, end):
        value, start = match[0], match.start()
        if value.isalpha() and (len(value) < 8 or value.islower() or value.isupper() or value.istitle()):
            continue
        value = value.rstrip(".?=" if len(value) % 4 else ".?")
        if len(value) < 4 or text[start - 1 : start] == "%" or (value[0] == "." and start == begin):
            continue
        quote = text[start - 1 : start]
        if quote in _QUOTES and quote and (whole := _REST.match(text, start, end)) and text[whole.end() : whole.end() + 1] == quote:
            value = whole[0]
        yield _Found(start, start + len(value), value)


def _is_secret(name: Name, token: _Found, link: str) -> bool:
    """Whether a token after a name is its secret, by what stands between them."""
    value, tail = token.text, link[-OWNER:]
    quoted = tail[-1:] in _QUOTES and tail != ""
    told = _told(link)
    owner = None if told else _OWNED.search(tail)
    if tail.endswith(("ENC(", "ENC[")):
        return False
    if name.kind == "many" and _INSIDE.fullmatch(link):
        return looks_opaque(value) and not (owner and _owns(owner["owner"]))
    if owner is not None and _LOGIN.search(tail):
        return looks_opaque(value) and not _hex(value)
    if owner is not None:
        return holds_a_value(owner["owner"]) and _by_kind(name.kind, value, exact=True)
    if tail.endswith(("<<<", '<<< "', "<<< '", "<<< ")):  # what a shell gives a program to read
        return _by_kind(name.kind, value, exact=True)
    if _is_called(tail) or _other_key(link, told):
        return False
    words = [word.lower() for word in _WORD.findall(_TAG.sub(" ", link))]
    if all(word in _BETWEEN or word in HOLDS for word in words):
        if name.kind == "digits":
            return re.fullmatch(r"\d{4,8}", value) is not None
        if quoted and name.kind == "password" and _SAID.search(tail):
            return not says_no_secret(value)
        return _by_kind(name.kind, value, exact=quoted or _is_set(name, link))
    if name.kind == "digits":
        return re.fullmatch(r"\d{6}", value) is not None
    if name.kind == "password" and (told or _SAID.search(tail)):
        return looks_chosen(value) and not says_no_secret(value)
    return not _is_a_name(value) and looks_opaque(value, 16 if name.kind == "weak" else 10) and not (name.kind == "weak" and _hex(value))


def _is_set(name: Name, link: str) -> bool:
    """Whether more than a blank divides the value from its name, or a word before says that the name is given one."""
    return not link.isspace() or "\t" in link or _SETS.search(name.before(80)) is not None


def _told(link: str) -> bool:
    """Whether a sentence about the name ends in a colon before the token."""
    match = _TOLD.fullmatch(link)
    return match is not None and not _owns(match["last"])


def _owns(noun: str) -> bool:
    """Whether a word is that of something else that has a value of its own."""
    parts = [part.lower() for part in re.split(r"[_.-]", noun)]
    return parts[-1].rstrip("0123456789)") in _NOUNS or "_" in noun


def _is_a_name(value: str) -> bool:
    """Whether a value is a secret's name itself, and not drawn."""
    return kind_of(value) != "" and not (sum(map(str.isdigit, value)) >= 2 and looks_opaque(value, 12))


def _is_called(tail: str) -> bool:
    noun = _CALLED.search(tail)
    return noun is not None and _owns(noun["owner"])


def _other_key(link: str, told: bool) -> bool:
    """Whether something else is named between, which what follows without a name belongs to."""
    return not told and any(not holds_a_value(key) for key in _KEY.findall(link))


def _by_kind(kind: str, value: str, exact: bool) -> bool:
    """Whether a value right beside a name of that kind is a secret; `exact` where the syntax says that it is the value."""
    if says_no_secret(value) or _is_a_name(value) or marks_a_place(value):
        return False
    if value.isdigit():
        return exact and kind in _DIGITS and len(value) >= _DIGITS[kind]
    if kind == "password":
        return (looks_chosen(value) and not looks_named(value)) or looks_opaque(value, 8)
    if kind == "weak" and _hex(value) and not exact:
        return False
    if exact and kind == "key" and looks_unnamed(value):
        return True
    return kind in ("key", "many", "weak") and looks_opaque(value, 16 if kind == "weak" else 8)


_DIGITS: Final = {"password": 4, "key": 6, "digits": 4}


def _hex(value: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]+", value) is not None
