"""Credentials that tell by their first characters who gave them out. To know one more is to add a word here."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.rule import RedactionRule
from mcp_servers.redaction.value_checks import looks_drawn

_BEGINNINGS: Final[tuple[tuple[str, str], ...]] = (
    # what follows, and the beginnings after which it does
    (r"[A-Z0-9]{16}(?![A-Za-z0-9])", "AKIA ASIA ABIA ACCA"),
    (r"[A-Za-z0-9]{20,}", "ghp_ gho_ ghu_ ghs_ ghr_ hf_ api_org_ LTAI r8_ gsk_ xai- pplx- npm_ sntryu_ pnu_ whsec_"),
    (r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{24,}", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit."),
    (r"[\w-]{16,}", "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- GR1348941 tskey- tk-us-"),
    (r"\w{16,}", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ sm_pat_"),
    (
        r"[\w-]{20,}",
        "github_pat_ GOCSPX- dckr_pat_ dckr_oat_ hvs. hvb. hvr. ntn_ sbp_ nfp_ figd_ figdr_ fio-u-",
    ),
    (
        r"[\w-]{20,}",
        "ATBB ATATT3 ATCTT3 sq0csp- sq0atp- sq0idp- CFPAT- CCIPAT_ bkua_ bkct_ fo1_ fm1r_ fm2_ k8s-aws-v1.",
    ),
    (r"[\w=.-]{20,}", "pscale_tkn_ pscale_oauth_ pscale_pw_"),
    (r"[\w-]{20,}", "CLOJARS_ duffel_test_ duffel_live_ shippo_live_ shippo_test_ FLWSECK_ sgp_ tfp_ rdme_ HRKU-"),
    (r"[\w-]{30,}", "AIza ya29. sl. pypi-"),
    (r"[\w-]{40,}", "secret_ AQVN"),
    (r"[\w+/=-]{20,}", "sntrys_"),
    (r"\d{4,12}_eyJ[\w.-]{20,}", "ghs_ ghu_"),
    (r"[\w-]{20,}", "vcp_ vca_ cfut_ cfat_ rnd_ phx_ phc_ nvapi- tvly- fw_ lsv2_pt_ lsv2_sk_ mfa. jina_ tgp_v1_ e2b_"),
    (r"[A-Za-z0-9+/]{40,}={0,2}", "IQoJb3JpZ2lu AgoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz"),
    (r"[A-Za-z0-9+/]{40,}={0,2}", "ABSK glc_ ops_eyJ bedrock-api-key-"),
    (r"[A-Za-z0-9]{59,}", "AKCp cmVmd"),
    (r"(?:[ABC][\w-]{30,}|[A-Za-z0-9]{59,})", "EAA"),
    (r"[A-Za-z0-9]{50,60}(?![A-Za-z0-9])", "EZAK EZTK"),
    (r"[A-Za-z0-9]{40}(?![A-Za-z0-9])", "lin_api_"),
    (r"[0-9a-f]{32,}", "shpat_ shpss_ shpca_ shppa_ key- dapi p8e- lin_oauth_"),
    (r"[0-9a-f]{32}(?![0-9a-f])", "SK"),
    (r"[0-9a-f]{40,}", "pul- squ_ sqp_ sqa_ rubygems_"),
    (r"[0-9a-f]{64}(?:-\w+)?", "dop_v1_ doo_v1_ dor_v1_ sk-or-v1- xkeysib-"),
    (
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "sdk- mob- access-production- access-sandbox- access-development-",
    ),
    (r"[A-Za-z0-9]{30,}_[0-9a-f]{8}", "glsa_"),
    (r"[\w-]{20,}\.[\w-]{30,}", "SG."),
    (r"[A-Z0-9]{27}", "NRAK-"),
    (r"[a-zA-Z0-9-]{19,32}", "NRII- NRJS-"),
    (r"[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0c01. dt0s01. dt0s16."),
    (r"[0-9a-f]{24}-[0-9a-f]{34}", "PMAK-"),
    (r"[0-9a-f]{24}-[0-9a-f]{100,}", "v1.0-"),
    (r"[A-Z0-9]{6}-[A-Z0-9-]{20,}", "A3-"),
    (r"[A-Z0-9]{58}", "AGE-SECRET-KEY-1"),
    (r"[A-Z0-9]{26}(?![A-Z0-9])", "API-"),
    (r"[\w-]{43}(?![\w-])", "sha256~"),
    (r"[\w.-]{10,}", "xoxa- xoxb- xoxc- xoxd- xoxe- xoxe.xox xoxo- xoxp- xoxr- xoxs- xapp-"),
    (r"(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z]|(?:[a-z]{1,8}-){0,2}[0-9a-z]{32})[\w-]{20,}", "sk-"),
    (r"[\w-]{50,}", "1//0"),
    (r"[\w-]{20,24}\.[\w-]{6}\.[\w-]{27,38}(?![\w.-])", "MD MT Mj Mz ND NT Nj Nz OD OT Oj Oz"),
    (r"[A-Za-z0-9]{14}\.[0-9a-f]{64}", "pat"),
    (r"(?=[A-Za-z]*\d)[A-Za-z0-9]{24}(?![\w.])", "s."),
)

_WORDS: Final = "sk|pat|key|tok|token|secret|live|test|prod|api|auth|oauth|pt|svc|sid|admin|app|srv|session|priv"
_SHAPES: Final[tuple[tuple[str, str], ...]] = (
    # a word that is in it, and its shape where no beginning tells
    (".atlasv1.", r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}"),
    ("q~", r"(?<![\w.~-])[\w~.]{3}\dQ~[\w~.-]{31,34}"),
    ("nral", r"\b[0-9a-f]{32,36}NRAL\b"),
    ("_mmk", r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b"),
    ("-us", r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    (":aa", r"(?<![\w:])\d{8,10}:AA[\w-]{32,34}(?![\w-])"),
)

_HOOKS: Final[tuple[tuple[str, str], ...]] = (
    # a word of the address, and what stays of it before the part that nobody else may know
    ("hooks.slack.com", r"(hooks\.slack\.com/(?:services|workflows|triggers)/)[\w/-]{20,}"),
    ("/api/webhooks/", r"(discord(?:app)?\.com/api/webhooks/\d{6,20}/)[\w-]{30,}"),
    ("webhook.office.com", r"(\.webhook\.office\.com/webhookb2/)[\w@/-]{40,}"),
    ("hooks.zapier.com", r"(hooks\.zapier\.com/hooks/catch/)[\w/-]{8,}"),
    ("hook", r"(https://(?:hooks|open|outlook)\.[\w.-]+/[\w/-]*hooks?/)[\w@/-]{30,}"),
    ("api.telegram.org", r"(api\.telegram\.org/(?:file/)?bot)\d{6,12}:[\w-]{30,}"),
    ("events.pagerduty.com", r"(events\.pagerduty\.com/integration/)[0-9a-f]{32}"),
)


_HASHES: Final[tuple[tuple[str, str], ...]] = (  # of passwords, as files and tables of users hold them
    ("$", r"\$(?:2[abxy]?|5|6|1|y|7|apr1|argon2[id]{1,2}|scrypt|pbkdf2[\w-]{0,12})\$[\w./$,=+-]{20,}"),
    ("sha", r"\{S?SHA\d{0,3}\}[A-Za-z0-9+/]{20,}={0,2}"),
    ("pbkdf2", r"\bpbkdf2[_:]sha\d{1,3}[$:][\w$./+=:-]{30,}"),
    ("scrypt:", r"\bscrypt:[\d:]{5,20}[$:][\w$./+=:-]{30,}"),
    ("argon2$", r"\bargon2\$argon2[\w$./+=,:-]{30,}"),
)
_TAIL: Final = r"(?:[\w~+=-]|\.(?=\w))*"  # newer tokens have more parts than their givers once said


def _unknown(match: re.Match[str]) -> str:
    """A token of a giver that nobody told us: a word that says so, and what follows is drawn."""
    value = match["value"]
    return "[redacted:token]" if sum(map(str.isdigit, value)) >= 2 and looks_drawn(value, 24) else match[0]


_UNKNOWN: Final = RedactionRule(
    (
        "sk-",
        "sk_",
        "pat_",
        "pat-",
        "_live",
        "_test",
        "key-",
        "key_",
        "tok",
        "secret",
        "_api",
        "api_",
        "auth_",
        "pt_",
        "svc-",
    ),
    re.compile(
        rf"(?<![A-Za-z0-9_/.-])(?:[A-Za-z0-9]{{1,12}}[-_]){{0,3}}?(?:{_WORDS})\d?[-_](?:[a-z0-9]{{1,6}}[-_])?"
        r"(?P<value>[\w-]{24,})(?![\w/])"
    ),
    _unknown,
)


def _token(beginning: str, rest: str) -> RedactionRule:
    """The beginning stands first in the pattern, where the engine jumps to it; what is before it is seen after."""
    begins = re.escape(beginning)
    pattern = re.compile(rf"{begins}(?<![A-Za-z0-9_]{begins}){rest}{'' if rest.endswith(')') else _TAIL}")
    return RedactionRule((), pattern, "[redacted:token]", begins=beginning)


RULES: Final = (
    *(RedactionRule((word,), re.compile(pattern, re.I), r"\1[redacted:webhook]") for word, pattern in _HOOKS),
    *(RedactionRule((word,), re.compile(pattern), "[redacted:token]") for word, pattern in _SHAPES),
    *(RedactionRule((word,), re.compile(pattern, re.I), "[redacted:password hash]") for word, pattern in _HASHES),
    *(_token(beginning, rest) for rest, words in _BEGINNINGS for beginning in words.split()),
)
