"""Secrets in command lines and in lists of arguments."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.mentions import kind_of
from mcp_servers.redaction.names import SecretName, marks_a_place
from mcp_servers.redaction.rule import ANY, FollowingValue, RedactionRule, hidden
from mcp_servers.redaction.value_checks import is_uuid, looks_drawn, says_no_secret
from mcp_servers.redaction.values import SURE, VALUE

_LOGINS: Final = "docker|podman|nerdctl|helm registry|oras|skopeo|az|oc|argocd|buildah"
TOOLS: Final[tuple[tuple[str, str], ...]] = (
    # programs, and the option after which the secret stands, in its own case
    ("redis-cli|keydb-cli|valkey-cli", r"-a[ ,\"'\\\n]+"),
    ("mysql|mysqldump|mysqladmin|mysqlimport|mariadb", r"-p(?=[\"']?[^\s\"'])"),
    ("sshpass|mongosh|mongodump|mongorestore|mongoexport|cqlsh", r"-p[ ,\"'\\\n]+"),
    ("|".join(f"{program} login" for program in _LOGINS.split("|")), r"-p[ ,\"'\\\n]+"),
    ("ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami|ldappasswd", r"-w[ ,\"']+"),
    ("sqlcmd|unzip|zip|mosquitto_pub|mosquitto_sub|mosquitto_rr", r"-P[ ,\"']+"),
    ("htpasswd", r"-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+"),
    ("rabbitmqctl", r"(?:add_user|change_password|authenticate_user)\s+\S+\s+"),
    ("vault login", r"(?=[\w.]{16})"),
    ("smbclient|rpcclient", r"-U\s+[\"']?[\w.\\-]+%"),
    ("curl|wget", r"(?:-u|--user|--proxy-user|-U)[ =,]+[\"']?[\w.@-]+:"),
)
_PROSE: Final = re.compile(
    r"(?:or|and|is|are|flag|options?|must|to|for|with|was|in|on|of|if|when|not|has|needs|cannot|can|as|from|which"
    r"|instead|given)\b",
    re.I,
)


_FLAG: Final = re.compile(r"(?<![\w-])--?(?:[\w.-]*[\w.])?[_-]*\Z")


def _ends_a_word(name: SecretName) -> bool:
    return not name.before(1).isspace() and "-" in name.before(60)


def _is_flag_value(name: SecretName, match: re.Match[str]) -> bool:
    value = match["inside"] or match["bare"]
    flag = _FLAG.search(name.before(60))
    if flag is None or says_no_secret(value) or _PROSE.match(value) or marks_a_place(flag[0] + name.called):
        return False
    if (value.isupper() and kind_of(value)) or value == name.called:
        return False
    alone = name.called.lower() in ("secret", "auth") and flag[0] in ("-", "--")
    return not alone or looks_drawn(value, 12) or is_uuid(value)


AFTER_A_NAME: Final = (
    FollowingValue(
        SURE,
        ANY,
        rf"(?:[\"'],?\s++[\"']?|[\"'],[\"']|[ \t]++(?:\\\r?\n[ \t]*+)?|[ \t]*+\n[ \t]*+-[ \t]++)(?![-&|;<>]){VALUE}",
        _is_flag_value,
        _ends_a_word,
    ),
)


def _of_tool(match: re.Match[str]) -> str:
    value = match["inside"] or match["bare"]
    if re.fullmatch(r"[\d.:/-]+", value) or value.startswith(("-", "/", "|")):
        return match[0]
    return hidden(match)


def _tool(program: str, option: str) -> RedactionRule:
    pattern = rf"{program}(?<![\w-]{program})(?!\w)[^\n|;]{{0,200}}?[\s\"',]{option}{VALUE}"
    return RedactionRule((), re.compile(pattern), _of_tool, begins=program)


def _hide_if_drawn(match: re.Match[str]) -> str:
    return hidden(match) if looks_drawn(match["inside"] or match["bare"]) else match[0]


RULES: Final = (
    RedactionRule(("auth ",), re.compile(rf"\bAUTH\s+(?:[a-z]+\s+)?{VALUE}"), _hide_if_drawn),
    RedactionRule(("pass:",), re.compile(rf"-pass(?:in|out)?[ ,\"']+pass:{VALUE}", re.I), hidden),
    RedactionRule(
        ("--password-stdin",),
        re.compile(rf"\becho\s+(?:-n\s+)?{VALUE}(?=[\"']?\s*\|[^\n]*--password-stdin)", re.I),
        hidden,
    ),
    *(_tool(program, option) for programs, option in TOOLS for program in programs.split("|")),
    RedactionRule(
        (" -u", "--user"),
        re.compile(r"(\s(?:-u|--user)[ =][\w.-]+:)(?!\[redacted)[^\s\"']{4,}"),
        r"\1[redacted:password]",
    ),
)
