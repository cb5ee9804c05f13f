"""Regular expressions as Logs Insights writes them, made fit for Python's and fast over many lines.

Most lines match nothing. A search that first asks for the substrings that every match must hold is several times
faster than the expression alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Test = Callable[[str], bool]
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "0-9a-zA-Z",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F",
    "word": r"\w",
}
_ITEM = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])|(?P<flags>\(\?[ims]+\))"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[ims]*:|=|!|<=|<!))?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{\d*,?\d*\})|(?P<other>.)",
    re.DOTALL,
)
_POSIX = re.compile(r"\[:(\w+):\]")
SHORTEST = 2  # characters of a substring worth looking for


def python_regex(text: str) -> re.Pattern[str]:
    """The compiled expression; ValueError says what is wrong with it. `(?<name>…)` and `(?i)` in the middle work."""
    parts: list[str] = []
    flags = [""]  # of each open group, as set in its middle
    for item in _ITEM.finditer(text):
        piece = item.group()
        if item["flags"]:
            closed = ")" if flags[-1] else ""
            flags[-1] = "".join(sorted(set(flags[-1] + piece[2:-1])))
            piece = f"{closed}(?{flags[-1]}:"
        elif item["set"]:
            piece = _POSIX.sub(lambda name: _CLASSES.get(name[1], name[0]), piece)
        elif item["bar"] and flags[-1]:  # a flag holds beyond the bar, a group does not
            piece = f")|(?{flags[-1]}:"
        elif item["open"]:
            flags.append("")
            piece = f"(?P<{piece[3:]}" if piece.startswith("(?<") and piece[3] not in "=!" else piece
        elif item["close"] and len(flags) > 1:
            piece = "))" if flags.pop() else ")"
        elif piece == "\\z":
            piece = "\\Z"
        parts.append(piece)
    if flags[-1]:
        parts.append(")")
    try:
        return re.compile("".join(parts), re.ASCII)
    except re.error as problem:
        raise ValueError(f"/{text}/ is no regular expression: {problem}") from problem


def search(text: str) -> Test:
    """Whether the expression matches somewhere in a text."""
    pattern = python_regex(text)
    find = pattern.search
    needed = needles(text)
    if needed is None:
        return lambda line: find(line) is not None
    words, ignore_case, whole = needed
    if len(words) == 1:
        word = words[0]
        if ignore_case:
            return _single_folded(word, None if whole else find)
        return (lambda line: word in line) if whole else (lambda line: word in line and find(line) is not None)
    return _several(words, ignore_case, None if whole else find)


def _single_folded(word: str, find: Callable[[str], object] | None) -> Test:
    if find is None:
        return lambda line: word in line.lower()
    return lambda line: word in line.lower() and find(line) is not None


def _several(words: tuple[str, ...], ignore_case: bool, find: Callable[[str], object] | None) -> Test:
    def test(line: str) -> bool:
        looked_at = line.lower() if ignore_case else line
        for word in words:
            if word in looked_at:
                return find is None or find(line) is not None
        return False

    return test


def needles(text: str) -> tuple[tuple[str, ...], bool, bool] | None:
    """(substrings, ignoring case, whole): each match holds one of them; `whole` when to hold one is to match.

    None where nothing can be said.
    """
    ignore_case = text.startswith("(?i)")
    body = text[4:] if ignore_case else text
    if not body.isascii():  # folding case changes other letters' lengths
        return None
    alternatives = _alternatives(body)
    if alternatives is None:
        return None
    words, whole = alternatives
    if not words or any(len(word) < SHORTEST for word in words):
        return None
    return tuple(dict.fromkeys(word.lower() if ignore_case else word for word in words)), ignore_case, whole


def _alternatives(text: str) -> tuple[list[str], bool] | None:
    """The needed substring of every alternative, and whether the alternatives are nothing else."""
    words: list[str] = []
    whole = True
    for branch in _branches(text):
        needle = _branch(branch)
        if needle is None:
            return None
        words += needle[0]
        whole = whole and needle[1]
    return words, whole


def _branches(text: str) -> list[list[re.Match[str]]]:
    depth, branches = 0, [list[re.Match[str]]()]
    for item in _ITEM.finditer(text):
        depth += bool(item["open"]) - bool(item["close"])
        if item["bar"] and depth == 0:
            branches.append([])
        else:
            branches[-1].append(item)
    return branches


def _branch(items: list[re.Match[str]]) -> tuple[list[str], bool] | None:
    """The longest run of plain characters; or, where the branch is a single group, what that needs."""
    if any(item["flags"] for item in items):
        return None
    if items and items[0].group() in ("(", "(?:") and _closes(items) == len(items) - 1:
        inner = "".join(item.group() for item in items[1:-1])
        return _alternatives(inner)
    runs, run, depth, whole = [""], "", 0, True
    for place, item in enumerate(items):
        after = items[place + 1] if place + 1 < len(items) else None
        plain = item["other"] if item["other"] and item["other"] not in ".^$" else ""
        if item["escape"] and not item["escape"][1].isalnum():
            plain = item["escape"][1]
        if plain and depth == 0 and (after is None or not after["repeat"]):
            run += plain
            continue
        whole = False
        runs, run = [*runs, run], ""
        depth += bool(item["open"]) - bool(item["close"])
    longest = max([*runs, run], key=len)
    return ([longest], whole) if longest else None


def _closes(items: list[re.Match[str]]) -> int:
    depth = 0
    for place, item in enumerate(items):
        depth += bool(item["open"]) - bool(item["close"])
        if depth == 0:
            return place
    return -1
