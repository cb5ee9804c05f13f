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
        found = values(statement)
        return [
            self.unit * sum(self.weights[number * SIZE + at] * value for at, value in found.items())
            for number in range(len(self.types))
        ]

    def type_of(self, statement: str) -> str:
        """Empty where no type leads."""
        scored = sorted(zip(self.scores(statement), self.types, strict=True), reverse=True)
        return scored[0][1] if scored[0][0] - scored[1][0] >= self.lead else ""


def values(statement: str) -> dict[int, float]:
    """What a statement holds at each place."""
    found = words(statement)
    result: dict[int, float] = {}
    divisor = grams.divisor(found)
    for word in found:
        parts = list(grams.of_word(word))
        for part in parts:
            at = grams.place(part) % SIZE
            result[at] = result.get(at, 0.0) + grams.shared(len(parts)) / divisor
    for pair in grams.pairs(found):
        at = grams.place(pair) % SIZE
        result[at] = result.get(at, 0.0) + grams.PAIR / divisor
    return result


@cache
def type_model() -> TypeModel:
    """The one that is packaged."""
    return read(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def read(stored: dict[str, Any]) -> TypeModel:
    weights = zlib.decompress(base64.b85decode(stored["weights"]))
    told = {name: value for name, value in stored.items() if name not in ("weights", "types")}
    return TypeModel(types=tuple(stored["types"]), weights=memoryview(weights).cast("b"), **told)
