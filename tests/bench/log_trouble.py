"""How many lines of trouble are seen and how many harmless ones are taken for it, and how fast.

Of programs that were kept aside the figures are those of weights learnt from the other programs alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mcp_servers.signals.logs import lines, signs, trouble
from mcp_servers.signals.logs.signs import tells
from tests.bench.figures import Figure
from tests.bench.log_grouping import line
from tests.bench.suites import EXAM
from tests.lines.examples import FOLDER, examples
from tests.lines.measured import codes, has_type, measure
from tests.lines.train import train

SEALED: Final = FOLDER.with_name("sealed")  # programs of no family, written before the weights were learnt
FAILURES: Final = EXAM.parent / "data" / "failure-logs" / "failure-logs.jsonl"
LINES: Final = 100_000


def figures() -> Iterator[Figure]:
    examples_of_programs = [x for x in examples() if not x.general]
    of_half = trouble.read(train([x for x in examples() if not x.kept_aside]))
    shipped_model = trouble.model()
    for which, aside in (("worked on", False), ("kept aside", True)):
        rates = measure(
            [x for x in examples_of_programs if x.kept_aside is aside], lambda text: _tells_by(of_half, text)
        )
        yield Figure(f"log lines of programs {which}: trouble seen", 100 * rates.trouble, "%", 75, "≥")
        words_of_trouble = f"log lines of programs {which}: harmless ones, most with a word of trouble, taken for it"
        yield Figure(words_of_trouble, 100 * rates.false, "%", 12)
    assert trouble.model() is shipped_model
    rates = measure(examples(SEALED), tells)
    yield Figure("log lines of 25 programs not learnt from: trouble seen", 100 * rates.trouble, "%", 75, "≥")
    yield Figure("log lines of 25 programs not learnt from: harmless taken for trouble", 100 * rates.false, "%", 2)
    if FAILURES.is_file():
        yield from _failures(FAILURES)
    every = [line(i) for i in range(LINES)]
    started = time.process_time()
    for text in every:
        tells(text)
    yield Figure("logs: 100,000 lines judged, processor time", time.process_time() - started, "s", 2.0)


def _tells_by(model: trouble.Model, text: str) -> bool:
    """What the servers decide, with other weights."""
    bare = lines.unwrapped(text)
    if not bare.strip() or lines.continues(bare):
        return False
    read = lines.read_line(bare)
    kind = lines.kind_of_level(read.level)
    return model.tells(kind, read.statement) or signs.shows(read)


def _failures(path: Path) -> Iterator[Figure]:
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    code_sets = [codes(row["log"]) for row in rows if row["log"]]
    types = [has_type(row["log"]) for row in rows if row["log"]]
    troubles = {text for row in rows for text in row["log"]}  # some rows call harmless what another shows as trouble
    harmless = [text for row in rows for text in row.get("harmless") or [] if text not in troubles]
    false_alarms = sum(bool(codes([text])) for text in harmless)
    yield Figure(
        f"{len(code_sets)} known failures: seen", 100 * sum(map(bool, code_sets)) / len(code_sets), "%", 92, "≥"
    )
    yield Figure("known failures: with a type", 100 * sum(types) / len(types), "%", 35, "≥")
    if harmless:
        yield Figure(
            f"{len(harmless)} harmless lines beside them: taken for trouble", 100 * false_alarms / len(harmless), "%", 2
        )
