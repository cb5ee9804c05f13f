"""Lines of a log that say the same again and again, of which one needs to be looked at.

Where a sentence goes on after a secret's name, only its line tells whether a secret is there. Lines that differ in
nothing but their numbers and hexadecimal ids are told by one of them, in which these look as much like secrets as they
can: where that one holds none, no other does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mcp_servers.redaction.names import SecretName

LONGEST: Final = 400  # characters of a line
CACHE_SIZE: Final = 8192
_GOES_ON: Final = re.compile(r" [a-z]{2,}[ :]")
_SAME: Final = str.maketrans("0123456789", "5555555555")
_ID: Final = re.compile(r"(?<![5a-f])(?=5+[a-f]|[a-f]+5)[5a-f]{4,}")
_DRAWN: Final = "7f3a9c1e5b8d2046" * 32
_OPENS: Final = (":", "=", "(", "\\", "{", "[", "|")

Line = tuple[str, str, int, int]


class Sentences:
    """Which lines hold nothing, and which have to be looked at."""

    def __init__(self) -> None:
        self._harmless: set[Line] = set()  # never one that may hold a secret
        self._doubtful: set[int] = set()  # hashes of these, which say nothing of what is in them

    def says_nothing(self, name: SecretName, after: int, finds: Callable[[SecretName, int], bool]) -> bool:
        """Whether the line of a name holds no secret of it; never where more than the line has to be looked at.

        `after` is where the next name begins; `finds` tells of a name, and where the next one begins, whether it has
        any secret.
        """
        text = name.text
        if not _GOES_ON.match(text, name.end):
            return False
        end = text.find("\n", name.end)
        end = len(text) if end < 0 else end
        begin = text.rfind("\n", 0, name.begin) + 1
        if end - begin > LONGEST or text[end - 1] in _OPENS or _may_be_a_value(text, end + 1):
            return False
        line = _ID.sub(_draw, text[begin:end].translate(_SAME))
        key = line, name.kind, name.begin - begin, min(after, end) - begin
        if key in self._harmless:
            return True
        if hash(key) in self._doubtful:
            return False
        if len(self._harmless) + len(self._doubtful) >= CACHE_SIZE:
            self._harmless.clear()
            self._doubtful.clear()
        alike = replace(name, text=line, begin=name.begin - begin, end=name.end - begin)
        harmless = "[" not in line and not finds(alike, key[3])
        if harmless:
            self._harmless.add(key)
        else:
            self._doubtful.add(hash(key))
        return harmless


def _may_be_a_value(text: str, begin: int) -> bool:
    """Whether the line that begins there is one word."""
    return " " not in text[begin : begin + LONGEST].partition("\n")[0].strip(" \t|│║")


def _draw(match: re.Match[str]) -> str:
    return _DRAWN[: match.end() - match.start()]
