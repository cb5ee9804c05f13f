"""Kinds of log lines: which lines say the same thing with other values, without knowing the program that wrote them.

Lines of one length are compared place by place. The words of a line that occur equally often, and often enough, are
what its statement is made of; lines that share them are of one family. A place of the family that holds only a few
different words tells statements apart, a place with many is a value.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from mcp_servers.signals.logs.headers import without_headers
from mcp_servers.signals.logs.masks import VARIABLE, tokens

FEW = 3  # different words in one place that still tell statements apart
OFTEN = 0.5  # of the most frequent word of a line: words less frequent do not found a family
CACHE_SIZE = 50_000  # shapes of lines that need no second look

_NUMBER = re.compile(r"(?<![a-f])[a-f]*+[0-9][0-9a-f]*+")

Words = tuple[str, ...]


@dataclass
class Pattern:
    """Lines of one kind. Times are seconds since 1970; `example` is the first line."""

    text: str
    count: int = 0
    first: float = 0.0
    last: float = 0.0
    example: str = ""


@dataclass
class _Shape:
    """Lines with the same tokens."""

    words: Words
    lines: list[int] = field(default_factory=list)


def patterns(lines: Iterable[tuple[float, str]]) -> list[Pattern]:
    """The kinds of these lines (time, text; in time order), the most frequent first."""
    line_list = list(lines)
    by_text: dict[str, Pattern] = {}
    for (at, line), text in zip(line_list, group([line for _, line in line_list]), strict=True):
        pattern = by_text.get(text)
        if pattern is None:
            pattern = by_text[text] = Pattern(text, first=at, example=line)
        pattern.count += 1
        pattern.last = at
    return sorted(by_text.values(), key=lambda pattern: -pattern.count)


def group(lines: list[str], few: int = FEW) -> list[str]:
    """The pattern of each line, in the order of the lines. `few` is chosen by `tests/bench/log_grouping.py`."""
    by_length: dict[int, list[_Shape]] = defaultdict(list)
    for shape in _shapes(lines):
        by_length[len(shape.words)].append(shape)
    result = [""] * len(lines)
    for length, shapes in by_length.items():
        for family, places in _families(shapes, length):
            _name(family, places, few, result)
    return result


def _shapes(lines: list[str]) -> Iterable[_Shape]:
    """Lines that differ in nothing but numbers, decimal or hexadecimal, are looked at once."""
    by_outline: dict[str, _Shape] = {}
    shapes: dict[Words, _Shape] = {}
    message = without_headers(lines)
    for number, line in enumerate(lines):
        outline = _NUMBER.sub("0", line)
        shape = by_outline.get(outline)
        if shape is None:
            words = tuple(tokens(message(line)))
            shape = shapes.setdefault(words, _Shape(words))
            if len(by_outline) < CACHE_SIZE:
                by_outline[outline] = shape
        shape.lines.append(number)
    return shapes.values()


def _families(shapes: list[_Shape], length: int) -> Iterable[tuple[list[_Shape], list[int]]]:
    """Shapes that share the words of their statement, and the places that are not decided by them."""
    counts: list[Counter[str]] = [Counter() for _ in range(length)]
    for shape in shapes:
        for place, word in enumerate(shape.words):
            counts[place][word] += len(shape.lines)
    families: dict[tuple[tuple[int, str], ...], list[_Shape]] = defaultdict(list)
    for shape in shapes:
        families[_root(shape.words, counts)].append(shape)
    for root, members in families.items():
        places = {place for place, _ in root}
        yield members, [place for place in range(length) if place not in places]


def _root(words: Words, counts: list[Counter[str]]) -> tuple[tuple[int, str], ...]:
    """The largest set of words of a line that occur equally often, the more frequent where two are as large."""
    frequency = {
        place: counts[place][word]
        for place, word in enumerate(words)
        if word != VARIABLE and any(char.isalpha() for char in word)
    }
    if not frequency:
        return ()
    enough = OFTEN * max(frequency.values())
    sizes = Counter(number for number in frequency.values() if number >= enough)
    _, best = max((size, number) for number, size in sizes.items())
    return tuple((place, words[place]) for place, number in frequency.items() if number == best)


def _name(family: list[_Shape], places: list[int], few: int, result: list[str]) -> None:
    """Split the family at places that hold few different words, then write down each part's pattern."""
    waiting = [(family, places)]
    while waiting:
        members, open_places = waiting.pop()
        place = _telling(members, open_places, few)
        if place is None:
            text = _text(members)
            for shape in members:
                for number in shape.lines:
                    result[number] = text
            continue
        parts: dict[str, list[_Shape]] = defaultdict(list)
        for shape in members:
            parts[shape.words[place]].append(shape)
        rest = [other for other in open_places if other != place]
        waiting += [(part, rest) for part in parts.values()]


def _telling(members: list[_Shape], places: list[int], few: int) -> int | None:
    sizes = [(len({shape.words[place] for shape in members}), place) for place in places]
    telling = [(size, place) for size, place in sizes if 1 < size <= few]
    return min(telling)[1] if telling else None


def _text(members: list[_Shape]) -> str:
    columns = zip(*(shape.words for shape in members), strict=True)
    return " ".join(column[0] if len(set(column)) == 1 else VARIABLE for column in columns)
