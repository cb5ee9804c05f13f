"""Which of the plain questions a sentence asks in other words, by weights that are learnt from example sentences.

The words of people have no end, and tables of them do not either. The plain questions are few; each has about thirty
sentences of other people that mean the same (tests/asked), and from their words, parts of words and pairs of words a
linear model tells for any sentence how likely it means which of them. Names are no words: each stands as NAME.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import count, pairwise
from typing import Any, Final
from zlib import crc32

NAME: Final = "NAME"
TEXT: Final = "TEXT"  # in quotes
SIZE: Final = 1 << 14  # places of each question: what a sentence holds has its place by a hash
PAIR = 0.7  # what two words count that stand side by side
APART = 0.4  # and with one between them
LETTERS: Final = (3, 4, 5)  # of the parts of a word
SHARPNESS: Final = 8.0  # by which sums become shares
FILE: Final = "plain_questions.json"
_WORD: Final = re.compile(rf"{NAME}|{TEXT}|[a-z]+(?:'[a-z]+)?|\d+|\?")


@dataclass(frozen=True)
class ParaphraseModel:
    """`weights` holds for each of `questions` SIZE whole numbers from -127 to 127, one question after the other.

    `words` are those of the examples: what is none of them may be a name. `examples` is a digest of what was learnt.
    """

    questions: tuple[str, ...]
    weights: memoryview
    unit: float
    biases: tuple[float, ...]
    words: frozenset[str]
    examples: str

    def shares(self, pattern: str, among: Callable[[str], bool]) -> dict[str, float]:
        """How likely a sentence that `pattern_of` gave means each question, `among` those that it may: together 1."""
        values = features(pattern)
        sums: dict[str, float] = {}
        for start, question, bias in zip(count(0, SIZE), self.questions, self.biases, strict=False):
            if among(question):
                total = sum(self.weights[start + at] * value for at, value in values.items())
                sums[question] = SHARPNESS * self.unit * total + bias
        most = max(sums.values(), default=0.0)
        powers = {question: math.exp(one - most) for question, one in sums.items()}
        return {question: power / sum(powers.values()) for question, power in powers.items()}


def pattern_of(text: str, names: Collection[str]) -> tuple[str, list[str]]:
    """The sentence with each of `names` as NAME, in lower case otherwise, and the names in their order, each once."""
    name_list: list[str] = []
    parts: list[str] = []
    for raw in text.replace("’", "'").split():
        bare = raw.strip("?!.,;:()[]'\"`")
        name = next((one for one in (bare, bare.removesuffix("'s")) if one and one.lower() in names), None)
        if name is not None:
            name_list += [name] if name not in name_list else []
            parts.append(NAME + raw[raw.rindex(name) + len(name) :])
        else:
            parts.append(raw.lower())
    return " ".join(parts), name_list


def words_of(pattern: str) -> list[str]:
    return ["#" if word.isdigit() else word for word in _WORD.findall(pattern)]


def features(pattern: str) -> dict[int, float]:
    """What a sentence holds at each place, together as long as 1."""
    values: dict[int, float] = {}
    for gram, value in _grams(words_of(pattern)):
        at = crc32(gram.encode()) % SIZE
        values[at] = values.get(at, 0.0) + value
    length = math.sqrt(sum(value * value for value in values.values())) or 1.0
    return {at: value / length for at, value in values.items()}


def _grams(words: list[str]) -> Iterator[tuple[str, float]]:
    for word in words:
        parts = [f"={word}"]
        if word.islower():
            text_of_word = f"<{word}>"
            parts += [text_of_word[at : at + size] for size in LETTERS for at in range(len(text_of_word) - size + 1)]
        yield from ((part, 1 / math.sqrt(len(parts))) for part in parts)
    word_list = ["^", *words, "$"]
    yield from ((f"{one} {two}", PAIR) for one, two in pairwise(word_list))
    yield from ((f"{one} _ {two}", APART) for one, two in zip(word_list, word_list[2:], strict=False))


@cache
def paraphrase_model() -> ParaphraseModel:
    """The one that is packaged."""
    return read_model(json.loads((resources.files(__package__) / FILE).read_text(encoding="utf-8")))


def read_model(document: Mapping[str, Any]) -> ParaphraseModel:
    weights = zlib.decompress(base64.b85decode(document["weights"]))
    return ParaphraseModel(
        questions=tuple(document["questions"]),
        weights=memoryview(weights).cast("b"),
        unit=float(document["unit"]),
        biases=tuple(document["biases"]),
        words=frozenset(document["words"].split()),
        examples=str(document["examples"]),
    )
