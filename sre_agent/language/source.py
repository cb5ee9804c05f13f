"""Text that was looked up, and whether it holds a name, a number with its unit, or a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, cached_property, lru_cache
from typing import Final

from sre_agent.language.lexicon import units
from sre_agent.language.times import TIME, SpokenTime, around
from sre_agent.language.tokens import BEFORE, TextToken, fold, quantities, quantity

_TIME: Final = re.compile(rf"\b\d{{4}}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?|{TIME}")
_PORT: Final = re.compile(r":(\d{2,5})(?![\w-]|[.:]\d)")  # behind a host, a bracket or nothing
_ADDRESS: Final = re.compile(r"(.*):(\d{2,5})")
_DIGIT: Final = re.compile(r"\d")
_LINES: Final = 8192  # remembered with their numbers: look after look, answers differ in few of their lines


@cache
def _numbers() -> re.Pattern[str]:
    return re.compile(BEFORE + quantity())


class EvidenceText:
    """A piece of evidence as text. `shorts` are the subjects it speaks of, as people write them."""

    def __init__(self, text: str, shorts: Iterable[str] = ()) -> None:
        self.text = "\n".join([text, *shorts])
        self._results: dict[TextToken, bool] = {}  # a report asks for the same names sentence after sentence

    def holds(self, token: TextToken) -> bool:
        """Whether it stands here: a name in any case, a number in any unit of its kind and rounded as it is told, of a
        time all that is said of it."""
        if token not in self._results:
            self._results[token] = self._holds(token)
        return self._results[token]

    def _holds(self, token: TextToken) -> bool:
        if token.kind == "number":
            return self._number(token)
        if token.kind == "time":
            value = token.value
            has_zone = not token.unit or self._name(token.unit)
            return has_zone and isinstance(value, SpokenTime) and any(value.fits(moment) for moment in self._moments)
        return self._name(token.text) or self._parts(token.text) or self._port(token.text)

    def _name(self, text: str) -> bool:
        """A name that ends in dots was cut there."""
        name, end = text.rstrip("…"), "" if text.endswith("…") else r"(?![A-Za-z0-9])"
        if name.casefold() not in self._folded_text:  # an expression takes far longer to find nothing
            return False
        return re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}{end}", self.text, re.I) is not None

    def _parts(self, text: str) -> bool:
        """`Kind/namespace/name`, or names joined by a plus, where the source has them apart."""
        kind, *rest = text.split("/")
        subject = kind.isalpha() and kind[:1].isupper() and len(rest) in (1, 2)
        apart = [kind, *rest] if subject else text.split("+")
        return len(apart) > 1 and all(self._name(part) for part in apart if part)

    def _port(self, text: str) -> bool:
        """`:8080`, or `host:8080` where the source has both apart."""
        match = _ADDRESS.fullmatch(text)
        return match is not None and (not match[1] or self._name(match[1])) and (float(match[2]), "") in self._numbers

    def _number(self, token: TextToken) -> bool:
        """A number in words has one reading."""
        value = token.value if token.text.isalpha() else None
        readings = [(value, 0, "")] if isinstance(value, float) else quantities(token.text)
        return any(_alike(*one, *number) for one in readings for number in self._numbers)

    @cached_property
    def _folded_text(self) -> str:
        return self.text.casefold()

    @cached_property
    def _numbers(self) -> set[tuple[float, str]]:
        return set().union(*map(_numbers_of_line, self._lines))

    @cached_property
    def _moments(self) -> set[SpokenTime]:
        return set().union(*map(_moments_of_line, self._lines))

    @property
    def _lines(self) -> set[str]:
        """No number and no time goes on in the next line."""
        return {line for line in self.text.split("\n") if _DIGIT.search(line)}


@lru_cache(_LINES)
def _numbers_of_line(line: str) -> frozenset[tuple[float, str]]:
    plain = _TIME.sub(" ", fold(line))
    matches = (one for match in _numbers().finditer(plain) for one in quantities(match[0]))
    ports = {(float(port), "") for port in _PORT.findall(plain)}
    return frozenset(ports | {(abs(value), unit) for value, _, unit in matches})


@lru_cache(_LINES)
def _moments_of_line(line: str) -> frozenset[SpokenTime]:
    return frozenset(moment for match in _TIME.finditer(fold(line)) for moment in around(match[0]))


def _alike(value: float, decimals: int, unit: str, reference: float, known_unit: str) -> bool:
    """Whether a number is the known one, rounded to its decimals. Without a unit either may be in any, or in the
    smallest one; a share may be told in percent."""
    own_unit, its = units().get(unit), units().get(known_unit)
    if own_unit is None:
        return _near(reference, value, decimals)
    if its is not None:
        return its.measures == own_unit.measures and _near(reference * its.size / own_unit.size, value, decimals)
    share = unit == "%" and _near(reference, value / 100, decimals + 2)
    return share or _near(reference, value, decimals) or _near(reference / own_unit.size, value, decimals)


def _near(reference: float, value: float, decimals: int) -> bool:
    return abs(reference - abs(value)) < 0.5 * 10.0**-decimals + 1e-9
