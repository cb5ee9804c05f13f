"""Logs within what one answer may hold: beginning and end of each first, what lay between with the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LINE: Final = 1_000  # characters of one line that are shown


@dataclass(frozen=True)
class LogSection:
    """One log: its heading and its lines as they are shown."""

    head: str
    lines: Sequence[str]


@dataclass(frozen=True)
class LogPage:
    """`remaining` counts the lines that no page has shown yet, `after` how many of those between were shown."""

    text: str
    remaining: int
    after: int


def first(sections: Sequence[LogSection], room: int) -> LogPage:
    """Every log with its first and last lines, the last in the majority."""
    parts = {at: _ends(sections[at].lines, share) for at, share in _shares(sections, room)}
    texts, left = [], 0
    for at, section in enumerate(sections):
        head, tail = parts[at]
        between = len(section.lines) - len(head) - len(tail)
        left += between
        gap = [f"[... {between} lines left out ...]"] if between else []
        texts.append("\n".join([section.head, *head, *gap, *tail]))
    return LogPage("\n\n".join(texts), left, 0)


def further(sections: Sequence[LogSection], room: int, start: int) -> LogPage:
    """The lines that `first` left out, from the one at `start` on."""
    rest: list[tuple[str, str]] = []
    for at, share in sorted(_shares(sections, room)):
        head, tail = _ends(sections[at].lines, share)
        between = sections[at].lines[len(head) : len(sections[at].lines) - len(tail)]
        rest += [(sections[at].head, line) for line in between]
    texts: list[str] = []
    section_name, after = "", start
    for name, line in rest[start:]:
        new = ([f"{name}, further lines"] if name != section_name else []) + [line]
        room -= sum(len(text) + 1 for text in new)
        if room < 0 and texts:
            break
        texts += new
        section_name, after = name, after + 1
    return LogPage("\n".join(texts), len(rest) - after, after)


def _shares(sections: Sequence[LogSection], room: int) -> list[tuple[int, int]]:
    """(log, characters) for each: the short ones take what they need and leave the rest to the long ones."""
    sizes = sorted((sum(len(line) + 1 for line in s.lines), at) for at, s in enumerate(sections))
    shares = []
    room -= sum(len(s.head) + 40 for s in sections)
    for place, (size, at) in enumerate(sizes):
        share = min(size, max(0, room) // (len(sizes) - place))
        shares.append((at, share))
        room -= share
    return shares


def _ends(lines: Sequence[str], share: int) -> tuple[list[str], list[str]]:
    """The first lines within a third of `share`, the last within the rest, and the very last in any case."""
    if sum(len(line) + 1 for line in lines) <= share:
        return [], list(lines)
    head = _within(lines, share // 3)
    tail = _within(lines[len(head) :][::-1], share - share // 3) or list(lines[-1:])
    return head, tail[::-1]


def _within(lines: Sequence[str], room: int) -> list[str]:
    result = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        result.append(line)
    return result
