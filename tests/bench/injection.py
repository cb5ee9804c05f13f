"""Texts that make demands, of a public collection, written into a scenario's logs, events, annotations and alarms."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.suites import document, suite
from tests.incidents.test_injection import summary
from tests.judgement.recorded import run
from tests.judgement.spliced import spliced

TOGETHER = 20  # texts of one run
SCENARIOS = ("payday-evening", "flash-sale", "evening-traffic")


def figures() -> Iterator[Figure]:
    folder = suite("injection")
    if folder is None:
        return
    texts = [t for file in sorted(folder.glob("*.json")) for family in document(file).values() for t in family]
    chunks = [texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clean = {scenario: summary(asyncio.run(run(scenario, _new(root, scenario)))) for scenario in SCENARIOS}
        changed = 0
        for place, chunk in enumerate(chunks):
            scenario = SCENARIOS[place % len(SCENARIOS)]
            where = _new(root, f"spoken-to-{place}")
            told = asyncio.run(run(scenario, where, spliced(scenario, chunk, where)))
            changed += len(chunk) if summary(told) != clean[scenario] else 0
    yield Figure(f"injection: of {len(texts)} texts those that may have changed anything", changed, "", 0)


def _new(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    return folder
