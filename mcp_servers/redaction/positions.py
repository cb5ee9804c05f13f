"""Secrets that no name tells, only their position: an argument of a function, a field of a line, a word of a dialogue.

One more function or program is one more row of a table. What a match calls `bare` is the secret.
"""

# ruff: noqa: E501 - tables

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.rule import RedactionRule
from mcp_servers.redaction.value_checks import says_no_secret

FUNCTIONS: Final[tuple[tuple[str, int], ...]] = (
    # functions and constructors, and which of their arguments is the secret
    ("getConnection", 3),
    ("PDO", 3),
    ("PDO->__construct", 3),
    ("mysqli", 3),
    ("mysqli_connect", 3),
    ("mysqli->__construct", 3),
    ("mysql_connect", 3),
    ("oci_connect", 2),
    ("ftp_login", 3),
    ("ldap_bind", 3),
    ("simple_bind_s", 2),
    ("NetworkCredential", 2),
    ("PasswordAuthentication", 2),
    ("PasswordCredential", 2),
    ("UsernamePasswordCredentials", 2),
    ("UsernamePasswordAuthenticationToken", 2),
    ("HTTPBasicAuth", 2),
    ("BasicAuth", 2),
    ("SetBasicAuth", 2),
    ("AuthProvider.basic", 2),
    ("AuthTokens.basic", 2),
    ("PlainAuth", 3),
    ("plain_auth", 2),
    ("auth=", 2),
)
FORMS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    # words of which one is there, and a pattern of what stands around the secret
    ((":5432:", ":6432:", ":5433:", ":*:"), r"(?m:^)[ ]{0,8}[\w.*-]{1,100}:(?:\d{2,5}|\*):(?!\d+:)[^:\s]{1,60}:[A-Za-z_*][^:\s]{0,60}:(?P<bare>(?:[^\s:]|\\:){3,200})(?=\s|\Z)"),
    (("credentials:",), r"\bauthorization:[ ]*\n(?:[ ]+type:[^\n]{0,40}\n)?[ ]+credentials:[ ]*[\"']?(?P<bare>[^\s\"']{4,2000})"),
    (("ldap.bind", "bind.cred"), r"\bbind[._]?credentials?\s{0,4}[=:]\s{0,4}[\"']?(?P<bare>[^\s\"']{4,200})"),
    (("sudo -", "chpasswd", "--stdin", "pass insert"), r"\b(?:echo|printf)\s+(?:-[ne]+\s+|[\"']?%s(?:\\n)?[\"']?\s+)?(?P<quote>[\"']?)(?:[\w.-]{1,40}:(?=[^\n]{1,200}chpasswd))?(?P<bare>[^\s\"'|]{3,200})(?P=quote)\s*\|\s*(?:sudo\s+(?:-\w*S|--stdin)|(?:sudo\s+)?(?:chpasswd|passwd\s+--stdin|pass\s+insert))"),
    (("chpasswd",), r"\bchpasswd[^\n<]{0,40}<<<?\s*[\"']?[\w.-]{1,40}:(?P<bare>[^\s\"']{3,200})"),
    (("preshared-key", "private-key"), r"\bwg\s+set\b[^\n]{0,200}?\s(?:preshared-key|private-key)\s+(?P<bare>(?!/|<)\S{20,100})"),
    (("stats auth",), r"\bstats\s+auth\s+[\w.-]{1,60}:(?P<bare>\S{3,200})"),
    (("op signin", "op account"), r"\bop\s+(?:signin|account\s+add)\s+[^\n]{0,120}?\s[A-Z]\d-[A-Z0-9-]{2,60}\s+(?P<bare>\S{4,200})"),
    (("op signin",), r"\bop\s+signin\s+\S{1,80}\s+\S{1,80}@\S{1,80}\s+(?![A-Z]\d-)(?P<bare>\S{4,200})"),
    (("net use",), r"\bnet\s+use\b[^\n]{0,200}?/user:\S{1,100}\s+(?P<bare>(?![/*])[^\s\"]{3,200})"),
    (("net use",), r"\bnet\s+use\s+(?:\w:\s+)?\\\\\S{1,200}\s+(?P<bare>(?![/*])[^\s\"]{3,200})(?=\s+/user:)"),
    (("-securestring",), r"\bConvertTo-SecureString\s+(?:-(?:AsPlainText|Force|String)\s+){0,3}[\"'](?P<bare>[^\"'\n$]{3,200})[\"']"),
    (("-securestring",), r"[\"'](?P<bare>[^\"'\n$]{3,200})[\"']\s*\|\s*ConvertTo-SecureString"),
    (("set password",), r"\bSET\s+PASSWORD(?:\s+FOR\s+[^=\n]{1,100}?)?\s*=\s*(?:PASSWORD\()?[\"'](?P<bare>[^\"'\n]{3,200})[\"']"),
    (("provided: ",), r"\b(?:API|access|secret)[ ](?:key|token)[ ]provided:[ ]+[\"']?(?P<bare>[\w*-]{8,200})"),
    (("auth plain", "auth login", "auth cram"), r"\bAUTH\s+(?:PLAIN|LOGIN|CRAM-MD5)\s+(?-i:(?=[A-Z0-9+/]*[a-z]))(?P<bare>[A-Za-z0-9+/]{4,400}={0,2})(?=[\s\"']|\Z)"),
    (("334 ugfzc3dvcmq6",), r"334 UGFzc3dvcmQ6\s*\n[^\w\n]{0,12}(?:[CS]: |[<>-]{1,3} ?)?(?P<bare>[A-Za-z0-9+/]{4,400}={0,2})"),
    (("authorization ",), r"\bAuthorization\s+[\"'](?:Basic|Bearer|Token)\s+(?P<bare>[^\s\"'$]{6,2000})[\"']"),
    ((".aspnetcore.",), r"\.AspNetCore\.[\w.]{1,40}=(?P<bare>[^\s;,\"']{12,4000})"),
    (("signature=",), r"[?&](?:X-Amz-|X-Goog-)?Signature=(?P<bare>[\w%~+/.-]{12,1000}={0,2})"),
    (("snmp-server community", "rocommunity", "rwcommunity"), r"\b(?:snmp-server\s+community|r[ow]community6?)\s+(?P<bare>\S{3,100})"),
    (("snmpwalk", "snmpget", "snmpbulk", "snmpset"), r"\bsnmp(?:walk|get|bulkwalk|bulkget|set|getnext)\b[^\n|;]{0,80}?\s-c\s*(?P<bare>[^\s\"'-][^\s\"']{2,100})"),
    (("radius", "tacacs"), r"\b(?:radius|tacacs)(?:-server|[ ]server|-host)\b[^\n]{0,80}?\s(?:shared-)?(?:key|secret)\s+(?:[07]\s+)?(?P<bare>(?!is\b|for\b|was\b|=)[^\s=:]{4,100})(?=[ \t]*(?:[\n;#]|auth|timeout|\Z))"),
    (("auth-user-pass",), r"<auth-user-pass>\s*\n[^\n]{1,100}\n(?P<bare>[^\s<]{3,200})"),
    (("encrypt:",), r"(?m:^)[ ]*encrypt:[ ]*\n[ ]+(?:key|salt):[ ]*[\"']?(?P<bare>(?![{$*<])[^\s\"']{4,500})"),
    (("unseal",), r"\bUnseal\s+Key(?:\s+\d{1,2}|\s+\([^()\n]{1,40}\))?:\s+(?P<bare>[A-Za-z0-9+/=_-]{8,200})"),
    (("unseal",), r"\bvault\s+operator\s+unseal\s+(?:-[\w-]+(?:=\S+)?\s+)*(?P<bare>[A-Za-z0-9+/=_]{8,200})(?=\s|\Z)"),
    (("secretid", "secret_id"), r"\bSecret_?ID[\"']{0,1}\s{0,30}[:=]?[\"'\s]{1,30}(?P<bare>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    ((" / ",), r"\b(?:login|creds?|credentials|user(?:name)?(?:/pass\w*)?)(?:\s{0,2}[:=]\s{0,2}|\s(?:are|is)\s)[\w.@-]{2,40}[ ]{1,4}/[ ]{1,4}(?P<bare>(?=\S*[\d!#$%&*@+])[^\s/,;|\"]{4,100})"),
    (("type=execve",), r"\ba\d{1,2}=\"(?:--?(?:pass(?:word|wd)?|token|secret|api-key|requirepass))\"\s+a\d{1,2}=\"(?P<bare>[^\"]{3,200})\""),
    (("type=execve",), r"\ba\d{1,2}=\"--?(?:pass(?:word|wd)?|token|secret|api-key|requirepass)=(?P<bare>[^\"]{3,200})\""),
    (("type=execve",), r"\ba0=\"(?:[\w/]*/)?(?:mysql\w*|mariadb\w*|sshpass)\"[^\n]{0,400}?\sa\d{1,2}=\"-p(?P<bare>[^\"]{3,200})\""),
    (("type=execve",), r"\ba0=\"(?:[\w/]*/)?(?:redis-cli|sshpass|curl|ldap\w+)\"[^\n]{0,400}?\sa\d{1,2}=\"-[apw]\"\s+a\d{1,2}=\"(?P<bare>[^\"]{3,200})\""),
    (("type=execve",), r"\ba\d{1,2}=\"(?:-u|--user)\"\s+a\d{1,2}=\"[\w.@-]{1,60}:(?P<bare>[^\"]{3,200})\""),
    (("cvv", "cvc"), r"\bcv[vc]2?[\"']?\s{0,4}[:=]?\s{0,4}[\"']?(?P<bare>\d{3,4})\b"),
    (("com2sec",), r"\bcom2sec6?\s+(?:-Cn\s+\S{1,60}\s+)?\S{1,60}\s+\S{1,60}\s+(?P<bare>\S{3,100})"),
    (("encrypt.key",), r"\bencrypt\.key\s{0,4}[=:]\s{0,4}(?P<bare>(?![{$*<])[^\s\"']{4,500})"),
    (("recovery code", "backup code", "scratch code"), r"\b(?:recovery|backup|scratch)\s+codes?:?\s{1,4}(?P<bare>(?=[\w-]{6})[\w-]*\d[\w-]*(?:[\s,]{1,4}[\w-]*\d[\w-]*){0,40})"),
    (("verification code", "security code", "login code", "time code", "confirmation code", "sms code", "fa code", "your code"), r"\b(?:verification|security|login|one-time|confirmation|sms|2fa|mfa|your)\s+code(?:\s+is:?|:)\s{1,4}(?P<bare>\d{3}[- ]?\d{3})\b"),
    ((" is your ", " as your "), r"\b(?P<bare>(?:G-)?\d{3}[- ]?\d{3})\s+(?:is|as)\s+your\s+(?:\w{1,20}\s+){0,2}code\b"),
    (("pin",), r"\b(?-i:PIN)\b(?:\s+(?:code|for|of|to)\b[^\n.:;=]{0,60}?)?\s+is:?\s+(?P<bare>\d{4,8})(?!\S*\d)"),
)  # fmt: skip
_ARGUMENT: Final = r"(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[^\s\"'(),][^\"'(),\n]{0,80}(?:\([^()\n]{0,60}\))?)"


def _unless_none(match: re.Match[str]) -> str:
    return match[0] if says_no_secret(match["bare"]) else _hide_bare(match)


def _hide_bare(match: re.Match[str]) -> str:
    begin, end = (place - match.start() for place in match.span("bare"))
    return f"{match[0][:begin]}[redacted:secret]{match[0][end:]}"


def _call(function: str, place: int) -> RedactionRule:
    before = rf"{_ARGUMENT}\s{{0,20}},\s{{0,20}}" * (place - 1)
    pattern = (
        rf"(?<![\w]){re.escape(function)}\(\s{{0,20}}{before}(?P<quote>[\"'])(?P<bare>[^\"'\n]{{1,200}})(?P=quote)"
    )
    return RedactionRule((f"{function}(".casefold(),), re.compile(pattern), _unless_none)


RULES: Final = (
    *(_call(function, place) for function, place in FUNCTIONS),
    *(RedactionRule(words, re.compile(pattern, re.I), _unless_none) for words, pattern in FORMS),
)
