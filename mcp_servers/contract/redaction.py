"""What never leaves a server: secrets, tokens, keys, credentials in connection strings, e-mail addresses.

Applied once, before any truncation, to everything that came from outside. A match becomes `[redacted:<what>]`, so a
reader still sees that something was there and of which kind. Most text holds nothing of the kind: a rule is tried only
where one of the words is found without which it cannot match.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

_KEY = r"(?:api|access|private|account|encryption|signing|master|shared|session|storage)[_-]?key"
_PLAIN = r"secret(?:[_-]?(?:access[_-]?)?key)?|token|credential|auth"
_CALLED = (  # how people call what is secret
    r"(?:pass(?:word|wd|phrase)|(?<![a-z])(?:db|user|my|admin|root)?pass|pwd|" + f"{_PLAIN}|{_KEY})"
)
_CALLED_ABOUT = rf"(?:pass(?:word|wd|phrase)?|pwd|{_PLAIN}|{_KEY})[\"']?\s*"  # wherever _CALLED is, and faster
_SECRET_WORDS = ("pass", "pwd", "secret", "token", "credential", "auth", "key")
_ENDS = r"(?![\w'=/+-]|:\S|\.\w)"
_STATE: Final = re.compile(  # what is said about a secret in its place
    r"(?:expired|expires|invalid|missing|required|revoked|rejected|refused|denied|failed|failure|error|incorrect"
    r"|unauthori[sz]ed|unknown|malformed|mismatch|disabled|empty|none|null|true|false|please|must|should|cannot|could"
    r"|does|unable|unexpected|wrong|forbidden|authentication|verification)" + _ENDS,
    re.I,
)
_SPEECH: Final = re.compile(  # a word, and one that goes on: nothing of which a token or login name consists
    r"(?:token|auth|credential): +[a-z][a-z]{2,13}(?:n't)?(?:: +|[,.]? +)[a-z][\w'-]*(?=[\s.,;!?)]|\Z)", re.I
)


def _unless_speech(match: re.Match[str]) -> str:
    """The match without what follows its separator, unless that is plain speech, as in `invalid token: please log in`.

    An identifier (`access_token: …`), a key in capitals or quotes and a single word of unknown meaning are no speech.
    """
    if _STATE.match(match.string, match.start(2)) or _is_speech(match):
        return match[0]
    return f"{match[1]}[redacted:secret]"


def _is_speech(match: re.Match[str]) -> bool:
    return not match[1].isupper() and _SPEECH.match(match.string, match.start()) is not None


@dataclass(frozen=True)
class _Rule:
    """Where `pattern` matches, one of the words of `needs` and a match of `hint` are in the case-folded text."""

    needs: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    hint: re.Pattern[str] | None = None

    def may_match(self, folded: str) -> bool:
        for word in self.needs:
            if word in folded:
                return self.hint is None or self.hint.search(folded) is not None
        return False


RULES: Final = (
    _Rule(
        ("private key-----",),
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
        "[redacted:private key]",
    ),
    _Rule(
        ("://",),
        re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)([^\s:/@]*):([^\s@/]+)@", re.I),
        r"\1\2:[redacted:password]@",
    ),
    _Rule(
        ("akia", "asia", "abia", "acca"),
        re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
        "[redacted:aws access key]",
    ),
    _Rule(("eyj",), re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), "[redacted:json web token]"),
    _Rule(
        ("gh", "glpat-", "xox", "sk-", "aiza", "npm_", "hf_", "sk_live_", "rk_live_", "k8s-aws-v1."),
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|"
            r"sk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}|AIza[\w-]{30,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|"
            r"sk_live_\w{16,}|rk_live_\w{16,}|k8s-aws-v1\.[\w-]{20,})"
        ),
        "[redacted:token]",
    ),
    _Rule(
        ("authorization",),
        re.compile(
            r"\b(authorization\s*[:=]\s*[\"']?)(?:(bearer|basic|digest|token)\s+)?"
            rf"(?!{_STATE.pattern})[^\s\"',;]+",
            re.I,
        ),
        r"\1\2 [redacted:authorization]",
    ),
    _Rule(
        ("bearer",), re.compile(r"\b(bearer\s+)(?=[\w./+=~-]*[\d._~+/=-])[\w./+=~-]{12,}", re.I), r"\1[redacted:token]"
    ),
    _Rule(
        _SECRET_WORDS,
        re.compile(
            rf"((?<!\d:)[\"']?\b[\w.-]{{0,60}}?{_CALLED}[\"']?\s*(?:=|:(?!//))\s*)"
            r"(\"(?:[^\"\\]|\\.)+\"|'[^']+'|(?!\[redacted)[^\s\"',;&}\])]{4,})",
            re.I,
        ),
        _unless_speech,
        re.compile(_CALLED_ABOUT + "[=:]"),
    ),
    _Rule(
        _SECRET_WORDS,  # an environment variable as a manifest writes it: name and value apart
        re.compile(
            rf"(\bname[\"']?\s*:\s*[\"']?[\w.-]{{0,60}}?{_CALLED}[\"']?\s*[,\n]\s*[\"']?value[\"']?\s*:\s*)"
            r"(\"(?:[^\"\\]|\\.)+\"|'[^']+'|(?!\[redacted)[^\s\"',}\]]{4,})",
            re.I,
        ),
        r"\1[redacted:secret]",
        re.compile(_CALLED_ABOUT + r"[,\n]"),
    ),
    _Rule(
        ("-u", "--user"),
        re.compile(r"(\s(?:-u|--user)[ =][\w.-]+:)(?!\[redacted)[^\s\"']{4,}"),
        r"\1[redacted:password]",
    ),
    _Rule(
        ("@",),
        re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,}\b", re.I),
        "[redacted:e-mail]",
    ),
)


def redacted(text: str) -> str:
    """The text without what must not leave. Idempotent."""
    folded = text.casefold()
    foreign = "\u0131" in folded or "\u0307" in folded  # patterns take the Turkish i's for an i, folding does not
    for rule in RULES:
        if foreign or rule.may_match(folded):
            text = rule.pattern.sub(rule.replacement, text)
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
