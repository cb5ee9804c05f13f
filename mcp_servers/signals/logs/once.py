"""A judgement of lines that is made once for lines that differ in nothing but numbers.

Numbers that can decide stay part of the line: none at all, the levels of loggers that number them, HTTP statuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Final

CACHE_SIZE: Final = 50_000  # lines that differ in more than numbers

_NUMBER = re.compile(r"(?<![a-f])[a-f]*+[0-9][0-9a-f]*+")  # decimal or hexadecimal
_DECIDES = re.compile(  # begins with what it may begin with: this is looked for in every line
    r"[0-6](?:(?<=0)(?<![\d.:,/-]0)(?![\d.:,])|(?<=\":[1-6])0\b"
    r"|(?<=[45])(?<![\d.:,-][45])\d\d(?!\d|[.:,]\d| ?(?:m?s|[uµn]s|[kKMG]?i?B|bytes|%)\b))"
)


def _deciding(line: str) -> Iterator[str]:
    """The numbers that can decide, and how many stand before each: 415 may be a status or the length of an answer."""
    place = start = 0
    for match in _DECIDES.finditer(line):
        place += len(_NUMBER.findall(line, start, match.start()))
        start = match.start()
        yield f"{match[0]} {place}"


def once_per_outline(judge: Callable[[str], bool]) -> Callable[[str], bool]:
    answers: dict[tuple[str, ...], bool] = {}

    @wraps(judge)
    def lookup(line: str) -> bool:
        key = (_NUMBER.sub("1", line), *_deciding(line))
        answer = answers.get(key)
        if answer is None:
            if len(answers) >= CACHE_SIZE:
                answers.clear()
            answer = answers[key] = judge(line)
        return answer

    return lookup
