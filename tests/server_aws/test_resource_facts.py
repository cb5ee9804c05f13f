"""What metrics and records say of queues, databases, load and series that end: facts, never causes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mcp_servers.cloudwatch.observe import databases as extract_databases
from mcp_servers.cloudwatch.observe import functions as extract_functions
from mcp_servers.cloudwatch.observe import queues as extract_queues
from mcp_servers.cloudwatch.observe import records as extract_records
from mcp_servers.cloudwatch.observe import requests as extract_requests
from mcp_servers.cloudwatch.observe.queues import QueueMetrics
from mcp_servers.contract.facts import Subject
from mcp_servers.signals.logs.signs import sign, signs
from mcp_servers.signals.series.endings import ended_at
from mcp_servers.signals.series.levels import Point, level

QUEUE = Subject(scope="a/r", kind="Queue", name="orders")
DATABASE = Subject(scope="a/r", kind="Database", name="shop-db")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def series(*values: float, period: int = 60) -> list[Point]:
    return [(NOON.timestamp() + i * period, value) for i, value in enumerate(values)]


def queue(waiting: list[float], oldest: list[float], sent: list[float], deleted: list[float]) -> list[str]:
    measurements = QueueMetrics(
        QUEUE, 60, series(*waiting), series(*oldest), series(*sent), series(*sent), series(*deleted)
    )
    return [x.code for x in extract_queues.observe(measurements)]


def test_a_queue_is_told_as_growing_standing_or_worked_off() -> None:
    assert queue([0, 0, 400, 900], [0, 0, 60, 120], [700, 1500, 1500, 1500], [700, 900, 900, 900]) == ["queue.growing"]
    assert queue([0, 100, 300, 600], [0, 60, 120, 180], [180] * 4, [180, 0, 0, 0]) == ["queue.stalled"]
    assert queue([900, 600, 300, 100], [90, 80, 70, 65], [700] * 4, [1000] * 4) == ["queue.worked_off"]


def test_more_requests_are_a_surge_from_twice_as_many_on() -> None:
    twice, some = series(*[100] * 8, *[260] * 6), series(*[100] * 8, *[140] * 6)
    for points, code in ((twice, "traffic.surged"), (some, "traffic.not_surged")):
        observations = extract_requests.observe(QUEUE, [("RequestCount", points, level(points))])
        assert [x.code for x in observations] == [code]


def test_storage_that_runs_out_is_told_and_a_full_disk_that_stays_is_not() -> None:
    falling, steady = series(14, 12, 9, 5, 2, 1), series(*[14] * 6)
    for points, codes in ((falling, ["database.short_of"]), (steady, [])):
        metrics = {"FreeStorageSpace": points}
        observations = extract_databases.database(DATABASE, lambda name, by_name=metrics: by_name.get(name, []))  # type: ignore[misc]
        assert [x.code for x in observations] == codes


def test_a_share_far_from_its_end_is_within_bounds() -> None:
    points = series(*[14] * 8, *[25] * 6)
    assert extract_databases.is_harmless("CPUUtilization", level(points))
    assert not extract_databases.is_harmless("CPUUtilization", level(series(*[14] * 8, *[95] * 6)))


def test_a_series_that_comes_now_and_then_only_has_ended() -> None:
    points = [*series(*[250] * 20, period=10), (NOON.timestamp() + 240, 118.0), (NOON.timestamp() + 300, 90.0)]
    assert ended_at(points, NOON.timestamp() + 330, 10) == NOON.timestamp() + 200
    assert ended_at(series(*[250] * 33, period=10), NOON.timestamp() + 330, 10) is None


def test_the_records_of_a_failover_become_one_fact_with_its_end() -> None:
    messages = ["Multi-AZ instance failover started.", "Multi-AZ instance failover completed."]
    lines = [
        json.dumps({"detail": {"SourceIdentifier": "shop-db", "Message": text, "Date": f"2026-03-04T11:0{i}:00Z"}})
        for i, text in enumerate(messages)
    ]
    facts, _ = extract_records.observe([(NOON, line) for line in lines], DATABASE)
    assert [(x.code, x.attributes["ended"]) for x in facts] == [("database.failed_over", "2026-03-04T11:01:00Z")]


def test_the_load_of_a_database_names_statement_wait_and_user() -> None:
    record = {
        "top_sql": [{"statement": "UPDATE t SET a = 1", "db_load_avg": 9, "wait_events": [{"name": "IO:WALWrite"}]}],
        "top_users": [{"name": "batch", "db_load_avg": 9}],
    }
    (fact,), _ = extract_records.observe([(NOON, json.dumps(record))], DATABASE)
    assert fact.code == "database.busy_with"
    assert (fact.attributes["wait"], fact.attributes["user"], fact.attributes["share"]) == ("IO:WALWrite", "batch", 100)


@pytest.mark.parametrize(
    ("line", "code", "attributes"),
    [
        ("FATAL: sorry, too many clients already [db.test:5432]", "log.pool_exhausted", {"where": "server"}),
        ("ERROR pool exhausted (10/10 in use)", "log.pool_exhausted", {"where": "pool", "size": "10"}),
        ("ERROR 1205 (HY000): Lock wait timeout exceeded", "log.pool_exhausted", {"where": "lock"}),
        ("error: accept4: too many open files", "log.kernel_limit", {"limit": "files"}),
        ("kernel: nf_conntrack: table full, dropping packet", "log.kernel_limit", {"limit": "conntrack"}),
        ("ERROR jwt: token used before issued", "log.clock_skew", {"what": "token"}),
        ("ERROR OOM command not allowed when used memory > 'maxmemory'", "log.cache_refused", {"why": "memory"}),
        ("ERROR Error deserializing key for partition a-3 at offset 88", "log.message_failed", {"message": "88"}),
    ],
)
def test_what_is_used_up_is_told_by_the_words_of_its_library(line: str, code: str, attributes: dict[str, str]) -> None:
    match = sign(line)
    assert match is not None
    assert match[0] == code
    assert attributes.items() <= match[1].items()


def test_a_message_that_failed_once_is_an_error_as_any_other() -> None:
    line = "ERROR message 4711-9 failed, returned to the queue"
    assert [x.code for x in signs([(NOON, line)], QUEUE)] == ["log.error"]
    assert [x.code for x in signs([(NOON, line)] * 3, QUEUE)] == ["log.message_failed"]


FUNCTION = Subject(scope="a/r", kind="Function", name="thumbs")
RUN = "8f5e0c2b-1111-4222-8333-944445555566"


def timeouts(longest: list[float], errors: list[float]) -> list[tuple[object, object]]:
    """Seconds and failed runs of what is told, with 50 runs a minute."""
    observations = extract_functions.timeouts(FUNCTION, series(*longest), series(*errors), series(*[50] * len(longest)))
    return [(x.attributes["seconds"], x.attributes["errors"]) for x in observations]


def test_runs_that_fail_and_all_end_at_one_whole_second_are_told_as_the_timeout() -> None:
    assert timeouts([800, 1100, 950, 3000, 3003.2, 3001.1], [0, 0, 0, 20, 30, 40]) == [(3, 90)]


@pytest.mark.parametrize(
    ("longest", "errors"),
    [
        ([800, 1100, 950, 3000, 3000, 3000], [0] * 6),
        ([800, 1100, 950, 1840, 2310, 2740], [0, 0, 0, 20, 30, 40]),
        ([800, 1100, 950, 990, 1010, 3000], [0, 0, 0, 0, 0, 1]),
        ([80, 90, 120, 80, 90, 130], [1, 1, 1, 1, 1, 1]),
        ([], []),
    ],
    ids=["nothing fails", "each ends elsewhere", "once", "long before a second", "no data"],
)
def test_failing_runs_that_end_otherwise_are_no_timeout(longest: list[float], errors: list[float]) -> None:
    assert timeouts(longest, errors) == []


@pytest.mark.parametrize(
    "lines",
    [
        [f"2026-03-04T12:00:00.000Z {RUN} Task timed out after 3.00 seconds"] * 4
        + [f"REPORT RequestId: {RUN} Duration: 3000.00 ms Billed Duration: 3000 ms Status: timeout"],
        [json.dumps({"time": "2026-03-04T12:00:00Z", "type": "platform.report", "record": {
            "requestId": RUN, "metrics": {"durationMs": 3000.0}, "status": "timeout"}})] * 4,
    ],
    ids=["text", "JSON"],
)  # fmt: skip
def test_a_function_s_log_tells_that_its_runs_were_ended_at_the_timeout_each_once(lines: list[str]) -> None:
    (observation,) = signs([(NOON, line) for line in lines], FUNCTION)
    assert (observation.code, observation.attributes["seconds"], observation.attributes["count"]) == (
        "log.timed_out",
        "3.00",
        4,
    )


def test_a_run_that_ended_well_is_no_timeout() -> None:
    report = json.dumps({"type": "platform.report", "record": {"status": "success", "metrics": {"durationMs": 12.0}}})
    assert [x.code for x in signs([(NOON, report)], FUNCTION)] == ["log.no_errors"]
