"""A name and the value that follows it, as settings, programs, documents and queries write them."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.names import Name, marks_a_place
from mcp_servers.redaction.rule import Following, Rule, hidden
from mcp_servers.redaction.standing import looks_drawn, says_no_secret

VALUE: Final = (
    r"(?:(?P<quote>\\{1,7}[\"']|[brfu]?\"|[brfu]?'|`|%22|&quot;)"
    r"(?P<inside>(?<=[^\\]\")(?:[^\"\\\n]|\\.)+|(?<=[^\\]')[^'\n]+|(?:(?!%22|&quot;)[^\s\"'`\\])+)"
    r"|(?P<bare>\{[^{}\s\"']+\}(?=;|\Z)|(?!\[redacted)"
    r"(?:[^\s\"'`,;&}\])<>{]|[}\])](?=[\w!#$%^*+])|(?<!\s)[{>](?=\S)){4,}))"
)
_CLOSES: Final = r"(?:[\"'`\\]{1,8}[\])]?|\])?"
_SEPARATOR: Final = r"(?:=>|:=|==?|:(?!//|:)|：|%3[Dd]|%3[Aa])"
_VALUE_IS: Final = r"[\"']?(?:\w{0,20}value|val)[\"']?\s*[:=]\s*"
_SPEECH: Final = re.compile(  # a word, and one that goes on: nothing of which a token or login name consists
    r"(?:token|auth|credential): +[a-z][a-z]{2,13}(?:n't)?(?:: +|[,.]? +)[a-z][\w'-]*(?=[\s.,;!?)]|\Z)", re.I
)


def _set(name: Name, match: re.Match[str]) -> bool:
    """Whether `name = value` gives a secret away."""
    value = match["inside"] or match["bare"]
    where = match.start("inside" if match["inside"] else "bare")
    if says_no_secret(match.string[where : match.end() + 80]) or _is_place(name, match.start("separator")):
        return False
    if name.kind == "weak":
        return _is_weakly(name.called.lower(), value)
    alone = not re.match(r"[\w.-]", name.before(1)) and match["quote"] is None and not name.called.isupper()
    return not (alone and _SPEECH.match(name.text, name.begin))


def _is_place(name: Name, end: int) -> bool:
    """Whether the name is part of a longer one that means a place in a listing, a resource or a type."""
    word = re.split(r"[\s\"'=,;({\[]", name.before(120))[-1]
    if re.search(r"(?:\A|[^\w])(?:arn|urn):|\d:[\w.-]*:\Z", word):
        return True
    return (word[-2:-1].isdigit() and word.endswith(":")) or marks_a_place(f"{word}{name.called}")


def _is_weakly(called: str, value: str) -> bool:
    if called.endswith("otp") and re.fullmatch(r"\d{4,8}", value):
        return True
    if called.startswith("instrumentation"):
        return len(value) > 20
    if called == "credentials" and re.fullmatch(r"[\w.@-]+[/:]\S{4,}", value):
        return True
    return looks_drawn(value.removeprefix("base64:"), 12)


def _certain(name: Name, match: re.Match[str]) -> bool:
    return not says_no_secret(match["inside"] or match["bare"]) and not marks_a_place(name.before(30) + name.called)


def _in_brackets(name: Name, match: re.Match[str]) -> bool:
    return re.search(r"\(\s*[\"'][\w.-]{0,40}\Z", name.before(50)) is not None and _certain(name, match)


def _in_element(name: Name, match: re.Match[str]) -> bool:
    return "<" in name.before(120) and _certain(name, match)


def _after_tab(name: Name, match: re.Match[str]) -> bool:
    return name.kind == "password" and _certain(name, match)


SURE: Final = frozenset({"password", "key"})
ALL: Final = SURE | {"weak"}
AFTER_A_NAME: Final = (
    Following(ALL, rf"{_CLOSES}(?P<separator>[ \t]*{_SEPARATOR})[ \t]*(?:[|>][-+]?[ \t]*\n[ \t]*)?{VALUE}", _set),
    # name and value apart, as a manifest writes a variable; {"password": {"value": …}}
    Following(
        ALL,
        rf"[\"']?(?:(?=[\s,;])[ \t]*+[,;]?[ \t]*+\n?[ \t]*+|[ \t]*+[:=][ \t]*+\{{[^{{}}\n]{{0,80}}?)"
        rf"(?:[\"']?type[\"']?\s*:\s*[\"']?\w+[\"']?,?\s*)?"
        rf"{_VALUE_IS}{VALUE}",
        _certain,
    ),
    # <password>…</password>, <property name="password">…<, <add key="…" value="…"/>, <![CDATA[…]]>
    Following(
        SURE,
        r"(?:[\"'][^<>\n]{0,40}|\s[^<>\n]{0,80})?>\s*(?:<!\[CDATA\[)?\s*(?P<quote>)(?P<inside>[^<>\n\]]+)(?P<bare>)(?=\s*(?:\]\]>\s*)?</)",
        _in_element,
    ),
    # ("password", "…"), define('DB_PASSWORD', '…'), PASSWORD('…')
    Following(SURE, rf"[\"']\s*,\s*(?=[brfu]?[\"']){VALUE}", _in_brackets),
    Following(frozenset({"password"}), rf"\s*\(\s*(?='){VALUE}", _certain),
    Following(SURE, rf"\t+{VALUE}", _after_tab),
)


def following(before: str, needs: tuple[str, ...]) -> Rule:
    """A rule for a value after what `before` matches, whatever its name."""
    return Rule(needs, re.compile(f"(?P<before>{before}){VALUE}", re.I), _unless_none)


def _unless_none(match: re.Match[str]) -> str:
    return match[0] if says_no_secret(match["inside"] or match["bare"]) else hidden(match)


_ROWS: Final = re.compile(  # what a Secret holds, in a manifest that somebody printed
    r"(?:\A|\n)(?P<indent>[ ]*)(?:string)?data:[ ]*\n(?P<rows>(?:(?P=indent)[ ]+\S.*(?:\n|\Z))+)", re.I
)


def _rows_hidden(match: re.Match[str]) -> str:
    rows = re.sub(r"(?m)^(\s+[\w.-]+:[ ]*)(?!\[redacted)\S.*$", r"\1[redacted:secret]", match["rows"])
    return match[0].replace(match["rows"], rows)


def _manifest_hidden(match: re.Match[str]) -> str:
    return _ROWS.sub(_rows_hidden, match[0])


RULES: Final = (
    Rule(("kind: secret",), re.compile(r"(?<![^\n])kind: Secret[ ]*\n(?:(?!---).*(?:\n|\Z))+"), _manifest_hidden),
    following(r"\b(?:login|user|account)\s+[\w.@-]+\s+password\s+", ("login", "account")),
    following(r"\b(?:requirepass|masterauth|user default on >)\s*", ("requirepass", "masterauth", "default on")),
    following(r"[\"']AUTH[\"']\s+(?:[\"'][\w-]+[\"']\s+)?", ('"auth"', "'auth'")),
    following(r"\bIDENTIFIED\s+(?:WITH\s+[\w']+\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?(?=')", ("identified",)),
    Rule(  # {"value": …, "name": "X_PASSWORD"}
        ('"value"',),
        re.compile(
            r"(?P<before>\"value\"\s*:\s*)(?P<quote>\")(?P<inside>(?:[^\"\\\n]|\\.)+)(?P<bare>)(?=\"\s*,\s*\"(?:name|key)\""
            r"\s*:\s*\"[\w./-]{0,60}?(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:api|access|private|secret)_?key)\")",
            re.I,
        ),
        _unless_none,
    ),
)
