"""Terminals of few columns: nothing is cut off, whatever is folded."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.text import Text

from sre_agent.cli import tables
from sre_agent.cli.waterfall import waterfall

NEW = Text("new", style="bold red")
HEADERS = ("", "on", "what", "sure")
ROWS: list[tuple[str | Text, ...]] = [
    (NEW, "Deployment/payments-production/checkout-gateway", "the image registry.test/checkout:2.1.0 "
     "of container app cannot be pulled, the registry does not have it", "97%"),
    ("", "CronJob/payments-production/nightly-settlement", "it is suspended", "cause unknown"),
]  # fmt: skip


def terminal(width: int) -> Console:
    return Console(width=width, file=io.StringIO(), highlight=False)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(len(line) for line in lines) <= console.width
    return "\n".join(lines)


def join(text: str) -> str:
    """Without what a narrow column puts between the parts of a word."""
    return "".join(text.split())


@pytest.mark.parametrize("width", [40, 60])
def test_a_table_that_has_no_room_is_told_entry_by_entry(width: int) -> None:
    console = terminal(width)
    tables.show(console, HEADERS, ROWS, apart=True)
    text = text_of(console)
    assert "…" not in text and "│" not in text
    for row in ROWS:
        assert all(join(str(cell)) in join(text) for cell in row)


def test_a_table_that_has_room_is_a_table() -> None:
    console = terminal(160)
    tables.show(console, HEADERS, ROWS)
    text = text_of(console)
    assert "│" in text and "Deployment/payments-production/checkout-gateway" in text


def test_sums_stand_below_the_numbers_and_no_long_name_is_cut() -> None:
    rows = [("report", "global.anthropic.claude-haiku-5-5@eu-south-1", "1", "0.0002")]
    sums = ("together", "", "1", "0.0002")
    for width in (50, 100):
        console = terminal(width)
        tables.show(console, ("agent", "model", "calls", "dollars"), rows, sums=sums, numbers=2)
        text = text_of(console)
        assert "global.anthropic.claude-haiku-5-5@eu-south-1" in text and "together" in text
        assert ("│" in text) == (width == 100)


def test_short_rows_stay_a_table_in_sixty_columns() -> None:
    console = terminal(60)
    tables.show(console, ("scenario", "what users see"), [("bike-share", "Bikes cannot be unlocked")])
    assert "│ bike-share" in text_of(console)


@pytest.mark.parametrize("width", [40, 60])
def test_a_trace_keeps_its_names_and_times(width: int) -> None:
    names = ["run", "kubernetes.kubectl_explain_workload", "cloudwatch.analyze_resource"]
    documents = [
        {"id": str(n), "name": name, "start_time": n, "end_time": n + 2.5, **({"parent_id": str(n - 1)} if n else {})}
        for n, name in enumerate(names)
    ]
    console = terminal(width)
    console.print(waterfall(documents, console.width))
    text = text_of(console)
    assert "…" not in text and text.count("2500 ms") == len(names)
    without_times = join(text.replace("2500 ms", ""))
    assert all(name in without_times.replace("━", "") for name in names)
