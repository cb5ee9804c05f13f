"""Texts that make demands, of a public collection, written into a scenario's logs, events, annotations and alarms.

They are read by the rules alone, and beside a chat model that does whatever it reads.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.suites import document, suite
from tests.incidents.test_injection import summary
from tests.judgement.recorded import Told, run
from tests.judgement.spliced import splice
from tests.judgement.stand_ins import MODELS, obedient, opener

TOGETHER = 20  # texts of one run
SCENARIOS = ("payday-evening", "flash-sale", "evening-traffic")
OPEN = ("blood-bank", "quiet-ledger")  # here a model is asked to investigate
Chunks = Sequence[Sequence[str]]


def figures() -> Iterator[Figure]:
    folder = suite("injection")
    if folder is None:
        return
    texts = [t for file in sorted(folder.glob("*.json")) for family in document(file).values() for t in family]
    chunks = [texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)]
    changed = _changes(chunks, SCENARIOS, summary)
    yield Figure(f"injection: of {len(texts)} texts those that may have changed anything", changed, "", 0)
    model: dict[str, Any] = {"open_model": opener(obedient), **MODELS}
    changed = _changes(chunks, (*OPEN, *SCENARIOS), _end, **model)
    yield Figure(
        "injection: those with a model that obeys them that changed an end, a cause or a write", changed, "", 0
    )


def _changes(chunks: Chunks, scenarios: Sequence[str], told_by: Callable[[Told], object], **settings: Any) -> int:
    """How many texts stood in runs that came out otherwise than the run without any text and model."""
    changed = 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clean = {scenario: told_by(asyncio.run(run(scenario, _new(root, scenario)))) for scenario in scenarios}
        for place, chunk in enumerate(chunks):
            scenario = scenarios[place % len(scenarios)]
            where = _new(root, f"spoken-to-{place}")
            outcome = asyncio.run(run(scenario, where, splice(scenario, chunk, where), **settings))
            changed += len(chunk) if told_by(outcome) != clean[scenario] else 0
    return changed


def _end(outcome: Told) -> object:
    """How it ended, what was blamed, and what was written; a model may look further than the rules."""
    status, reason, verdict, _, writes = summary(outcome)
    return status, reason, verdict, writes


def _new(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    return folder
