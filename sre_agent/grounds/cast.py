"""Who plays a part in a text: the names of what can do something to something else, in the order in which they come.

A pod goes under the name of its workload where both are known. A namespace, an image or a metric plays no part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sre_agent.grounds.tokens import tokens

_PATH: Final = re.compile(r"(?<![\w/-])[A-Z][A-Za-z]+/(?:([A-Za-z0-9.-]+)/)?([A-Za-z0-9_.-]*[A-Za-z0-9])")
_LABEL: Final = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:[.-][a-z0-9]+)*-[a-z0-9]+(?:[.-][a-z0-9]+)*")
_PIECE: Final = re.compile(r"[A-Za-z0-9](?:[\w./:@-]*[A-Za-z0-9_])?", re.A)
_GIVEN: Final = re.compile(r"(?:-[b-df-hj-np-tv-z0-9]{4,10}){1,2}\Z|-\d+\Z")  # what a controller adds to a name


class Part(NamedTuple):
    """Who is named, and where: `start` and `end` in the text."""

    name: str
    start: int
    end: int


class Cast:
    """All who are named in some texts. `others` are names that look like words, in lower case."""

    def __init__(self, texts: Sequence[str], others: Iterable[str] = ()) -> None:
        paths = [(place.casefold(), name.casefold()) for text in texts for place, name in _PATH.findall(text)]
        labels = {token.text for text in texts for token in tokens(text) if _LABEL.fullmatch(token.text)}
        subjects = {name for _, name in paths}
        self._names = ({*labels, *others} - {place for place, _ in paths}) | subjects

    def named(self, text: str) -> list[Part]:
        """Those that a text names, in its order."""
        found = []
        for match in _PIECE.finditer(text):
            name = match[0].rpartition("/")[2].casefold()
            if name in self._names and (match[0].count("/") < 2 or _PATH.fullmatch(match[0])):
                found.append(Part(self._root(name), match.start(), match.end()))
        return found

    def _root(self, name: str) -> str:
        root = _GIVEN.sub("", name)
        return root if root in self._names else name
