"""What a program times itself in its log: which of it takes seconds, and of steps within steps the innermost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.signals.logs.timings import duration, slow_calls

POD = Subject(scope="c", kind="Pod", namespace="shop", name="till-1")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(lines: list[str]) -> list[Observation]:
    return slow_calls(((START + timedelta(seconds=i), line) for i, line in enumerate(lines)), POD)


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("INFO query executed in 2.5 s", 2.5),
        ('{"level":"info","msg":"call done","duration_ms":6100}', 6.1),
        ("[warn] SLOW SQL >= 200ms [3007.3ms] [rows:1] SELECT * FROM ledger", 3.0073),
        ("level=info msg=done elapsedMs=1500", 1.5),
        ("INFO import took 1m30s", 90.0),
        ('10.0.0.1 - "GET /metrics HTTP/1.1" 200 OK', None),
        ("INFO retrying in 5s", None),
        ("INFO request timeout is 30s", None),
        ("ERROR dial tcp db:5432 after 5002 ms: connection timed out", None),
    ],
)
def test_a_duration_is_what_was_measured_and_nothing_that_was_set_beforehand(line: str, seconds: float | None) -> None:
    result = duration(line)
    assert result == (pytest.approx(seconds) if seconds is not None else None)


def test_of_a_page_that_waits_for_its_database_the_database_is_told() -> None:
    lines = ["INFO fetching orders", "INFO database call completed in 8.0 seconds", "INFO page rendered in 8.1 seconds"]
    (observation,) = read(lines * 4)
    assert "database call" in observation.excerpt
    assert observation.attributes["kind"] == "part"
    assert observation.attributes["before"] == "INFO fetching orders"
    assert "page rendered" in str(observation.attributes["whole"])
    assert (observation.attributes["count"], observation.attributes["seconds"]) == (4, 8.0)


def test_a_call_is_told_with_whom_it_calls() -> None:
    (observation,) = read(["INFO GET http://stock.shop.svc:80/v1 200 in 3100 ms"] * 5)
    assert (observation.attributes["kind"], observation.attributes["address"]) == ("call", "stock.shop.svc:80")


def test_what_takes_long_beside_quick_requests_stands_apart() -> None:
    (observation,) = read([*["INFO GET /v1/a 200 in 12 ms"] * 9, "INFO index merge finished in 40 s"] * 3)
    assert observation.attributes["kind"] == "apart"


@pytest.mark.parametrize(
    "lines",
    [["INFO backup finished in 400 s"], ["INFO call completed in 0.02 seconds"] * 20, ["INFO ok"] * 5],
    ids=["once", "quick", "nothing timed"],
)
def test_nothing_is_told_of_quick_calls_or_of_one_long_piece_of_work(lines: list[str]) -> None:
    assert read(lines) == []
