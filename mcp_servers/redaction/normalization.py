"""A text as its reader understands it: without colours and signs that nobody sees, escapes resolved, wide signs narrow.

Rules are tried on what is read; what they cut out is cut out of the text as it was written, where every place that is
read has its place.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from html import unescape
from typing import Final

TIMES: Final = 3  # an escape may be escaped
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\U000e0000-\U000e01ef"
)
_WIDE: Final = "\u2100-\u214f\u2460-\u24ff\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff\U0001f110-\U0001f16f"
_COLOUR: Final = (
    r"(?:\x1b|\\x1b|\\033|\\e|\\u001b)(?:\[[\d;:?]{0,40}[ -/]{0,4}[@-~]"
    r"|\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\)|[@-Z\\^_])"
    r"|\x9b[\d;:?]{0,40}[@-~]"
)
_ENTITY: Final = r"&(?:quot|apos|amp|lt|gt|colon|equals|#\d{2,3}|#x[2-7][0-9A-Fa-f]);"
_WRITTEN: Final = re.compile(  # otherwise than it is read
    rf"(?P<nothing>{_COLOUR}|[{_UNSEEN}\x08\x7f])|(?P<wide>[{_WIDE}])|%(?P<percent>[2-7][0-9A-Fa-f]|0[Aa])"
    rf"|\\{{1,4}}(?:u00|x)(?P<code>[2-7][0-9A-Fa-f])|(?P<entity>{_ENTITY})",
    re.I,
)
_FOREIGN: Final = re.compile(rf"[\x9b{_UNSEEN}{_WIDE}]")
_HINTS: Final = (  # a sign without which the pattern after it, which an ASCII text may hold, has no match
    ("\x1b", re.compile("\x1b")),
    ("\x08", re.compile("\x08")),
    ("\x7f", re.compile("\x7f")),
    ("%", re.compile(r"%[2-7][0-9A-Fa-f]|%0[Aa]")),
    ("\\", re.compile(r"\\(?:u00|x[0-9a-f]|033\[|e\[)", re.I)),
    ("&", re.compile(_ENTITY, re.I)),
)

Edit = tuple[int, int, str]  # begin and end in a text, and what stands there instead


def reads_otherwise(text: str) -> bool:
    """Whether anything of the text is not written as it is read."""
    if not text.isascii() and _FOREIGN.search(text):
        return True
    return any(sign in text and hint.search(text) for sign, hint in _HINTS)


class NormalizedText:
    """A text of which `text` is what is read at this moment: what was cut out of it stands there as its replacement."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original
        self._levels: list[_Level] = []  # from the text as written to what is read, step by step
        self._cuts: list[Edit] = []  # of the text as written

    def resolve(self) -> None:
        """Read what is written otherwise, and what that makes appear, too."""
        for _ in range(TIMES):
            edits = [(match.start(), match.end(), _read(match)) for match in _WRITTEN.finditer(self.text)]
            if not edits:
                return
            self._edit(edits)

    def cut(self, edits: Iterable[Edit]) -> None:
        """Put something else in the place of parts of the text, in their order."""
        edit_list = list(edits)
        self._cuts += [(*self._place(begin, end), replacement) for begin, end, replacement in edit_list]
        if edit_list:
            self._edit(edit_list)

    def as_written(self) -> str:
        """The text as it was written, without what was cut out."""
        pieces, done = [], 0
        for begin, end, replacement in _apart(self._cuts):
            pieces += [self.original[done:begin], replacement]
            done = end
        return "".join([*pieces, self.original[done:]])

    def _edit(self, edits: list[Edit]) -> None:
        level = _Level(edits)
        self.text = level.apply(self.text)
        self._levels.append(level)

    def _place(self, begin: int, end: int) -> tuple[int, int]:
        for level in reversed(self._levels):
            begin, end = level.begin(begin), level.end(end)
        return begin, max(begin, end)


class _Level:
    """One step from an older text to a newer one."""

    def __init__(self, edits: list[Edit]) -> None:
        self._edits = edits
        self._new: list[int] = []  # where each replacement begins in the newer text
        growth = 0
        for begin, end, replacement in edits:
            self._new.append(begin + growth)
            growth += len(replacement) - (end - begin)

    def apply(self, text: str) -> str:
        pieces, done = [], 0
        for begin, end, replacement in self._edits:
            pieces += [text[done:begin], replacement]
            done = end
        return "".join([*pieces, text[done:]])

    def begin(self, place: int) -> int:
        """Where what begins at a place of the newer text begins in the older one."""
        return self._older(place)[0]

    def end(self, place: int) -> int:
        return self._older(place - 1)[1] if place else 0

    def _older(self, place: int) -> tuple[int, int]:
        """The part of the older text that the sign at a place of the newer one stands for."""
        last = bisect_right(self._new, place) - 1
        if last < 0:
            return place, place + 1
        begin, end, replacement = self._edits[last]
        beyond = place - self._new[last] - len(replacement)
        return (begin, end) if beyond < 0 else (end + beyond, end + beyond + 1)


def _apart(cuts: list[Edit]) -> list[Edit]:
    """The cuts in the order of the text; of those that overlap one, as the latest shows it."""
    result: list[Edit] = []
    for begin, end, replacement in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if result and begin < result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end), result[-1][2])
        else:
            result.append((begin, end, replacement))
    return result


def _read(match: re.Match[str]) -> str:
    if match["nothing"]:
        return ""
    if match["wide"]:
        return unicodedata.normalize("NFKC", match["wide"])
    if code := match["percent"] or match["code"]:
        return chr(int(code, 16))
    return unescape(match["entity"])
