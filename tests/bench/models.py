"""What a chat model costs: each scenario with one that helps, beside the usual design on the same model and evidence.

A call takes three seconds. The critical path is what a run waits for models: specialists that work side by side wait
for the slowest of them.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sre_agent import logs
from sre_agent.agents.roster import roster
from sre_lab import scenario
from tests.bench.figures import Figure
from tests.bench.plan_then_sequence import sequence
from tests.judgement.bills import NOTHING, Bill, bill, chain
from tests.judgement.recorded import run
from tests.judgement.stand_ins import MODELS, helpful, opener

OPEN = "supervisor"  # asks a model only where the rules come to no verdict
KNOWN_CALLS, OPEN_PATH, TIMES = 2, 8, 3


@dataclass(frozen=True)
class Both:
    """One scenario: what ours took and what the usual design takes. `chain` counts our calls one after another."""

    name: str
    ours: Bill
    theirs: Bill
    chain: int
    open: bool


def figures() -> Iterator[Figure]:
    bills = [asyncio.run(_both(name)) for name in scenario.names()]
    ours, theirs = sum((b.ours for b in bills), NOTHING), sum((b.theirs for b in bills), NOTHING)
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(_table(bills, ours, theirs))
    known_causes, unknown = [b for b in bills if not b.open], [b for b in bills if b.open]
    most = max(b.ours.calls for b in known_causes)
    yield Figure(f"model: most calls of a known incident ({len(known_causes)})", most, "", KNOWN_CALLS)
    longest = max((b.chain for b in unknown), default=0)
    yield Figure(f"model: longest chain of calls of an open one ({len(unknown)})", longest, "", OPEN_PATH)
    yield Figure("model: fewer calls than plan-then-sequence", theirs.calls / ours.calls, "x", TIMES, "≥")
    yield Figure("model: shorter critical path", theirs.seconds / ours.seconds, "x", TIMES, "≥")
    yield Figure("model: fewer tokens", theirs.tokens / ours.tokens, "x", 1, "≥")
    yield Figure("model: cheaper", theirs.dollars / ours.dollars, "x", 1, "≥")
    yield Figure("model: prompt tokens that came out of the cache", 100 * ours.cached / ours.prompt, "%", 0, "≥")


async def _both(name: str) -> Both:
    with tempfile.TemporaryDirectory() as folder:
        outcome = await run(name, Path(folder), open_model=opener(helpful), **MODELS)
    with logs.write_to(Path(os.devnull)):  # what the run wrote to is closed
        theirs = await sequence(outcome.report.title, outcome.case.evidence, roster())
    return Both(
        name,
        bill(outcome.model_calls),
        bill(theirs, side_by_side=False),
        chain(outcome.model_calls),
        any(call.agent == OPEN for call in outcome.model_calls),
    )


def _table(bills: Sequence[Both], ours: Bill, theirs: Bill) -> Table:
    title = "with a model that helps / plan-then-sequence on the same model"
    table = Table("scenario", title=title, title_justify="left", show_footer=True)
    table.columns[0].footer = "together"
    for place, what in enumerate(("calls", "tokens", "seconds", "dollars")):
        table.add_column(what, _pair(ours, theirs, place), justify="right", no_wrap=True)
    for both in bills:
        pairs = (_pair(both.ours, both.theirs, place) for place in range(4))
        table.add_row(f"{both.name}{' (open)' if both.open else ''}", *pairs)
    return table


def _pair(ours: Bill, theirs: Bill, place: int) -> str:
    return f"{_as_text(ours.parts[place])} / {_as_text(theirs.parts[place])}"


def _as_text(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:.4f}" if number < 1 else f"{number:.1f}"
