from __future__ import annotations

from typing import Any

import pytest

from sre_lab.telemetry import LogEvent
from tests.lab_telemetry.conftest import START, Lab

LINES = [
    (0, "pod-a", "INFO request took 20 ms path=/cart"),
    (10, "pod-a", "ERROR request took 900 ms path=/pay"),
    (70, "pod-b", "ERROR request took 700 ms path=/pay"),
    (80, "pod-b", '{"level": "error", "ms": 50, "kubernetes": {"pod": "b"}}'),
    (90, "pod-b", '{"level": "info", "ms": 150, "kubernetes": {"pod": "b"}}'),
]


def ask(lab: Lab, query: str, **more: Any) -> list[dict[str, str]]:
    """The rows of a query over the lines above, without @ptr."""
    for offset, stream, line in LINES:
        lab.world.logs.append("/app", LogEvent(START - 600 + offset, stream, line))
    client = lab.client("logs")
    started = client.start_query(
        logGroupName="/app", startTime=int(START) - 900, endTime=int(START), queryString=query, **more
    )
    answer = client.get_query_results(queryId=started["queryId"])
    assert answer["status"] == "Complete"
    return [{c["field"]: c["value"] for c in row if c["field"] != "@ptr"} for row in answer["results"]]


def test_without_commands_on_fields_the_newest_messages_come_first(lab: Lab) -> None:
    assert ask(lab, "filter @logStream = 'pod-a' # only one pod") == [
        {"@timestamp": "2025-12-31 23:50:10.000", "@message": LINES[1][2]},
        {"@timestamp": "2025-12-31 23:50:00.000", "@message": LINES[0][2]},
    ]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("@message like /ERROR|error/", 3),
        ("@message like 'ERROR'", 2),
        ("@message not like /(?i)error/", 2),
        ("@message =~ /took \\d{3}/", 2),
        ("level = 'error' or @message like /INFO/", 2),
        ("not ispresent(level) and @logStream in ['pod-b', 'pod-c']", 1),
        ("ms > 100", 1),
        ("ms * 2 >= 100 and kubernetes.pod = 'b'", 2),
        ("strlen(@logStream) != 5", 0),
        ("tolower(level) = 'info'", 1),
    ],
)
def test_filters(lab: Lab, condition: str, count: int) -> None:
    assert ask(lab, f"filter {condition} | stats count(*) as n") == [{"n": str(count)}]


@pytest.mark.parametrize(
    "pattern",
    [
        "'* request took * ms path=*' as level, took, path",
        r"/(?<level>\w+) request took (?<took>\d+) ms path=(?<path>.*)/",
    ],
)
def test_parse_makes_fields_that_stats_can_group(lab: Lab, pattern: str) -> None:
    query = (
        f"parse @message {pattern} | filter ispresent(took) "
        "| stats count(*) as n, avg(took) as mean, max(took), pct(took, 50) as p50 by path | sort mean desc"
    )
    assert ask(lab, query) == [
        {"path": "/pay", "n": "2", "mean": "800", "max(took)": "900", "p50": "700"},
        {"path": "/cart", "n": "1", "mean": "20", "max(took)": "20", "p50": "20"},
    ]


def test_bins_count_over_time(lab: Lab) -> None:
    rows = ask(lab, "stats count(*), count_distinct(@logStream) as pods by bin(1m) | sort bin(1m)")
    assert rows == [
        {"bin(1m)": "2025-12-31 23:50:00.000", "count(*)": "2", "pods": "1"},
        {"bin(1m)": "2025-12-31 23:51:00.000", "count(*)": "3", "pods": "1"},
    ]


def test_earliest_and_latest_are_by_time(lab: Lab) -> None:
    rows = ask(lab, "filter ispresent(ms) | stats earliest(ms) as first, latest(ms) as last, sum(ms)")
    assert rows == [{"first": "50", "last": "150", "sum(ms)": "200"}]


def test_display_dedup_sort_and_limit_shape_the_rows(lab: Lab) -> None:
    rows = ask(lab, "fields @timestamp, @logStream as pod | sort @timestamp asc | display pod | dedup pod | limit 5")
    assert rows == [{"pod": "pod-a"}, {"pod": "pod-b"}]
    assert len(ask(lab, "fields @message", limit=2)) == 2
    assert len(ask(lab, "fields @message | limit 1")) == 1


def test_fields_calculate(lab: Lab) -> None:
    rows = ask(lab, "filter ms = 50 | fields ms / 1000 as seconds, concat(level, '-', kubernetes.pod) as both")
    assert rows == [{"seconds": "0.05", "both": "error-b"}]


def test_statistics_tell_what_was_scanned_and_matched(lab: Lab) -> None:
    ask(lab, "filter @message like /ERROR/")
    client = lab.client("logs")
    query = client.describe_queries(logGroupName="/app")["queries"][0]
    statistics = client.get_query_results(queryId=query["queryId"])["statistics"]
    assert (statistics["recordsScanned"], statistics["recordsMatched"]) == (5.0, 2.0)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("anomaly", r"command anomaly is not supported here.*line 1, column 1, offset 0\)"),
        ("shuffle @message", "command shuffle is not known"),
        ("fields @message\n| filter @message like", "line 2, column 23"),
        ("fields nothing(@message)", "function nothing"),
        ("stats mode(ms)", "function mode is not known"),
        ("fields a | | limit 3", "column 12"),
        ("filter @message like /(/", "no regular expression"),
        ("parse @message 'a * b' as x, y", "1 parts to parse, but 2 names"),
    ],
)
def test_what_the_language_does_not_know_is_refused_with_its_place(lab: Lab, query: str, problem: str) -> None:
    client = lab.client("logs")
    with pytest.raises(client.exceptions.MalformedQueryException, match=problem):
        ask(lab, query)


def test_a_query_names_groups_that_exist(lab: Lab) -> None:
    client = lab.client("logs")
    window = {"startTime": int(START) - 60, "endTime": int(START), "queryString": "fields @message"}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.start_query(logGroupName="/none", **window)
    with pytest.raises(client.exceptions.InvalidParameterException, match="exactly one"):
        client.start_query(**window)
