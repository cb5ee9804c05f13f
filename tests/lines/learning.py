"""Logistic regression over the parts of lines, in plain Python: the same examples give the same weights everywhere."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_servers.signals.logs import grams
from mcp_servers.signals.logs.lines import read_line
from mcp_servers.signals.logs.wording import words

ROUNDS = 12
RATE = 0.5
DECAY = 1e-3  # of a weight at each round that it is used in
SEED = 7
LEFT_OUT = 0.5  # of a line's places, others each time, so that no single word carries a decision alone

Vector = list[tuple[int, float]]


@dataclass
class Learnt:
    weights: list[float]
    bias: float

    def score(self, line: str) -> float:
        return self.bias + sum(self.weights[at] * value for at, value in vector(line))


def vector(line: str) -> Vector:
    """Places and values of a line, each place once."""
    result = words(read_line(line).statement)
    divisor = grams.divisor(result)
    values: dict[int, float] = defaultdict(float)
    for word in result:
        parts = list(grams.of_word(word))
        for part in parts:
            values[grams.place(part)] += grams.shared(len(parts)) / divisor
    for pair in grams.pairs(result):
        values[grams.place(pair)] += grams.PAIR / divisor
    return list(values.items())


def fit(examples: Sequence[tuple[Vector, float]]) -> Learnt:
    """Weights under which the score is above 0 for trouble (1.0) and below it for harmless lines (0.0)."""
    weights, squares = [0.0] * grams.SIZE, [1e-2] * grams.SIZE
    bias, bias_square = 0.0, 1e-2
    order = random.Random(SEED)
    draw = order.random
    examples = list(examples)
    for _ in range(ROUNDS):
        order.shuffle(examples)
        for values, expected in examples:
            values = [value for value in values if draw() >= LEFT_OUT]
            score = sum(weights[at] * value for at, value in values) / (1.0 - LEFT_OUT) + bias
            error = expected - 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
            if abs(error) < 0.01:
                continue
            bias_square += error * error
            bias += RATE * error / math.sqrt(bias_square)
            for at, value in values:
                gradient = error * value - DECAY * weights[at]
                squares[at] += gradient * gradient
                weights[at] += RATE * gradient / math.sqrt(squares[at])
    return Learnt(weights, bias)
