"""What never leaves a server: secrets, tokens, keys, credentials in connection strings, e-mail addresses.

Applied once, before any truncation, to everything that came from outside. A match becomes `[redacted:<what>]`, so a
reader still sees that something was there and of which kind.
"""

from __future__ import annotations

import re
from typing import Any, Final

_CALLED = (  # how people call what is secret
    r"(?:pass(?:word|wd|phrase)|(?<![a-z])(?:db|user|my|admin|root)?pass|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|token"
    r"|credential|auth|(?:api|access|private|account|encryption|signing|master|shared|session|storage)[_-]?key)"
)

RULES: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = (
    (
        "private key",
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
        "[redacted:private key]",
    ),
    (
        "url credentials",
        re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)([^\s:/@]*):([^\s@/]+)@", re.I),
        r"\1\2:[redacted:password]@",
    ),
    ("aws access key", re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"), "[redacted:aws access key]"),
    ("json web token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), "[redacted:json web token]"),
    (
        "provider token",
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|"
            r"sk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|"
            r"sk_live_\w{16,}|rk_live_\w{16,}|k8s-aws-v1\.[\w-]{20,})"
        ),
        "[redacted:token]",
    ),
    (
        "authorization",
        re.compile(r"\b(authorization\s*[:=]\s*[\"']?)(?:(bearer|basic|digest|token)\s+)?[^\s\"',;]+", re.I),
        r"\1\2 [redacted:authorization]",
    ),
    ("bearer", re.compile(r"\b(bearer\s+)(?=[\w./+=~-]*[\d._~+/=-])[\w./+=~-]{12,}", re.I), r"\1[redacted:token]"),
    (
        "named secret",
        re.compile(
            rf"((?<!\d:)[\"']?\b[\w.-]{{0,60}}?{_CALLED}[\"']?\s*(?:=|:(?!//))\s*)"
            r"(\"(?:[^\"\\]|\\.)+\"|'[^']+'|(?!\[redacted)[^\s\"',;&}\])]{4,})",
            re.I,
        ),
        r"\1[redacted:secret]",
    ),
    (
        "named value",  # an environment variable as a manifest writes it: name and value apart
        re.compile(
            rf"(\bname[\"']?\s*:\s*[\"']?[\w.-]{{0,60}}?{_CALLED}[\"']?\s*[,\n]\s*[\"']?value[\"']?\s*:\s*)"
            r"(\"(?:[^\"\\]|\\.)+\"|'[^']+'|(?!\[redacted)[^\s\"',}\]]{4,})",
            re.I,
        ),
        r"\1[redacted:secret]",
    ),
    ("command line", re.compile(r"(\s(?:-u|--user)[ =][\w.-]+:)(?!\[redacted)[^\s\"']{4,}"), r"\1[redacted:password]"),
    (
        "e-mail address",
        re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,}\b", re.I),
        "[redacted:e-mail]",
    ),
)


def redacted(text: str) -> str:
    """The text without what must not leave. Idempotent."""
    for _, pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text


def redacted_value(value: Any) -> Any:
    """The same for a JSON-like value: every string in it, keys kept."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: redacted_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted_value(item) for item in value]
    return value
