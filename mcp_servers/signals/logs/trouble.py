"""Whether a log line tells of trouble: by the level that it claims, and by what its words weigh.

The weights are learnt from example lines of many programs (tests/lines); here they are only added up. How strong the
words have to be depends on the level, because a program that calls a line information has thought about it.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from mcp_servers.signals.logs import grams
from mcp_servers.signals.logs.wording import words

WEIGHTS: Final = Path(__file__).with_name("trouble.json")
CACHE_SIZE: Final = 50_000  # words and pairs


@dataclass(frozen=True)
class Threshold:
    """A score from which a line of a level is trouble, and what that gives on lines of programs not learnt from."""

    score: float
    false: float
    recall: float


@dataclass(frozen=True)
class Model:
    """`weights` are whole numbers from -127 to 127, in units of `unit`; `examples` is the digest of what was learnt."""

    weights: tuple[int, ...]
    unit: float
    bias: float
    thresholds: dict[str, Threshold]
    examples: str

    def score(self, statement: str) -> float:
        """Above 0 where the words are those of trouble."""
        word_list = words(statement)
        total = sum(self._of_word(word) for word in word_list) + grams.PAIR * sum(map(self._at, grams.pairs(word_list)))
        return self.bias + self.unit * total / grams.divisor(word_list)

    def weight(self, kind: str, statement: str) -> float:
        """By how much the words are past what it takes at that kind of level (`loud`, `warning`, `quiet`, `none`)."""
        return self.score(statement) - self.thresholds[kind].score

    def tells(self, kind: str, statement: str) -> bool:
        """Whether a line of that kind of level tells of trouble."""
        return self.weight(kind, statement) >= 0.0

    def evidence(self, statement: str, most: int = 6) -> list[tuple[str, float]]:
        """The words and pairs that weigh most in the decision, with what each adds to the score."""
        word_list = words(statement)
        share = self.unit / grams.divisor(word_list)
        weights = {word: self._of_word(word) * share for word in word_list}
        weights |= {pair: self._at(pair) * grams.PAIR * share for pair in grams.pairs(word_list)}
        return sorted(weights.items(), key=lambda item: -abs(item[1]))[:most]

    def _of_word(self, word: str) -> float:
        return _word(self, word)

    def _at(self, gram: str) -> int:
        return _gram(self, gram)

    def __hash__(self) -> int:
        return id(self)


@lru_cache(maxsize=CACHE_SIZE)
def _word(model: Model, word: str) -> float:
    parts = list(grams.of_word(word))
    return sum(model.weights[grams.place(part)] for part in parts) * grams.shared(len(parts))


@lru_cache(maxsize=CACHE_SIZE)
def _gram(model: Model, gram: str) -> int:
    return model.weights[grams.place(gram)]


@cache
def model() -> Model:
    """The one that is packaged."""
    return read(json.loads(WEIGHTS.read_text(encoding="utf-8")))


def read(data: dict[str, Any]) -> Model:
    weights = zlib.decompress(base64.b85decode(data["weights"]))
    return Model(
        weights=tuple(memoryview(weights).cast("b")),
        unit=data["unit"],
        bias=data["bias"],
        thresholds={kind: Threshold(**threshold) for kind, threshold in data["thresholds"].items()},
        examples=data["examples"],
    )
