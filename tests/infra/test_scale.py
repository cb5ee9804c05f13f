"""What the page on scale says is what the simulation, the measured requests and the prices give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.scale_costs import limits, table_rows, tables
from tests.bench.scale_simulation import busiest_hour, fewest_processes
from tests.infra.iam import INFRA

NEAR = 0.2  # of a figure, by which two measurements may differ: runs meet each other's rounds of waiting


def test_the_page_shows_the_tables_of_the_simulation() -> None:
    page = (INFRA / "SCALE.md").read_text("utf-8")
    assert [one for one in tables().split("\n\n") if one not in page] == []


def test_more_processes_shorten_the_wait_of_a_burst_and_one_that_is_asked_for_too_few_does_not_keep_the_goal() -> None:
    few, many = busiest_hour(10_000, 4, 20.0), busiest_hour(10_000, 16, 20.0)
    assert many.p95 < few.p95 and many.used < few.used and many.p50 >= 10.0
    enough = fewest_processes(10_000, 20.0)
    assert enough.p95 <= 300 < busiest_hour(10_000, enough.processes - 2, 20.0).p95


def test_the_tightest_limit_comes_first() -> None:
    room = [one.incidents for one in limits()]
    assert room == sorted(room)


@pytest.mark.long
@pytest.mark.anyio
async def test_an_incident_still_makes_about_the_requests_that_the_page_rests_on(tmp_path: Path) -> None:
    from tests.bench.incident_calls import measure_calls  # all of the responder and of moto

    figures = await measure_calls(tmp_path)
    for part in ("requests", "dynamodb_units"):
        for name, number in table_rows()[part].items():
            assert abs(figures[part].get(name, 0) - number) <= max(4, number * NEAR), (name, number, figures)
