"""`python -m tests.asked.train`: learn the weights of `sre_agent/chat/plain_questions.json` from all examples."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from sre_agent.chat.paraphrases import FILE, NAME, SHARPNESS, SIZE, TEXT, features, words_of

EXAMPLES: Final = Path(__file__).with_name("examples")
PACKAGED: Final = Path(str(resources.files("sre_agent.chat"))) / FILE
SLOTS: Final = {"{x}": NAME, "{y}": NAME, "{ns}": NAME, "{node}": NAME, "{text}": TEXT}
ROUNDS = 15
RATE = 0.7
DECAY = 1e-4  # of a weight at each step that it is used in
LEFT_OUT = 0.3  # of what a sentence holds, others each time, so that no single word carries a decision alone
SEED = 7
LEAST = 7  # of 127: what weighs less is left out, and changes nothing but the size of the file
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    question: str
    text: str

    @property
    def pattern(self) -> str:
        text = self.text.lower()
        for slot, word in SLOTS.items():
            text = text.replace(slot, word)
        return text


def examples() -> list[Example]:
    """All sentences, and the plain questions themselves."""
    result: list[Example] = []
    for file in sorted(EXAMPLES.glob("*.yaml")):
        for question, sentences in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            result += [Example(question, sentence) for sentence in (question, *sentences)]
    return list(dict.fromkeys(result))


def digest(of: Sequence[Example]) -> str:
    return hashlib.sha256("\n".join(f"{one.question}\t{one.text}" for one in of).encode()).hexdigest()


def train(of: Sequence[Example]) -> dict[str, Any]:
    """The weights as they are stored: logistic regression over all questions, each step's rate by what came before."""
    questions = sorted({one.question for one in of})
    places = {question: number for number, question in enumerate(questions)}
    vectors = [_vector(one.pattern) for one in of]
    weights = np.zeros((SIZE, len(questions)), np.float32)
    squares = np.full_like(weights, 1e-2)
    bias = np.zeros(len(questions), np.float32)
    order, draw = random.Random(SEED), np.random.default_rng(SEED)
    numbers = list(range(len(of)))
    for _ in range(ROUNDS):
        order.shuffle(numbers)
        for number in numbers:
            at, values = vectors[number]
            remaining = draw.random(len(at)) >= LEFT_OUT
            at, values = at[remaining], values[remaining] / (1 - LEFT_OUT)
            error = _shares(SHARPNESS * (values @ weights[at]) + bias)
            error[places[of[number].question]] -= 1
            gradient = SHARPNESS * np.outer(values, error) + DECAY * weights[at]
            squares[at] += gradient * gradient
            weights[at] -= RATE / SHARPNESS * gradient / np.sqrt(squares[at])
            bias -= 0.01 * error
    return _document(questions, weights, bias, of)


def _vector(pattern: str) -> tuple[NDArray[np.int64], Floats]:
    values = features(pattern)
    return np.array(list(values), np.int64), np.array(list(values.values()), np.float32)


def _shares(sums: Floats) -> Floats:
    powers: Floats = np.exp(sums - sums.max())
    shares: Floats = powers / powers.sum()
    return shares


def _document(questions: list[str], weights: Floats, bias: Floats, of: Sequence[Example]) -> dict[str, Any]:
    unit = float(np.abs(weights).max()) / 127
    signed = np.round(weights / unit).astype(np.int8)
    signed[np.abs(signed) < LEAST] = 0
    words = sorted({word for one in of for word in words_of(one.pattern) if word.islower()})
    return {
        "examples": digest(of),
        "unit": round(unit, 8),
        "biases": [round(float(one), 4) for one in bias],
        "questions": questions,
        "words": " ".join(words),
        "weights": base64.b85encode(zlib.compress(signed.T.tobytes(), 9)).decode(),
    }


if __name__ == "__main__":
    document = train(examples())
    PACKAGED.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{PACKAGED.stat().st_size} bytes, {len(document['questions'])} questions", file=sys.stderr)
