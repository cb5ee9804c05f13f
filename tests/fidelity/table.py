"""The table of scores, on the terminal or between the markers of the lab's README."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fidelity import cases
from tests.fidelity.comparison import AREAS, Score
from tests.fidelity.recordings import FOLDER, recordings
from tests.fidelity.scores import Result, result

README = Path(__file__).parents[2] / "sre_lab" / "README.md"
BEGIN, END = "<!-- fidelity: begin -->", "<!-- fidelity: end -->"
SHOWN = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description=__doc__)
    parser.add_argument("--case", metavar="NAME", help="only this case, with the key paths that differ")
    parser.add_argument("--write", action="store_true", help=f"write the table into {README.name} of the lab")
    arguments = parser.parse_args()
    if not recordings():
        parser.exit(1, f"The recordings are not there: {FOLDER} is not a folder.\n")
    names = [arguments.case] if arguments.case else cases.names()
    if arguments.case and arguments.case not in cases.names():
        parser.exit(2, f"There is no case {arguments.case!r}. There are: {', '.join(cases.names())}.\n")
    results = {name: result(name) for name in names}
    console = Console()
    console.print(_table(results))
    if arguments.case:
        _explain(console, results[arguments.case])
    if arguments.write:
        _write({name: outcome.score for name, outcome in results.items()})


def _table(results: dict[str, Result]) -> Table:
    table = Table(title="Key paths equal to a real Kubernetes 1.32", header_style="bold")
    table.add_column("case")
    for heading in ("all", *AREAS, "paths"):
        table.add_column(heading, justify="right")
    for name, outcome in results.items():
        score = outcome.score
        shares = [_percent(score.share(area)) for area in ("", *AREAS)]
        table.add_row(name, *shares, str(score.union.total()))
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _explain(console: Console, outcome: Result) -> None:
    """The differences, those that occur most often first; and in which snapshots they are."""
    counts: Counter[tuple[str, str, str]] = Counter()
    where: dict[tuple[str, str, str], list[str]] = {}
    for label, score in outcome.by_snapshot.items():
        console.print(f"{label}: {_percent(score.share())}")
        for path, expected, lab in score.differences:
            key = (" . ".join(path), repr(expected), repr(lab))
            counts[key] += 1
            where.setdefault(key, []).append(label)
    table = Table("path", "recorded", "lab", "in", show_lines=False)
    for key, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]:
        table.add_row(*key, " ".join(where[key]))
    console.print(table)


def _write(scores: dict[str, Score]) -> None:
    text = README.read_text()
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{README} has no markers {BEGIN} and {END}: put them where the table belongs.")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [f"| case | all | {' | '.join(AREAS)} |", "| --- |" + " ---: |" * (len(AREAS) + 1)]
    for name, score in scores.items():
        shares = [_percent(score.share(area)) for area in ("", *AREAS)]
        lines.append(f"| {name} | {' | '.join(shares)} |")
    README.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")
