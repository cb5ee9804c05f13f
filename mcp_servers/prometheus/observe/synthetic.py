"""Whether an expression only reads what Prometheus was told, or could make series, labels or times of its own.

Facts come from readings alone: whoever writes an expression could otherwise write the facts too. The reading is a
conservative one: selectors, rates and means over them, sums by their own labels, ratios of two of them, and a factor.
What is none of these is answered with its numbers, and no fact is made of it.
"""

from __future__ import annotations

import re
from typing import Final, Literal

CHARACTERS, DEPTH = 4_000, 20
LONGEST: Final = 3600.0  # seconds of a range: a longer one tells of what has been over for long
FACTOR: Final = 1e9  # a greater or a smaller one flattens whatever it is applied to
OVER_RANGES: Final = frozenset(
    {"rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets"}
    | {f"{how}_over_time" for how in ("avg", "min", "max", "sum", "count")}
)
AGGREGATIONS: Final = frozenset({"sum", "avg", "min", "max", "count"})
NO_METRICS: Final = frozenset({"inf", "nan"})
UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
VALUES_ONLY: Final = "values only: an expression that can make up series, labels or times is no evidence"
_TOKEN: Final = re.compile(
    r"""(?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>=~|!~|!=|[*/=(){}\[\],])""",
    re.VERBOSE | re.ASCII,
)
Shape = Literal["series", "range", "number"]


def made_up(promql: str) -> bool:
    """Whether the results may hold what no source told. True for all that is not plainly a reading."""
    try:
        return len(promql) > CHARACTERS or _Reading(promql).shape() != "series"
    except _NoReadingError:
        return True


class _NoReadingError(ValueError):
    """The expression holds something that is no plain reading."""


class _Reading:
    """One pass over the words of an expression."""

    def __init__(self, promql: str) -> None:
        self._words = _words(promql)
        self._at = self._depth = 0

    def shape(self) -> Shape:
        shape = self._product()
        if self._at < len(self._words):
            raise _NoReadingError
        return shape

    def _product(self) -> Shape:
        """Terms of one rank: two series may only be divided, which keeps the labels that both have."""
        left = self._term()
        while self._sees("*", "/"):
            sign = self._take()
            right = self._term()
            kinds = (left, right)
            if kinds not in (("series", "number"), ("number", "series"), ("series", "series")):
                raise _NoReadingError
            if (sign == "*") == (kinds == ("series", "series")) or (sign == "/" and left == "number"):
                raise _NoReadingError
            left = "series"
        return left

    def _term(self) -> Shape:
        kind, word = self._next()
        if kind == "number":
            if not 1 / FACTOR <= float(word) <= FACTOR:
                raise _NoReadingError
            return "number"
        if word == "(":
            return self._inside()
        if word == "{":
            self._at -= 1
            return self._selector()
        if kind != "name" or word.lower() in NO_METRICS:
            raise _NoReadingError
        if word.lower() in AGGREGATIONS and self._sees("(", "by", "without"):
            return self._aggregation()
        return self._call(word) if self._sees("(") else self._selector()

    def _inside(self) -> Shape:
        """What stands in parentheses, the opening one taken."""
        self._depth += 1
        if self._depth > DEPTH:
            raise _NoReadingError
        shape = self._product()
        self._need(")")
        self._depth -= 1
        return shape

    def _call(self, function: str) -> Shape:
        self._need("(")
        wanted_shape: Shape = "range"
        if function in ("histogram_quantile", "quantile_over_time"):
            kind, _ = self._next()
            self._need(",")
            if kind != "number":
                raise _NoReadingError
            wanted_shape = "series" if function == "histogram_quantile" else "range"
        elif function not in OVER_RANGES:
            raise _NoReadingError
        if self._inside() != wanted_shape:
            raise _NoReadingError
        return "series"

    def _aggregation(self) -> Shape:
        grouped = self._grouping()
        self._need("(")
        if self._inside() != "series":
            raise _NoReadingError
        if not grouped:
            self._grouping()
        return "series"

    def _grouping(self) -> bool:
        if not self._sees("by", "without"):
            return False
        self._take()
        self._need("(")
        while not self._sees(")"):
            if self._next()[0] not in ("name", "text"):
                raise _NoReadingError
            if not self._sees(")"):
                self._need(",")
        self._need(")")
        return True

    def _selector(self) -> Shape:
        if self._sees("{"):
            self._take()
            while not self._sees("}"):
                self._matcher()
                if not self._sees("}"):
                    self._need(",")
            self._need("}")
        if not self._sees("["):
            return "series"
        self._take()
        kind, long = self._next()
        self._need("]")
        if kind != "duration" or _seconds(long) > LONGEST:
            raise _NoReadingError
        return "range"

    def _matcher(self) -> None:
        """`label="value"`, or a metric's name in quotes."""
        kind, _ = self._next()
        if kind == "text" and self._sees(",", "}"):
            return
        if kind not in ("name", "text") or self._take() not in ("=", "!=", "=~", "!~") or self._next()[0] != "text":
            raise _NoReadingError

    def _sees(self, *words: str) -> bool:
        return self._at < len(self._words) and self._words[self._at][1].lower() in words

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._words):
            raise _NoReadingError
        self._at += 1
        return self._words[self._at - 1]

    def _take(self) -> str:
        return self._next()[1]

    def _need(self, word: str) -> None:
        if self._take() != word:
            raise _NoReadingError


def _words(promql: str) -> list[tuple[str, str]]:
    """Kind and text of each word; a comment, an operator or a character beyond a reading's is refused."""
    words, place, text = [], 0, promql.strip()
    while place < len(text):
        if text[place] in " \t\r\n":
            place += 1
            continue
        word = _TOKEN.match(text, place)
        if word is None:
            raise _NoReadingError
        words.append((str(word.lastgroup), word[0]))
        place = word.end()
    return words


def _seconds(duration: str) -> float:
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(?<!\d)(\d++)(ms|[smhdwy])", duration))
