"""What kind of trouble a line tells of, where its words say so clearly: a connection, a timeout, a full disk.

For lines in which no service, driver or kernel is recognised by its own words (signs.py). The weights are learnt from
example lines whose type is known (tests/lines); a line is given a type only where one leads all others by far.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from mcp_servers.signals.logs import grams
from mcp_servers.signals.logs.wording import words

WEIGHTS: Final = Path(__file__).with_name("trouble_types.json")
SIZE: Final = 1 << 14  # places of each type: the places of trouble.json, folded


@dataclass(frozen=True)
class TypeModel:
    """`weights` holds SIZE whole numbers from -127 to 127 for each of `types`, one type after the other.

    `lead` is the least score by which a type has to lead; `right` is the share of lines of programs not learnt from
    whose type it then tells right, `typed_share` the share to which it gives one.
    """

    types: tuple[str, ...]
    weights: memoryview
    unit: float
    lead: float
    right: float
    typed_share: float
    examples: str

    def scores(self, statement: str) -> list[float]:
        """By type, in their order."""
        by_place = values(statement)
        return [
            self.unit * sum(self.weights[number * SIZE + at] * value for at, value in by_place.items())
            for number in range(len(self.types))
        ]

    def type_of(self, statement: str) -> str:
        """Empty where no type leads."""
        by_score = sorted(zip(self.scores(statement), self.types, strict=True), reverse=True)
        return by_score[0][1] if by_score[0][0] - by_score[1][0] >= self.lead else ""

    def is_clearly(self, name: str, statement: str) -> bool:
        """Whether it is the type that leads, and by words that speak for it rather than against all others."""
        return self.type_of(statement) == name and self.scores(statement)[self.types.index(name)] >= self.lead / 2


def values(statement: str) -> dict[int, float]:
    """What a statement holds at each place."""
    word_list = words(statement)
    result: dict[int, float] = {}
    divisor = grams.divisor(word_list)
    for word in word_list:
        parts = list(grams.of_word(word))
        for part in parts:
            at = grams.place(part) % SIZE
            result[at] = result.get(at, 0.0) + grams.shared(len(parts)) / divisor
    for pair in grams.pairs(word_list):
        at = grams.place(pair) % SIZE
        result[at] = result.get(at, 0.0) + grams.PAIR / divisor
    return result


@cache
def type_model() -> TypeModel:
    """The one that is packaged."""
    return read(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def read(data: dict[str, Any]) -> TypeModel:
    weights = zlib.decompress(base64.b85decode(data["weights"]))
    fields = {name: value for name, value in data.items() if name not in ("weights", "types")}
    return TypeModel(types=tuple(data["types"]), weights=memoryview(weights).cast("b"), **fields)
