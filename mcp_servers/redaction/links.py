"""What stands between a secret's name and a token: whose the token is, and how much the syntax says about it."""

# ruff: noqa: SIM905 - lists of words

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.candidates import QUOTES
from mcp_servers.redaction.names import HOLDS, SecretName, holds_a_value, is_about

OWNER: Final = 64  # characters before a token in which the name of its owner stands
_ENDS: Final = 10  # of these, with what divides a name from its value
_DIVIDED: Final = re.compile(r"[:=>→➜–.-]")
_OWNED: Final = re.compile(
    r"(?P<owner>[A-Za-z_@$-][\w.$@-]{0,60})[\"'`\\\])]{0,4}\s{0,8}(?:=>|:=|->|[:=])\s{0,8}"
    r"[\[({<\\\"'`“„]{0,6}[bNqru]?[\"'`({\[]?\Z"
)
_CALLED: Final = re.compile(r"(?P<owner>[A-Za-z][\w-]{0,40})[ ][\"'`(\[<]{0,2}\Z")
_KEY: Final = re.compile(r"([A-Za-z_][\w.-]{0,60})[\"']?\s?[:=](?![:/=])")
_LOGIN: Final = re.compile(r"(?<![\w.:])(?!(?:sha|md)\d)[a-z]{1,12}:\Z")  # of somebody, before a password
_TOLD: Final = re.compile(  # `password for bob: `, `api key provided: `, `secret (do not share): `
    r"[ ?(][^:=\n;\"'{[]{0,80}?(?P<last>[\w)@.-]{1,40})"
    r"(?:[ .]{0,20}(?:[:→➜]|=>|->|[ ][–-])[ ]{1,4}|[ ][.]{3,20}[: ]{1,4})[\"'`“„«]{0,3}\Z"
)
_INSIDE: Final = re.compile(r"[\"']?\s{0,8}[:=]\s{0,8}\{[^{}]*")
_SIGN: Final = re.compile(r"[^\w \n]")
_ASSIGNED: Final = re.compile(r"[\"'\])]{0,3}[ \t]{0,20}(?:=|:)")
_FIRST: Final = re.compile(r" ([a-z]{2,20})\b")
_PART: Final = re.compile(r"\.[\w.-]{1,60}\s?[:=]\s?[\"']?")
_SAID: Final = re.compile(r"\b(?:is|was|be|to|now|lautet|ist|es|est|é|equals)[:\s\"'`“„«]{1,6}\Z", re.I)
_TAG: Final = re.compile(r"</?[A-Za-z!][^<>]{0,80}>")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_SETS: Final = re.compile(r"\b(?:ENV|ARG|setx|setenv|SetEnv|fastcgi_param|set|put|config:set)\s+[\w/.:-]{0,60}\Z")
_ARROW: Final = re.compile(r"\\{0,4}[\"'][ ]{0,4}(?:->|=>|→)[ ]{0,4}\\{0,4}[\"']")
_BETWEEN: Final = HOLDS | frozenset(  # words that say nothing but that what follows is the value
    (
        "is are was be now set to as es est ist lautet reads equals changed reset updated will been has the it put "
        "bound next"
    ).split()
)
_NOUNS: Final = frozenset(  # what owns the token right after it in a sentence
    (
        "id ids uid uuid request req trace span commit revision rev sha md digest checksum hash fingerprint "
        "etag version "
        "tag image build job run pipeline user role account pod node host container volume bucket object file path url "
        "session kid nonce cursor serial correlation ticket branch ref release package module index order customer "
        "client principal thumbprint signature certificate cert subject address contract chain chart kit model bytes "
        "accessor prefix"
    ).split()
)


class Link:
    """What stands between a name, or where a line begins, and a token."""

    def __init__(self, text: str, *, after_a_name: bool = True) -> None:
        self.text = text
        self.tail = text[-OWNER:]
        self._ends = text[-_ENDS:]
        self.in_quotes = text[-1:] in QUOTES and text != ""
        self._divided = _DIVIDED.search(self._ends) is not None
        match = _TOLD.fullmatch(text) if after_a_name and self._divided else None
        self.ends_sentence = match is not None and not owns(match["last"])  # a sentence about the name ends here

    @property
    def owner(self) -> str:
        """What has the token as its value, as a setting or field; empty where that is the name or nothing."""
        if self.ends_sentence or not self._divided:
            return ""
        match = _OWNED.search(self.tail)
        return match["owner"] if match else ""

    @property
    def of_a_login(self) -> bool:
        """Whether the token stands behind somebody's name, as in `bob:…`."""
        return self._ends[-1:] == ":" and _LOGIN.search(self.tail) is not None

    @property
    def called_by_a_noun(self) -> bool:
        noun = _CALLED.search(self.tail) if " " in self._ends[-3:] else None
        return noun is not None and owns(noun["owner"])

    @property
    def of_something_else(self) -> bool:
        """Whether something else is called by the token, or has been named between: `commit …`, `user=bob …`."""
        if self.called_by_a_noun or ((first := _FIRST.match(self.text)) and is_about(first[1])):
            return True
        if self.ends_sentence or not (":" in self.text or "=" in self.text):
            return False
        return any(not holds_a_value(key) for key in _KEY.findall(self.text))

    @property
    def sealed(self) -> bool:
        return "ENC(" in self.text or "ENC[" in self.text

    @property
    def typed_in(self) -> bool:
        """Whether a shell gives the token to a program to read."""
        return "<<<" in self._ends and self._ends.rstrip(" \"'").endswith("<<<")

    @property
    def opens_a_group(self) -> bool:
        return "{" in self.text and _INSIDE.fullmatch(self.text) is not None

    @property
    def assigns(self) -> bool:
        return self.in_quotes or _ASSIGNED.match(self.text) is not None

    @property
    def of_its_part(self) -> bool:
        return self.text[:1] == "." and _PART.fullmatch(self.text) is not None

    @property
    def says(self) -> bool:
        """Whether a sentence or a colon after one says that the value follows, or the name is assigned it."""
        return self.ends_sentence or _SAID.search(self.tail) is not None or _ASSIGNED.match(self.text) is not None

    @property
    def says_nothing(self) -> bool:
        """Whether all of it only leads to a value."""
        text = _TAG.sub(" ", self.text) if "<" in self.text else self.text
        return all(word in _BETWEEN for word in map(str.lower, _WORD.findall(text)))

    def sets(self, name: SecretName) -> bool:
        """Whether a sign divides the value from its name, or a word before says that the name is given one."""
        return _SIGN.search(self.text) is not None or _SETS.search(name.before(80)) is not None

    @property
    def points(self) -> bool:
        """Whether an arrow between quotes is all of it: `"old" -> "new"`."""
        return _ARROW.fullmatch(self.text) is not None

    def goes_on(self) -> bool:
        """Whether after a secret another one of the same name follows: `"old" -> "new"`, `from … to …`."""
        if len(self.text) > 30 or "." in self.text:
            return False
        return all(word.lower() in _BETWEEN or holds_a_value(word) for word in _WORD.findall(self.text))


def owns(noun: str) -> bool:
    """Whether a word is that of something else that has a value of its own."""
    last = re.split(r"[_.-]", noun)[-1].lower()
    return last.rstrip("0123456789)") in _NOUNS or "_" in noun
