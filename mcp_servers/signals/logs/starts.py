"""Signs of a program that does not get going: what was to be run, the port it wants, the login it is refused. Pure.

The patterns are the words of kernels, shells, runtimes, argument parsers and databases themselves.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.signals.logs import foreign_words

SignMatch = tuple[str, dict[str, str]]  # code, attributes that tell this sign from others of the code

_FORMAT: Final = re.compile(r"\bexec (?P<what>/[^\s:'\"]+)['\"]?: exec format error|exec format error", re.I)
_NOT_FOUND: Final = (
    re.compile(
        r"^(?:-?\S*/)?(?:ba|da|a|z|k)?sh: (?:line )?(?:\d+: )?(?P<what>[\w./@-]+): (?:command )?not found", re.I
    ),
    re.compile(r"exec: \\?\"(?P<what>[^\"\\]+)\\?\": (?:executable file not found|stat \S+: no such file)", re.I),
    re.compile(r"\bexec (?P<what>/?\S+?)'?: no such file or directory", re.I),
    re.compile(r"can't open file ['\"](?P<what>[^'\"]+)['\"]: \[Errno 2\]", re.I),
    re.compile(r"unable to access jarfile (?P<what>\S+)", re.I),
    re.compile(r"could not find or load main class (?P<what>\S+)", re.I),
    re.compile(r"Cannot find module ['\"](?P<what>/[^'\"]+)['\"]"),
    re.compile(r"No module named (?P<what>[\w.]+\.__main__)"),
)
_NOT_EXECUTABLE: Final = (
    re.compile(r"^(?:-?\S*/)?(?:ba|da|a|z|k)?sh: (?:line )?(?:\d+: )?(?P<what>[\w./@-]+): permission denied", re.I),
    re.compile(
        r"exec: \\?\"(?P<what>[^\"\\]+)\\?\": permission denied|\bexec (?P<other>/\S+?)'?: permission denied", re.I
    ),
)
_ARGUMENTS: Final = (
    re.compile(r"unknown (?:shorthand )?flag:? (?P<what>\S+)", re.I),
    re.compile(r"flag provided but not defined: (?P<what>\S+)", re.I),
    re.compile(r"unrecogni[sz]ed (?:arguments?|options?):? ['\"]?(?P<what>[^\s'\"]+)", re.I),
    re.compile(
        r"(?:unknown|invalid|unexpected|illegal) (?:command(?:-line)? )?(?:option|argument)s?:? (?:-- )?['\"]?"
        r"(?P<what>-[^\s'\"]+)",
        re.I,
    ),
    re.compile(r"unknown (?:sub)?command:? ['\"](?P<what>[^'\"]+)['\"] for ['\"]", re.I),
    re.compile(r"the following arguments are required: (?P<what>\S+)", re.I),
)
_PORT_TAKEN: Final = re.compile(
    r"address already in use|EADDRINUSE|port (?P<port>\d{2,5}) (?:is|was) already in use"
    r"|Only one usage of each socket address",
    re.I,
)
_PORT: Final = re.compile(r"(?:[:\]]|port[ =:]+)(\d{2,5})\b(?!:\d\d)", re.I)
_LOGIN: Final = re.compile(
    r"authentication[ _]?(?:has )?failed|\b28P01\b|Access denied for user|Login failed for user|\bORA-01017\b"
    r"|SaslAuthenticationException"
    r"|\bACCESS_REFUSED\b|no pg_hba\.conf entry|\b535 5\.7\.8"
    rf"|{foreign_words.LOGIN}",
    re.I,
)
_USER: Final = re.compile(r"(?:user|login|username|role)[ =:]+['\"]([\w.@-]+)['\"]", re.I)
_SERVICE: Final = re.compile(
    r"(?:\bhost|server|at|to)[ =:]+[\"'(]?([a-zA-Z][\w-]*(?:\.[\w-]+)*(?::\d{2,5})?)(?=[\s,)\"';]|$)", re.I
)


def refused_start(text: str) -> SignMatch | None:
    """A program or argument that cannot be run."""
    if match := _FORMAT.search(text):
        return "log.start_refused", {"why": "wrong_format", "what": match["what"] or ""}
    for why, patterns in (("not_found", _NOT_FOUND), ("not_executable", _NOT_EXECUTABLE), ("arguments", _ARGUMENTS)):
        for pattern in patterns:
            if match := pattern.search(text):
                what = next((group for group in match.groups() if group), "")
                return "log.start_refused", {"why": why, "what": what.strip("'\",")}
    return None


def port_taken(text: str) -> SignMatch | None:
    """A port that something else listens on."""
    match = _PORT_TAKEN.search(text)
    if match is None:
        return None
    ports = _PORT.findall(text)
    return "log.port_taken", {"port": match["port"] or (ports[-1] if ports else "")}


def refused_login(text: str) -> SignMatch | None:
    """Credentials that a database, cache, broker or mail server does not take."""
    if not _LOGIN.search(text):
        return None
    user, service = _USER.search(text), _SERVICE.search(text)
    return "log.login_failed", {"user": user[1] if user else "", "address": service[1] if service else ""}


STARTS: Final = (refused_start, port_taken, refused_login)
