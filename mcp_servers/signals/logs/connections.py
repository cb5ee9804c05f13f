"""Signs that a connection failed: why, and to which address. Pure.

The patterns are the words of resolvers, kernels, runtimes, drivers and proxies of several languages.
"""

from __future__ import annotations

import re
from typing import Any, Final

from mcp_servers.signals.logs import foreign_words
from mcp_servers.signals.logs.exhaustion import SignMatch

_WHY_ENGLISH: Final = (
    (
        "dns",
        re.compile(
            r"\blookup [\w.-]+ on |no such host"
            r"|(?<![a-z])ENOTFOUND|EAI_AGAIN|UnknownHost|host not found|not known"
            r"|could not translate host|getaddrinfo|NXDOMAIN"
            r"|name resolution|(?:can't|cannot|could not) resolve"
            r"(?! placeholder| dependenc| module| import| symbol| type| class| prop)"
            r"|server can't find|bad address",
            re.I,
        ),
    ),
    ("refused", re.compile(r"connection refused|ECONNREFUSED|refused the connection", re.I)),
    ("unreachable", re.compile(r"no route to host|EHOSTUNREACH|network is unreachable|ENETUNREACH", re.I)),
    ("reset", re.compile(r"connection reset|ECONNRESET|reset by peer|broken pipe", re.I)),
    ("timeout", re.compile(r"tim(?:ed|e)[ -]?out|ETIMEDOUT|deadline exceeded", re.I)),
    ("unknown", re.compile(r"(?:could not|cannot|can't|unable to|failed to) (?:connect|reach)|unreachable", re.I)),
)
_WHY: Final = (
    *_WHY_ENGLISH,
    *((why, re.compile(words, re.I)) for why, words in foreign_words.CONNECTIONS.items()),
)
_NO_ANSWER: Final = re.compile(
    r"EAI_AGAIN|temporary failure in name resolution|SERVFAIL|server misbehaving|\blookup\b.*(?:i/o timeout|timed out)"
    r"|no servers could be reached|resolving timed out",
    re.I,
)
_HOST = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[a-zA-Z](?:[\w-]{0,63}\.){0,12}[\w-]{0,63})"
_ADDRESS: Final = (
    re.compile(rf"\blookup ({_HOST}) on "),
    re.compile(rf"->({_HOST}:\d{{2,5}})"),
    re.compile(rf"\b[a-z][a-z0-9+.-]{{0,20}}://(?:[^\s/@]{{0,200}}@)?({_HOST}(?::\d{{2,5}})?)", re.I),
    re.compile(rf"at \"({_HOST})\"(?: \([\d.]+\))?,? port (\d{{2,5}})"),
    re.compile(rf"host[\"']?\s*[=:]\s*[\"']?({_HOST})[\"']?[,\s;]+port[\"']?\s*[=:]\s*[\"']?(\d{{2,5}})", re.I),
    re.compile(
        rf"(?<![\w.-])((?![\w.-]{{1,100}}\.(?:py|go|js|ts|java|rb|rs|kt|cs|php|c|cc|cpp|h)\b){_HOST}:\d{{2,5}})\b"
    ),
    re.compile(
        rf"(?:lookup|host name|hostname|ENOTFOUND|EAI_AGAIN|UnknownHost\w*|resolve|resolution|reach|connect(?:ing)? to"
        rf"|host|can't find|address|in upstream)"
        rf"[: ]+[\"']?({_HOST})(?![\w-]| not\b)",
        re.I,
    ),
)
_OPTION: Final = re.compile(r"(?<!\S)--?[A-Za-z][\w-]*(?:=\S*)?")  # `--timeout=30` of a command
_NAMED: Final = re.compile(r"(?=[^:]*[A-Za-z])")  # and no bare IP address, which may be a client's
_NO_HOST: Final = frozenset(
    {
        "the",
        "a",
        "not",
        "found",
        "server",
        "database",
        "host",
        "upstream",
        "backend",
        "service",
        "to",
        "is",
        "can",
        "cannot",
    }
)


def connection(text: str) -> SignMatch | None:
    """A failed connection to the address that the text names."""
    why = reason(text)
    address = address_in(text) if why else ""
    return ("log.connection_failed", {"address": address, "why": why, **_silence(why, text)}) if address else None


def _silence(why: str, text: str) -> dict[str, Any]:
    """That no name server answered, where a resolver says so: one that answered may not know the name."""
    return {"unanswered": True} if why == "dns" and _NO_ANSWER.search(text) else {}


def reason(text: str) -> str:
    """Why a connection failed, in a word; empty where the text tells of none. What options are called tells nothing."""
    text = _OPTION.sub(" ", text) if " -" in text else text
    return next((name for name, pattern in _WHY if pattern.search(text)), "")


def connection_of_fields(text: str, fields: str) -> SignMatch | None:
    """A failed call whose message does not say whom it was for, where another field of the record does."""
    why = reason(text)
    address = address_in(fields) if why else ""
    if why and _NAMED.match(address):
        return "log.connection_failed", {"address": address, "why": why, **_silence(why, text)}
    return None


def connection_just_called(text: str, before: str) -> SignMatch | None:
    """A failed connection whose message names nobody, where the one before it says who is called, by name."""
    why = reason(text)
    address = address_in(before) if why else ""
    return ("log.connection_failed", {"address": address, "why": why}) if _NAMED.match(address) else None


def address_in(text: str) -> str:
    """The address that a text names as programs do; empty where it names none."""
    for pattern in _ADDRESS:
        match = pattern.search(text)
        while match is not None:
            address = ":".join(group for group in match.groups() if group).rstrip(".")
            if address.lower() not in _NO_HOST:
                return address
            match = pattern.search(text, match.start(1))  # the word may lead to a name itself: "resolve host: cart"
    return ""
