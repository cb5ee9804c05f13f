"""`python -m tests.lines.train_types`: learn the weights of `mcp_servers/signals/logs/trouble_types.json`.

Each word weighs by how much more often lines of a type hold it than all others do (naive Bayes); there is nothing to
choose but how much a word has to be seen (`SMOOTHING`) and by how much a type has to lead.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import sys
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.signals.logs import trouble_types
from mcp_servers.signals.logs.lines import read_line
from mcp_servers.signals.logs.trouble_types import SIZE, TypeModel, values
from tests.lines.examples import Example, examples, fold

FOLDS: Final = 4
SMOOTHING: Final = 20.0  # mentions that every type is taken to have beside those seen
RIGHT: Final = 0.85  # of the types told, on programs that were left out

Known = tuple[Example, dict[int, float]]


@dataclass
class _Counts:
    """How much of each place lines hold, and of all places."""

    at: dict[int, float]
    total: float = 0.0

    def add(self, result: dict[int, float]) -> None:
        for place, value in result.items():
            self.at[place] += value
            self.total += value


def typed_examples() -> list[Example]:
    return [one for one in examples() if one.type]


def train(of: Sequence[Example]) -> dict[str, Any]:
    """The weights as they are stored; the lead is chosen on families that were left out, each in turn."""
    facts = [(one, values(read_line(one.line).statement)) for one in of]
    leads: list[tuple[float, bool]] = []
    for number in range(FOLDS):
        apart = [one.general or fold(one.family, FOLDS) != number for one, _ in facts]
        model = trouble_types.read(_as_document([x for x, here in zip(facts, apart, strict=True) if here], 0.0, of=()))
        leads += [_lead(model, one) for (one, _), here in zip(facts, apart, strict=True) if not here]
    lead = _least(leads)
    past = [right for by, right in leads if by >= lead]
    return _as_document(
        facts, lead, of, right=round(sum(past) / len(past), 3), typed_share=round(len(past) / len(leads), 3)
    )


def digest(of: Sequence[Example]) -> str:
    return hashlib.sha256("\n".join(f"{one.type} {one.line}" for one in of).encode()).hexdigest()


def _lead(model: TypeModel, one: Example) -> tuple[float, bool]:
    ranking = sorted(zip(model.scores(read_line(one.line).statement), model.types, strict=True), reverse=True)
    return ranking[0][0] - ranking[1][0], ranking[0][1] == one.type


def _least(leads: Sequence[tuple[float, bool]]) -> float:
    """The smallest lead from which enough of the types told are right."""
    ordered = sorted(leads, reverse=True)
    right, choice = 0, ordered[0][0]
    for number, (by, is_right) in enumerate(ordered, 1):
        right += is_right
        if right / number >= RIGHT:
            choice = by
    return math.floor(100 * choice) / 100


def _as_document(
    answers: Sequence[Known], lead: float, of: Sequence[Example], right: float = 0.0, typed_share: float = 0.0
) -> dict[str, Any]:
    every = _Counts(defaultdict(float))
    by_type: dict[str, _Counts] = {}
    for one, result in answers:
        every.add(result)
        by_type.setdefault(one.type, _Counts(defaultdict(float))).add(result)
    weights = [_weights(by_type[name], every) for name in sorted(by_type)]
    unit = max(abs(weight) for row in weights for weight in row.values()) / 127
    signed_bytes = bytes(round(row.get(place, 0.0) / unit) & 0xFF for row in weights for place in range(SIZE))
    return {
        "examples": digest(of),
        "types": sorted(by_type),
        "unit": round(unit, 6),
        "lead": lead,
        "right": right,
        "typed_share": typed_share,
        "weights": base64.b85encode(zlib.compress(signed_bytes, 9)).decode(),
    }


def _weights(own: _Counts, every: _Counts) -> dict[int, float]:
    result = {}
    for place, value in every.at.items():
        expected = SMOOTHING * value / every.total
        here = (own.at.get(place, 0.0) + expected) / (own.total + SMOOTHING)
        elsewhere = (value - own.at.get(place, 0.0) + expected) / (every.total - own.total + SMOOTHING)
        result[place] = math.log(here / elsewhere)
    return result


if __name__ == "__main__":
    document = train(typed_examples())
    trouble_types.WEIGHTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    size = trouble_types.WEIGHTS.stat().st_size
    print(f"{size} bytes", {name: document[name] for name in ("lead", "right", "typed_share")}, file=sys.stderr)
