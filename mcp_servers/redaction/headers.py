"""What proves who asks, in headers and addresses of requests: authorization, cookies, signatures, codes of a login."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.rule import RedactionRule
from mcp_servers.redaction.value_checks import looks_drawn, says_no_secret

_SIGNED: Final = r"(?:digest|oauth|aws4-hmac-sha256|aws4|hmac(?:-sha\d+)?|signature|sharedaccesssignature|sharedkey)"
_AUTHORIZATION: Final = re.compile(
    r"(?P<before>\bauthorization[\"'\\]{0,4}\s*[:=]\s*[\[\"'\\]{0,4}\s*)(?!\w{1,40}:\s)"
    rf"(?:(?P<signed>{_SIGNED})(?=\s)|(?:(?P<scheme>bearer|basic|token|api-?key|negotiate|ntlm|splunk|key|bot|[a-z]\w{{2,19}}key)"
    r"(?P<gap>[\s:]+|%20|\+))?(?P<value>(?!\[?redacted:)[^\s\"',;\\\])}]+))",
    re.I,
)
_ATTRIBUTES: Final = frozenset(
    {"path", "domain", "expires", "max-age", "samesite", "priority", "version", "comment", "lang", "locale", "theme"}
)
_COOKIE: Final = re.compile(r"(?<![\w.$%-])(?P<name>[\w.$%-]++)=(?P<value>(?!\[redacted)[^\s;,\"'\\]+)")
_SESSION: Final = re.compile(r"sess|sid|auth|token|jwt|csrf|xsrf|remember|login|identity", re.I)


def _hide_credentials(match: re.Match[str]) -> str:
    value, scheme = match["value"] or "", match["scheme"] or ""
    after = match.string[match.end() : match.end() + 40]
    if match["signed"] or after.lstrip().startswith("[redacted"):
        return match[0]
    if value and says_no_secret(match.string[match.start("value") : match.end() + 40]):
        return match[0]
    if not scheme and re.fullmatch(r"[a-z]{2,12}", value) and match["before"].rstrip()[-1:] == ":":
        return match[0]  # a mode
    if not looks_drawn(value) and re.match(r" +[a-z]{2,}\b", after, re.I) and re.fullmatch(r"[A-Za-z]{2,20}", value):
        return match[0]
    return f"{match['before']}{scheme}{' ' if scheme else ''}[redacted:authorization]"


def _cookies(match: re.Match[str]) -> str:
    return match["before"] + _COOKIE.sub(_cookie, match["cookies"])


def _cookie(match: re.Match[str]) -> str:
    plain = len(match["value"]) < 16 and not _SESSION.search(match["name"])
    if plain or match["name"].lower() in _ATTRIBUTES or len(match["value"]) < 6:
        return match[0]
    return f"{match['name']}=[redacted:cookie]"


def _code(match: re.Match[str]) -> str:
    value = match["value"]
    return f"{match['before']}[redacted:code]" if looks_drawn(value, 16) or re.search(r"\d", value) else match[0]


def _key(match: re.Match[str]) -> str:
    return f"{match['before']}[redacted:secret]" if looks_drawn(match["value"], 20) else match[0]


RULES: Final = (
    RedactionRule(("authorization",), _AUTHORIZATION, _hide_credentials),
    RedactionRule(
        ("bearer",),
        re.compile(r"\b(bearer(?:[\s:]+|%20|\+))(?=[\w./+=~-]*[\d._~+/=-])(?!realm=)[\w./+=~-]{12,}", re.I),
        r"\1[redacted:token]",
    ),
    RedactionRule(
        ("cookie",),
        re.compile(r"(?P<before>cookies?[\"'\\]{0,4}\s*[:=]\s*\[?[\"'\\]{0,4})(?P<cookies>[\w.$%-]+=[^\n\"']+)", re.I),
        _cookies,
    ),
    RedactionRule(
        ("--cookie", " -b "),
        re.compile(r"(?P<before>\s(?:-b|--cookie)[ =][\"']?)(?P<cookies>[\w.$%-]+=[^\n\"']+)"),
        _cookies,
    ),
    RedactionRule(
        ("sess", "connect.sid"),
        re.compile(
            r"\b((?:j|php|asp\.net_|laravel_)?sess(?:ion)?_?id|connect\.sid|laravel_session)=(?=[\w.%+/-]{20})(?=[^\s;,&]{0,200}\d)[\w.%+/-]+",
            re.I,
        ),
        r"\1=[redacted:cookie]",
    ),
    RedactionRule(
        ("sig", "hmac"),
        re.compile(
            r"((?:signature|(?<![a-z])sig|(?<![a-z])hmac)[\"'\\]{0,3}\s*(?:=|%3D|:)\s*[\"'\\]{0,3})"
            r"(?=[\w%+/~.-]*\d)(?:(?:sha\d+|v\d)=)?[\w%+/~.-]{20,}={0,2}",
            re.I,
        ),
        r"\1[redacted:signature]",
        re.compile(r"(?:sig|signature|hmac)[\"'\\]{0,3}\s*(?:[=:]|%3d)"),
    ),
    RedactionRule(
        ("x-hub-signature", "-signature"),
        re.compile(r"(-signature(?:-\d+)?[\"']?\s*[:=]\s*[\"']?(?:(?:sha\d+|v\d)=)?)[\w%+/.-]{20,}={0,2}", re.I),
        r"\1[redacted:signature]",
    ),
    RedactionRule(
        ("response=",), re.compile(r"\b(response=\"?)[0-9a-f]{32,128}\b", re.I), r"\1[redacted:authorization]"
    ),
    RedactionRule(
        ("oauth_",),
        re.compile(r"\b(oauth_(?:signature|token|verifier)=\"?)(?!\[redacted)[\w%+/.~-]{8,}", re.I),
        r"\1[redacted:authorization]",
    ),
    RedactionRule(("key=",), re.compile(r"(?P<before>[?&]key=)(?P<value>[\w-]{20,})"), _key),
    RedactionRule(
        ("code=",), re.compile(r"(?P<before>code=)(?<![\w.-]code=)(?P<value>[\w./%~-]{16,})(?=&|\s|\"|'|\Z)"), _code
    ),
    RedactionRule(
        ("ticket=", "st-", "tgt-"),
        re.compile(r"\b(?:ST|PT|TGT|PGT)-\d+-[\w.-]{16,}|(?<=ticket=)[A-Z]{2,3}-[\w.-]{16,}"),
        "[redacted:token]",
    ),
)
