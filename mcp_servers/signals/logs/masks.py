"""A log line without what varies and without punctuation: the words by which lines of one kind are recognised.

What varies is told by its form alone: what holds digits, URLs, dates, amounts with their unit, addresses, host names,
paths, dotted names, the literals of programs, the value after an equals sign. No form is that of a product.
"""

from __future__ import annotations

import re
from typing import Final

from mcp_servers.signals.logs.headers import DAY, MONTH

VARIABLE: Final = "<*>"
_HOLE: Final = "\0"  # stands for what a mask took out, until words are told apart

_MASKED = re.compile(
    "|".join(
        (
            r"\b[a-z][a-z0-9+.-]*://\S+",  # URL
            rf"\b(?:{DAY}[a-z]*,? )?(?:{MONTH}[a-z]*\.? +\d{{1,2}}|\d{{1,2}} {MONTH}[a-z]*)\b"  # date in words
            r"(?:,? +\d{4}\b)?(?: \d\d:\d\d(?::\d\d)?)?(?: \d{4}\b)?",
            r"(?<![\w.])\d+(?:\.\d+)? ?"  # amount with its unit
            r"(?:[KMGT]i?B|[kKMG]?[Bb]ytes|B|ms|us|ns|secs?|seconds?|minutes?|hours?|days?|percent|%)(?!\w)",
            r"(?<![\w.@/-])(?:[\w-]+\.)+(?:com|net|org|edu|gov|io|internal|local|[a-z]{2})(?![\w.(-])",  # host name
        )
    )
)
_VALUE = re.compile(  # of `name=value`, `name = value`, `name= value` and `name=`
    r"""(?<=[\w\])])(?:\s=\s|\s?=(?:\s(?![\w.-]+=))?)(?:[^\s,;=\[\](){}|&"'][^\s,;\[\](){}|&"']*)?(?=$|[\s,;\[\](){}|&"'])"""
)
_PUNCTUATION = re.compile(r"""[\[\](){}<>"'`,;|]+|(?<=\s)[-:=*#]+(?=\s)""")
_LITERALS: Final = frozenset({"true", "false", "null"})
_DIGIT = re.compile(r"\d")


def tokens(message: str) -> list[str]:
    """The words of a message, each part that varies as VARIABLE; neighbouring ones are one."""
    text = _MASKED.sub(f" {_HOLE} ", message)
    text = _VALUE.sub(f"= {_HOLE} ", text)
    result: list[str] = []
    for word in _PUNCTUATION.sub(" ", text).split():
        token = VARIABLE if varies(word) else word
        if token != VARIABLE or not result or result[-1] != VARIABLE:
            result.append(token)
    return result


def varies(word: str) -> bool:
    """Whether a word is of a form that differs from line to line: digits, a path, a dotted name, a literal."""
    if _HOLE in word or _DIGIT.search(word) is not None:
        return True
    core = word.strip(".:")
    return core.startswith("/") or core.count(".") >= 2 or core.count("/") >= 2 or core.lower() in _LITERALS
