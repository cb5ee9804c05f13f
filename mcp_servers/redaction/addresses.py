"""Credentials in addresses of services, and addresses of people."""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.redaction.rule import RedactionRule

_PORT: Final = r"(?!\d{1,5}(?:[/?#]|\Z))"
_FILES: Final = re.compile(  # of instances of units, and of images by their density
    r"service|socket|timer|mount|target|slice|scope|device|swap|png|jpe?g|gif|svg|webp|m?js|css|tsx?|ya?ml|json|html?",
    re.I,
)


def _person(match: re.Match[str]) -> str:
    """A repository's address, the instance of a unit, an image and who logs in at a host are nobody's."""
    user = match.string[max(0, match.start() - 3) : match.start()] == "://"
    nobody = (
        user or match["local"] in ("git", "hg", "svn") or match["local"].endswith(".") or _FILES.fullmatch(match["top"])
    )
    return match[0] if nobody else "[redacted:e-mail]"


CREDENTIALS: Final = (
    RedactionRule(
        ("://",),
        re.compile(
            rf"://(?!\[redacted)([^\s:/@]*):{_PORT}(?!\[redacted|\*+@)(?:(?:(?!://)[^\s\"'<>?#])*|[^\s@/\"'<>]*)@(?=[\w\[.-])",
        ),
        r"://\1:[redacted:password]@",
    ),
    RedactionRule(("://",), re.compile(r"://(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}@"), "://[redacted:token]@"),
    RedactionRule(
        ("jdbc:oracle", "sqlplus", "sqlldr"),
        re.compile(
            r"((?:jdbc:oracle:\w+:|\b(?:sqlplus|sqlldr)\s+(?:-\w+\s+)*)[\w$#]+/)(?!\[?redacted:)\"?[^\s\"]+\"?(?=@)",
            re.I,
        ),
        r"\1[redacted:password]",
    ),
    RedactionRule(
        ("@tcp(", "@unix("),
        re.compile(r"((?<![\w\[-])[\w.-]{1,64}:)(?!\[?redacted:)[^\s\"']{1,256}(?=@(?:tcp|unix)\()"),
        r"\1[redacted:password]",
    ),
)
PEOPLE: Final = (
    RedactionRule(
        ("@", "%40", "u0040", "&#64;"),
        re.compile(
            r"(?<![\w.+%'-])(?P<local>[\w+%.'-]{1,64}?)(?:@|%40|\\u0040|&#64;)"
            r"[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.(?P<top>[^\W\d_]{2,}|xn--[a-z0-9-]+)\b",
            re.I,
        ),
        _person,
        re.compile(r"(?:@|%40|u0040|&#64;)[\w-]{1,63}\.\w"),
    ),
)
