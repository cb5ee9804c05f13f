"""What a database waits for, and what AWS tells of it: out of Performance Insights, metrics and events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mcp_servers.cloudwatch.observe import databases as extract_databases
from mcp_servers.cloudwatch.observe import records as extract_records
from mcp_servers.contract.facts import Observation, Subject

DATABASE = Subject(scope="a/r", kind="Database", name="shop-db")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def read(*records: dict[str, Any]) -> list[Observation]:
    return extract_records.observe([(NOON, json.dumps(record)) for record in records], DATABASE)[0]


def load(values: list[float], wait: str) -> dict[str, Any]:
    waits = [{"name": wait, "db_load_avg": 9}, {"name": "CPU", "db_load_avg": 1}]
    top = [{"statement": "UPDATE books SET n = n - 1", "db_load_avg": 9, "wait_events": waits}]
    return {"db_load": {"values": values}, "top_sql": top, "top_wait_events": waits}


def event(message: str, at: int = 0, *categories: str, of: str = "shop-db") -> dict[str, Any]:
    date = f"2026-03-04T12:{at:02}:00Z"
    return {"SourceIdentifier": of, "Message": message, "Date": date, "EventCategories": list(categories)}


@pytest.mark.parametrize(
    ("values", "wait", "of"),
    [
        ([2, 2, 2, 20, 30, 30], "Lock:tuple", ["locks"]),
        ([2, 2, 2, 20, 30, 30], "wait/lock/table/sql/handler", ["locks"]),
        ([1, 1, 1, 9, 12, 12], "IO:DataFileRead", ["io"]),
        ([1, 1, 1, 9, 12, 12], "wait/io/table/sql/handler", ["io"]),
        ([30, 30, 30, 30, 30, 30], "Lock:tuple", []),  # as it always is
        ([0.2, 0.2, 0.2, 1, 1, 1], "IO:DataFileRead", []),  # of one session nobody waits for another
        ([1, 1, 1, 9, 12, 12], "Client:ClientRead", []),
    ],
)
def test_sessions_that_pile_up_are_short_of_what_they_wait_for(values: list[float], wait: str, of: list[str]) -> None:
    assert [x.attributes["of"] for x in read(load(values, wait)) if x.code == "database.short_of"] == of


def test_only_the_last_look_at_the_load_is_told() -> None:
    observations = read(load([2, 2, 2, 20, 30, 30], "Lock:tuple"), load([2, 2, 2, 2, 2, 2], "CPU"))
    assert [(x.code, x.attributes["wait"]) for x in observations] == [("database.busy_with", "CPU")]


@pytest.mark.parametrize(
    ("queue", "latency", "is_short"),
    [([0.1] * 4 + [40, 60, 60], [1] * 4 + [20, 30, 30], True), ([0.1] * 4 + [40, 60, 60], [1] * 7, False),
     ([0.1] * 4 + [2, 3, 3], [1] * 4 + [20, 30, 30], False)],
)  # fmt: skip
def test_a_queue_of_reads_that_take_far_longer_is_short_io(
    queue: list[float], latency: list[float], is_short: bool
) -> None:
    metrics = {"DiskQueueDepth": queue, "ReadLatency": latency}
    points = {name: [(NOON.timestamp() + i * 60, v) for i, v in enumerate(values)] for name, values in metrics.items()}
    observations = extract_databases.database(DATABASE, lambda name: points.get(name, []))
    assert [(x.code, x.attributes["of"]) for x in observations] == ([("database.short_of", "io")] if is_short else [])


def test_an_event_tells_which_replica_lags_until_one_says_that_it_caught_up() -> None:
    lags = event("DB instance shop-db-copy replication lag exceeded 600 seconds.", 1)
    (fact,) = read(lags, event("Automated backup finished.", 2, "backup"))[:1]
    assert (fact.code, fact.subject.name, fact.attributes["seconds"]) == (
        "database.replica_behind",
        "shop-db-copy",
        600,
    )
    again = read(lags, event("DB instance shop-db-copy replication lag is back to normal.", 3))
    assert "database.replica_behind" not in {x.code for x in again}


def test_a_shutdown_for_maintenance_is_told_with_its_end() -> None:
    down = event("DB instance shutdown. Applying pending maintenance: OS update.", 5, "maintenance")
    (fact,) = read(down, event("DB instance restarted.", 9, "availability"))
    assert (fact.code, fact.attributes["ended"]) == ("database.restarted", "2026-03-04T12:09:00Z")


@pytest.mark.parametrize(
    "records",
    [
        [event("DB parameter group applied. The DB instance needs to be rebooted for the changes to take effect.")],
        [event("Multi-AZ instance failover started."), event("DB instance restarted.", 1)],
    ],
)
def test_a_restart_that_is_still_to_come_or_part_of_a_failover_is_none(records: list[dict[str, Any]]) -> None:
    assert "database.restarted" not in {x.code for x in read(*records)}
