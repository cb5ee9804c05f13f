"""Secrets in sentences: what a program says when it makes one, asks for one or turns one down."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.names import Name, marks_a_place
from mcp_servers.redaction.rule import Following, Rule, hidden
from mcp_servers.redaction.standing import looks_chosen, looks_drawn, says_no_secret

_WORD: Final = r"[^\s\"'`,;()<>\[\]{}]"
_END: Final = r"(?<![.:!?])"
_BARE: Final = rf"(?P<quote>)(?P<inside>(?!\[redacted){_WORD}{{6,}}{_END})(?P<bare>)"
_ROLE: Final = r"(?:user|role|account|login|database)"
_FOR: Final = (
    rf"(?:\s+(?:for|of|für|de|para|pour)\s+(?:the\s+)?(?:{_ROLE}\s+)?[\"']?(?!(?:{_ROLE}|the)\b)[\w.@-]{{1,60}}[\"']?"
    r"(?:[ ](?!(?:is|was|to|has|will|set)\b)[\w.@-]{1,40}){0,4}+)?"
)
_TO: Final = r"(?:set|changed|reset|updated)\s+to"
_BE: Final = r"(?:is|was|lautet|ist|est|es|é|has\s+been|will\s+be)"
_IS: Final = rf"\s+(?:{_BE}(?:\s+now)?(?:\s+{_TO})?|{_TO}|to|=)\s*:?\s+"
_QUOTED: Final = r"[\"'`“«](?P<quote>)(?P<inside>(?!\[redacted)[^\"'`”»\n]{3,200})(?P<bare>)(?=[\"'`”»])"


def _value(match: re.Match[str]) -> str:
    return match["inside"]


def _is_place(name: Name) -> bool:
    return marks_a_place(re.split(r"\s", name.before(40))[-1] + name.called)


def _quoted(name: Name, match: re.Match[str]) -> bool:
    return not says_no_secret(_value(match))


def _chosen(name: Name, match: re.Match[str]) -> bool:
    return looks_chosen(_value(match)) and not says_no_secret(_value(match))


def _long(name: Name, match: re.Match[str]) -> bool:
    return looks_drawn(_value(match), 8)


def _is_a_persons(name: Name) -> bool:
    return re.search(r"\b(?:your|my|his|her)\s(?:\w{1,20}\s)?\Z", name.before(40), re.I) is not None


def _said(name: Name, match: re.Match[str]) -> bool:
    return looks_drawn(_value(match), 10) and not says_no_secret(_value(match)) and not _is_place(name)


def _drawn(name: Name, match: re.Match[str]) -> bool:
    number = match.string[match.start("inside") - 1] in "\"'`“«" and re.fullmatch(r"\d{6,}", _value(match))
    return (looks_drawn(_value(match), 16) or bool(number)) and not _is_place(name)


_PASSWORDS: Final = frozenset({"password"})
_KEYS: Final = frozenset({"key", "weak", "many"})
AFTER_A_NAME: Final = (
    Following(_PASSWORDS, rf"{_FOR}(?:{_IS}|\s+){_QUOTED}", _quoted),
    Following(_PASSWORDS, rf"{_FOR}{_IS}{_BARE}", _chosen),
    Following(_PASSWORDS, rf"\s+{_BARE}", _chosen),
    Following(_PASSWORDS, rf"[^\S\n][^\n:=]{{1,60}}:\s{{1,4}}{_BARE}", _long),
    Following(_KEYS, rf"{_FOR}{_IS}[\"'`“«]?{_BARE}", _said),
    Following(
        frozenset({"digits"}),
        rf"{_FOR}{_IS}(?P<quote>)(?P<inside>\d{{4,8}})(?P<bare>)(?![\w%])",
        _quoted,
        _is_a_persons,
    ),
    Following(_KEYS, rf"{_FOR}(?:{_IS}|\s+provided\s*:?\s+|\s+)[\"'`“«]?{_BARE}", _drawn),
    Following(_KEYS, rf"[^\S\n][^\n:=]{{1,40}}:\s{{1,4}}{_BARE}", _drawn),
)


def _typed(match: re.Match[str]) -> str:
    return hidden(match) if looks_drawn(match["inside"]) else match[0]


RULES: Final = (Rule(("auth ",), re.compile(rf"\bAUTH\s+(?:[a-z]+\s+)?{_BARE}"), _typed),)
