"""A log line without its header and with what varies masked: the tokens by which lines of one kind are recognised.

The masks are those of every system's logs: times, numbers and what holds digits, addresses, host names, paths, URLs,
amounts with their unit, the user that is named. None of them knows a product.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.signals.logs import foreign_words

VARIABLE: Final = "<*>"

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_SYSLOG = re.compile(
    rf"^(?:- \d+ [\d.]+ \S+ )?{_MONTH}\s+\d+ \d\d:\d\d:\d\d (?:\S+) (?:[\w./() -]{{1,40}}?(?:\[\d+\])?: )?"
)
_LEVELS = rf"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE|{foreign_words.LEVEL_WORDS}"
_LEADING = re.compile(
    rf"^(?:\s*[\[(<|-]*(?:\d[\d:.,/TZ+-]*|{_DAY}|{_MONTH}|{_LEVELS}|{_LEVELS.lower()})[\])>|:,-]*(?=\s|$)\s*)+"
)
_COMPONENT = re.compile(r"^[\w$/-]+(?:\.[\w$/-]+)+(?:\[\d+\])?: ")
_MASKED = re.compile(
    "|".join(
        (
            r"\b[a-z][a-z0-9+.-]*://\S+",  # URL
            rf"\b(?:{_DAY}[a-z]*,? )?(?:{_MONTH}[a-z]*\.? +\d{{1,2}}|\d{{1,2}} {_MONTH}[a-z]*)\b"  # date in words
            r"(?:,? +\d{4}\b)?(?: \d\d:\d\d(?::\d\d)?)?(?: \d{4}\b)?",
            r"(?<![\w.])\d+(?:\.\d+)? ?"  # amount with its unit
            r"(?:[KMGT]i?B|[kKMG]?[Bb]ytes|B|ms|us|ns|secs?|seconds?|minutes?|hours?|days?|percent|%)(?!\w)",
            r"(?<![\w.@/-])(?:[\w-]+\.)+(?:com|net|org|edu|gov|io|internal|local|[a-z]{2})(?![\w.(-])",  # host name
        )
    )
)
_USER = re.compile(r"\b([Uu]ser) (?!unknown|not|is|was|has|name|id\b|data|session)[\w.@$-]+")
_ASIDE = re.compile(r"\(\s*+(?:(?=[^()\s]*[\d.])[^()]*+)?\)")  # in brackets: nothing, or something that varies
_VALUE = re.compile(r"(?<=\w)=(?=\S)")
_SEPARATOR = re.compile(r"""([\[\](){}"',;|])""")
_DIGIT = re.compile(r"\d")


def tokens(line: str) -> list[str]:
    """The words of the message, each part that varies as VARIABLE; neighbouring ones are one."""
    text = _MASKED.sub(VARIABLE, _without_header(line))
    text = _USER.sub(rf"\1 {VARIABLE}", text)
    text = _ASIDE.sub(f"( {VARIABLE} )", text)
    text = _SEPARATOR.sub(r" \1 ", _VALUE.sub("= ", text))
    found: list[str] = []
    for word in text.split():
        token = VARIABLE if varies(word) else word
        if token != VARIABLE or not found or found[-1] != VARIABLE:
            found.append(token)
    return found


def varies(word: str) -> bool:
    """Whether a word is of a kind that differs from line to line: digits, a path, a dotted name."""
    if VARIABLE in word:
        return word == VARIABLE or _DIGIT.search(word) is not None
    core = word.strip(".:")
    return _DIGIT.search(core) is not None or core.startswith("/") or core.count(".") >= 2 or core.count("/") >= 2


def _without_header(line: str) -> str:
    """The message after time, host, process, level and component."""
    if (syslog := _SYSLOG.match(line)) is not None:
        return line[syslog.end() :]
    rest = line[found.end() :] if (found := _LEADING.match(line)) else line
    return rest[component.end() :] if (component := _COMPONENT.match(rest)) else rest
