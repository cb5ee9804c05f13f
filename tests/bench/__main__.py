"""`make bench`: every figure beside what it has to keep to. `make bench ARGS="scale insights"` measures these areas."""

from __future__ import annotations

import argparse
import os
import sys

from rich.console import Console
from rich.table import Table

from tests import bench
from tests.bench.figures import Figure, areas


def main(arguments: list[str] | None = None) -> int:
    measures = areas(bench)
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("area", nargs="*", help=f"one of {', '.join(measures)} (default: all)")
    names = parser.parse_args(arguments).area or list(measures)
    if unknown := set(names) - set(measures):
        parser.error(f"there is no area {', '.join(sorted(unknown))}; there are {', '.join(measures)}")
    console = Console() if sys.stdout.isatty() else Console(width=120)
    table = Table("figure", "measured", "to keep", "", title=f"{os.cpu_count()} cores", title_justify="left")
    good = True
    for name in names:
        console.print(f"measuring: {name} ...", style="dim")
        for figure in measures[name]():
            good = good and figure.holds
            measured = f"{figure.value:.2f} {figure.unit}"
            console.print(
                f"  {figure.what}: {measured}", style="dim"
            )  # what was measured is told, whatever ends the rest
            table.add_row(figure.what, measured, _limit(figure), _mark(figure))
    console.print(table)
    return 0 if good else 1


def _limit(figure: Figure) -> str:
    return f"{figure.better} {figure.limit:g} {figure.unit}"


def _mark(figure: Figure) -> str:
    return "[green]holds[/green]" if figure.holds else "[red]does not hold[/red]"


if __name__ == "__main__":
    sys.exit(main())
