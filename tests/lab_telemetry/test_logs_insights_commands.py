from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.lab_telemetry.conftest import START, Lab
from tests.lab_telemetry.logs import answer, ask, begin, refusal, rows, write

WEEK = 7 * 86_400


def write_payments(lab: Lab, count: int = 6) -> None:
    """Orders of two shops, one a second, 10 to 60 ms."""
    write(lab, [f'{{"shop": "{"ab"[n % 2]}", "ms": {10 * (n + 1)}, "n": {n}}}' for n in range(count)])


def test_every_statistic_of_a_group(lab: Lab) -> None:
    write_payments(lab)
    statistics = (
        "count(*), count(none), sum(ms), avg(ms), min(ms), max(ms), pct(ms, 50), median(ms), stddev(ms), "
        "count_distinct(ms), earliest(n), latest(n), sortsFirst(shop), sortsLast(shop), latest(@timestamp) as at"
    )
    assert ask(lab, f"stats {statistics} by shop | sort shop | limit 1") == [
        {
            "shop": "a",
            "count(*)": "3",
            "count(none)": "0",
            "sum(ms)": "90",
            "avg(ms)": "30",
            "min(ms)": "10",
            "max(ms)": "50",
            "pct(ms, 50)": "30",
            "median(ms)": "30",
            "stddev(ms)": "16.3299",
            "count_distinct(ms)": "3",
            "earliest(n)": "0",
            "latest(n)": "4",
            "sortsFirst(shop)": "a",
            "sortsLast(shop)": "a",
            "at": "2025-12-31 23:50:04.000",
        }
    ]


def test_statistics_are_calculated_with_and_earlier_ones_named(lab: Lab) -> None:
    write_payments(lab)
    query = "stats max(ms) as most, min(ms) as least, most - least as width, sum(ms) / count(*) * 2, max(ms/10)"
    assert ask(lab, query) == [
        {"most": "60", "least": "10", "width": "50", "sum(ms) / count(*) * 2": "70", "max(ms/10)": "6"}
    ]


def test_groups_by_several_fields_keep_those_without_a_value(lab: Lab) -> None:
    write_payments(lab, 3)
    write(lab, ["no json"])
    assert ask(lab, "STATS count(*) AS n BY shop, bin(1m) AS minute | SORT n DESC, shop ASC") == [
        {"shop": "a", "minute": "2025-12-31 23:50:00.000", "n": "2"},
        {"minute": "2025-12-31 23:50:00.000", "n": "1"},
        {"shop": "b", "minute": "2025-12-31 23:50:00.000", "n": "1"},
    ]


def test_a_second_stats_sums_up_the_first(lab: Lab) -> None:
    write_payments(lab)
    query = "stats sum(ms) as total by bin(2s) | stats max(total) as most, avg(total), count(*)"
    assert ask(lab, query) == [{"most": "110", "avg(total)": "70", "count(*)": "3"}]
    query = "stats sum(ms) as total by @timestamp, shop | stats max(total) as most by bin(4s) | sort bin(4s)"
    assert [row["most"] for row in ask(lab, query)] == ["40", "60"]


REFUSED = {
    "stats count(*) as n by a | stats sum(n) as m | stats max(m)": "at most two stats",
    "stats count(*) as n by a | sort n | stats sum(n)": "must come after the second stats",
    "stats count(*) as n by a | stats sum(n) by bin(1m)": "bin needs @timestamp",
    "dedup a | sort a": "after dedup there may only be limit",
    "pattern @message | pattern @pattern": "cannot follow stats or another pattern",
    "stats count(*) | diff": "cannot follow stats",
    "diff lastYear": "previousDay, previousWeek or previousMonth expected",
    "limit 0": "limit takes a number from 1",
    "parse @message 'a' as x": "0 parts to parse, but 1 names",
    "fields @message | SOURCE logGroups()": "command SOURCE is not known",
    "SOURCE logGroups(suffix: ['a']) | limit 1": "suffix is not known",
}


def test_commands_in_an_order_that_is_not_possible_are_refused(lab: Lab) -> None:
    write_payments(lab)
    refused = {query: refusal(lab, query) for query in REFUSED}
    assert {query: problem for query, problem in REFUSED.items() if problem not in refused[query]} == {}


def test_a_malformed_query_tells_the_offsets_of_the_problem(lab: Lab) -> None:
    write_payments(lab)
    with pytest.raises(ClientError, match="offset 18") as refused:
        ask(lab, "fields @message | frobnicate")
    response = refused.value.response
    assert response["queryCompileError"]["location"] == {"startCharOffset": 18, "endCharOffset": 28}
    assert "frobnicate" in response["queryCompileError"]["message"]


def test_sorting_is_natural_and_by_several_keys(lab: Lab) -> None:
    write(lab, ["pod-10", "pod-9", "12", "7.5", "pod_1", "pod-b", "Pod-1"])
    texts = [row["@message"] for row in ask(lab, "fields @message | sort @message asc")]
    assert texts == ["Pod-1", "pod-9", "pod-10", "pod-b", "pod_1", "7.5", "12"]
    write_payments(lab)
    result = ask(lab, "filter ispresent(shop) | fields shop, n | sort shop desc, n asc | display n")
    assert [row["n"] for row in result] == ["1", "3", "5", "0", "2", "4"]


def test_a_filter_after_a_sort_still_chooses_the_rows(lab: Lab) -> None:
    write_payments(lab)
    result = answer(lab, begin(lab, "fields n | sort n desc | filter shop = 'a' | limit 2"))
    assert rows(result) == [{"n": "4"}, {"n": "2"}]
    assert result["statistics"]["recordsMatched"] == 3.0


def test_dedup_keeps_the_first_row_of_each_value_and_every_row_without_one(lab: Lab) -> None:
    write_payments(lab)
    write(lab, ["no json", "none either"], start=START - 700)
    result = ask(lab, "fields shop, n | sort n asc | dedup shop")
    assert result[-2:] == [{"shop": "a", "n": "0"}, {"shop": "b", "n": "1"}]
    assert result[:2] == [{}, {}]


def test_parsed_fields_are_shown_and_a_later_parse_adds_to_an_earlier(lab: Lab) -> None:
    write(lab, ["user=ann, method:GET, latency := 20", "user=bob, failed", "nothing"])
    assert ask(lab, "parse @message 'user=*, method:*, latency := *' as user, method, ms | sort ms desc | limit 1") == [
        {"user": "ann", "method": "GET", "ms": "20"}
    ]
    query = "parse /user=(?<user>\\w+), method/ | parse @message 'user=*, failed' as user | display user"
    assert ask(lab, query) == [{}, {"user": "bob"}, {"user": "ann"}]


def test_the_last_display_decides_what_is_shown(lab: Lab) -> None:
    write_payments(lab, 1)
    assert ask(lab, "fields shop | display ms | display n, shop | fields ms") == [{"n": "0", "shop": "a"}]


def test_pattern_counts_the_kinds_of_lines(lab: Lab) -> None:
    write(lab, [f"2026-01-01T00:00:{n:02d}Z INFO GET /cart/{n} took {n * 7} ms from 10.0.0.{n}" for n in range(30)])
    write(lab, [f"ERROR order {n:08x}-1234-4abc-8def-0123456789ab of {who} refused" for n, who in enumerate("xyzxyz")])
    write(lab, ["WARN slow", "bye", "bye", "bye"])
    assert ask(lab, "pattern @message") == [
        {
            "@pattern": "<Time-1> INFO GET /cart/<Token-2> took <Token-3> ms from <IPAddress-4>",
            "@ratio": "0.75",
            "@sampleCount": "30",
            "@severityLabel": "Info",
        },
        {
            "@pattern": "ERROR order <UUID-1> of <Token-2> refused",
            "@ratio": "0.15",
            "@sampleCount": "6",
            "@severityLabel": "Error",
        },
        {"@pattern": "bye", "@ratio": "0.075", "@sampleCount": "3", "@severityLabel": "None"},
        {"@pattern": "WARN slow", "@ratio": "0.025", "@sampleCount": "1", "@severityLabel": "Warning"},
    ]
    errors = (
        "filter @message like /ERROR/ | parse @message 'ERROR *' as what | pattern what | sort @sampleCount | limit 1"
    )
    assert ask(lab, errors)[0]["@pattern"] == "order <UUID-1> of <Token-2> refused"
    assert len(ask(lab, "pattern @message | filter @severityLabel = 'Error' | display @pattern")) == 1


@pytest.mark.parametrize(
    ("command", "back"), [("diff", 901), ("diff previousDay", 86_400), ("diff previousWeek", WEEK)]
)
def test_diff_compares_patterns_with_the_window_before(lab: Lab, command: str, back: int) -> None:
    write(lab, ["started", "timeout after 3 s", "timeout after 5 s"])
    write(lab, ["started", "started", "stopped by 7"], start=START - 600 - back)
    expected = [
        ("timeout after <Token-1> s", "2", "2", "New pattern"),
        ("started", "1", "-1", "Decreased by 50%"),
        ("stopped by <Token-1>", "0", "-1", "No longer present"),
    ]
    names = ("@pattern", "@sampleCount", "@differenceCount", "@differenceDescription")
    for query in (f"pattern @message | {command}", f"filter @message like /t/ | {command}"):
        assert [tuple(row[name] for name in names) for row in ask(lab, query)] == expected


def test_the_month_before_ends_on_its_last_day_where_it_is_shorter(lab: Lab) -> None:
    write(lab, ["new"])  # on the 31st of December
    write(lab, ["old"], start=START - 600 - 31 * 86_400)  # on the 30th of November
    values = {row["@pattern"]: row["@differenceCount"] for row in ask(lab, "diff previousMonth")}
    assert values == {"new": "1", "old": "-1"}


def test_several_groups_are_one_sequence_in_the_order_of_time(lab: Lab) -> None:
    write(lab, ["a1", "a2"], group="/app/a")
    write(lab, ["b1", "b2"], group="/app/b", stream="pod-b", start=START - 599.5)
    write(lab, ["c1"], group="/other")
    account = lab.world.cluster.account
    arn = f"arn:aws:logs:eu-west-1:{account}:log-group:/app/b:*"
    for where in ({"logGroupNames": ["/app/a", "/app/b"]}, {"logGroupIdentifiers": ["/app/a", arn]}):
        assert [row["@message"] for row in ask(lab, "fields @message", **where)] == ["b2", "a2", "b1", "a1"]
    query = (
        "SOURCE logGroups(namePrefix: ['/app', '/none'], class: 'STANDARD') | stats count(*) as n by @log, @logStream"
    )
    assert sorted(ask(lab, query), key=str) == [
        {"@log": f"{account}:/app/a", "@logStream": "pod-a", "n": "2"},
        {"@log": f"{account}:/app/b", "@logStream": "pod-b", "n": "2"},
    ]
    assert ask(lab, "SOURCE logGroups() | stats count(*) as n") == [{"n": "5"}]


def test_groups_are_named_in_one_way_only(lab: Lab) -> None:
    write_payments(lab)
    with pytest.raises(ClientError, match="exactly one"):
        ask(lab, "SOURCE logGroups(namePrefix: ['/app']) | limit 1", logGroupNames=["/app"])
