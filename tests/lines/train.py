"""`python -m tests.lines.train`: learn the weights of `mcp_servers/signals/logs/trouble.json` from all examples."""

from __future__ import annotations

import base64
import json
import sys
import time
import zlib
from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.signals.logs import trouble
from mcp_servers.signals.logs.lines import kind_of_level, read_line
from tests.lines.examples import Example, digest, examples, fold
from tests.lines.learning import Learnt, Vector, fit, vector

FOLDS: Final = 4
# Of lines that are harmless and most of which hold a word of trouble on purpose, so many may be taken for trouble: of
# what programs write when all is well, that is less than one in fifty.
# Who warns has said already that something is not as it should be.
MAY_BE_FALSE: Final = {"none": 0.16, "quiet": 0.015, "warning": 0.15}
LOUD: Final = -4.0  # an error is one unless its words say clearly that nothing is wrong
AS_IT_STANDS: Final = 2  # how often a line counts that is as a program writes it, beside sentences made up of parts
Known = tuple[Example, tuple[Vector, float]]
Scored = tuple[float, Example]


def train(of: Sequence[Example]) -> dict[str, Any]:
    """The weights as they are stored. The thresholds are chosen on families that were left out, each in turn."""
    facts = [(example, (vector(example.line), float(example.trouble))) for example in of]
    unseen: list[Scored] = []
    for number in range(FOLDS):
        apart = [e.general or fold(e.family, FOLDS) != number for e, _ in facts]
        learnt = _learnt([one for one, here in zip(facts, apart, strict=True) if here])
        unseen += [(_score(learnt, row[0]), e) for (e, row), here in zip(facts, apart, strict=True) if not here]
    return _as_document(_learnt(facts), thresholds(unseen), digest(of))


def _learnt(examples_with_features: Sequence[Known]) -> Learnt:
    return fit([row for example, row in examples_with_features for _ in range(1 if example.general else AS_IT_STANDS)])


def thresholds(scores: Sequence[Scored]) -> dict[str, dict[str, float]]:
    result: dict[str, dict[str, float]] = {}
    for kind in ("loud", "warning", "quiet", "none"):
        of_kind = [(score, e.trouble) for score, e in scores if kind_of_level(read_line(e.line).level) == kind]
        harmless = sorted((score for score, wrong in of_kind if not wrong), reverse=True)
        wrong = [score for score, is_wrong in of_kind if is_wrong]
        at = LOUD if kind == "loud" or not harmless else harmless[int(MAY_BE_FALSE[kind] * len(harmless))] + 0.01
        result[kind] = {
            "score": round(at, 3),
            "false": round(_share(harmless, at), 3),
            "recall": round(_share(wrong, at), 3),
        }
    return result


def _share(scores: Sequence[float], at: float) -> float:
    return sum(score >= at for score in scores) / len(scores) if scores else 0.0


def _score(learnt: Learnt, values: Vector) -> float:
    return learnt.bias + sum(learnt.weights[at] * value for at, value in values)


def _as_document(learnt: Learnt, limits: dict[str, dict[str, float]], of: str) -> dict[str, Any]:
    unit = max(abs(weight) for weight in learnt.weights) / 127
    weights = bytes(round(weight / unit) & 0xFF for weight in learnt.weights)
    text = base64.b85encode(zlib.compress(weights, 9)).decode()
    return {
        "examples": of,
        "unit": round(unit, 6),
        "bias": round(learnt.bias, 4),
        "thresholds": limits,
        "weights": text,
    }


if __name__ == "__main__":
    started = time.process_time()
    document = train(examples())
    trouble.WEIGHTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    cpu_seconds = time.process_time() - started
    print(
        f"{trouble.WEIGHTS.stat().st_size} bytes, {cpu_seconds:.1f} s of CPU", document["thresholds"], file=sys.stderr
    )
