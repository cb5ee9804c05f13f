"""A secret's name and its value as a pair in one structure: options, elements, parts of a form, calls, dumps.

What holds such a pair is one `Carrier`. To know one more is to add it to `CARRIERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mcp_servers.redaction.mentions import kind_of
from mcp_servers.redaction.names import Name, marks_a_place
from mcp_servers.redaction.rule import Following
from mcp_servers.redaction.standing import looks_chosen, looks_drawn, looks_named, says_no_secret
from mcp_servers.redaction.values import ALL, SURE, VALUE

NEAR: Final = 240  # characters after a name within which its value begins
_QUOTED: Final = rf"(?=\\?[brfu]?[\"'`]){VALUE}"
_IS: Final = r"[\"'\]]{0,3}[ \t]{0,20}(?:=>|->|:=|[:=])[ \t]{0,20}"
_HOLDS: Final = r"(?:value|val|content|default|string|text|data)"
_CALL: Final = r"(?:new[ ])?[&*]?(?:\[\])?(?P<call>[A-Za-z_][\w.:]{0,60})(?:<[\w<>]{0,40}>)?!?\([ \t]{0,8}"
_CAST: Final = r"\([\w.*\[\]]{1,40}\)[ ]?(?:\(len=\d{1,9}\)[ ]?)?|(?:string|str|bytes|binary)\(\d{1,9}\)[ ]|<<"
_MAKES: Final = re.compile(  # calls that make a value of what they are given, by the last part of what is called
    r"(?:.*[.:])?(?:\w*secret\w*|\w*string|str|bytes?|byte|from\w*|some|just|ok|of|to\w*|\w*base64\w*|b64\w*|decode\w*"
    r"|encode\w*|buffer|wrap|sensitive|protected|password|token|ptr|pointer|quote|trim|text|char\w*|optional|value)",
    re.I,
)
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)++")
_ASKS: Final = re.compile(
    r"(?:.*[.:])?(?:get|read|load|fetch|find|lookup|resolve|env|require|open|file|path|param|prompt|input|ask|translate"
    r"|t|format|print|match|test|import|select|query|generate|random|check|valid|has|is|fromenv|from_env|from_file)\w*",
    re.I,
)


@dataclass(frozen=True)
class Carrier:
    """Where the value of a pair stands: after what `until` matches, which begins right behind the name.

    One of `needs` is in the text soon after the name; what stands before the name ends with a match of `before`.
    """

    needs: tuple[str, ...]
    until: str
    value: str
    is_secret: Callable[[Name, re.Match[str]], bool]
    kinds: frozenset[str] = SURE
    before: str = ""

    def following(self) -> Following:
        before = re.compile(rf"{self.before}\Z", re.I) if self.before else None

        def only(name: Name) -> bool:
            after = name.text[name.end : name.end + NEAR]
            if not any(word in after for word in self.needs):
                return False
            return before is None or before.search(name.before(NEAR)) is not None

        return Following(self.kinds, self.until + self.value, self.is_secret, only)


def _inside(match: re.Match[str]) -> str:
    return (match["inside"] or match["bare"]).strip()


def _told(name: Name, match: re.Match[str]) -> bool:
    """Whether what is given as the value of a secret is one, and not what is said of it."""
    value = _inside(match)
    if says_no_secret(value) or marks_a_place(name.before(30) + name.called):
        return False
    if name.kind == "digits":
        return re.fullmatch(r"\d{4,12}", value) is not None
    return len(value) >= 4 and (name.kind in SURE or looks_drawn(value, 12))


def _chosen(name: Name, match: re.Match[str]) -> bool:
    value = _inside(match)
    if not _told(name, match) or re.search(r"\s", value):
        return False
    return name.kind == "digits" or (looks_chosen(value) if name.kind == "password" else looks_drawn(value, 10))


def _drawn(name: Name, match: re.Match[str]) -> bool:
    return _told(name, match) and looks_drawn(_inside(match))


def _made(name: Name, match: re.Match[str]) -> bool:
    """Whether a call makes the secret of a text that is given to it; one that asks for it is given its name."""
    value = _inside(match)
    if kind_of(value) or not _told(name, match) or _VARIABLE.fullmatch(value):
        return False
    if _ASKS.fullmatch(match["call"]) or (name.kind != "password" and looks_named(value)):
        return False
    return _MAKES.fullmatch(match["call"]) is not None or looks_drawn(value, 12)


def _given(name: Name, match: re.Match[str]) -> bool:
    """Whether a call is given a secret, by the name of the call: `setPassword("…")`, `new SecretString("…")`."""
    return not kind_of(_inside(match)) and _chosen(name, match)


_ELEMENT: Final = (
    r"(?:<!\[CDATA\[\s{0,20})?(?P<quote>)(?P<inside>[^<>\n\]]{1,2000}+)(?P<bare>)(?=\s{0,20}(?:\]\]>\s{0,20})?</)"
)
CARRIERS: Final = (
    # --name NAME … --value VALUE
    Carrier(
        ("--",),
        r"[\"']?,?\s[^\n|;&]{0,160}?--(?:value|body|secret-string)(?:[ ]|=|[\"'],?[ ][\"'])",
        rf"(?![-&|;<>]){VALUE}",
        _told,
        ALL,
        r"(?:--?(?:\w+-)?(?:name|key|id|n)(?:[ =]|[\"'],?[ ][\"'])|\b(?:set|add|put)[ ])[\"']?[\w/.-]{0,80}",
    ),
    # <name>NAME</name><value>VALUE</value>, <key>NAME</key><string>VALUE</string>
    Carrier(
        ("</",),
        rf"\s{{0,20}}</\w{{1,40}}>\s{{0,80}}<{_HOLDS}(?:\s[^<>\n]{{0,80}})?>\s{{0,20}}",
        _ELEMENT,
        _told,
        ALL,
        r">[^<>]{0,80}",
    ),
    # <th>NAME</th><td>VALUE</td>
    Carrier(
        ("</",),
        r"\s{0,20}</\w{1,40}>\s{0,80}<(?:td|dd)(?:\s[^<>\n]{0,80})?>\s{0,20}",
        _ELEMENT,
        _chosen,
        SURE,
        r">[^<>]{0,80}",
    ),
    # the part of a form: a blank line, and the value
    Carrier(
        ("\n\r\n", "\n\n"),
        r"[\"']?(?:;[^\r\n]{0,100})?\r?\n(?:[\w-]{1,60}:[^\r\n]{0,200}\r?\n){0,4}\r?\n",
        r"(?P<quote>)(?P<inside>(?!--)[^\r\n]{4,2000}+)(?P<bare>)",
        _told,
        ALL,
        r"form-data;[^\n]{0,40}name=[\"']?[\w.-]{0,80}",
    ),
    # NAME = String::from("VALUE"), NAME: Some("VALUE")
    Carrier(("(",), rf"{_IS}(?:{_CALL}){{1}}", _QUOTED, _made, ALL),
    # NAME = getenv("X", "VALUE")
    Carrier((",",), rf"{_IS}[\w.:]{{1,60}}\([ ]?[\"'][\w./-]{{1,80}}[\"'],[ ]?", _QUOTED, _told, ALL),
    # NAME:(string) (len=8) "VALUE", ["NAME"]=> string(8) "VALUE"
    Carrier(
        ("(", "<<"), rf"[\"'\]]{{0,3}}[ \t]{{0,20}}(?:=>|:=|[:=,])[ \t]{{0,20}}(?:{_CAST}){{1,2}}", _QUOTED, _told, ALL
    ),
    # variable "NAME" { … default = "VALUE" }
    Carrier(("default",), r"[\"']?[ ]{0,4}\{[^{}]{0,160}?\bdefault[ ]{0,20}=[ ]{0,4}", _QUOTED, _told, ALL),
    # setNAME("VALUE"), new SecretString("VALUE")
    Carrier(("(",), r"\w{0,20}\(", _QUOTED, _given, SURE),
    # {"NAME", "VALUE"}, {:NAME, "VALUE"}
    Carrier((",",), r"[\"']?[ ]?,[ ]?", _QUOTED, _chosen, SURE, r"[{(\[][ ]?[:\"']{1,2}[\w.-]{0,60}"),
    # NAME    VALUE, a row of a listing
    Carrier(("  ",), r"[ ]{2,40}+", rf"{VALUE}(?=[ \t]{{0,20}}(?:\r?\n|\Z))", _drawn),
    # NAME (current): VALUE
    Carrier(("(",), r"[ ]?\([^()\n]{1,40}\)[ ]?[:=][ ]{1,4}", VALUE, _chosen),
)
AFTER_A_NAME: Final = tuple(carrier.following() for carrier in CARRIERS)


@dataclass(frozen=True)
class Ahead:
    """Where the value of a pair stands before its name: from the last `begins` on, up to the name."""

    begins: str
    pattern: re.Pattern[str]


AHEAD: Final = (
    # <add value="VALUE" key="NAME"/>
    Ahead(
        "value=",
        re.compile(r"value=[\"'](?P<inside>[^\"'<>\n]{4,200})[\"'][^<>\n]{0,60}\s(?:name|key|id)=[\"'][\w./-]{0,60}\Z"),
    ),
    # --value VALUE --name NAME
    Ahead(
        "--value",
        re.compile(
            r"--value[ =][\"']?(?P<inside>[^\s\"']{4,200})[\"']?(?:\s[^\n|;&]{0,60})?"
            r"\s--(?:name|key)[ =][\"']?[\w./-]{0,60}\Z"
        ),
    ),
    # {"value": "VALUE", "name": "NAME"}
    Ahead(
        '"value"',
        re.compile(
            r"\"value\"\s{0,20}:\s{0,20}\"(?P<inside>(?:[^\"\\\n]|\\.){1,200})\"\s{0,20},\s{0,20}"
            r"\"(?:name|key|path)\"\s{0,20}:\s{0,20}\"[\w./-]{0,60}\Z"
        ),
    ),
)


def ahead(name: Name) -> tuple[int, int] | None:
    """Begin and end of the secret that stands before its name in a pair."""
    if name.text[name.end : name.end + 1] not in ("", '"', "'", " ", "\n"):
        return None
    before = name.before(NEAR)
    for one in AHEAD:
        place = before.rfind(one.begins)
        match = one.pattern.match(before, place) if place >= 0 else None
        if match and _told(name, match):
            begin, end = match.span("inside")
            return name.begin - len(before) + begin, name.begin - len(before) + end
    return None
