"""A name and the value that follows it, as settings, programs, documents and queries write them."""

from __future__ import annotations

import re
from string import ascii_letters
from typing import Final

from mcp_servers.redaction.mentions import kind_of
from mcp_servers.redaction.names import SecretName, is_of_another, marks_a_place, names_a_value
from mcp_servers.redaction.rule import ANY, FollowingValue, RedactionRule, hidden
from mcp_servers.redaction.value_checks import is_uuid, looks_chosen, looks_drawn, looks_unnamed, says_no_secret

VALUE: Final = (
    r"(?:(?P<quote>\\{1,7}[\"']|[brfu]?\"|[brfu]?'|`|%22|&quot;)"
    r"(?P<inside>(?<=[^\\]\")(?:[^\"\\\n]|\\.)+|(?<=[^\\]')[^'\n]+|(?:(?!%22|&quot;)[^\s\"'`\\])+)"
    r"|(?P<bare>\{(?!\[redacted)[^{}\s\"']+\}(?=;|\Z)|(?![\[{(]{0,2}\[redacted)"
    r"(?:[^\s\"'`,;&}\])<>{]|[}\])](?=[\w!#$%^*+])|(?<!\s)[{>](?=\S)){4,512}))"
)
_CLOSES: Final = r"(?:[\"'`\\]{1,8}[\])]?|\])?"
_SEPARATOR: Final = r"(?:=>|:=|(?:[-.+?]|\|\||\?\?|<<)?==?|<-|->|:(?!//|:|=)|：|%3[Dd]|%3[Aa])"
_SEPARATES: Final = "=:<-.+?|：%"  # the first signs of it
_NEXT: Final = r"(?:[ \t]*\\?\r?\n[ \t]*)"
_TEXT_TYPE: Final = r"(?:string|str|text|char|wchar_t|varchar|nvarchar|bytes|byte|secretstr|final|any|object|optional)"
_TYPED: Final = (  # `token string = `, `apiKey: string = `, `Key { get; set; } = `, `char key[] = `
    rf"(?:[ \t]*:[ \t]*(?:[&*]|'\w{{1,20}}|\w{{1,20}}[.:]{{1,2}}|mut|const|[ \t]){{0,6}}+"
    rf"(?:{_TEXT_TYPE}\b|\w{{1,30}}[ \t]*[<\[|?])[^\n=\"';]{{0,60}}"
    rf"|[ \t]+[*&]?(?:\[\])?{_TEXT_TYPE}\b[^\n=\"';,]{{0,20}}"
    rf"|[ \t]*\{{[^{{}}\n\"'=:]{{1,40}}\}}|\[\d{{0,5}}\](?:[ ][A-Z_]{{2,20}})?)"
)
_SPEECH: Final = re.compile(  # a word, and one that goes on: nothing of which a token or login name consists
    r"(?:token|auth|credential): +[a-z][a-z]{2,13}(?:n't|v\d)?(?:: +|[,.]? +)[a-z][\w'-]*(?=[\s.,;!?)]|\Z)", re.I
)


_CODE: Final = re.compile(  # a call, or a part of something that a program holds
    r"\(\w+,|[a-z]+_\w{1,40}\.\w{1,40}\.[a-z_]{2,40}(?=[\s,)]|\Z)|"
    r"(?:new |await )?(?:\[\])?[A-Za-z_][\w.:]*\((?=[)\w\"'\[{$*&])|"
    r"(?:req|request|self|this|cfg|conf|params|props|state"
    r"|ctx|input|args|opts|options|event|form|user|body|session|client|cls|secrets|row|creds)(?:\.[A-Za-z_]\w*)+[\[\];,)\s]"
)


_GOES_ON: Final = re.compile(r" [a-z]{2}")
_SETTINGS: Final = re.compile(r"[a-z]{2,20}=[\w./:-]{1,40} [a-z]{2,20}=")
_OBJECT: Final = re.compile(
    r"(?:[a-z0-9-]+/|[\w-]+\.io/)?[a-z]{2,}\d?(?:-[a-z]{2,}\d{0,4}|-[a-z0-9]{1,10})+|[\w-]+\.io/[\w-]+"
)
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{2,30}<(?:[A-Z&'][^<>\n]{0,60}|\w{1,20})>")
_DECLARED: Final = re.compile(r"[A-Za-z_][\w.]{0,60}+[ \t]{1,4}+=[ \t]{1,4}+[\"'`\[]")  # a type, before what it is of


def is_code(text: str, where: int) -> bool:
    """Whether what begins there without quotes is what a program computes, and no value."""
    return _CODE.match(text, where) is not None


def is_an_objects_name(value: str) -> bool:
    """Whether a value is put together as the name of an object in a cluster is: `web-tls-1`, `team/db-creds`."""
    return _OBJECT.fullmatch(value) is not None


def _set(name: SecretName, match: re.Match[str]) -> bool:
    """Whether `name = value` gives a secret away."""
    value = match["inside"] or match["bare"]
    where = match.start("inside" if match["inside"] else "bare")
    if says_no_secret(match.string[where : match.end() + 80]) or is_of_another(name):
        return False
    if match["quote"] is None and (_DECLARED.match(match.string, where) or _TYPE.match(match.string, where)):
        return False
    if _is_an_objects(name, match) or _ends_a_prompt(match):
        return False
    if match.string.startswith(('":private]', '":protected]'), match.end()):  # whose field it is, in a dump
        return False
    if name.kind == "digits":
        if name.called.lower()[:2] == "cv":
            return re.fullmatch(r"\d{3,4}", value) is not None
        return re.fullmatch(r"\d{3,12}", value) is not None and len(value) > 3
    if name.kind in ("weak", "many"):
        return _is_weakly(name.called.lower(), value)
    if match["quote"] is None and _CODE.match(match.string, where):
        return False
    alone = not re.match(r"[\w.-]", name.before(1)) and match["quote"] is None and not name.called.isupper()
    return not (alone and _SPEECH.match(name.text, name.begin))


def _ends_a_prompt(match: re.Match[str]) -> bool:
    """Whether the quote after the name closes one that stands before it: `read -p "Password: " VARIABLE`."""
    inside = match["inside"] or ""
    return inside[:1] in (" ", ")") and match.string[match.end() : match.end() + 1] != match["quote"][-1:]


def _is_an_objects(name: SecretName, match: re.Match[str]) -> bool:
    """Whether the value is the name of an object, of a method, of a type or of a test, as the same words call these."""
    word, value = name.called.lower(), match["inside"] or match["bare"]
    if not names_a_value(name.identifier) and _OBJECT.fullmatch(value):
        return True
    if "client" in name.before(7).lower() + word and is_uuid(value):
        return word.endswith("token")  # that makes a request the same when it is made again
    if match["quote"] == "`" and match.string[match.end() : match.end() + 1] == " ":  # a command
        return True
    if match["quote"] is None and _SETTINGS.match(match.string, match.start("bare")):
        return True
    if match["quote"] is None and name.kind == "key" and value.isalpha() and kind_of(value):  # of a field of an object
        return True
    if value.lower() == word or name.text[name.end : name.end + 2] in (":?", ":+"):
        return True
    if name.kind == "key" and name.text[name.end : name.end + 1] == ":" and re.fullmatch(r"[\w-]+(?::[\w.-]+)+", value):
        return True
    if word == "auth" and re.fullmatch(r"[a-z]{2,}v?\d", value, re.I):
        return True
    if match["quote"] is None and value.isalpha() and _GOES_ON.match(match.string, match.end()) and kind_of(value):
        return True
    if name.identifier == "PASS":
        return not looks_chosen(value)
    return value[:1].isupper() and re.fullmatch(rf"{word}\d?", value, re.I) is not None


def _below(name: SecretName, match: re.Match[str]) -> bool:
    """Whether the next line is the value alone, and no key of its own. An empty assignment ends with its line."""
    goes_on = match.string[match.end("separator") : match.end("separator") + 40].lstrip(" \t")[:1] == "\\"
    if match["separator"].strip() not in (":", "：") and not goes_on:
        return False
    return not (match["quote"] is None and match["bare"].endswith(":")) and _set(name, match)


def _block(name: SecretName, match: re.Match[str]) -> bool:
    if name.kind in ("weak", "many"):
        return any(looks_drawn(word, 12) for word in match["inside"].split())
    return name.kind != "digits" and _certain(name, match)


def _holds_secrets(name: SecretName, match: re.Match[str]) -> bool:
    """Whether a list under a secret's name holds secrets: of passwords any text, else what looks drawn."""
    if marks_a_place(name.before(30) + name.called) or not re.search(r"\w", name.called):
        return False
    if says_no_secret(name.text[match.start("inside") - 1 : match.end("inside") + 1]):
        return False
    items = [item.strip(" \t\r\n\"'`-") for item in re.split(r"[,\n]", match["inside"])]
    plain_items = [
        item for item in items if item and not says_no_secret(item) and not re.match(r"[\w.\"']+\s*[:=]", item)
    ]
    if re.match(r"pass|pwd", name.called, re.I):
        return any(len(item) >= 4 for item in plain_items)
    return any(looks_drawn(item) or looks_unnamed(item) or re.fullmatch(r"\d{7,}", item) for item in plain_items)


def _is_weakly(word: str, value: str) -> bool:
    if word.endswith("otp") and re.fullmatch(r"\d{4,8}", value):
        return True
    if word.startswith("instrumentation"):
        return len(value) > 20
    if word == "credentials" and re.fullmatch(r"[\w.@-]+[/:]\S{4,}", value):
        return True
    return looks_drawn(value.removeprefix("base64:"), 12)


def _certain(name: SecretName, match: re.Match[str]) -> bool:
    return not says_no_secret(match["inside"] or match["bare"]) and not marks_a_place(name.before(30) + name.called)


def _in_element(name: SecretName, match: re.Match[str]) -> bool:
    return match["inside"].strip().lower() != name.called.lower() and _certain(name, match)


def _is_in_element(name: SecretName) -> bool:
    return "<" in name.before(120)


SURE: Final = frozenset({"password", "key"})
ALL: Final = SURE | {"weak", "digits", "many"}
LISTED: Final = SURE | {"many"}
AFTER_A_NAME: Final = (
    # a block of lines in YAML
    FollowingValue(
        ALL,
        ":",
        r"[\"']?[ \t]*:[ \t]*[|>][-+\d]{0,2}[ \t]*\r?\n(?P<quote>)(?P<indent>[ \t]+)"
        r"(?P<inside>\S[^\n]*(?:\n(?P=indent)[^\n]*)*+)(?P<bare>)",
        _block,
    ),
    FollowingValue(
        LISTED,
        _SEPARATES,
        rf"{_CLOSES}[ \t]*{_SEPARATOR}\s*[\[({{](?P<quote>)"
        r"(?P<inside>[^\[\](){}]{4,4000})(?P<bare>)(?=[\])}}])",
        _holds_secrets,
    ),
    FollowingValue(
        LISTED,
        ":",
        r"[\"']?:[ \t]*\r?\n[ \t]*-[ \t]+(?P<quote>)(?P<inside>[^\n]+(?:\n[ \t]*-[ \t]+[^\n]+)*+)(?P<bare>)",
        _holds_secrets,
    ),
    FollowingValue(
        ALL, f":{{[*&{ascii_letters}", rf"{_CLOSES}(?P<separator>{_TYPED}[ \t]*:?=)[ \t]*(?=[brfu]?[\"'`]){VALUE}", _set
    ),
    FollowingValue(ALL, _SEPARATES, rf"{_CLOSES}(?P<separator>[ \t]*{_SEPARATOR})[ \t]*{VALUE}", _set),
    FollowingValue(
        ALL,
        _SEPARATES,
        rf"{_CLOSES}(?P<separator>[ \t]*{_SEPARATOR}){_NEXT}(?!- |[{{\[]){VALUE}"
        r"(?=[\"']?[ \t]*[,;]?[ \t]*(?:\\?\r?\n|\Z))",
        _below,
    ),
    # <password>…</password>, <property name="password">…<, <add key="…" value="…"/>, <![CDATA[…]]>
    FollowingValue(
        SURE,
        ANY,
        r"(?:[\"'][^<>\n]{0,40}|\s[^<>\n]{0,80})?>\s{0,80}+(?:<!\[CDATA\[\s{0,80}+)?(?P<quote>)(?P<inside>[^<>\n\]]{1,2000}+)(?P<bare>)(?=\s{0,80}(?:\]\]>\s{0,80})?</)",
        _in_element,
        _is_in_element,
    ),
)


def following(before: str, needs: tuple[str, ...]) -> RedactionRule:
    """A rule for a value after what `before` matches, whatever its name."""
    return RedactionRule(needs, re.compile(f"(?P<before>{before}){VALUE}", re.I), _unless_none)


def _unless_none(match: re.Match[str]) -> str:
    return match[0] if says_no_secret(match["inside"] or match["bare"]) else hidden(match)


_ROWS: Final = re.compile(  # what a Secret holds, in a manifest that somebody printed
    r"(?:\A|\n)(?P<indent>[ ]*)(?:string)?data:[ ]*\n(?P<rows>(?:(?P=indent)[ ]+\S.*(?:\n|\Z))+)", re.I
)


def _rows_hidden(match: re.Match[str]) -> str:
    rows = re.sub(r"(?m)^([^\S\n]++[\w.-]++:[ ]*+)(?!\[redacted)\S.*$", r"\1[redacted:secret]", match["rows"])
    return match[0].replace(match["rows"], rows)


def _manifest_hidden(match: re.Match[str]) -> str:
    return _ROWS.sub(_rows_hidden, match[0])


RULES: Final = (
    RedactionRule(
        ("secret_id", "secretid", "secret-id"),
        re.compile(r"(\bsecret[_-]?id[\"']?\s{0,4}[:=]\s{0,4}[\"']?)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I),
        r"\1[redacted:secret]",
    ),
    RedactionRule(
        ("kind: secret",), re.compile(r"(?<![^\n])kind: Secret[ ]*\n(?:(?!---).*(?:\n|\Z))+"), _manifest_hidden
    ),
    following(r"\b(?:login|user|account)\s+[\w.@-]+\s+password\s+", ("login", "account")),
    following(r"\b(?:requirepass|masterauth|user default on >)\s*", ("requirepass", "masterauth", "default on")),
    following(r"[\"']AUTH[\"']\s+(?:[\"'][\w-]+[\"']\s+)?(?=[\"'])", ('"auth"', "'auth'")),
    following(r"\bIDENTIFIED\s+(?:WITH\s+[\w']+\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?(?=')", ("identified",)),
)
