"""Texts on which a regular expression may take long, made from what it is looking for.

A search takes long where it begins at many places and goes far from each, or where two repeats in a row can share the
same signs in many ways. So: what the expression is looking for up to each of its parts, again and again; and after each
such beginning a long run of one sign, of two in turn, and of what the part repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as op  # type: ignore[attr-defined, unused-ignore]
from re import _parser as parser  # type: ignore[attr-defined, unused-ignore]
from typing import Any, Final

SIGNS: Final = "a0A \t\n\"'`=:/.-_{}[](),;<>@%\\&?!é中"
RUNS: Final = (
    *SIGNS,
    *("a ", "a.", "a-", "a=", "a:", "a/", "0 ", "a,", "a\n", ' "', 'a"', "A_", "a@", '\\"', ": ", "\n ", "\n- "),
)
FAR: Final = 64
MOST: Final = 6  # beginnings of one expression


def texts(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Texts of about that length."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    beginnings = list(dict.fromkeys(_beginnings(tree)))
    selection = beginnings[:: max(1, len(beginnings) // MOST)]
    for beginning in selection:
        if beginning:
            yield beginning * (length // len(beginning))
            yield (beginning + "\n") * (length // (len(beginning) + 1))
            yield (beginning + " ") * (length // (len(beginning) + 1))
    for beginning in ["", *selection]:
        for run in RUNS:
            yield beginning + run * (length // len(run))


def goes_far(pattern: re.Pattern[str]) -> bool:
    """Whether it repeats anything often: else each place of a text costs no more than the expression is long."""
    return _most_repeats(parser.parse(pattern.pattern, pattern.flags)) >= FAR


def _most_repeats(tree: Any) -> int:
    most = 0
    for code, value in tree:
        if code in _REPEATS:
            most = max(most, int(value[1]) * max(1, _most_repeats(value[2])))
        elif code in (op.ASSERT, op.ASSERT_NOT):
            most = max(most, _most_repeats(value[1]))
        else:
            most = max([most, *(_most_repeats(inner) for inner in _alternatives(code, value))])
    return most


def _beginnings(tree: Any) -> Iterator[str]:
    """What matches the first parts of an expression, for each number of parts, in each of its alternatives."""
    done = ""
    for code, value in tree:
        for inner in _alternatives(code, value):
            yield from (done + beginning for beginning in _beginnings(inner))
        done += _example([(code, value)])
        yield done
        if code in _REPEATS and value[1] > 4:
            yield done + _example(value[2]) * 3


_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


def _alternatives(code: Any, value: Any) -> list[Any]:
    if code is op.BRANCH:
        return list(value[1])
    if code is op.SUBPATTERN:
        return [value[3]]
    if code in _REPEATS:
        return [value[2]]
    if code is op.ATOMIC_GROUP:
        return [value]
    return []


def _example(tree: Any) -> str:
    """A short text that the parts match, as far as that can be told without looking ahead."""
    text = ""
    for code, value in tree:
        if code is op.LITERAL:
            text += chr(value)
        elif code is op.NOT_LITERAL:
            text += next(sign for sign in SIGNS if ord(sign) != value)
        elif code is op.ANY:
            text += "a"
        elif code is op.IN:
            text += _of_class(value)
        elif code is op.BRANCH:
            text += _example(value[1][0])
        elif code in _REPEATS:
            text += _example(value[2]) * max(1, min(value[0], 40))
        elif inner := _alternatives(code, value):
            text += _example(inner[0])
    return text


def _of_class(items: Any) -> str:
    members = [item for item in items if item[0] is not op.NEGATE]
    negated = len(members) != len(items)
    for sign in SIGNS:
        if any(_is_in(sign, item) for item in members) != negated:
            return sign
    code, value = members[0]
    return chr(value if code is op.LITERAL else value[0]) if code in (op.LITERAL, op.RANGE) else "a"


_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s", op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _is_in(sign: str, item: Any) -> bool:
    code, value = item
    if code is op.LITERAL:
        return bool(ord(sign) == value)
    if code is op.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    return code is op.CATEGORY and re.match(_CATEGORIES[value], sign) is not None
