"""What clear syntax gives to a secret's name: there every value is the secret, whatever it looks like.

Near a name in free text a value has to look like a secret (`nearby`). Where the syntax itself says that a value belongs
to a name whose head noun is a password, a token or a key - the other half of a pair, an argument, a fallback, a
literal of SQL - people's `word-word-1` is one too, unless it cannot be a secret at all.
"""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import Final

from mcp_servers.redaction.candidates import is_a_noun
from mcp_servers.redaction.mentions import is_strict
from mcp_servers.redaction.names import SecretName, is_of_another
from mcp_servers.redaction.rule import ANY, FollowingValue
from mcp_servers.redaction.value_checks import has_digit_or_sign, looks_chosen, looks_named, says_no_secret
from mcp_servers.redaction.values import SURE, VALUE, is_an_objects_name, is_code

_PASSWORD: Final = frozenset({"password"})
_Q: Final = r"\\{0,4}[\"']"
_QUOTED: Final = r"(?P<quote>\\{0,4}[\"'`])(?P<inside>[^\s\"'`\\]{4,200})(?P<bare>)(?P=quote)"
_NAMED_BY: Final = re.compile(  # what stands before a name that is itself a value
    r"(?:name|key|id|field|variable|option|setting|property|param|attribute)\\{0,4}[\"']?\s{0,4}[:=]\s{0,4}"
    r"\\{0,4}[\"']?[\w/.-]{0,64}\Z",
    re.I,
)
_GIVES: Final = re.compile(
    r"(?:env|get|set|put|prop|default|add|config|option|param|with|fetch)\w{0,20}!?\(\s{0,4}[\"'][\w.-]{0,64}\Z", re.I
)
_ENVIRONMENT: Final = re.compile(r"env(?:iron)?(?:\.get|\.fetch)?\(\s{0,4}[\"'][\w.-]{0,64}\Z", re.I)
_SETTER: Final = re.compile(r"(?:\b|[.>])(?:set|with|add)\w{0,30}\Z", re.I)
_BLOCK: Final = re.compile(r"(?:[\"'{,]|variable[ ]\")[\w.-]{0,64}\Z")
_SQL: Final = re.compile(r"\b(?:USER|ROLE|LOGIN|IDENTIFIED|ACCOUNT|ENCRYPTED|WITH|SET|AND)\b[^\n]{0,60}\Z", re.I)
_IN_A_NAME: Final = ascii_letters + digits + "_-./"
SHOWN_WITHIN: Final = 90  # characters after a name its line ends, in a command that prints it
_SHOWS: Final = re.compile(  # commands that print one value and nothing else
    r"\b(?:cat|printenv|output|read|access)[ ][^\n|]{0,150}\Z|\becho[ ]\"?\$\{?\w{0,64}\Z"
    r"|(?:jsonpath=|-field=|--query[ =])[^\n|]{0,80}\Z|>[ ]CONFIG[ ]GET[ ]\w{0,20}\Z",
    re.I,
)
_ACTS: Final = re.compile(  # what is done with a secret, as commands and functions are called
    r"(?:ch|check|verify|hash|reset|rotate|change|update|set|get|has|is|use|validate|create|delete|generate)_", re.I
)
_DIRECTIVE: Final = re.compile(r"(?:\A|[\n;{!])[ \t]*(?:[a-z]{1,20}[ ])?[\w.-]{0,64}\Z")


def can_be_secret(name: SecretName, value: str) -> bool:
    """Whether a value that the syntax gives to a name is its secret: of a strict name all but what cannot be one."""
    if is_of_another(name) or is_a_noun(name):
        return False
    if not is_strict(name.identifier) and is_an_objects_name(value):
        return False
    return len(value) >= 4 and not says_no_secret(value) and value.lower().strip("-_") != name.called.lower()


def _is_given(name: SecretName, match: re.Match[str]) -> bool:
    where = match.start("inside" if match["inside"] else "bare")
    if match["quote"] is None and is_code(match.string, where):
        return False
    return not says_no_secret(match.string[where : match.end() + 40]) and can_be_secret(
        name, match["inside"] or match["bare"]
    )


def _to_a_password(name: SecretName, match: re.Match[str]) -> bool:
    """Whether the literal right after the name is its value: in a query always, else where it has a digit or a sign."""
    literal = name.kind == "password" and (_SQL.search(name.before(80)) or has_digit_or_sign(match["inside"]))
    return bool(literal) and _is_given(name, match)


def _is_stated(name: SecretName, match: re.Match[str]) -> bool:
    """Whether what a sentence says a password is could be one: no plain word, and no measure."""
    value = match["inside"] or match["bare"]
    if match["quote"]:
        return _is_given(name, match)
    if re.search(r"\bfrom\b", match[0]):
        return False
    if match[0][: match.start("inside") - match.start()].rstrip(" ").endswith(":") and looks_named(value):
        return re.match(r"[ ](?:is|was)\b", match[0]) is not None and _is_given(name, match)
    return (looks_chosen(value) or has_digit_or_sign(value)) and _is_given(name, match)


def is_called(name: SecretName) -> bool:
    """Whether the name is what a field says that something is called: `"name": "DB_PASSWORD"`."""
    before = name.before(100).rstrip(_IN_A_NAME)
    return before.rstrip("\"'\\ \t").endswith((":", "=")) and _NAMED_BY.search(name.before(140)) is not None


def _is_argument(name: SecretName) -> bool:
    return _GIVES.search(name.before(80)) is not None


def _argument(name: SecretName, match: re.Match[str]) -> bool:
    """Whether an argument after the name is its value: of the environment any fallback, else what is no plain word."""
    value = match["inside"]
    return not (value.isalpha() and not _ENVIRONMENT.search(name.before(80))) and _is_given(name, match)


def _is_set(name: SecretName) -> bool:
    before = name.before(40)
    return _SETTER.search(before) is not None or (name.kind == "password" and before[-1:] in (".", ">"))


def _opens_a_block(name: SecretName) -> bool:
    return _BLOCK.search(name.before(60)) is not None


def _is_shown(name: SecretName) -> bool:
    line = name.before(180).rpartition("\n")[2]
    return " " in line and name.text.find("\n", name.end, name.end + SHOWN_WITHIN) > 0 and bool(_SHOWS.search(line))


def _is_directive(name: SecretName) -> bool:
    word = name.identifier
    if _ACTS.match(word) or not ("_" in word.strip("_") or (len(word) > 8 and word.isalpha())):
        return False
    return _DIRECTIVE.search(name.before(90)) is not None


_FIELD: Final = rf"(?:{_Q})?[A-Za-z][\w-]{{0,30}}(?:{_Q})?\s{{0,4}}[:=]\s{{0,4}}"
_OTHER: Final = rf"(?:{_FIELD}(?:{_Q}[^\"'\\\n]{{0,100}}{_Q}|[\w.-]{{1,40}}(?=[,\n]))\s{{0,4}}[,;]?\s{{0,20}}){{0,3}}?"
_HOLDER: Final = rf"(?:{_Q})?\w{{0,30}}?(?:value|val|content|default)(?:{_Q})?\s{{0,4}}[:=]\s{{0,4}}{VALUE}"
AFTER_A_NAME: Final = (
    # the other half of a pair: {"key": "NAME", "value": …}, <property name="…" value="…">, - name: …, value: …
    FollowingValue(SURE, ANY, rf"(?:{_Q})?\s{{0,4}}[,;]?\s{{0,20}}{_OTHER}{_HOLDER}", _is_given, is_called),
    # a block of its own: variable "NAME" { default = … }, "NAME": {"value": …}
    FollowingValue(SURE, "{:", rf"{_Q}\s{{0,4}}:?\s{{0,4}}\{{\s{{0,20}}{_OTHER}{_HOLDER}", _is_given, _opens_a_block),
    # NAME || 'fallback', env('NAME', 'fallback'), put("NAME", "…")
    FollowingValue(SURE, "|?o{", rf"{_Q}?\)?\]?[ \t]{{0,4}}(?:\|\||\?\?|or\b|\{{)[ \t]{{0,4}}{_QUOTED}", _is_given),
    FollowingValue(SURE, ",", rf"[\"']\s{{0,4}},\s{{0,4}}{_QUOTED}(?=\s{{0,4}}\))", _argument, _is_argument),
    # setNAME("…"), .NAME("…")
    FollowingValue(SURE, "(", rf"\(\s{{0,4}}{_QUOTED}(?=\s{{0,4}}[),])", _is_given, _is_set),
    # !!str …, &anchor …, three quotes
    FollowingValue(SURE, ":", rf"[\"']?:[ \t]+(?:!!\w{{1,10}}|&[\w-]{{1,30}})[ \t]+{VALUE}", _is_given),
    FollowingValue(
        SURE,
        "=:",
        r"[\"']?[ \t]*[=:][ \t]*(?P<quote>\"{3}|'{3})\s{0,40}+(?P<inside>[^\"']{4,400})(?P<bare>)(?P=quote)",
        _is_given,
    ),
    # ["NAME"]=> string(9) "…", Property: a.NAME, Value: "…"
    FollowingValue(
        SURE,
        "=:",
        rf"{_Q}(?::\"\w{{1,60}}\")?(?::(?:private|protected))?\]\s{{0,4}}=>\s{{0,20}}string\(\d{{1,4}}\)\s{{0,4}}{_QUOTED}",
        _is_given,
    ),
    FollowingValue(SURE, ANY, rf"[\"']?(?:[ ]|\s{{0,20}}\n)\s{{0,20}}value:\s{{0,4}}{_QUOTED}", _is_given),
    # PASSWORD '…'
    FollowingValue(_PASSWORD, "'\"`", rf"[ \t]{{1,4}}{_QUOTED}", _to_a_password),
    # a setting alone in its line: auth_pass …
    FollowingValue(
        _PASSWORD,
        ANY,
        r"[ \t]{1,20}(?P<quote>[\"']?)(?P<inside>(?![-+|=:<>])[^\s\"';,]{4,100})(?P<bare>)"
        r"(?P=quote)[ \t]{0,20}(?=[;\n}]|\Z)",
        _is_given,
        _is_directive,
    ),
    # … is …, … for the user bob: …, at the end of its line or on the next one
    FollowingValue(
        _PASSWORD,
        ANY,
        r"(?:[ ](?:for|of|on|in|at|to)\b[^.:;=\"\n]{1,80}?)?[ ](?:is|was|to(?=[ ][\"'`“]))[ :](?:now[ ])?[ ]{0,2}"
        r"(?:(?P<quote>[\"'`“])(?P<inside>[^\"'`“”\n]{4,80})[\"'`”]"
        r"|(?P<bare>[^\s,;\"'`“”]{6,60}?)(?=[.,;!?)]{0,2}(?:\s|\Z)))",
        _is_stated,
    ),
    FollowingValue(
        _PASSWORD,
        ANY,
        r"[ ](?:for|of|on|in|at|is|was)\b[^:;=\n]{1,100}:(?:[ ]{1,4}|[ ]{0,4}\n[ ]{0,8})"
        r"(?P<quote>)(?P<inside>[^\s\"'`]{6,100})(?P<bare>)"
        r"(?=[ \t]{0,8}(?:\n|\Z))",
        _is_stated,
    ),
    # what a command shows: $ cat /run/secrets/NAME
    FollowingValue(
        SURE,
        ANY,
        r"(?:[}'\")]{1,4}|(?=[ ]))?(?:[ ][\w./:| -]{1,80})?(?:\n1\) \"\w{1,40}\")?\n(?:2\) )?"
        r"(?P<quote>\"?)(?P<inside>[^\s\"$#]{5,200}[^\s\"$#:])(?P<bare>)(?P=quote)(?=[ \t\r]{0,8}(?:\n|\Z))",
        _is_given,
        _is_shown,
    ),
)
